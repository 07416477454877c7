"""Waiting for something to become true, with a deadline.

Deadlines are what a release may take; a slower flavour has as many times longer.
"""
import threading
import time

from harness.server import SLOWNESS

PAUSE_S = 0.01


def until(condition, seconds=20):
    """The first true value of the condition."""
    deadline = time.monotonic() + seconds * SLOWNESS
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(f"the condition did not come true in {seconds * SLOWNESS:g} s")
        threading.Event().wait(PAUSE_S)


def pause(seconds):
    """For what is slow on purpose; never to wait until something else has happened."""
    threading.Event().wait(seconds)


def together(count, work):
    """Runs work(n) in so many threads at once; their results in order, or the first trouble."""
    results, gate = [None] * count, threading.Barrier(count)

    def one(n):
        try:
            gate.wait(20 * SLOWNESS)
            results[n] = (True, work(n))
        except Exception as trouble:  # pylint: disable=broad-except
            results[n] = (False, trouble)
    threads = [threading.Thread(target=one, args=(n,), daemon=True) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60 * SLOWNESS)
    for result in results:
        assert result is not None, "a thread did not come back"
        if not result[0]:
            raise result[1]
    return [result[1] for result in results]

"""The program under test, in whatever flavour, and what it says that it should not.

FLAVOUR chooses what was built: release unless said; SHIKAKU names another program; SHIKAKU_UNDER are
words before it, such as valgrind's. A log of ours is lines of JSON, so whatever else a server writes is a
complaint: of a sanitizer, of valgrind, of an assertion, of the C library.
"""
import os
import pathlib
import shlex
import signal
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
FLAVOUR = os.environ.get("FLAVOUR", "release")
SHIKAKU = os.environ.get("SHIKAKU", str(ROOT / "build" / FLAVOUR / "shikaku"))
UNDER = shlex.split(os.environ.get("SHIKAKU_UNDER", ""))
IS_WATCHED = bool(UNDER) or FLAVOUR in ("asan", "tsan")
# How many times longer than in release a thing may take; waits and deadlines of tests are multiplied by it.
SLOWNESS = float(os.environ.get("SLOWNESS") or {"asan": 3, "tsan": 4}.get(FLAVOUR, 1))

END_S = 30
COMPLAINT_LINES = 60
OURS = (b'{"time":', b"shikaku serve: ", b"shikaku registrar: ")

os.environ.setdefault("ASAN_OPTIONS", "detect_leaks=1:detect_stack_use_after_return=1")
os.environ.setdefault("LSAN_OPTIONS", f"suppressions={ROOT}/tests/lsan.supp:print_suppressions=0")
os.environ.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
os.environ.setdefault("TSAN_OPTIONS", f"second_deadlock_stack=1:suppressions={ROOT}/tests/tsan.supp:print_suppressions=0")


def shikaku(*words):
    """Runs the program to its end; what it printed."""
    done = subprocess.run([SHIKAKU, *map(str, words)], capture_output=True, text=True, timeout=120 * SLOWNESS,
                          check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Server(subprocess.Popen):
    """`shikaku serve` or another duty: must say nothing but its log and, where it is watched, end in order."""

    started = []  # by this process, and not yet ended

    def __init__(self, duty, settings_path, log_path):
        self.log_path = pathlib.Path(log_path)
        with open(self.log_path, "ab") as log:
            self.read_bytes = log.tell()
            super().__init__([*UNDER, SHIKAKU, duty, "--config", str(settings_path)], stdin=subprocess.DEVNULL,
                             stdout=log, stderr=log)
        Server.started.append(self)

    def complaints(self):
        """Lines since the last look that are not our log's. A line still being written waits for the next look."""
        with open(self.log_path, "rb") as log:
            log.seek(self.read_bytes)
            fresh = log.read()
        if self.poll() is None:
            fresh = fresh[:fresh.rfind(b"\n") + 1]
        self.read_bytes += len(fresh)
        return [line.decode(errors="replace") for line in fresh.split(b"\n") if line and not line.startswith(OURS)]

    def must_be_content(self):
        found = self.complaints()
        assert found == [], "the server complains:\n" + "\n".join(found[:COMPLAINT_LINES])

    def end(self, how=signal.SIGTERM):
        """The exit status; a server that was asked to end must end."""
        self.send_signal(how)
        try:
            return self.wait(END_S * SLOWNESS)
        except subprocess.TimeoutExpired:
            self.kill()
            self.wait(END_S)
            raise
        finally:
            Server.started.remove(self)
            self.must_be_content()

    def close(self):
        """The end of a server that nobody watches may be quick; leaks are looked for at an orderly end."""
        status = self.end(signal.SIGTERM if IS_WATCHED else signal.SIGKILL)
        assert status == 0 or not IS_WATCHED, f"the server ended with {status}"

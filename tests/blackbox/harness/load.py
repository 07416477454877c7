"""Facilities that ask without a pause, each on a connection that it keeps, until they are told to stop."""
import threading

from harness.registry import new_id
from harness.wait import pause


class Load:
    """In its `with` block `answered` grows by request ids; what was sent and not answered is in `failed`.

    A connection that cannot be opened fails nobody: nothing was asked yet, and it is tried again.
    """

    def __init__(self, registry, body, peers=4, keep=10 ** 9, reason="in_force"):
        self.registry, self.body, self.keep, self.reason = registry, body, keep, reason
        self.answered, self.failed, self.closed_politely = [], [], 0
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(peers)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join(30)
            assert not thread.is_alive()

    def run(self):
        while not self.stopping.is_set():
            connection = self.registry.connect()
            try:
                connection.open()
            except OSError:
                pause(0.01)
                continue
            with connection:
                self.ask_over(connection)

    def ask_over(self, connection):
        for _ in range(self.keep):
            if self.stopping.is_set():
                return
            request_id = new_id()
            try:
                reply = self.registry.ask(self.body, request_id, connection)
            except OSError as trouble:
                self.failed.append(repr(trouble))
                return
            if reply.status == 200 and reply.json["reason"] == self.reason:
                self.answered.append(request_id)
            else:
                self.failed.append(reply.code)
                pause(0.02)
            if reply.closes:
                self.closed_politely += 1
                return

    def all_on_record(self, registry=None):
        """Every answer that was given is on record, and nothing is twice."""
        registry = registry or self.registry
        recorded = registry.one("SELECT count(DISTINCT request_id) FROM registry.access_record"
                                " WHERE request_id = ANY(%s::uuid[])", self.answered)
        return recorded == len(set(self.answered)) == len(self.answered) and registry.doubled() == []

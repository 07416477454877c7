"""A database whose connections end badly, or that is one of several: a middleman stands between."""
import os
import pathlib
import select
import shutil
import signal
import socket
import struct
import tempfile
import threading

import pytest

from harness.wait import until

RECORDS = b"access_append"  # what the statement that writes the records is called
SOCKET_NAME = ".s.PGSQL.5432"


def last_words(sqlstate):
    """FATAL, as a server says it before it closes."""
    fields = b"SFATAL\0VFATAL\0C" + sqlstate.encode() + b"\0Mthe end\0\0"
    return b"E" + struct.pack("!i", len(fields) + 4) + fields


class Middleman:
    """Passes bytes to and from the database, until a client sends what it is to be held at."""

    def __init__(self, database_folder=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="shikaku-test-", dir="/tmp"))
        self.database_folder = database_folder
        self.hold_at, self.held = None, []
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(self.folder / SOCKET_NAME))
        self.listening.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        if self.database_folder is None:
            client.recv(65536)
            client.sendall(last_words("57P03"))
            client.close()
            return
        with socket.socket(socket.AF_UNIX) as database:
            database.connect(os.path.join(self.database_folder, SOCKET_NAME))
            while self.pass_on(client, database):
                pass

    def pass_on(self, client, database):
        """False when it is over, or when the client's words are not to be read any more."""
        for ready in select.select([client, database], [], [])[0]:
            if ready is client and self.hold_at is not None:
                if self.hold_at in client.recv(65536, socket.MSG_PEEK):
                    self.held.append(client)
                    return False
            words = ready.recv(65536)
            if words == b"":
                client.close()
                return False
            (database if ready is client else client).sendall(words)
        return True

    def close(self):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        shutil.rmtree(self.folder)


@pytest.fixture
def database_folder(registry):
    return registry.one("SHOW unix_socket_directories")


def test_a_lane_whose_database_says_last_words_and_ends_in_one_moment_is_lost_at_once(make_registry, database_folder):
    middleman = Middleman(database_folder)
    registry = make_registry(workers=1, bulk_chunk=0)
    registry.start(database=registry.address(user="shikaku_lookup", host=middleman.folder))
    body, replies = registry.people.add().question(), []
    middleman.hold_at = RECORDS
    asking = threading.Thread(target=lambda: replies.append(registry.ask(body)))
    asking.start()
    try:
        until(lambda: middleman.held)
        middleman.hold_at = None
        registry.server.send_signal(signal.SIGSTOP)
        middleman.held[0].sendall(last_words("57P01"))
        middleman.held[0].close()
        registry.server.send_signal(signal.SIGCONT)
        asking.join(20)
        assert [reply.code for reply in replies] == ["store_lost"]
        assert until(lambda: registry.ask(body).status == 200, 2)
    finally:
        registry.stop()
        middleman.close()


def test_a_second_host_is_used_when_the_first_does_not_take_connections(make_registry, database_folder):
    middleman = Middleman()
    registry = make_registry()
    try:
        registry.start(database=registry.address(user="shikaku_lookup", host=f"{middleman.folder},{database_folder}"))
        registry.answers(registry.people.add().question())
    finally:
        registry.stop()
        middleman.close()

"""Facilities that ask at a steady pace through the entry, and send again what the registry says may be sent again.

A request is *answered* when a 200 came for it, and *failed* when none came within GIVE_UP_S of its first sending. Between
the two it may have been *refused* (503 or 500 with a code that says retry) or *broken* (its connection ended after it was
sent), each time sent again with the same X-Request-Id, as schema/api/errors.md says. A connection that the server ended
with `Connection: close` breaks nothing.
"""
import http.client
import json
import socket
import ssl
import threading
import time
import uuid

GIVE_UP_S = 20
ATTEMPT_S = 4
AGAIN_S = 0.05


class Facilities:
    def __init__(self, lab, address, peers=8, rate=160):
        self.lab, self.address, self.peers, self.interval = lab, address, peers, peers / rate
        self.context = ssl.create_default_context(cafile=str(lab.pki / "ca.pem"))
        self.context.load_cert_chain(lab.pki / "hospital.pem", lab.pki / "hospital.key")
        lines = (lab.folder / "questions.txt").read_text(encoding="utf-8").splitlines()
        self.questions = [line.split(" ", 2) for line in lines[:2000]]
        self.lock = threading.Lock()
        self.answered, self.failed, self.wrong = {}, [], 0  # answered: request id -> (sent, answered)
        self.refused, self.broken = {}, 0
        self.serials, self.last = set(), None
        self.stopping = threading.Event()
        self.crashed = []
        self.threads = [threading.Thread(target=self.run, args=(number,), daemon=True) for number in range(peers)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        self.grow(seconds=8)
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join(GIVE_UP_S + ATTEMPT_S + 5)
        assert self.crashed == [] and not any(thread.is_alive() for thread in self.threads), self.crashed

    def grow(self, by=100, seconds=60):
        goal, deadline = len(self.answered) + by, time.monotonic() + seconds
        while len(self.answered) < goal:
            assert time.monotonic() < deadline, f"no answers: {self.refused}, {self.broken} broken, {self.last}, {self.crashed}"
            time.sleep(0.02)

    def run(self, number):
        try:
            with self.lab.inside("net"):
                connection, due = None, time.monotonic()
                while not self.stopping.is_set():
                    connection = self.ask(connection, self.questions[number::self.peers])
                    due += self.interval
                    time.sleep(max(0, due - time.monotonic()))
                    due = max(due, time.monotonic() - self.interval)
        except BaseException as trouble:  # a thread's death must not pass for silence
            self.crashed.append(repr(trouble))

    def connect(self):
        connection = http.client.HTTPSConnection("registry", 8443, timeout=ATTEMPT_S, context=self.context)
        connection._create_connection = lambda place, *rest: socket.create_connection((self.address, place[1]), *rest)
        connection.connect()
        self.serials.add(ssl.DER_cert_to_PEM_cert(connection.sock.getpeercert(True)))
        return connection

    def ask(self, connection, questions):
        """One request until it is answered or given up; the connection that may be used for the next one."""
        validity, _, body = questions[len(self.answered) % len(questions)]
        request_id, first = str(uuid.uuid4()), time.monotonic()
        while time.monotonic() - first < GIVE_UP_S:
            sent = False
            try:
                connection = connection or self.connect()
                sent = True
                connection.request("POST", "/v1/eligibility/check", body.encode(),
                                   {"Content-Type": "application/json", "X-Request-Id": request_id})
                reply = connection.getresponse()
                told = json.loads(reply.read())
                if reply.will_close:
                    connection.close()
                    connection = None
                if reply.status == 200:
                    with self.lock:
                        self.answered[request_id] = (first, time.monotonic())
                        self.wrong += validity not in ("-", told["validity"])
                    return connection
                with self.lock:
                    self.refused[told["code"]] = self.refused.get(told["code"], 0) + 1
            except (OSError, http.client.HTTPException) as trouble:
                with self.lock:
                    self.broken += sent
                    self.last = repr(trouble)
                if connection is not None:
                    connection.close()
                connection = None
            time.sleep(AGAIN_S)
        with self.lock:
            self.failed.append(request_id)
        return connection

    def gap(self):
        """The longest time in which nobody got an answer."""
        moments = sorted(moment for _, moment in self.answered.values())
        return max(after - before for before, after in zip(moments, moments[1:]))

    def slowest(self):
        return max(answered - sent for sent, answered in self.answered.values())

"""A small HTTP/1.1 client over mutual TLS that hides nothing of what came over the wire."""
import json
import socket
import ssl

from harness.server import SLOWNESS

READ_BYTES = 65536


class Closed(OSError):
    """The peer closed the connection before a whole reply had come."""


class Reply:
    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.version, status, self.phrase = (lines[0] + "  ").split(" ", 2)
        self.status = int(status)
        self.headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
        self.body = body
        self.raw = head + b"\r\n\r\n" + body

    def header(self, name):
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(found) < 2, f"{name} came more than once"
        return found[0] if found else None

    getheader = header

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def closes(self):
        return (self.header("Connection") or "").lower() == "close"

    @property
    def code(self):
        """The code of a problem document; None for an answer."""
        return self.json["code"] if self.header("Content-Type") == "application/problem+json" else None


class Connection:
    """Opens at its first request, stays open, and opens again after the server said `close`."""

    def __init__(self, port, context, timeout=10):
        self.port, self.context, self.timeout = port, context, timeout * SLOWNESS
        self.socket = None
        self.heard = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def open(self):
        self.heard = b""
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=self.timeout)
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket = self.context.wrap_socket(plain, server_hostname="localhost")
        except BaseException:
            plain.close()
            raise
        return self

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = None

    def send(self, data):
        if self.socket is None:
            self.open()
        self.socket.sendall(data)

    def receive(self):
        """More bytes; b"" when the peer has closed, in whatever manner."""
        try:
            return self.socket.recv(READ_BYTES)
        except socket.timeout:
            raise
        except (ssl.SSLError, ConnectionError):
            return b""

    def _more(self):
        more = self.receive()
        if more == b"":
            self.close()
            raise Closed("closed before a whole reply")
        self.heard += more

    def read_reply(self, has_body=True):
        while b"\r\n\r\n" not in self.heard:
            self._more()
        head, self.heard = self.heard.split(b"\r\n\r\n", 1)
        reply = Reply(head, b"")
        if 100 <= reply.status < 200:
            return self.read_reply(has_body)
        assert reply.header("Transfer-Encoding") is None, "replies come with a length"
        length = 0 if reply.status in (204, 304) or not has_body else int(reply.header("Content-Length"))
        while len(self.heard) < length:
            self._more()
        reply.body, self.heard = self.heard[:length], self.heard[length:]
        reply.raw += reply.body
        if reply.closes:
            self.close()
        return reply

    def request(self, method, path, body=None, headers=None):
        head = {"Host": "localhost", **(headers or {})}
        if body is not None and "Content-Length" not in head:
            head["Content-Length"] = str(len(body))
        lines = [f"{method} {path} HTTP/1.1"] + [f"{key}: {value}" for key, value in head.items() if value is not None]
        self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b""))
        return self.read_reply(method != "HEAD")

"""An insurer's side of an upload, thin enough to do everything wrong on purpose."""
import base64
import hashlib
import random
import uuid

BATCHES = "/v1/enrolment/batches"


def digest_of(data):
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def some_bytes(count, seed=1):
    return random.Random(seed).randbytes(count)


def new_key():
    return str(uuid.uuid4())


class Uploader:
    """Sends files of one insurer to a registrar; every word of a request can be said otherwise."""

    def __init__(self, registry, who="insurer", user="user-1"):
        self.registry, self.who, self.user = registry, who, user

    def connect(self, timeout=10):
        return self.registry.connect(self.who, port=self.registry.registrar_settings["port"], timeout=timeout)

    def head(self, **words):
        head = {"X-Request-Id": str(uuid.uuid4()), "X-User-Id": self.user}
        head.update({key.replace("_", "-"): value for key, value in words.items()})
        return {key: value for key, value in head.items() if value is not None}

    def open_head(self, data, key=None, **words):
        return self.head(**{"Idempotency_Key": key or new_key(), "Repr_Digest": digest_of(data),
                            "Content_Type": "text/csv", **words})

    def send(self, method, path, body=None, connection=None, **words):
        if connection is not None:
            return connection.request(method, path, body, self.head(**words))
        with self.connect() as own:
            return own.request(method, path, body, self.head(**words))

    def open(self, data, key=None, body=None, path=BATCHES, connection=None, **words):
        """Creates a batch for data; body is what is sent of it now, all of it unless said otherwise."""
        head = self.open_head(data, key, **words)
        if connection is not None:
            return connection.request("POST", path, data if body is None else body, head)
        with self.connect() as own:
            return own.request("POST", path, data if body is None else body, head)

    def append(self, place, offset, body, last=False, **words):
        return self.send("PATCH", place, body, **{"Upload_Offset": str(offset), "Upload_Complete": "?1" if last else "?0",
                                                  "Content_Type": "application/partial-upload", **words})

    def offset(self, place):
        reply = self.send("HEAD", place)
        assert reply.status == 204, reply.status
        return int(reply.header("Upload-Offset"))

    def standing(self, place):
        reply = self.send("GET", place)
        assert reply.status == 200, reply.code
        return reply.json

    def in_spool(self, place):
        """The file of a batch, as it lies there; None when it is gone."""
        path = self.registry.folder / "spool" / f"{place.rsplit('/', 1)[1]}.batch"
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None

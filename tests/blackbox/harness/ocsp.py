"""Responders for the cards of harness/card.py: the real one of OpenSSL, and one that can be told to be slow, wrong or rude."""
import http.server
import subprocess
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from harness.card import DAY, named, now
from harness.ports import free_port
from harness.wait import until

PEM = serialization.Encoding.PEM


def signer_of(authority, usage=ExtendedKeyUsageOID.OCSP_SIGNING):
    """The certificate of a responder, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder().subject_name(named("responder", "Responders for tests")).issuer_name(authority.name)
        .public_key(key.public_key()).serial_number(x509.random_serial_number()).not_valid_before(now() - DAY)
        .not_valid_after(now() + 30 * DAY)
        .add_extension(x509.KeyUsage(True, False, False, False, False, False, False, False, False), True)
        .add_extension(x509.ExtendedKeyUsage([usage]), False)
        .sign(authority.key, hashes.SHA256()))
    return certificate, key


class OpensslResponder:
    """`openssl ocsp` over an index of its own, which it reads at each start."""

    def __init__(self, folder, authority):
        self.folder, self.authority, self.process = folder / "responder", authority, None
        self.folder.mkdir()
        self.port = free_port()
        certificate, key = signer_of(authority)
        (self.folder / "signer.pem").write_bytes(certificate.public_bytes(PEM))
        (self.folder / "signer.key").write_bytes(
            key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        self.entries = {}

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def know(self, card, is_revoked=False):
        until_text = card.certificate.not_valid_after.strftime("%y%m%d%H%M%SZ")
        revoked = now().strftime("%y%m%d%H%M%SZ") if is_revoked else ""
        serial = card.serial if len(card.serial) % 2 == 0 else "0" + card.serial
        self.entries[serial] = f"{'R' if is_revoked else 'V'}\t{until_text}\t{revoked}\t{serial}\tunknown\t/CN=card"

    def start(self):
        (self.folder / "index").write_text("".join(entry + "\n" for entry in self.entries.values()), encoding="ascii")
        log = self.folder / "log"
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                ["openssl", "ocsp", "-index", self.folder / "index", "-port", str(self.port), "-nmin", "5",
                 "-CA", self.authority.folder / "cards.pem", "-rsigner", self.folder / "signer.pem",
                 "-rkey", self.folder / "signer.key"], stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        until(lambda: b"waiting for OCSP client" in log.read_bytes())
        return self

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


class Responder:
    """Answers as it is told: answer is a function of the question that gives bytes, or None for nothing at all."""

    def __init__(self, authority):
        self.authority, self.signer = authority, signer_of(authority)
        self.revoked, self.asked, self.status = set(), [], 200
        self.held = threading.Event()
        self.held.set()
        self.answer = self.sound
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # pylint: disable=invalid-name
                question = ocsp.load_der_ocsp_request(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.headers["Content-Type"] == "application/ocsp-request"
                outer.asked.append(question)
                outer.held.wait(60)
                reply = outer.answer(question)
                if reply is None:
                    self.close_connection = True
                    return
                self.send_response(outer.status)
                self.send_header("Content-Type", "application/ocsp-response")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                try:
                    self.wfile.write(reply)
                except OSError:
                    pass  # whoever asked has gone

            def log_message(self, *_arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", free_port()), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}/status"

    def sound(self, question, *, status=None, serial=None, signer=None, begin=None, end=None, nonce=True,
              digest=hashes.SHA256()):
        """A good answer, or one in which something is otherwise."""
        certificate, key = signer or self.signer
        number = serial or question.serial_number
        if status is None:
            status = ocsp.OCSPCertStatus.REVOKED if number in self.revoked else ocsp.OCSPCertStatus.GOOD
        begin = begin or now()
        about = x509.CertificateBuilder().subject_name(named("card")).issuer_name(self.authority.name).public_key(
            key.public_key()).serial_number(number).not_valid_before(now()).not_valid_after(now() + DAY).sign(
                self.authority.key, hashes.SHA256())
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=about, issuer=self.authority.certificate, algorithm=hashes.SHA1(), cert_status=status,
            this_update=begin, next_update=end or begin + DAY / 24,
            revocation_time=now() if status == ocsp.OCSPCertStatus.REVOKED else None, revocation_reason=None)
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, certificate).certificates([certificate])
        if nonce:
            builder = builder.add_extension(question.extensions.get_extension_for_class(x509.OCSPNonce).value, False)
        return builder.sign(key, digest).public_bytes(serialization.Encoding.DER)

    def close(self):
        self.held.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

"""My Number cards of nobody: an authority that issues them, and cards that sign as a reader makes them.

Made here and not by `shikaku pki`, so that what the server takes is not only what it makes itself.
"""
import base64
import datetime
import itertools

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

POLICY = "2.999.20211020.1"
DAY = datetime.timedelta(days=1)
SERIALS = itertools.count(0x5A0000000001)


def now():
    return datetime.datetime.utcnow().replace(microsecond=0)


def named(common_name, unit="Card authority for tests"):
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
                      x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Shikaku tests"),
                      x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
                      x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


class Card:
    def __init__(self, certificate, key):
        self.certificate, self.key = certificate, key

    @property
    def serial(self):
        return f"{self.certificate.serial_number:X}"

    def sign(self, message, digest=hashes.SHA256(), fill=padding.PKCS1v15()):
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(message, fill, digest)
        return self.key.sign(message, ec.ECDSA(digest))

    def write(self, folder):
        """card.pem and card.key, for programs; their paths."""
        paths = folder / "card.pem", folder / "card.key"
        paths[0].write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        paths[1].write_bytes(self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                                    serialization.NoEncryption()))
        return paths

    def proof(self, challenge, **more):
        """What a facility sends of a card that has signed this challenge, as given; more are further fields."""
        message = base64.urlsafe_b64decode(challenge + "=" * (-len(challenge) % 4))
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        return {"challenge": challenge, "certificate": base64.b64encode(der).decode(),
                "signature": base64.b64encode(self.sign(message)).decode(), "unlocked_by": "pin", **more}


class CardAuthority:
    """Writes cards.pem and cards.crl into the folder."""

    def __init__(self, folder, name="Test cards 1", key=None):
        self.folder, self.name = folder, named(name)
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.revoked = {}
        begin = now() - 400 * DAY
        self.certificate = (
            x509.CertificateBuilder().subject_name(self.name).issuer_name(self.name).public_key(self.key.public_key())
            .serial_number(1).not_valid_before(begin).not_valid_after(begin + 8000 * DAY)
            .add_extension(x509.BasicConstraints(True, 0), True)
            .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), True)
            .sign(self.key, hashes.SHA256()))
        (folder / "cards.pem").write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        self.write_revocations()

    @property
    def issuer(self):
        """As RFC 4514 has it."""
        return self.name.rfc4514_string()

    @property
    def settings(self):
        return {"card_authorities": self.folder / "cards.pem", "card_revocations": self.folder / "cards.crl",
                "card_poll_s": 1}

    def write_revocations(self, begin=None, end=None):
        begin = begin or now() - DAY / 24
        crl = (x509.CertificateRevocationListBuilder().issuer_name(self.name).last_update(begin)
               .next_update(end or begin + 7 * DAY))
        for serial, when in self.revoked.items():
            crl = crl.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(when).build())
        made = crl.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        fresh = self.folder / "cards.crl.new"
        fresh.write_bytes(made)
        fresh.rename(self.folder / "cards.crl")

    def revoke(self, card):
        self.revoked[card.certificate.serial_number] = now()
        self.write_revocations()

    def issue(self, *, key=None, begin=None, end=None, digest=hashes.SHA256()):
        key = key or ec.generate_private_key(ec.SECP256R1())
        begin = begin or now() - 30 * DAY
        number = next(SERIALS)
        certificate = (
            x509.CertificateBuilder().subject_name(named(f"card {number}", "Cards for tests")).issuer_name(self.name)
            .public_key(key.public_key()).serial_number(number).not_valid_before(begin)
            .not_valid_after(end or begin + 1800 * DAY)
            .add_extension(x509.KeyUsage(True, False, False, False, False, False, False, False, False), True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False)
            .add_extension(x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(POLICY), None)]),
                           True)
            .sign(self.key, digest))
        return Card(certificate, key)


def rsa_key(bits=2048, exponent=65537):
    return rsa.generate_private_key(public_exponent=exponent, key_size=bits)


class Reception:
    """A registry that takes cards, and people who have some."""

    def __init__(self, make_registry, tmp_path, key=None, is_started=True, **settings):
        self.authority = CardAuthority(tmp_path, key=key)
        self.registry = make_registry(**self.authority.settings, **settings)
        self.registry.settings["challenge_key"] = self.registry.pki / "challenge.key"
        self.registry.execute("INSERT INTO registry.card_issuer VALUES (1, %s, 1)", self.authority.issuer)
        if is_started:
            self.registry.start()

    def link(self, card, person):
        self.registry.execute("INSERT INTO registry.credential (serial, person_id) VALUES (%s, %s)", card.serial,
                              person.person_id)
        return card

    def card_of(self, person, **more):
        return self.link(self.authority.issue(**more), person)

    def challenge(self, who="hospital"):
        reply = self.registry.ask({}, path="/v1/card-sessions", who=who)
        assert reply.status == 201, reply.body
        return reply.json["challenge"]

    def show(self, card, who="hospital", request_id=None, challenge=None, user=None, **more):
        """The reply to a card that is shown at a facility."""
        return self.registry.ask(card.proof(challenge or self.challenge(who), **more), path="/v1/visits", who=who,
                                 request_id=request_id, **({"X_User_Id": user} if user else {}))

    def review(self, visit_id, outcome="justified", user="reviewer", who="hospital"):
        return self.registry.ask({"outcome": outcome}, path=f"/v1/visits/{visit_id}/review", who=who, X_User_Id=user)

    def visits(self, arguments="", who="hospital"):
        return self.registry.ask(None, path=f"/v1/visits{arguments}", method="GET", who=who, Content_Type=None)

    def query(self, visit_id, who="hospital", request_id=None, **body):
        return self.registry.ask(body, path=f"/v1/visits/{visit_id}/query", who=who, request_id=request_id)

    def cancel(self, visit_id, reason="patient", who="hospital"):
        return self.registry.ask({"reason": reason}, path=f"/v1/visits/{visit_id}/cancel", who=who)

    def next_day(self, seconds=86400):
        """The registry's clock goes on, over a new start; the clock of the cards' authority does not."""
        shift = self.registry.settings.get("clock_shift_s", 0) + seconds
        self.registry.stop()
        self.registry.start(clock="test", clock_shift_s=shift)


class Portal:
    """People at the portal, each behind the own card."""

    def __init__(self, reception):
        self.reception, self.registry = reception, reception.registry
        self.registry.issue("portal", "portal", kind="portal")
        self.registry.admit()
        self.registry.start_portal()

    def ask(self, path, request_id=None, who="portal", **body):
        with self.registry.connect(who, port=self.registry.portal_settings["port"]) as connection:
            return self.registry.ask(body, connection=connection, path="/v1/person/" + path, request_id=request_id)

    def open(self, card, request_id=None, challenge=None):
        challenge = challenge or self.ask("challenges").json["challenge"]
        proof = card.proof(challenge)
        del proof["unlocked_by"]
        return self.ask("sessions", request_id=request_id, **proof)

    def session(self, card):
        reply = self.open(card)
        assert reply.status == 200, reply.body
        return reply.json["session_id"]

    def told(self, path, session_id, **more):
        reply = self.ask(path, session_id=session_id, **more)
        assert reply.status == 200, reply.body
        return reply.json

#!/usr/bin/env python3
"""Logins as another program makes them, after the formats alone: Python's hashlib, hmac, json, and
the signatures of the package cryptography.

    logins.py               print tests/vectors/logins.json

A root, the statements that enrol a user, challenges as a node would make them, proofs of them, and
the tokens that a node has to answer with.
"""
import base64
import hashlib
import hmac
import json
import uuid

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MASTER, EPOCH = bytes(range(32)), 2
# A development build without a chain, its tenant default, and a cluster that began with nothing.
D = hashlib.sha256(b"coffer/domain/1" + b"\x01" + bytes(8 + 32 + 20 + 20 + 32)).digest()
T = hashlib.sha256(b"coffer/tenant/1" + b"\x02" + D + b"\x07default").digest()
INCARNATION = hashlib.sha256(b"coffer/incarnation/1" + D + bytes(32)).digest()[:16]
BOOT = bytes([0xB0] * 16)
USER, NOW = "alice", 1764000000000
ORIGIN, RP_ID = "https://app.example", "app.example"
ISS, AUD, SUB = "https://id.example", "coffer", "1181212659"
P256, ED25519, PASSKEY, OIDC = 1, 4, 5, 7
N256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def sha(data):
    return hashlib.sha256(data).digest()


def mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def b64u(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def dump(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


# --- keys ---

class Curve:
    def __init__(self, number):
        self.key = ec.derive_private_key(number, ec.SECP256R1())
        self.public = self.key.public_key().public_bytes(Encoding.X962,
                                                         PublicFormat.CompressedPoint)

    def der(self, data):
        how = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        return self.key.sign(data, how)

    def sign(self, data):
        r, s = decode_dss_signature(self.der(data))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class Edwards:
    def __init__(self, number):
        self.key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
        self.public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, data):
        return self.key.sign(data)


CREDENTIAL = b"a credential"
desk, pocket, stick, issuer, client = Curve(7), Edwards(8), Curve(9), Curve(10), Curve(11)
OIDC_K = b"".join(len(x).to_bytes(2, "big") + x for x in (ISS.encode(), b"", SUB.encode()))
KEYS = {P256: desk.public, ED25519: pocket.public, PASSKEY: stick.public, OIDC: OIDC_K}


def prove(scheme, text, counter=0):
    """The proof of a text by each scheme."""
    if scheme == P256:
        return desk.sign(text)
    if scheme == ED25519:
        return pocket.sign(text)
    if scheme == PASSKEY:
        said = dump({"type": "webauthn.get", "challenge": b64u(sha(text)), "origin": ORIGIN,
                     "crossOrigin": False}).encode()
        auth = sha(RP_ID.encode()) + bytes([5]) + counter.to_bytes(4, "big")
        return dump({"cred": b64u(CREDENTIAL), "client": b64u(said), "auth": b64u(auth),
                     "sig": b64u(stick.der(auth + sha(said)))}).encode()
    head = b64u(dump({"alg": "ES256", "kid": "one", "typ": "JWT"}).encode())
    claims = {"iss": ISS, "aud": AUD, "sub": SUB, "iat": NOW // 1000, "exp": NOW // 1000 + 300,
              "nonce": b64u(sha(text))}
    signed = head + "." + b64u(dump(claims).encode())
    return (signed + "." + b64u(issuer.sign(signed.encode()))).encode()


def jwks():
    numbers = issuer.key.public_key().public_numbers()
    return dump({"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "one",
                           "x": b64u(numbers.x.to_bytes(32, "big")),
                           "y": b64u(numbers.y.to_bytes(32, "big"))}]})


# --- statements ---

def authenticator(scheme):
    return sha(b"coffer/auth/1" + T + bytes([scheme]) + KEYS[scheme])[:16]


def statement(op, seq, prev, body, signers, t):
    body = dump(body)
    text = "\n".join(["CofferState/1", D.hex(), T.hex(), op, "u:" + USER, seq, prev, "0",
                      sha(body.encode()).hex(), bytes(16).hex()]).encode()
    sigs = [[n, b64u(KEYS[n]), b64u(prove(n, text, 5))] for n in signers]
    record = {"v": 1, "text": text.decode(), "body": b64u(body.encode()), "sigs": sigs, "t": t,
              "block": "-"}
    return dump(record), sha(text).hex()


def statements():
    ticket_text = "\n".join(["CofferTicket/1", D.hex(), T.hex(), USER,
                             authenticator(P256).hex(), "1000", "2000000000000", bytes(16).hex()])
    ticket = {"text": ticket_text, "sigs": [[2, b64u(bytes([4]) * 20), b64u(bytes(65))]]}
    prev = "-"
    for seq, scheme in enumerate(KEYS, 1):
        body = {"n": scheme, "K": b64u(KEYS[scheme]),
                "cred": b64u(CREDENTIAL) if scheme == PASSKEY else "", "label": "",
                "ticket": ticket if seq == 1 else None}
        signers = [scheme] if seq == 1 else sorted([P256, scheme])
        record, prev = statement("user.add", str(seq), prev, body, signers, NOW - 10000000)
        yield record
    ids = sorted([bytes([0x33] * 16)])
    yield statement("user.revoke", "-", "-", {"ids": [b64u(i) for i in ids], "since": None},
                    [P256], NOW - 5000)[0]


# --- sessions ---

def session_key(epoch):
    info = b"CFR2" + bytes([0x20, 0]) + (32).to_bytes(2, "big")
    for tag, value in ((1, D), (2, epoch.to_bytes(4, "big")), (10, INCARNATION)):
        info += bytes([tag]) + len(value).to_bytes(2, "big") + value
    return mac(mac(b"coffer/v2/root", MASTER), info + b"\x01")


def challenge(purpose, cnf_type, cnf, issued, random):
    head = bytes([1, purpose]) + issued.to_bytes(6, "big") + random
    user = USER.encode()
    return head + mac(session_key(EPOCH), b"coffer/challenge/1" + D + T +
                      len(user).to_bytes(2, "big") + user + bytes([cnf_type]) + cnf + head)[:16]


def sid_of(proof_of):
    sid = bytearray(sha(b"coffer/sid/1" + proof_of)[:16])
    sid[6] = sid[6] & 0x0F | 0x40
    sid[8] = sid[8] & 0x3F | 0x80
    return bytes(sid)


def token(sid, assurance, schemes, cnf_type, cnf, issued):
    user = USER.encode()
    body = bytes([1]) + EPOCH.to_bytes(4, "big") + sid + T + bytes([len(user)]) + user
    body += (1).to_bytes(4, "big") + bytes([assurance])
    body += sum(1 << n - 1 for n in schemes).to_bytes(2, "big")
    body += bytes([cnf_type]) + cnf + (0x2F).to_bytes(4, "big") + bytes(32)
    for ms in (NOW, NOW + 900000, issued + 12 * 3600000):
        body += ms.to_bytes(8, "big")
    body += BOOT
    code = mac(session_key(EPOCH), b"coffer/session/1" + D + body)
    return "cfs1." + b64u(body) + "." + b64u(code)


def login(name, schemes, cnf_type=P256, assurance=4, purpose=1, detail="-", counter=6, ago=1000):
    key = client.public if cnf_type else b""
    cnf = sha(bytes([cnf_type]) + key)
    issued = NOW - ago
    made = challenge(purpose, cnf_type, cnf, issued, sha(name.encode())[:8])
    text = "\n".join(["CofferAuth/1", D.hex(), T.hex(), ["login", "step-up"][purpose - 1], USER,
                      "%d:%s" % (cnf_type, cnf.hex()), made.hex(), detail]).encode()
    sid = sid_of(sha(text))
    return {"name": name, "challenge": made.hex(), "cnf_type": cnf_type, "client_key": key.hex(),
            "purpose": purpose, "detail": detail, "P": sha(text).hex(), "sid": str(uuid.UUID(bytes=sid)),
            "proofs": [{"scheme": n, "key": "" if n == OIDC else KEYS[n].hex(),
                        "proof": prove(n, text, counter).hex()} for n in schemes],
            "token": token(sid, assurance, schemes, cnf_type, cnf, issued)}


def main():
    print(json.dumps({
        "description": "Logins, made by tests/vectors/logins.py.",
        "master": MASTER.hex(), "epoch": EPOCH, "domain": D.hex(), "tenant": T.hex(),
        "user": USER, "incarnation": INCARNATION.hex(), "boot": BOOT.hex(), "now_ms": NOW,
        "session_key": session_key(EPOCH).hex(), "origin": ORIGIN, "rp_id": RP_ID,
        "iss": ISS, "aud": AUD, "jwks": jwks(), "statements": list(statements()),
        "logins": [
            login("p256", [P256]),
            login("ed25519", [ED25519]),
            login("passkey", [PASSKEY]),
            login("oidc", [OIDC]),
            login("bearer", [P256], cnf_type=0, assurance=3),
            login("two", [P256, ED25519], assurance=5),
            login("two of a bearer", [P256, PASSKEY], cnf_type=0, assurance=3),
            login("passkey without counting", [PASSKEY], counter=5),
            login("passkey later", [PASSKEY], counter=8),
            login("before the revocation", [P256], ago=5000),
            login("after the revocation", [P256], ago=4999),
            login("step-up", [ED25519], purpose=2, detail="ab" * 32),
            login("step-up with a passkey", [PASSKEY], purpose=2, detail="cd" * 32, counter=7),
        ]}, indent=1))


main()

"""Assertions of passkeys, good and bad, with what must be said of each.

Written from: Web Authentication Level 3, sections 5.8.1, 6.1 and 7.2, and for ours the table of codes
in src/authenticators/passkey.h. Those that are published are of section 16 there; the others are
made here, with python-cryptography.
"""
import base64
import hashlib
import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
RP_ID = "example.org"
ORIGINS = ["https://example.org", "https://login.example.org:8443"]
PROOF_OF = bytes.fromhex("31b6a5f0bc8f7b5136fd689d5dca25d1dec8222ab8a0085c17e32568e06c1ba2")
CRED = bytes(range(32))
UP, UV, BE, BS, AT, ED = 1, 4, 8, 16, 64, 128
# section, x, y, credential id, P, flags, clientDataJSON, signature, what must be said
PUBLISHED = [
    ("16.2", "none", "afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61",
     "930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220",
     "f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4",
     "39c0e7521417ba54d43e8dc95174f423dee9bf3cd804ff6d65c857c9abf4d408", 0x19,
     '{"type":"webauthn.get","challenge":"OcDnUhQXulTUPo3JUXT0I97pvzzYBP9tZchXyav01Ag",'
     '"origin":"https://example.org","crossOrigin":false}',
     "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd380221008480ac0f0b93538174f575bf11a1"
     "dd5d78c6e486013f937295ea13653e331e87", "WEBAUTHN_FLAGS"),
    ("16.3", "self attestation", "eb151c8176b225cc651559fecf07af450fd85802046656b34c18f6cf193843c5",
     "927b8aa427a2be1b8834d233a2d34f61f13bfd44119c325d5896e183fee484f2",
     "455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58c",
     "4478a10b1352348dd160c1353b0d469b5db19eb91c27f7dfa6fed39fe26af20b", 0x09,
     '{"type":"webauthn.get","challenge":"RHihCxNSNI3RYME1Ow1Gm12xnrkcJ_ffpv7Tn-Jq8gs",'
     '"origin":"https://example.org","crossOrigin":false,"extraData":"clientDataJSON may be extended with additional '
     'fields in the future, such as this: gTb53rz6EhSWomXGzimC1Q"}',
     "304402203310b9431903c401f1be2bdc8d23a4007682dbbddcf846994947b7f465daf84002204e94dd00047b316061b3b99772b7efd9"
     "5994a83ef584b3b6b825ea3550251b66", "WEBAUTHN_FLAGS"),
    ("16.4", "crossOrigin", "22200a473f90b11078851550d03b4e44a2279f8c4eca27b3153dedfe03e4e97d",
     "cbd0be95e746ad6f5a8191be11756e4c0420e72f65b466d39bc56b8b123a9c6e",
     "6e1050c0d2ca2f07c755cb2c66a74c64fa43065c18f938354d9915db2bd5ce57",
     "876aa517ba83fdee65fcffdbca4c84eeae5d54f8041a1fc85c991e5bbb273137", 0x05,
     '{"type":"webauthn.get","challenge":"h2qlF7qD_e5l_P_bykyE7q5dVPgEGh_IXJkeW7snMTc",'
     '"origin":"https://example.org","crossOrigin":true,"extraData":"clientDataJSON may be extended with additional '
     'fields in the future, such as this: 92pcTVD0Aby-q4dtmj6efg"}',
     "3046022100eb12fcf23b12764c0f122e22371fab92e283879fd798f38ee1841c951b6e40e7022100c76237ff9db77b3c56f30837cda6"
     "a09acfa2e915544e609c0733b1184036d1cf", "ORIGIN_UNLISTED"),
    ("16.5", "topOrigin", "a1c47c1d82da4ebe82cd72207102b380670701993bc35398ae2e5726427fe01d",
     "86c1080d82987028c7f54ecb1b01185de243b359294a0ed210cd47480f0adc88",
     "b8ad59b996047ab18e2ceb57206c362da57458793481f4a8ebf101c7ca7cc0f1",
     "d54a5c8ca4b62a8e3bb321e3b2bc73856f85a10150db2939ac195739eb1ea066", 0x05,
     '{"type":"webauthn.get","challenge":"1UpcjKS2Ko47syHjsrxzhW-FoQFQ2yk5rBlXOeseoGY",'
     '"origin":"https://example.org","crossOrigin":true,"topOrigin":"https://example.com",'
     '"extraData":"clientDataJSON may be extended with additional fields in the future, such as this: '
     'UiFoJMVRQHDAFWFi4vxUpQ"}',
     "3045022100b5a70c81780d5fcc9a4f2ae9caae99058f8accaf58b91fb59329646c28ac6ffc022012e101c165db3c8e9957f0c54dd6ca"
     "9b56bc3bd2f280bd2faa6c1d02c6e5c171", "ORIGIN_UNLISTED"),
    ("16.6", "long credential id", "3b8176b7504489cc593046d7988abb7905a742de6ac2cdc748a873c663e90cb1",
     "1436d5edc9a75f23999eef9d5950a5c2455514ee1014084720f841a06b828a11", None,
     "ef1deba56dce48f674a447ccf63b9599258ce87648e5c396f2ef0ca1da460e3b", 0x0D,
     '{"type":"webauthn.get","challenge":"7x3rpW3OSPZ0pEfM9juVmSWM6HZI5cOW8u8ModpGDjs",'
     '"origin":"https://example.org","crossOrigin":false}',
     "304502203ecef83fb12a0cae7841055f9f87103a99fd14b424194bbf06c4623d3ee6e3fd022100d2ace346db262b1374a6b70faa51f5"
     "18a42ddca13a4125ce6f5052a75bac9fb6", "OK"),
]


def url64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def secret_of(name):
    return ec.derive_private_key(int.from_bytes(hashlib.sha256(name.encode()).digest(), "big") % ORDER,
                                 ec.SECP256R1())


def point_of(key):
    numbers = key.public_key().public_numbers()
    return numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")


KEY = secret_of("the key of these cases")


def case(name, expected, client, auth, sig, **more):
    """cred: of the proof. known: {cred, new, be, counter}. differs: why the judges say otherwise."""
    x, y = more.get("point", point_of(KEY))
    known = {"cred": CRED, "new": False, "be": False, "counter": 0, **more.get("known", {})}
    proof = {"cred": url64(more.get("cred", known["cred"])), "client": url64(client), "auth": url64(auth),
             "sig": url64(sig)}
    said = {"be": bool(auth[32] & BE), "counter": int.from_bytes(auth[33:37], "big")} if expected == "OK" else {}
    return {"name": name, "expected": expected, "challenge": more.get("proof_of", PROOF_OF).hex(),
            "key": (bytes([2 + y[-1] % 2]) + x).hex(), "cred": known["cred"].hex(), "new": known["new"],
            "be": known["be"], "counter": known["counter"], "proof": json.dumps(proof, separators=(",", ":")),
            "said": said, "differs": more.get("differs", ""),
            "cose": (bytes.fromhex("a5010203262001215820") + x + bytes.fromhex("225820") + y).hex()}


def published():
    for section, name, x, y, cred, proof_of, flags, client, sig, expected in PUBLISHED:
        auth = hashlib.sha256(RP_ID.encode()).digest() + bytes([flags]) + bytes(4)
        # As section 16 says how it is made; its 1023 bytes begin with 3a761a4e1674ad6c.
        kdf = HKDF(hashes.SHA256(), 1023, b"\4", b"none.ES256.long-credential-id")
        known = {"cred": bytes.fromhex(cred) if cred else kdf.derive(b"WebAuthn test vectors"), "be": bool(flags & BE)}
        differs = FRAMES if expected == "ORIGIN_UNLISTED" else ""
        # Whatever is said of it, it is signed: this is the text that was published.
        point = ec.EllipticCurvePublicNumbers(int(x, 16), int(y, 16), ec.SECP256R1()).public_key()
        point.verify(bytes.fromhex(sig), auth + hashlib.sha256(client.encode()).digest(), ec.ECDSA(hashes.SHA256()))
        yield case(f"Level 3, {section}, {name}", expected, client.encode(), auth, bytes.fromhex(sig),
                   point=(bytes.fromhex(x), bytes.fromhex(y)), proof_of=bytes.fromhex(proof_of), known=known,
                   differs=differs)


def client_of(drop=(), **change):
    members = {"type": "webauthn.get", "challenge": url64(PROOF_OF), "origin": ORIGINS[0], "crossOrigin": False}
    members.update(change)
    return json.dumps({name: value for name, value in members.items() if name not in drop},
                      separators=(",", ":")).encode()


def auth_of(flags=UP | UV, counter=0, more=b"", rp_id=RP_ID):
    return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + counter.to_bytes(4, "big") + more


def signed(client, auth, key=KEY):
    return key.sign(auth + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


def halves(sig):
    length = sig[3]
    return int.from_bytes(sig[4:4 + length], "big"), int.from_bytes(sig[6 + length:], "big")


def der_integer(data):
    return bytes([2, len(data)]) + data


def shortest(number):
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def der(*integers):
    inside = b"".join(map(der_integer, integers))
    return bytes([0x30, len(inside)]) + inside


FRAMES = "frames of other origins are taken unless they are told not to"
LENIENT = "read leniently"
EXTENSION = bytes.fromhex("a16b6372656450726f7465637402")  # {"credProtect": 2}
PRF = bytes.fromhex("a16b686d61632d7365637265745820" + "5a" * 32)  # {"hmac-secret": 32 bytes}
UVM = bytes.fromhex("a16375766d8183020402")  # {"uvm": [[2, 4, 2]]}


def clients():
    """What the browser says."""
    def make(name, expected, client, differs=""):
        auth = auth_of()
        return case(name, expected, client, auth, signed(client, auth), differs=differs)

    yield make("without crossOrigin", "OK", client_of(drop=["crossOrigin"]))
    yield make("another listed origin", "OK", client_of(origin=ORIGINS[1]))
    yield make("members that nobody knows, of every kind", "OK",
               client_of(other_keys_can_be_added_here="do not compare", n=1.5, list=[{}, None, True]))
    yield make("members in another order, with spaces", "OK",
               json.dumps(dict(reversed(json.loads(client_of()).items())), indent=1).encode())
    yield make("escaped letters", "OK", client_of().replace(b"https://", b"https:\\/\\/").replace(b"get", b"ge\\u0074"))
    yield make("a longer type", "WEBAUTHN_FORMAT", client_of(type="webauthn.get2"))
    yield make("a credential that is made", "WEBAUTHN_FORMAT", client_of(type="webauthn.create"))
    yield make("a payment", "WEBAUTHN_FORMAT", client_of(type="payment.get"))
    for name in ["type", "challenge", "origin"]:
        yield make(f"without {name}", "WEBAUTHN_FORMAT", client_of(drop=[name]))
        yield make(f"a number as {name}", "WEBAUTHN_FORMAT", client_of(**{name: 1}))
    yield make("another challenge", "AUTH_FAILED", client_of(challenge=url64(bytes(32))))
    yield make("the challenge and more", "AUTH_FAILED", client_of(challenge=url64(PROOF_OF + b"\0")))
    yield make("half of the challenge", "AUTH_FAILED", client_of(challenge=url64(PROOF_OF[:16])))
    yield make("the beginning of the challenge", "AUTH_FAILED", client_of(challenge=url64(PROOF_OF)[:40]))
    yield make("no challenge", "AUTH_FAILED", client_of(challenge=""))
    yield make("the challenge padded", "AUTH_FAILED", client_of(challenge=url64(PROOF_OF) + "="), LENIENT)
    yield make("the challenge in the other alphabet", "AUTH_FAILED",
               client_of(challenge=base64.b64encode(PROOF_OF).decode().rstrip("=")), LENIENT)
    for origin in ["https://example.com", "http://example.org", "https://example.org/", "https://example.org:443",
                   "HTTPS://EXAMPLE.ORG", "https://example.org.evil.example", "https://example.or", "", "null",
                   "https://login.example.org"]:
        yield make(f"origin {origin or 'empty'}", "ORIGIN_UNLISTED", client_of(origin=origin))
    yield make("within a page of another origin", "ORIGIN_UNLISTED", client_of(crossOrigin=True), FRAMES)
    yield make("crossOrigin is a text", "WEBAUTHN_FORMAT", client_of(crossOrigin="false"), LENIENT)
    yield make("crossOrigin is null", "WEBAUTHN_FORMAT", client_of(crossOrigin=None), LENIENT)
    yield make("with a topOrigin", "ORIGIN_UNLISTED", client_of(topOrigin="https://evil.example"), FRAMES)
    yield make("with the same topOrigin", "ORIGIN_UNLISTED", client_of(topOrigin=ORIGINS[0]), FRAMES)
    yield make("topOrigin is null", "ORIGIN_UNLISTED", client_of(topOrigin=None), LENIENT)
    yield make("two origins", "WEBAUTHN_FORMAT",
               client_of().replace(b'"origin"', b'"origin":"https://evil.example","origin"'), LENIENT)
    yield make("a byte order mark", "WEBAUTHN_FORMAT", b"\xef\xbb\xbf" + client_of(), LENIENT)
    yield make("something behind", "WEBAUTHN_FORMAT", client_of() + b"{}")
    yield make("a list", "WEBAUTHN_FORMAT", b"[" + client_of() + b"]")
    yield make("no UTF-8", "WEBAUTHN_FORMAT", client_of(a="b").replace(b'"b"', b'"\xff"'), LENIENT)
    yield make("cut off", "WEBAUTHN_FORMAT", client_of()[:-1])
    yield make("2,049 bytes", "WEBAUTHN_FORMAT", client_of(a="b" * (2049 - len(client_of(a="")))), "no bound there")
    yield make("2,048 bytes", "OK", client_of(a="b" * (2048 - len(client_of(a="")))))


def reports():
    """What the authenticator says."""
    def make(name, expected, auth, known=None, differs=""):
        return case(name, expected, client_of(), auth, signed(client_of(), auth), known=known or {}, differs=differs)

    yield make("extensions", "OK", auth_of(UP | UV | ED, 0, EXTENSION))
    yield make("extensions with bytes", "OK", auth_of(UP | UV | ED, 0, PRF))
    yield make("extensions within each other", "OK", auth_of(UP | UV | ED, 0, UVM))
    yield make("several extensions", "OK", auth_of(UP | UV | ED, 0, b"\xa2" + EXTENSION[1:] + UVM[1:]))
    yield make("flags that nobody knows", "OK", auth_of(UP | UV | 0x22))
    yield make("another rp_id", "ORIGIN_UNLISTED", auth_of(rp_id="example.com"))
    yield make("an rp_id above", "ORIGIN_UNLISTED", auth_of(rp_id="org"))
    yield make("user not present", "WEBAUTHN_FLAGS", auth_of(UV))
    yield make("user not verified", "WEBAUTHN_FLAGS", auth_of(UP))
    yield make("backed up without being eligible", "WEBAUTHN_FLAGS", auth_of(UP | UV | BS))
    attested = bytes(16) + (32).to_bytes(2, "big") + CRED + bytes.fromhex(
        "a5010203262001215820") + point_of(KEY)[0] + bytes.fromhex("225820") + point_of(KEY)[1]
    yield make("with an attested credential", "WEBAUTHN_FLAGS", auth_of(UP | UV | AT, 0, attested), differs=LENIENT)
    yield make("with the flag of one alone", "WEBAUTHN_FLAGS", auth_of(UP | UV | AT))
    yield make("with one, without its flag", "WEBAUTHN_FORMAT", auth_of(UP | UV, 0, attested))
    yield make("extensions without their flag", "WEBAUTHN_FORMAT", auth_of(UP | UV, 0, EXTENSION))
    yield make("the flag of extensions alone", "WEBAUTHN_FORMAT", auth_of(UP | UV | ED))
    yield make("something behind extensions", "WEBAUTHN_FORMAT", auth_of(UP | UV | ED, 0, EXTENSION + b"\0"))
    yield make("something behind all", "WEBAUTHN_FORMAT", auth_of() + b"\0")
    for name, more in [("are cut off", "a16b63726564"), ("are more than there are", "a2616102"),
                       ("are of no length", "bf616102ff"), ("are no CBOR", "ff"),
                       ("are a list", "81616101"), ("are a number", "01616101")]:
        yield make(f"extensions that {name}", "WEBAUTHN_FORMAT", auth_of(UP | UV | ED, 0, bytes.fromhex(more)))
    for name, more in [("have numbers as names", "a10102"),
                       ("are too deep", "a16161" + "81" * 9 + "01")]:
        yield make(f"extensions that {name}", "WEBAUTHN_FORMAT", auth_of(UP | UV | ED, 0, bytes.fromhex(more)),
                   differs=LENIENT)
    yield make("36 bytes", "WEBAUTHN_FORMAT", auth_of()[:36])
    yield make("nothing", "WEBAUTHN_FORMAT", b"")


def lives():
    """What was known of the passkey before."""
    def make(name, expected, flags, counter, known, differs="", key=KEY):
        auth = auth_of(UP | UV | flags, counter)
        return case(name, expected, client_of(), auth, signed(client_of(), auth, key), known=known, differs=differs)

    new, synced = {"new": True}, {"be": True}
    yield make("no counter", "OK", 0, 0, {})
    yield make("the first of a counter", "OK", 0, 1, {})
    yield make("a counter that grows", "OK", 0, 6, {"counter": 5})
    yield make("the last of a counter", "OK", 0, 2**32 - 1, {"counter": 2**32 - 2})
    yield make("a counter that stays", "WEBAUTHN_COUNTER", 0, 5, {"counter": 5})
    yield make("a counter that goes back", "WEBAUTHN_COUNTER", 0, 4, {"counter": 5})
    yield make("a counter that is gone", "WEBAUTHN_COUNTER", 0, 0, {"counter": 5})
    yield make("a counter that begins anew", "WEBAUTHN_COUNTER", 0, 0, {"counter": 2**32 - 1})
    yield make("a passkey that can be backed up", "OK", BE, 0, synced)
    yield make("one that is backed up", "OK", BE | BS, 0, synced)
    yield make("one with a counter that goes back", "OK", BE | BS, 4, {**synced, "counter": 5},
               "counters of passkeys on several devices say nothing")
    yield make("one that became eligible", "WEBAUTHN_FLAGS", BE, 0, {}, "not compared there")
    yield make("one that became eligible, a counter later", "WEBAUTHN_FLAGS", BE, 6, {"counter": 5},
               "not compared there")
    yield make("one that is not eligible any more", "WEBAUTHN_FLAGS", 0, 0, synced, "not compared there")
    yield make("a new one", "OK", 0, 7, new)
    yield make("a new one that is backed up", "OK", BE | BS, 0, new)
    other = secret_of("of somebody else")
    yield make("the counter of a stranger", "AUTH_FAILED", 0, 4, {"counter": 5}, key=other)
    yield make("the eligibility of a stranger", "AUTH_FAILED", BE, 0, {}, key=other)
    yield make("a new one of a stranger", "AUTH_FAILED", 0, 0, new, key=other)


def signatures():
    """What was signed, and how that is written."""
    client, auth = client_of(), auth_of()
    good = signed(client, auth)
    r, s = halves(good)

    def make(name, expected, sig, differs="", **more):
        return case(name, expected, client, auth, sig, differs=differs, **more)

    yield make("the larger s", "OK", der(shortest(r), shortest(max(s, ORDER - s))))
    yield make("the smaller s", "OK", der(shortest(r), shortest(min(s, ORDER - s))))
    i = 0
    while halves(signed(client_of(i=i), auth))[0] >= 2**247:
        i += 1
    yield case("a short r", "OK", client_of(i=i), auth, signed(client_of(i=i), auth))
    yield make("another key", "AUTH_FAILED", signed(client, auth, secret_of("of somebody else")))
    yield make("other data of the client", "AUTH_FAILED", signed(client_of(a=1), auth))
    yield make("other data of the authenticator", "AUTH_FAILED", signed(client, auth_of(counter=1)))
    yield make("the client's data without its hash", "AUTH_FAILED",
               KEY.sign(auth + client, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))
    yield make("SHA-384", "AUTH_FAILED", KEY.sign(auth + hashlib.sha256(client).digest(),
                                                  ec.ECDSA(hashes.SHA384(), deterministic_signing=True)))
    yield make("another credential", "AUTH_FAILED", good, cred=bytes(32), differs="left to who calls")
    yield make("a longer credential", "AUTH_FAILED", good, cred=CRED + b"\0", differs="left to who calls")
    yield make("a credential of 1,023 bytes", "OK", good, known={"cred": CRED * 31 + CRED[:31]})
    yield make("a credential of 1,024 bytes", "WEBAUTHN_FORMAT", good, known={"cred": CRED * 32},
               differs="no bound there")
    yield make("r and s side by side", "WEBAUTHN_FORMAT", r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    yield make("none", "WEBAUTHN_FORMAT", b"")
    yield make("a byte behind", "WEBAUTHN_FORMAT", good + b"\0", LENIENT)
    yield make("a byte inside", "WEBAUTHN_FORMAT", bytes([0x30, good[1] + 1]) + good[2:] + b"\0")
    yield make("a third integer", "WEBAUTHN_FORMAT", der(shortest(r), shortest(s), b"\1"), LENIENT)
    yield make("a length in two bytes", "WEBAUTHN_FORMAT", bytes([0x30, 0x81, good[1]]) + good[2:], LENIENT)
    yield make("a length that is too long", "WEBAUTHN_FORMAT", bytes([0x30, good[1] + 1]) + good[2:])
    yield make("a set", "WEBAUTHN_FORMAT", b"\x31" + good[1:])
    yield make("no integer", "WEBAUTHN_FORMAT", good[:2] + b"\x04" + good[3:])
    yield make("a zero too many", "WEBAUTHN_FORMAT", der(b"\0" + shortest(r), shortest(s)))
    r_top = r.to_bytes(32, "big")
    yield make("a negative r", "WEBAUTHN_FORMAT", der(bytes([r_top[0] | 0x80]) + r_top[1:], shortest(s)))
    yield make("an r without bytes", "WEBAUTHN_FORMAT", der(b"", shortest(s)))
    yield make("an r of 34 bytes", "WEBAUTHN_FORMAT", der(b"\1" + bytes(33), shortest(s)))
    yield make("an r of 33 bytes", "WEBAUTHN_FORMAT", der(b"\1" + bytes(32), shortest(s)))
    yield make("s of 0", "WEBAUTHN_FORMAT", der(shortest(r), b"\0"))
    yield make("s of n", "AUTH_FAILED", der(shortest(r), shortest(ORDER)))
    yield make("s and n", "AUTH_FAILED", der(shortest(r), shortest((s + ORDER) % 2**256)))


def everything():
    for part in (published(), clients(), reports(), lives(), signatures()):
        yield from part

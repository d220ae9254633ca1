"""Keys of users, back ends and operators, and what they sign with them. Judges are openssl and, for
Stark keys, the curve in Python: never our own code twice."""

import base64
import hashlib
import json
import os
import stat
import subprocess

import common
import stark
from common import DONE, FAILED, USAGE, answer, check, examples, expect, run

DOMAIN = "f2ff83860a4dc203988ed1a22ba1f21237f04abdbd0c4c951103cfbed121de78"
TENANT = "e9da86d351cf9a7642d8c50195c3f466220911a15c177809bd1161a51e8c5f24"
SCHEMES = {"p256": 1, "eip191": 2, "stark": 3, "ed25519": 4}


def openssl(*words, data=None):
    return subprocess.run(["openssl", *words], input=data, capture_output=True, check=False)


def written(path, text, mode=0o600):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


def ids(scheme, public):
    """Of an authenticator and of a service key, as the formats have them."""
    tail = bytes.fromhex(TENANT) + bytes([SCHEMES[scheme]]) + public
    return [hashlib.sha256(label + tail).hexdigest()[:32]
            for label in (b"coffer/auth/1", b"coffer/service/1")]


def test_keys(folder):
    for scheme in SCHEMES:
        path = os.path.join(folder, f"{scheme}.key")
        made = answer(run("key", "new", "--scheme", scheme, path, "--json"))
        if not check(f"a key of {scheme} is made", made and made["scheme"] == scheme, made):
            continue
        check(f"a key of {scheme} is private", stat.S_IMODE(os.stat(path).st_mode) == 0o600)
        with open(path, "rb") as file:
            before = file.read()
        expect(FAILED, ["key", "new", "--scheme", scheme, path], "KEY_FILE")
        with open(path, "rb") as file:
            check(f"a key of {scheme} is not written over", file.read() == before)
        public = run("key", "public", path).stdout
        written(path + ".pub", public, 0o644)
        for name in (path, path + ".pub"):
            said = expect(DONE, ["key", "show", name, "--domain", DOMAIN, "--tenant", TENANT])
            check(f"{name} has the key that was made", said["public_key"] == made["public_key"], said)
            good = ids(scheme, bytes.fromhex(said["public_key"][2:]))
            check(f"{name} has its ids", [said["authenticator"], said["service"]] == good, said)
        os.chmod(path, 0o640)
        said = expect(FAILED, ["key", "show", path], "KEY_FILE")
    for scheme in ("p256", "ed25519"):
        path = os.path.join(folder, f"{scheme}.key")
        os.chmod(path, 0o600)
        theirs = openssl("pkey", "-in", path, "-pubout").stdout.decode()
        with open(path + ".pub", encoding="ascii") as file:
            check(f"openssl reads a key of {scheme} as we do", theirs == file.read(), theirs)
    os.chmod(os.path.join(folder, "stark.key"), 0o600)
    os.chmod(os.path.join(folder, "eip191.key"), 0o600)
    with open(os.path.join(folder, "stark.key"), encoding="ascii") as file:
        secret = int(json.load(file)["key"], 16)
    said = expect(DONE, ["key", "show", os.path.join(folder, "stark.key")])
    check("a Stark key is that of the curve in Python",
          int(said["public_key"], 16) == stark.multiply(secret)[0], said)


def test_foreign_keys(folder):
    """Keys that openssl made, in the forms in which it writes them, and those that are of no use."""
    path = os.path.join(folder, "theirs.pem")
    for what, words in (("P-256", ["ecparam", "-name", "prime256v1", "-genkey"]),
                        ("P-256", ["genpkey", "-algorithm", "EC", "-pkeyopt",
                                   "ec_paramgen_curve:P-256"]),
                        ("Ed25519", ["genpkey", "-algorithm", "ed25519"])):
        written(path, openssl(*words).stdout.decode())
        public = openssl("pkey", "-in", path, "-pubout").stdout.decode()
        check(f"a key of {what} of openssl {words[0]} is read",
              run("key", "public", path).stdout == public)
    for what, words in (("P-384", ["ecparam", "-name", "secp384r1", "-genkey"]),
                        ("RSA", ["genpkey", "-algorithm", "RSA"]),
                        ("a password", ["genpkey", "-algorithm", "ed25519", "-aes128", "-pass",
                                        "pass:x"])):
        written(path, openssl(*words).stdout.decode())
        expect(FAILED, ["key", "show", path], "KEY_FILE")
    expect(FAILED, ["key", "show", os.path.join(folder, "none.pem")], "KEY_FILE")
    expect(USAGE, ["key", "show", "0x" + "1" * 64], "USAGE")
    written(path, openssl("genpkey", "-algorithm", "ed25519").stdout.decode())
    for words in (["--tenant", "default"], ["--domain", "00"],
                  ["--domain", DOMAIN, "--tenant", "No name"]):
        expect(USAGE, ["key", "show", path, *words], "USAGE")


def b64u(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64u(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def der(signature):
    """r and s as openssl takes them."""
    def integer(half):
        digits = half.lstrip(b"\0") or b"\0"
        digits = b"\0" + digits if digits[0] >= 0x80 else digits
        return bytes([2, len(digits)]) + digits
    both = integer(signature[:32]) + integer(signature[32:])
    return bytes([0x30, len(both)]) + both


def openssl_takes(folder, scheme, text, signature):
    """Whether openssl takes a signature of the key in SCHEME.key.pub over a text."""
    where = {name: os.path.join(folder, f"judged.{name}") for name in ("text", "sig")}
    with open(where["text"], "wb") as file:
        file.write(text)
    with open(where["sig"], "wb") as file:
        file.write(der(signature) if scheme == "p256" else signature)
    public = os.path.join(folder, f"{scheme}.key.pub")
    words = (["dgst", "-sha256", "-verify", public, "-signature", where["sig"], where["text"]]
             if scheme == "p256" else
             ["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", public, "-sigfile", where["sig"],
              "-in", where["text"]])
    return openssl(*words).returncode == 0


def stark_takes(public, text, signature):
    """ECDSA of the Stark curve over SHA-256 without its top 5 bits."""
    digest = int.from_bytes(hashlib.sha256(text).digest(), "big") % 2**251
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    return stark.verify(int(public, 16), digest, r, s)


def test_signing(folder):
    """A statement is signed by a key of each scheme, in a file and elsewhere; others judge it."""
    path = os.path.join(folder, "freeze.json")
    made = expect(DONE, ["statement", "make", "policy.freeze", "version=3", "--scope", "o:alice",
                         "--domain", DOMAIN, "--tenant", TENANT])["statement"]
    lines = made["text"].split("\n")
    body = b'{"version":3}'
    check("the text is that of the formats", lines[:4] == ["CofferState/1", DOMAIN, TENANT,
                                                           "policy.freeze"]
          and lines[4:8] == ["o:alice", "-", "-", "0"]
          and lines[8] == hashlib.sha256(body).hexdigest() and len(lines) == 10, made)
    check("the body is that of the formats", unb64u(made["body"]) == body, made)
    written(path, json.dumps(made), 0o644)
    text = run("statement", "text", path).stdout
    check("what is signed is the text, without an end of line", text == made["text"], text)
    for scheme, number in SCHEMES.items():
        key = os.path.join(folder, f"{scheme}.key")
        done = run("statement", "sign", path, "--key", key)
        check(f"a key of {scheme} signs", done.returncode == DONE, done)
        with open(path, encoding="utf-8") as file:
            n, public, proof = json.load(file)["sigs"][-1]
        if scheme in ("p256", "ed25519"):
            good = openssl_takes(folder, scheme, text.encode(), unb64u(proof))
            bad = openssl_takes(folder, scheme, text.encode() + b"\n", unb64u(proof))
            check(f"openssl takes the signature of {scheme}", n == number and good and not bad)
        if scheme == "stark":
            check("so does the curve in Python", n == number and stark_takes(
                unb64u(public).hex(), text.encode(), unb64u(proof)))
        expect(FAILED, ["statement", "sign", path, "--key", key], "STATEMENT_SIGNER")
    said = expect(DONE, ["statement", "show", path])
    check("all that signed are shown", [row["state"] for row in said["signatures"]] == ["ok"] * 4,
          said)
    with open(path, encoding="utf-8") as file:
        whole = json.load(file)
    for n, public, proof in whole["sigs"]:
        raw = bytearray(unb64u(proof))
        raw[40] ^= 1
        text = json.dumps({**whole, "sigs": [[n, public, b64u(raw)]]})
        shown = answer(run("statement", "show", "-", "--json", text=text))
        check(f"a changed signature of scheme {n} is found",
              shown["ok"] is False and shown["signatures"][0]["state"] == "FAILED", shown)


def test_openssl_alone(folder):
    """Text, body and signature without any program of ours: statement show takes it, and says no
    when a letter of it is another one."""
    for scheme in ("p256", "ed25519"):
        key = os.path.join(folder, f"{scheme}.key")
        body = json.dumps({"ids": [b64u(bytes(16))], "since": None}, separators=(",", ":")).encode()
        text = "\n".join(["CofferState/1", DOMAIN, TENANT, "user.revoke", "u:bob", "-", "-", "0",
                          hashlib.sha256(body).hexdigest(), "5a" * 16])
        place = os.path.join(folder, "alone.text")
        written(place, text)
        signature = (openssl("dgst", "-sha256", "-sign", key, place) if scheme == "p256" else
                     openssl("pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", place)).stdout
        with open(os.path.join(folder, "alone.sig"), "wb") as file:
            file.write(signature)
        path = written(os.path.join(folder, f"alone-{scheme}.json"),
                       json.dumps({"text": text, "body": b64u(body), "sigs": []}))
        words = ["statement", "sign", path, "--public-key", key + ".pub",
                 "--signature", os.path.join(folder, "alone.sig")]
        check(f"what openssl signed with {scheme} is added", run(*words).returncode == DONE)
        said = expect(DONE, ["statement", "show", path])
        check(f"what openssl signed with {scheme} is shown",
              said["signatures"][0]["state"] == "ok" and said["scope"] == "u:bob", said)
        other = written(os.path.join(folder, "other.json"), json.dumps(
            {"text": text.replace("u:bob", "u:bot"), "body": b64u(body), "sigs": []}))
        expect(FAILED, [*words[:2], other, *words[3:]], "AUTH_FAILED")
        with open(path, encoding="utf-8") as file:
            whole = json.load(file)
        whole["text"] = text.replace("u:bob", "u:bot")
        shown = run("statement", "show", "-", text=json.dumps(whole))
        check("another text is not what was signed", shown.returncode == FAILED
              and "FAILED" in shown.stdout, shown)


def test_wrong_statements(folder):
    place = ["--domain", DOMAIN, "--tenant", TENANT]
    make = ["statement", "make"]
    key = os.path.join(folder, "p256.key")
    for words in (["no.such"], ["policy.freeze", *place], ["policy.freeze", "version=1"],
                  ["policy.freeze", "version=x", "--scope", "t", *place],
                  ["policy.freeze", "version=1", "version=2", "--scope", "t", *place],
                  ["policy.freeze", "version=1", "--scope", "x:y", *place],
                  ["policy.freeze", "version=1", "--scope", "t", "--seq", "1", *place],
                  ["tenant.set", "version=1", "document=x", "--scope", "u:alice", *place],
                  ["user.add", "--scope", "u:alice", *place],
                  ["user.add", f"key={key}", "colour=red", "--scope", "u:alice", *place],
                  ["user.add", f"key={key}", "--scope", "u:alice", "--seq", "2", *place],
                  ["user.add", f"key={key}", "--scope", "u:alice", "--seq", "2", "--prev", "0",
                   *place],
                  ["user.revoke", "ids=00", "--scope", "u:alice", *place],
                  ["service.add", f"key={key}", "scopes=all", "users=all", "not_after=1d", *place]):
        expect(USAGE, [*make, *words], "USAGE")
    expect(FAILED, [*make, "user.join", "heads=" + "00" * 32, "--scope", "u:alice", *place],
           "RECORD_INVALID")
    expect(FAILED, [*make, "user.add", f"key={key}x", "--scope", "u:alice", *place], "KEY_FILE")
    expect(FAILED, [*make, "user.add", f"key={key}", f"ticket={key}", "--scope", "u:alice", *place],
           "TICKET_INVALID")
    expect(USAGE, ["ticket", "make", "alice", *place], "USAGE")
    expect(USAGE, ["ticket", "make", "a lice", "--for", key, *place], "USAGE")
    for words in ([], ["--key", key, "--signature", key], ["--public-key", key]):
        expect(USAGE, ["statement", "sign", key, *words], "USAGE")
    expect(FAILED, ["statement", "show", key], "BAD_JSON")
    expect(FAILED, ["statement", "show", "-"], "RECORD_INVALID", text="{}")
    expect(FAILED, ["statement", "show", "-"], "RECORD_INVALID",
           text='{"text":"CofferState/1","body":"e30","sigs":[]}')


def test_enrolling(folder):
    """A ticket goes from the authority to the user, and into the statement that enrols."""
    place = ["--domain", DOMAIN, "--tenant", TENANT]
    key, authority = (os.path.join(folder, name) for name in ("p256.key", "ed25519.key"))
    ticket, add = (os.path.join(folder, name) for name in ("a-ticket.json", "a-user.json"))
    said = answer(run("ticket", "make", "alice", "--for", key + ".pub", "--output", ticket, *place,
                      "--json"))
    check("a ticket is made for the key", said["authenticator"] == ids(
        "p256", bytes.fromhex(expect(DONE, ["key", "show", key])["public_key"][2:]))[0], said)
    expect(FAILED, ["ticket", "make", "alice", "--for", key, "--output", ticket, *place], "IO")
    make = ["statement", "make", "user.add", f"key={key}", f"ticket={ticket}", "label=a laptop",
            "--scope", "u:alice", *place]
    expect(FAILED, make, "TICKET_INVALID")
    check("the authority signs", run("statement", "sign", ticket, "--key", authority).returncode
          == DONE)
    made = expect(DONE, make)["statement"]
    body = json.loads(unb64u(made["body"]))
    with open(ticket, encoding="utf-8") as file:
        check("the ticket is in the statement", body["ticket"] == json.load(file), body)
    check("so are key and label", body["n"] == 1 and body["label"] == "a laptop"
          and list(body) == ["n", "K", "cred", "label", "ticket"], body)
    done = run("statement", "sign", "-", "--key", key, text=json.dumps(made))
    written(add, done.stdout)
    shown = expect(DONE, ["statement", "show", add])
    check("what was signed between two programs is whole", shown["operation"] == "user.add"
          and shown["number"] == 1 and shown["signatures"][0]["state"] == "ok", shown)


def test_examples(folder):
    """Those of the commands here, one after the other: each makes what the next ones take."""
    for name, words in (("backend.pub", ["key", "public", "p256.key"]),
                        ("alice.pub", ["key", "public", "ed25519.key"])):
        written(os.path.join(folder, name), run(*words, folder=folder).stdout)
    for name in ("freeze.json", "ticket.json"):
        if os.path.exists(os.path.join(folder, name)):
            os.unlink(os.path.join(folder, name))
    for name in ("key new", "key show", "key public", "statement make", "statement text",
                 "ticket make"):
        for words in examples(name):
            done = run(*words, folder=folder)
            check(f"example: {' '.join(words)}", done.returncode == DONE, done)
    run("key", "new", "operator.pem", folder=folder)
    run("key", "new", "device.pem", folder=folder)
    written(os.path.join(folder, "device.pub"), run("key", "public", "device.pem",
                                                    folder=folder).stdout)
    with open(os.path.join(folder, "freeze.sig"), "wb") as file:
        text = run("statement", "text", "freeze.json", folder=folder).stdout
        written(os.path.join(folder, "freeze.text"), text)
        file.write(openssl("dgst", "-sha256", "-sign", os.path.join(folder, "device.pem"),
                           os.path.join(folder, "freeze.text")).stdout)
    for name in ("statement sign", "statement show"):
        for words in examples(name):
            done = run(*words, folder=folder)
            check(f"example: {' '.join(words)}", done.returncode == DONE, done)


def test_wrong_calls(folder):
    """What is wrong is said before a node is asked, and no node is asked that anybody could be."""
    key = os.path.join(folder, "p256.key")
    far = ["--node", "http://kms.example.org"]
    for words in (["login", "alice"], ["login", "--key", key], ["user", "enrol", "alice"],
                  ["user", "revoke", "alice", "--key", key], ["user", "revoke", "alice", "00", "--key", key],
                  ["user", "revoke", "alice", "00" * 16], ["user", "recover", "alice"],
                  ["user", "join", "alice"], ["freeze"], ["service-key", "add"],
                  ["service-key", "add", "--key", key, "--users", "all", "--scopes", "all",
                   "--authority", key],
                  ["service-key", "rotate", "00" * 16], ["service-key", "revoke", "00" * 16],
                  ["session", "revoke", "alice"], ["session", "revoke", "--all", "0" * 36],
                  ["accounts", "alice", "--session", key, "--node", "http://127.0.0.1:1"]):
        expect(USAGE, words, "USAGE")
    for words in (["login", "alice", "--key", key], ["user", "list", "alice"],
                  ["user", "enrol", "alice", "--key", key, "--authority", key],
                  ["freeze", "--key", key], ["service-key", "revoke", "00" * 16, "--key", key]):
        expect(FAILED, [*words, *far], "NODE_UNTRUSTED")
    for name in ("http://127.0.0.1@example.org", "http://localhost.example.org",
                 "http://127.0.0.1.example.org"):
        expect(FAILED, ["login", "alice", "--key", key, "--node", name], "NODE_UNTRUSTED")
    none = os.path.join(folder, "none.json")
    for words in (["session", "list"], ["session", "renew"], ["session", "revoke"],
                  ["accounts", "alice"]):
        expect(FAILED, [*words, "--session", none], "KEY_FILE")
        expect(FAILED, [*words, "--session", written(os.path.join(folder, "no-session"), "{}")],
               "KEY_FILE")
    expect(FAILED, ["session", "list"], "KEY_FILE", env={"HOME": folder, "XDG_CONFIG_HOME": ""})
    expect(USAGE, ["session", "list"], "USAGE", env={"HOME": "", "XDG_CONFIG_HOME": ""})
    for path in ("ticket.json", "a-ticket.json"):
        if os.path.exists(os.path.join(folder, path)):
            expect(FAILED, ["statement", "submit", os.path.join(folder, path)], "RECORD_INVALID")


class Dev:
    """coffer dev in a folder, until the block ends."""

    def __init__(self, data):
        self.data, self.node = data, f"unix:{data}.sock"

    def __enter__(self):
        self.process = subprocess.Popen([common.COFFER, "dev", "--data", self.data, "--listen",
                                         self.node], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if " demo " in line:
                break
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()


def test_operator(folder):
    """coffer dev makes the key of its operator once, and names it in its trust configuration."""
    data = os.path.join(folder, "data")
    key = os.path.join(data, "operator.pem")
    seen = []
    for _ in range(2):
        with Dev(data):
            with open(os.path.join(data, "trust.json"), encoding="utf-8") as file:
                operators = json.load(file)["operators"]
            public = answer(run("key", "show", key, "--json"))["public_key"]
            check("the operator of coffer dev is the key beside it",
                  operators == [{"alg": "p256", "key": public}], operators)
            check("nobody else reads it", stat.S_IMODE(os.stat(key).st_mode) == 0o600)
            seen.append(public)
    check("a second start keeps the operator", seen[0] == seen[1], seen)


def test(folder):
    place = os.path.join(folder, "users")
    os.mkdir(place, mode=0o700)
    test_keys(place)
    test_foreign_keys(place)
    test_signing(place)
    test_openssl_alone(place)
    test_wrong_statements(place)
    test_enrolling(place)
    test_examples(place)
    test_wrong_calls(place)
    test_operator(place)

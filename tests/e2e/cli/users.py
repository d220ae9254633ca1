"""Keys of users, back ends and operators, and what they sign with them. Judges are openssl and, for
Stark keys, the curve in Python: never our own code twice."""

import hashlib
import json
import os
import stat
import subprocess

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


def test_examples(folder):
    """Those of the commands here, one after the other: each makes what the next ones take."""
    for name in ("key new", "key show", "key public"):
        for words in examples(name):
            done = run(*words, folder=folder)
            check(f"example: {' '.join(words)}", done.returncode == DONE, done)


def test(folder):
    place = os.path.join(folder, "users")
    os.mkdir(place, mode=0o700)
    test_keys(place)
    test_foreign_keys(place)
    test_examples(place)

#!/usr/bin/env python3
"""Recomputes tests/vectors/envelopes-v1.json: the four ways in which version 1 makes an envelope's key.

Written from: the table of the platform's releases (salt and info of each), not the C code, on the
plain integers of wire_v2.py; and judged itself by tests/vectors/nova-app-capsule.json, which a
real client and a real node of the platform wrote. Ends with N passed, N failed.
With --write it fills the outputs in; the C tests then have to agree with them.
"""
import hashlib
import hmac
import json
import os
import sys

from wire_v2 import G, gcm, multiply, sec1

FOLDER = os.path.join(os.path.dirname(__file__), "..", "..", "vectors")
PATH = os.path.join(FOLDER, "envelopes-v1.json")
INFOS = {
    "static": "encryption data",
    "enclaver": "enclaver-ecdh-aes256gcm-v1",
    "capsule-api": "capsule-api-ecdh-aes256gcm-v1",
    "capsule": "capsule-ecdh-aes256gcm-v1",
}
TEXT = '{"path":"m/0/1","context":"clé 🔑"}'


def hkdf(salt, secret, info):
    prk = hmac.new(salt or bytes(32), secret, hashlib.sha256).digest()
    return hmac.new(prk, info.encode() + b"\x01", hashlib.sha256).digest()


def key_of(derivation, shared, points, nonce):
    salt = None if derivation == "static" else b"".join(sorted(points)) + nonce
    return hkdf(salt, shared, INFOS[derivation])


def meet(mine, peer):
    """Both points, and what their keys share."""
    points = [sec1(multiply(k, G)) for k in (mine, peer)]
    return points, multiply(mine, multiply(peer, G))[0].to_bytes(48, "big")


def envelope(v):
    points, shared = meet(int(v["client"], 16), int(v["node"], 16))
    nonce = bytes.fromhex(v["nonce"])
    key = key_of(v["derivation"], shared, points, nonce)
    return {
        "client_point": points[0].hex(),
        "node_point": points[1].hex(),
        "key": key.hex(),
        "sealed": gcm(key, nonce, b"", v["plaintext"].encode()).hex(),
    }


def wanted():
    """Every derivation, and each of two points as the smaller one."""
    keys = [hashlib.sha384(name.encode()).hexdigest() for name in ("one end", "other end")]
    for derivation in INFOS:
        for client, node in (keys, keys[::-1]):
            nonce = hashlib.sha256(f"{derivation} {client}".encode()).hexdigest()[:24]
            yield {"name": f"{derivation}, client {client[:4]}", "derivation": derivation,
                   "client": client, "node": node, "nonce": nonce, "plaintext": TEXT}


def observed(capsule):
    """Every sealed body of the real run, sealed again: the bytes have to be the same."""
    points, shared = meet(*(int(capsule[end]["p384_private"], 16) for end in ("app", "node")))
    for exchange in capsule["exchanges"]:
        for side in ("request", "response"):
            text = exchange["decoded"].get(f"{side}_plaintext")
            if text is None:
                continue
            body = json.loads(exchange[f"{side}_body"])
            nonce = bytes.fromhex(body["nonce"])
            key = key_of("capsule", shared, points, nonce)
            sealed = gcm(key, nonce, b"", text.encode()).hex()
            yield f"{exchange['method']} {exchange['path']} {side}", sealed == body["encrypted_data"]


def main():
    passed = failed = 0
    with open(os.path.join(FOLDER, "nova-app-capsule.json"), encoding="utf-8") as file:
        results = list(observed(json.load(file)))
    if "--write" in sys.argv[1:]:
        with open(PATH, "w", encoding="utf-8") as file:
            json.dump({"envelopes": [{**v, **envelope(v)} for v in wanted()]}, file, indent=1,
                      ensure_ascii=False)
            file.write("\n")
    with open(PATH, encoding="utf-8") as file:
        kept = json.load(file)["envelopes"]
    results.append(("the real run has sealed bodies", len(results) > 15))
    results.append(("all derivations are there", len(kept) == len(list(wanted()))))
    results += [(v["name"], {**v, **envelope(v)} == v) for v in kept]
    for name, good in results:
        passed, failed = passed + good, failed + (not good)
        if not good:
            print("FAILED", name)
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())

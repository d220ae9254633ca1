#!/usr/bin/env python3
"""Recomputes tests/vectors/labels-v2.json from its inputs with hashlib and hmac alone.

Written from: the description of our own formats, the only source there is, not the C code. Ids of
deployments and tenants, labels, everything derived under them, seed commitments. Ends with N passed, N failed.
With --write it fills the outputs in; the C tests then have to agree with them.
"""
import hashlib
import hmac
import json
import os
import sys

ORDERS = {
    1: 0x800000000000010FFFFFFFFFFFFFFFFB781126DCAE7B2321E66A241ADC64D2F,
    2: 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    3: 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
}
PATH = os.path.join(os.path.dirname(__file__), "..", "..", "vectors", "labels-v2.json")
FIELDS = [  # name, tag, how it is written
    ("domain", 1, bytes.fromhex),
    ("epoch", 2, lambda v: v.to_bytes(4, "big")),
    ("tenant", 3, bytes.fromhex),
    ("app", 4, bytes.fromhex),
    ("user", 5, str.encode),
    ("index", 6, lambda v: v.to_bytes(8, "big")),
    ("path", 7, str.encode),
    ("context", 8, bytes.fromhex),
    ("measurement", 9, bytes.fromhex),
    ("incarnation", 10, bytes.fromhex),
]


def mac(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def expand(prk, info, length):
    out, block = b"", b""
    counter = 1
    while len(out) < length:
        block = mac(prk, block + info + bytes([counter]))
        out += block
        counter += 1
    return out[:length]


def label(v):
    out = b"CFR2" + bytes([v["purpose"], v["alg"]]) + v["out_len"].to_bytes(2, "big")
    for name, tag, write in FIELDS:
        if name in v["fields"]:
            value = write(v["fields"][name])
            out += bytes([tag]) + len(value).to_bytes(2, "big") + value
    return out


def domain_id(v):
    parts = [v["profile"].to_bytes(1, "big"), v["chain_id"].to_bytes(8, "big")]
    parts += [bytes.fromhex(v[k]) for k in ("genesis", "registry", "kms_registry", "kms_app_id")]
    return {"id": hashlib.sha256(b"coffer/domain/1" + b"".join(parts)).hexdigest()}


def app_tenant(v):
    body = v["chain_id"].to_bytes(8, "big") + bytes.fromhex(v["registry"] + v["app_id"])
    return {"id": hashlib.sha256(b"coffer/tenant/1\x01" + body).hexdigest()}


def local_tenant(v):
    name = v["name"].encode()
    body = bytes.fromhex(v["domain"]) + bytes([len(name)]) + name
    return {"id": hashlib.sha256(b"coffer/tenant/1\x02" + body).hexdigest()}


def derived(v):
    info = label(v)
    prk = mac(v["salt"].encode(), bytes.fromhex(v["secret"]))
    out = expand(prk, info, v["out_len"])
    result = {"label": info.hex(), "bytes": out.hex()}
    if v["alg"] in ORDERS and v["out_len"] == 48:
        below = ORDERS[v["alg"]] - 1
        result["key"] = "%064x" % (int.from_bytes(out, "big") % below + 1)
    if v["purpose"] == 0x41:
        result["hash"] = hashlib.sha256(out).hexdigest()
    return result


def commitment(v):
    return {"commitment": mac(bytes.fromhex(v["seed"]), b"coffer/seed-commit/1").hex()}


KINDS = {
    "domain": domain_id,
    "app_tenant": app_tenant,
    "local_tenant": local_tenant,
    "label": derived,
    "commitment": commitment,
}


def main():
    with open(PATH) as file:
        data = json.load(file)
    passed = failed = 0
    for vector in data["vectors"]:
        expected = KINDS[vector["kind"]](vector)
        if "--write" in sys.argv:
            vector.update(expected)
        elif all(vector.get(k) == v for k, v in expected.items()):
            passed += 1
        else:
            failed += 1
            print("differs:", vector["name"], expected)
    if "--write" in sys.argv:
        with open(PATH, "w") as file:
            json.dump(data, file, indent=1)
            file.write("\n")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

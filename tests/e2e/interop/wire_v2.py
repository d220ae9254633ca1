#!/usr/bin/env python3
"""Recomputes tests/vectors/wire-v2.json: signed texts and envelopes of version 2.

Written from: the description of our own formats, the only source there is, not the C code; with
hashlib, hmac and plain integers alone: P-384, AES-256 and GCM are spelled out here. Ends with N passed, N failed.
With --write it fills the outputs in; the C tests then have to agree with them.
"""
import base64
import hashlib
import hmac
import json
import os
import sys

PATH = os.path.join(os.path.dirname(__file__), "..", "..", "vectors", "wire-v2.json")
P = 2**384 - 2**128 - 2**96 + 2**32 - 1
G = (
    0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
    0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F,
)


def add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    if a == b:
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def multiply(k, point):
    out = None
    for bit in bin(k)[2:]:
        out = add(out, out)
        out = add(out, point) if bit == "1" else out
    return out


def sec1(point):
    return b"\x04" + point[0].to_bytes(48, "big") + point[1].to_bytes(48, "big")


def times(a, b):
    """In the field of AES."""
    out = 0
    while b:
        out ^= a if b & 1 else 0
        a = (a << 1) ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return out


def make_sbox():
    box = []
    for value in range(256):
        inverse = next((i for i in range(256) if times(value, i) == 1), 0)
        out = 0x63
        for shift in range(5):
            out ^= ((inverse << shift) | (inverse >> (8 - shift))) & 0xFF
        box.append(out)
    return box


SBOX = make_sbox()


def schedule(key):
    words = [key[i : i + 4] for i in range(0, 32, 4)]
    rcon = 1
    for i in range(8, 60):
        word = words[-1]
        if i % 8 == 0:
            word = bytes(SBOX[b] for b in word[1:] + word[:1])
            word = bytes([word[0] ^ rcon]) + word[1:]
            rcon = times(rcon, 2)
        elif i % 8 == 4:
            word = bytes(SBOX[b] for b in word)
        words.append(bytes(a ^ b for a, b in zip(words[-8], word)))
    return [b"".join(words[i : i + 4]) for i in range(0, 60, 4)]


def encrypt_block(keys, block):
    state = bytes(a ^ b for a, b in zip(block, keys[0]))
    for number, key in enumerate(keys[1:], 1):
        state = [SBOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16)]
        if number != 14:
            mixed = []
            for c in range(0, 16, 4):
                for r in range(4):
                    a = [state[c + (r + i) % 4] for i in range(4)]
                    mixed.append(times(a[0], 2) ^ times(a[1], 3) ^ a[2] ^ a[3])
            state = mixed
        state = bytes(a ^ b for a, b in zip(state, key))
    return state


def ghash(h, data):
    out = 0
    for i in range(0, len(data), 16):
        x = out ^ int.from_bytes(data[i : i + 16], "big")
        out, v = 0, h
        for bit in range(127, -1, -1):
            out ^= v if x >> bit & 1 else 0
            v = (v >> 1) ^ (0xE1 << 120 if v & 1 else 0)
    return out


def pad(data):
    return data + bytes(-len(data) % 16)


def gcm(key, iv, aad, text):
    keys = schedule(key)
    h = int.from_bytes(encrypt_block(keys, bytes(16)), "big")
    stream = b"".join(
        encrypt_block(keys, iv + n.to_bytes(4, "big")) for n in range(2, 3 + len(text) // 16)
    )
    sealed = bytes(a ^ b for a, b in zip(text, stream))
    lengths = (8 * len(aad)).to_bytes(8, "big") + (8 * len(sealed)).to_bytes(8, "big")
    tag = ghash(h, pad(aad) + pad(sealed) + lengths)
    tag ^= int.from_bytes(encrypt_block(keys, iv + b"\0\0\0\1"), "big")
    return sealed + tag.to_bytes(16, "big")


def hkdf(secret, info):
    prk = hmac.new(b"", secret, hashlib.sha256).digest()
    return hmac.new(prk, info + b"\x01", hashlib.sha256).digest()


def request_text(v, with_body):
    body = hashlib.sha256(v["body"].encode()).hexdigest() if with_body else "-"
    recipient = v["wallet"] + ":" + v["boot_id"]
    if v["role"] == "user":
        recipient = v["recipient"]
    lines = ["CofferPoP/2", v["role"], v["method"], v["target"], body, v["domain"], recipient]
    lines += [v["caller"], v["nonce"], str(v["time_ms"]), v["idempotency_key"] or "-"]
    return "\n".join(lines)


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def answer_text(v, request):
    a = v["answer"]
    audit = f"{a['lane']}:{a['seq']}:{a['audit_hash']}" if a["is_audited"] else "-"
    return "\n".join([
        "CofferResp/2", digest(request), str(a["status"]), digest(a["body"]),
        v["wallet"] + ":" + v["boot_id"], f"{a['block_number']}:{a['block_hash']}",
        str(a["epoch"]), audit, str(a["time_ms"]),
    ])


def pop(v):
    request = request_text(v, True)
    return {
        "text": request,
        "digest": digest(request),
        "digest_without_body": digest(request_text(v, False)),
        "answer_text": answer_text(v, request),
    }


def envelope(v):
    client, node = int(v["client"], 16), int(v["node"], 16)
    points = [sec1(multiply(k, G)) for k in (client, node)]
    shared = multiply(client, multiply(node, G))[0].to_bytes(48, "big")
    is_request = v["way"] == "request"
    info = b"CofferEnv/2" + (b"\x01" if is_request else b"\x02") + points[0] + points[1]
    key = hkdf(shared, info)
    aad = (b"CofferEnv/2 req" if is_request else b"CofferEnv/2 resp") + bytes.fromhex(v["digest"])
    iv = bytes.fromhex(v["iv"])
    parts = [points[0 if is_request else 1], iv, gcm(key, iv, aad, v["plaintext"].encode())]
    text = [base64.b64encode(part).decode() for part in parts]
    return {
        "client_point": points[0].hex(),
        "node_point": points[1].hex(),
        "key": key.hex(),
        "json": '{"v":2,"sender":"%s","iv":"%s","sealed":"%s"}' % tuple(text),
    }


def main():
    # Case 16 of GCM's specification, so that what is written above is known to be GCM.
    known = gcm(bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2),
                bytes.fromhex("cafebabefacedbaddecaf888"),
                bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
                bytes.fromhex("d9313225f88406e5a55909c5aff5269a"))
    passed, failed = (1, 0) if known[:16].hex() == "522dc1f099567d07f47f37a32a84427d" else (0, 1)
    with open(PATH, encoding="utf-8") as file:
        document = json.load(file)
    for section, compute in (("pop", pop), ("envelope", envelope)):
        for v in document[section]:
            out = compute(v)
            if "--write" in sys.argv[1:]:
                v.update(out)
            if all(v.get(name) == value for name, value in out.items()):
                passed += 1
            else:
                failed += 1
                print("FAILED", section, v["name"])
    if "--write" in sys.argv[1:]:
        with open(PATH, "w", encoding="utf-8") as file:
            json.dump(document, file, indent=1, ensure_ascii=False)
            file.write("\n")
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()

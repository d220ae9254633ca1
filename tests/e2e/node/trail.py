#!/usr/bin/env python3
"""A second verifier of audit trails, written from the formats alone (formats, section 10; C2SP
signed-note 1.0 and tlog-checkpoint 1.0; RFC 6962; RFC 8032; SEC 1; EIP-191), with Python's integers
and hashlib. It shares no code and no assumption with the C one, and lets nothing pass unproven but
what it is told to: usage: trail.py [--allow-open] FILE...; prints one line, exits 0 or 1."""

import base64
import functools
import hashlib
import json
import sys

HEAD = ["v", "boot", "lane", "seq", "prev"]
RECORD = HEAD + """t_lo t_hi tenant user principal assurance sid ip op route key_index key_epoch chain
    account nonce query object req policy outcome code rid crid block auth factors layers rule spend
    approval plan term ref duration_us""".split()
TYPED = {"boot": "attestation pcrs profile domain vkey wallet signature previous", "end": "",
         "mark": "block peers dropped", "gap": "from to count hashes"}
KEEP = 8  # notes of earlier starts in a boot record


class Wrong(Exception):
    pass


def need(good, why):
    if not good:
        raise Wrong(why)


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# --- Ed25519, RFC 8032, section 5.1.7 --------------------------------------------------------------
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def edwards_add(a, b):
    t = D * a[0] * b[0] * a[1] * b[1]
    return ((a[0] * b[1] + a[1] * b[0]) * pow(1 + t, -1, P) % P,
            (a[1] * b[1] + a[0] * b[0]) * pow(1 - t, -1, P) % P)


def edwards_mul(n, a):
    sum_ = (0, 1)
    for bit in bin(n)[2:]:
        sum_ = edwards_add(sum_, sum_)
        sum_ = edwards_add(sum_, a) if bit == "1" else sum_
    return sum_


def edwards_point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    need(y < P and x * x % P == square and not (x == 0 and sign), "no point of the curve")
    return (x if x & 1 == sign else P - x, y)


@functools.cache  # forged forms of one trail have most notes in common
def ed25519_verifies(public, text, signature):
    base = edwards_point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    s = int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + text).digest(), "little") % L
    right = edwards_add(edwards_point(signature[:32]), edwards_mul(k, edwards_point(public)))
    return s < L and edwards_mul(s, base) == right


# --- Ethereum: Keccak-256, and who signed ----------------------------------------------------------
def keccak(data):
    data = bytearray(data + b"\1")
    data += b"\0" * (-len(data) % 136)
    data[-1] |= 0x80
    mask, lanes = 2**64 - 1, [[0] * 5 for _ in range(5)]
    turn = lambda v, n: (v << n | v >> 64 - n) & mask if n else v
    for start in range(0, len(data), 136):
        for i in range(17):
            word = data[start + 8 * i:start + 8 * i + 8]
            lanes[i % 5][i // 5] ^= int.from_bytes(word, "little")
        lfsr = 1
        for _ in range(24):
            c = [col[0] ^ col[1] ^ col[2] ^ col[3] ^ col[4] for col in lanes]
            lanes = [[lanes[x][y] ^ c[x - 1] ^ turn(c[(x + 1) % 5], 1) for y in range(5)]
                     for x in range(5)]
            x, y, moved = 1, 0, lanes[1][0]
            for t in range(24):
                x, y = y, (2 * x + 3 * y) % 5
                lanes[x][y], moved = turn(moved, (t + 1) * (t + 2) // 2 % 64), lanes[x][y]
            lanes = [[lanes[x][y] ^ ~lanes[(x + 1) % 5][y] & lanes[(x + 2) % 5][y]
                      for y in range(5)] for x in range(5)]
            for j in range(7):
                lanes[0][0] ^= (lfsr & 1) << (1 << j) - 1
                lfsr = lfsr << 1 ^ (lfsr >> 7) * 0x171
    return b"".join(lanes[x][0].to_bytes(8, "little") for x in range(4))


Q = 2**256 - 2**32 - 977
N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141
G = (0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798,
     0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8)


def weierstrass_add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % Q == 0:
        return None
    slope = (3 * a[0] * a[0] * pow(2 * a[1], -1, Q) if a == b
             else (b[1] - a[1]) * pow(b[0] - a[0], -1, Q)) % Q
    x = (slope * slope - a[0] - b[0]) % Q
    return x, (slope * (a[0] - x) - a[1]) % Q


def weierstrass_mul(n, a):
    sum_ = None
    for bit in bin(n % N)[2:]:
        sum_ = weierstrass_add(sum_, sum_)
        sum_ = weierstrass_add(sum_, a) if bit == "1" else sum_
    return sum_


@functools.cache
def wallet_of(text, signature):
    r, s, v = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big"), signature[64]
    need(0 < r < N and 0 < s <= N // 2 and v in (27, 28), "no signature of a wallet")
    z = int.from_bytes(keccak(b"\x19Ethereum Signed Message:\n%d" % len(text) + text), "big")
    y = pow(r**3 + 7, (Q + 1) // 4, Q)
    need(y * y % Q == (r**3 + 7) % Q, "no signature of a wallet")
    point = (r, y if y & 1 == v - 27 else Q - y)
    inverse = pow(r, -1, N)
    x, y = weierstrass_add(weierstrass_mul(s * inverse, point), weierstrass_mul(-z * inverse, G))
    return "0x" + keccak(x.to_bytes(32, "big") + y.to_bytes(32, "big"))[12:].hex()


# --- notes and trees -------------------------------------------------------------------------------
def root_of(hashes):
    """RFC 6962, section 2.1, bottom up: a node without a neighbour goes up as it is."""
    if not hashes:
        return sha()
    while len(hashes) > 1:
        odd = hashes[-1:] if len(hashes) % 2 else []
        hashes = [sha(b"\1", a, b) for a, b in zip(hashes[::2], hashes[1::2])] + odd
    return hashes[0]


def read_key(vkey):
    name, key_id, data = vkey.split("+", 2)
    data = base64.b64decode(data, validate=True)
    need(len(data) == 33 and data[0] == 1, "no Ed25519 key")
    need(sha(name.encode(), b"\n", data)[:4].hex() == key_id, "the id is not that of the key")
    return name, bytes.fromhex(key_id), data[1:]


def read_note(note, key):
    """Returns size and root, when key signed it."""
    name, key_id, public = key
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    origin, size, root = text.split("\n")[:3]
    need(origin == name, "a note of another log")
    for line in signatures.splitlines():
        dash, signer, blob = line.split(" ")
        blob = base64.b64decode(blob, validate=True)
        if (dash, signer, blob[:4]) == ("\u2014", name, key_id):
            need(ed25519_verifies(public, text.encode(), blob[4:]), "a note that the key did not sign")
            return int(size), base64.b64decode(root, validate=True)
    raise Wrong("a note without a signature of the key")


# --- the trail -------------------------------------------------------------------------------------
class Trail:
    def __init__(self, allow_open=False):
        self.allow_open, self.boot, self.notes = allow_open, None, []
        self.starts = self.records = self.checkpoints = self.uncovered = 0
        self.wallets, self.roots = [], []

    def leave(self):
        if self.boot is not None:
            need(self.ended or self.allow_open, "a start without an end")
            need(not self.ended or self.signed == len(self.leaves), "an end that is not signed")
            self.uncovered += len(self.leaves) - self.signed

    def begin(self, record):
        self.leave()
        named = record["previous"]
        # Those of the file that it opened: fewer than all where the trail went on in a new file.
        need(bool(named) == bool(self.notes) and len(named) <= KEEP
             and named == self.notes[len(self.notes) - len(named):], "previous is not what is here")
        need(record["lane"] == record["seq"] == 0 and record["prev"] == "00" * 32, "boot in the middle")
        self.boot, self.lanes, self.leaves = record["boot"], {}, []
        self.signed, self.ended, self.note = 0, False, None
        self.key = read_key(record["vkey"])
        need(self.key[0] == f"audit.coffer/{record['domain'][:16]}/{self.boot}", "another log's key")
        text = b"CofferAudit/1\n" + record["vkey"].encode()
        wallet = wallet_of(text, bytes.fromhex(record["signature"][2:]))
        need(wallet == record["wallet"], "the wallet did not vouch for the key")
        self.wallets.append(wallet)
        self.starts += 1

    def checkpoint(self, line):
        note = json.loads(line)["note"]
        size, root = read_note(note, self.key)
        need(size == len(self.leaves) and root == root_of(self.leaves), "a note of other records")
        self.notes = [n for n in self.notes if n.split("\n")[0] != self.key[0]] + [note]
        self.signed = size
        self.checkpoints += 1
        self.roots.append((self.boot, size, root))

    def line(self, line):
        if line.startswith('{"type":"checkpoint",'):
            return self.checkpoint(line)
        record = json.loads(line)
        kind = record.get("type")
        members = RECORD if kind is None else HEAD + ["type", "t_lo", "t_hi"] + TYPED[kind].split()
        need(list(record) == members and record["v"] == 2, "other members")
        if kind == "boot":
            self.begin(record)
        need(self.boot == record["boot"] and not self.ended, "a record of another start")
        need((record["lane"] == 0) == (kind in ("boot", "mark", "end")), "a record of another lane")
        seq, prev = self.lanes.get(record["lane"], (0, "00" * 32))
        if kind == "gap":
            need(record["from"] == seq and record["count"] == record["to"] + 1 - seq > 0, "a wrong gap")
            seq = record["to"] + 1
        need((record["seq"], record["prev"]) == (seq, prev), "a hole in a lane")
        leaf = sha(b"\0", line.encode())
        self.lanes[record["lane"]] = (seq + 1, leaf.hex())
        self.leaves.append(leaf)
        self.records += 1
        self.ended = kind == "end"


def verify(paths, allow_open=False):
    trail = Trail(allow_open)
    lines = "".join(open(path, encoding="utf-8").read() for path in paths).split("\n")
    need(lines.pop() == "" or allow_open, "a line that was cut short")
    for at, line in enumerate(lines):
        try:
            trail.line(line)
        except (Wrong, ValueError, KeyError, TypeError) as why:
            # What a crash cut short stands before a boot record.
            torn = at + 1 < len(lines) and '"type":"boot"' in lines[at + 1] and not isinstance(why, Wrong)
            if not torn:
                raise Wrong(f"line {at + 1}: {why!r}") from why
    trail.leave()
    return trail


if __name__ == "__main__":
    try:
        done = verify([a for a in sys.argv[1:] if a != "--allow-open"], "--allow-open" in sys.argv)
        print(f"{done.records} records of {done.starts} starts, {done.checkpoints} checkpoints, "
              f"{done.uncovered} not signed, wallets {sorted(set(done.wallets))}")
    except Wrong as why:
        print(f"wrong: {why}")
        sys.exit(1)

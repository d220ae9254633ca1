"""Nodes of version 1, as far as their values and their sync go: a judge of ours.

Written from: the reference's description of the Nova KMS (its sections 2.3, 5 and 6, the merge table
11.14, the differences 10.3 and 10.4), not from our C code. Two kinds, which differ as the two
implementations do:

  late  the last one in Python: EIP-55 wallets, 5 s ahead at most, equal clocks are concurrent, an
        eviction leaves a tombstone in place, clocks are not joined
  rs    the one in Rust: lower-case wallets, 15 s, equal clocks are the same, an eviction leaves
        nothing, the clock of what replaces a concurrent record is the join of both
"""
import hashlib
import hmac
import json
import os
import sys

from wire_v2 import encrypt_block, ghash, pad, schedule

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "node"))
from trail import keccak  # noqa: E402  (Keccak on plain integers)

MASTER = bytes(range(32))
OVERHEAD = 28
VALUE_MAX = 1048576


def hkdf(salt, info):
    prk = hmac.new(salt.encode(), MASTER, hashlib.sha256).digest()
    return hmac.new(prk, info.encode() + b"\x01", hashlib.sha256).digest()


SYNC_KEY = hkdf("nova-kms:app:0", "sync_hmac_key")
DATA_KEYS = {}


def canonical(document):
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def code_of(document):
    return hmac.new(SYNC_KEY, canonical(document).encode(), hashlib.sha256).hexdigest()


class DataKey:
    """AES-256-GCM without associated data, prepared once; what was opened is remembered."""

    def __init__(self, app):
        self.opened = {}
        self.keys = schedule(hkdf(f"nova-kms:app:{app}", "data_key"))
        self.h = int.from_bytes(encrypt_block(self.keys, bytes(16)), "big")

    def crypt(self, iv, text):
        blocks = range(2, 2 + (len(text) + 15) // 16)
        stream = b"".join(encrypt_block(self.keys, iv + n.to_bytes(4, "big")) for n in blocks)
        return bytes(a ^ b for a, b in zip(text, stream))

    def tag(self, iv, sealed):
        lengths = bytes(8) + (8 * len(sealed)).to_bytes(8, "big")
        first = int.from_bytes(encrypt_block(self.keys, iv + b"\0\0\0\1"), "big")
        return (ghash(self.h, pad(sealed) + lengths) ^ first).to_bytes(16, "big")

    def seal(self, text, iv=None):
        iv = iv or os.urandom(12)
        sealed = self.crypt(iv, text)
        blob = iv + sealed + self.tag(iv, sealed)
        self.opened[blob] = text
        return blob

    def open(self, blob):
        if blob not in self.opened:
            iv, sealed, tag = blob[:12], blob[12:-16], blob[-16:]
            if len(blob) < OVERHEAD or tag != self.tag(iv, sealed):
                raise ValueError("does not open")
            self.opened[blob] = self.crypt(iv, sealed)
        return self.opened[blob]


def data_key(app):
    app = str(app)
    if app not in DATA_KEYS:
        DATA_KEYS[app] = DataKey(app)
    return DATA_KEYS[app]


def eip55(wallet):
    digits = wallet[2:]
    marks = keccak(digits.encode()).hex()
    return "0x" + "".join(d.upper() if int(m, 16) > 7 else d for d, m in zip(digits, marks))


def before(a, b):
    """Every component of a is at most that of b, and one is less."""
    names = set(a) | set(b)
    return all(a.get(n, 0) <= b.get(n, 0) for n in names) and any(
        a.get(n, 0) < b.get(n, 0) for n in names
    )


def concurrent(a, b):
    return not before(a, b) and not before(b, a)


class NovaNode:
    def __init__(self, wallet, kind, random, skew=0):
        assert kind in ("late", "rs")
        self.spelled = eip55(wallet) if kind == "late" else wallet
        self.wallet = wallet
        self.kind = kind
        self.random = random
        self.skew = skew
        self.spaces = {}
        self.last_push = 0

    def wall(self, now):
        return now + self.skew

    def space(self, app):
        return self.spaces.setdefault(str(app), {})

    def write(self, app, key, value, now, ttl=0):
        """Put, or delete where value is None."""
        space = self.space(app)
        clock = dict(space[key]["version"]) if key in space else {}
        clock[self.spelled] = clock.get(self.spelled, 0) + 1
        iv = bytes(self.random.randrange(256) for _ in range(12))
        blob = None if value is None else data_key(app).seal(value, iv).hex()
        space[key] = {
            "key": key,
            "value": blob,
            "version": clock,
            "updated_at_ms": self.wall(now),
            "tombstone": value is None,
            "ttl_ms": 0 if value is None else ttl,
        }

    def expired(self, record, now):
        return record["ttl_ms"] > 0 and self.wall(now) > record["updated_at_ms"] + record["ttl_ms"]

    def get(self, app, key, now):
        record = self.space(app).get(key)
        if record is None or record["tombstone"] or self.expired(record, now):
            return None
        return data_key(app).open(bytes.fromhex(record["value"]))

    def evict(self, app, key):
        space = self.space(app)
        if key in space and not space[key]["tombstone"]:
            if self.kind == "rs":
                del space[key]
            else:
                space[key] = {**space[key], "value": None, "tombstone": True}

    def merge(self, app, incoming, now):
        """Take a record in; whether it changed anything."""
        incoming = {"version": {}, "updated_at_ms": 0, "tombstone": False, "ttl_ms": 0, "value": None,
                    **incoming}
        space = self.space(app)
        blob = bytes.fromhex(incoming["value"] or "")
        if len(blob) > VALUE_MAX + 128:
            return False
        if not incoming["tombstone"] and blob:
            try:
                data_key(app).open(blob)
            except ValueError:
                return False
        ahead = 15000 if self.kind == "rs" else 5000
        if incoming["updated_at_ms"] - self.wall(now) > ahead:
            return False
        local = space.get(incoming["key"])
        if local is None or before(local["version"], incoming["version"]):
            space[incoming["key"]] = incoming
            return True
        if self.kind == "rs" and local["version"] == incoming["version"]:
            return False
        if not concurrent(local["version"], incoming["version"]):
            return False
        mine = (local["updated_at_ms"], local["value"] or "")
        if (incoming["updated_at_ms"], incoming["value"] or "") <= mine:
            return False
        if self.kind == "rs":
            names = set(local["version"]) | set(incoming["version"])
            joined = {n: max(local["version"].get(n, 0), incoming["version"].get(n, 0)) for n in names}
            incoming = {**incoming, "version": joined}
        space[incoming["key"]] = incoming
        return True

    # --- sync ---

    def delta(self, now):
        """What a push has now, or None; it counts as told whatever becomes of it."""
        window = self.last_push - (1 if self.kind == "rs" else 0)
        data = {}
        for app, space in self.spaces.items():
            records = [r for r in space.values() if r["updated_at_ms"] > window]
            if records:
                data[app] = records
        if not data:
            return None
        self.last_push = self.wall(now)
        return {"type": "delta", "sender_wallet": self.spelled, "data": data}

    def snapshot_request(self):
        return {"type": "snapshot_request", "sender_wallet": self.spelled}

    def take(self, data, now):
        return sum(self.merge(app, record, now) for app, records in data.items() for record in records)

    def serve(self, message, now):
        """Answer a message whose proof and code were good; None is a refusal."""
        if message.get("type") == "delta":
            return {"status": "ok", "merged": self.take(message["data"], now)}
        if message.get("type") == "snapshot_request":
            return {"status": "ok", "data": {a: list(s.values()) for a, s in self.spaces.items()}}
        return None

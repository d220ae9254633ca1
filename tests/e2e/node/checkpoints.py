"""Recomputes the checkpoints of an audit trail with hashlib, from the format alone: numbers, links,
what each stands for, the root of the trees. Signatures are not looked at."""

import hashlib
import json


def hash_of(line):
    return hashlib.sha256(b"\0" + line.encode()).digest()


def tree(leaves):
    """The tree hash of RFC 6962, section 2.1, over leaf hashes."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\1" + tree(leaves[:half]) + tree(leaves[half:])).digest()


def follow(lines):
    """Yields each checkpoint of one start and what is wrong with it, or None."""
    number, prev, lanes = 0, "0" * 64, {}
    for line in lines:
        record = json.loads(line)
        if record.get("type") != "checkpoint":
            lanes.setdefault(record["lane"], []).append((record["seq"], hash_of(line)))
            continue
        root = tree([tree([leaf for _, leaf in lanes[lane]]) for lane in sorted(lanes)])
        expected = {"n": number, "prev": prev, "root": root.hex(),
                    "lanes": [{"lane": lane, "seq": lanes[lane][-1][0]} for lane in sorted(lanes)]}
        yield record, {k: v for k, v in expected.items() if record[k] != v} or None
        number, prev, lanes = number + 1, hash_of(line).hex(), {}
    if lanes:
        yield None, {"uncovered": sorted(lanes)}

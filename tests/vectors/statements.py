#!/usr/bin/env python3
"""Statements as another program makes them: Python's json, base64 and hashlib, after the formats.

    statements.py             print tests/vectors/statements.json
    statements.py FOLDER      write them as a corpus for fuzz_statement

Nobody has signed them: proofs are any bytes.
"""
import base64
import hashlib
import json
import os
import sys

D = bytes([0xD0]) + bytes(31)
T = bytes([0x7E]) + bytes(31)
SALT = bytes(range(16))
P256 = bytes([2]) * 33
STARK = bytes([3]) * 32
WALLET = bytes([4]) * 20


def b64u(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def dump(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def make_id(label, scheme, key):
    return hashlib.sha256(label.encode() + T + bytes([scheme]) + key).digest()[:16]


def text(op, scope, seq, prev, body):
    lines = ["CofferState/1", D.hex(), T.hex(), op, scope, seq, prev, "0",
             hashlib.sha256(body.encode()).hexdigest(), SALT.hex()]
    return "\n".join(lines)


ticket_text = "\n".join(["CofferTicket/1", D.hex(), T.hex(), "alice",
                         make_id("coffer/auth/1", 1, P256).hex(), "1000", "2000", SALT.hex()])
ticket = {"text": ticket_text, "sigs": [[2, b64u(WALLET), b64u(bytes(65))]]}
key = {"n": 1, "K": b64u(P256), "cred": "", "label": "phone"}
passkey = {"n": 5, "K": b64u(P256), "cred": b64u(b"credential"), "label": "caf\u00e9 \"2\""}
service = "s:" + make_id("coffer/service/1", 1, P256).hex()
approver = "a:" + make_id("coffer/auth/1", 3, STARK).hex()
zero, one = b64u(bytes(32)), b64u(bytes([1]) + bytes(31))
document = '{"v":1,"rules":[]}'

bodies = [
    ("user.add", "u:alice", key | {"ticket": ticket}),
    ("user.add", "u:alice", passkey | {"ticket": None}),
    ("user.recover", "u:alice", key),
    ("user.grant", "u:alice", {"service": b64u(bytes(16)), "document": document, "not_after": 9}),
    ("user.grant", "u:alice", {"service": b64u(bytes(16)), "document": None, "not_after": 9}),
    ("foreign.add", "u:alice", {"chain": zero, "address": one, "class": "ready-0.4.0", "index": 1}),
    ("lane.set", "u:alice", {"chain": zero, "account": one, "lane": 1, "next": 7}),
    ("user.revoke", "u:alice", {"ids": [b64u(bytes(16)), b64u(bytes([1]) * 16)], "since": 3}),
    ("user.revoke", "u:alice", {"ids": [b64u(bytes(16))], "since": None}),
    ("user.veto", "u:alice", {"of": one}),
    ("user.join", "u:alice", {"heads": [zero, one]}),
    ("service.add", service, {"alg": 1, "K": b64u(P256), "scopes": 47, "users": ["alice", "bob"],
                              "document": document, "not_before": 1, "not_after": 2}),
    ("service.add", service, {"alg": 1, "K": b64u(P256), "scopes": 47, "users": None,
                              "document": None, "not_before": 1, "not_after": 2}),
    ("service.revoke", service, {}),
    ("approver.add", approver, {"n": 3, "K": b64u(STARK), "groups": ["board", "ops"]}),
    ("approver.revoke", approver, {}),
    ("policy.set", "t", {"version": 1, "document": document}),
    ("policy.set", "o:alice", {"version": 2, "document": document}),
    ("policy.freeze", "u:alice", {"version": 1}),
    ("tenant.set", "t", {"version": 1, "document": document}),
    ("identity.resume", "t", {"incarnation": b64u(bytes(16)), "policies": [zero], "spent": False}),
]
CHAINED = {"user.add", "user.recover", "user.grant", "foreign.add", "lane.set"}


def statements():
    for op, scope, members in bodies:
        body = dump(members)
        place = ("-", "-")
        if op in CHAINED:
            first = op == "user.add" and members["ticket"] is not None
            place = ("1", "-") if first else ("2", "ab" * 32)
        said = text(op, scope, *place, body)
        record = {"v": 1, "text": said, "body": b64u(body.encode()),
                  "sigs": [[1, b64u(P256), b64u(bytes([1]) * 64)], [2, b64u(WALLET), b64u(bytes(65))]],
                  "t": 1764000000000, "block": "12:0x" + "ab" * 32}
        yield {"op": op, "scope": scope, "text": said, "body": body, "record": dump(record),
               "P": hashlib.sha256(said.encode()).hexdigest()}


def main():
    made = list(statements())
    if len(sys.argv) == 1:
        print(json.dumps({"statements": made, "ticket": ticket_text}, indent=1))
        return
    inputs = [b"T" + ticket_text.encode()]
    for one_of in made:
        inputs += [b"R" + one_of["record"].encode(), b"S" + one_of["text"].encode(),
                   b"B" + one_of["op"].encode() + b"\n" + one_of["body"].encode()]
    for data in inputs:
        with open(os.path.join(sys.argv[1], hashlib.sha1(data).hexdigest()), "wb") as file:
            file.write(data)


main()

#!/usr/bin/env python3
"""The real node over HTTP: every answer that it owes, every refusal with its code, what the audit
trail says about each, and what is left when it is killed, when the disk is full, when it is built
for production. usage: node.py FOLDER [PRODUCTION_FOLDER] of built programs.
Ends with N passed, N failed."""

import base64
import concurrent.futures
import hashlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(TOP, "tests", "e2e", "cli"))
import stark  # noqa: E402
import trail  # noqa: E402
from node_process import Node, Refused  # noqa: E402
from signers import check_signers  # noqa: E402

SIGN, ACCOUNTS = "/v1/starknet/sign", "/v1/starknet/accounts"
P = 2**251 + 17 * 2**192 + 1
BOUNDS = {
    "l1_gas": {"max_amount": 0, "max_price_per_unit": 0},
    "l2_gas": {"max_amount": 1000000, "max_price_per_unit": "0x2540be400"},
    "l1_data_gas": {"max_amount": 1000, "max_price_per_unit": "0x3b9aca00"},
}
passed = failed = 0


def check(what, good, detail=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {what}\n    {str(detail)[:500]}")
    return bool(good)


def transfer(**changes):
    """A transfer; a member that is changed to None is left out."""
    calls = [{"to": "0x123", "entrypoint": "transfer", "calldata": ["0xb0b", 1000, 0]}]
    transaction = {"type": "INVOKE", "chain_id": "SN_SEPOLIA", "nonce": 1, "calls": calls,
                   "resource_bounds": BOUNDS}
    transaction.update(changes)
    return {k: v for k, v in transaction.items() if v is not None}


def signing(**changes):
    body = {"username": "alice", "transaction": transfer()}
    body.update(changes)
    return {k: v for k, v in body.items() if v is not None}


def payload(**changes):
    members = {"contract_address": "0x123", "function_name": "transfer", "calldata": [1000, 0],
               "max_fee": "0x1000000000000", "nonce": 1, "chain_id": "testnet"}
    members.update(changes)
    return {"username": "alice", "operation": "sign_transaction", "key_index": 0,
            "transaction_payload": {k: v for k, v in members.items() if v is not None}}


def is_error(answer, code):
    return isinstance(answer, dict) and answer.get("success") is False and (
        answer.get("error_code") == code) and all(
        isinstance(answer.get(k), str) and answer[k] for k in ("error", "hint", "request_id")) and (
        "timestamp" in answer)


def verified(answer):
    """The signature is one of the public key over the hash, by code that is not the node's."""
    name = "transaction_hash" if "transaction_hash" in answer else "message_hash"
    values = [int(answer[k], 16) for k in ("public_key", name)]
    return stark.verify(*values, *[int(v, 16) for v in answer["signature"][:2]])


def calldata(value):
    return signing(transaction=transfer(calls=[{"to": 1, "entrypoint": "f", "calldata": value}]))


def bad_input():
    """(what, path, body, HTTP status, code)"""
    rows = []

    def add(what, body, status, code, path=SIGN):
        rows.append((what, path, body, status, code))

    names = {"empty": "", "of 256 bytes": "a" * 256, "with a space": "a b", "with a slash": "a/b",
             "with NUL": "a\0b", "not ASCII": "ü", "with a newline": "a\n"}
    for what, name in names.items():
        for path, body in ((SIGN, signing(username=name)), (ACCOUNTS, {"username": name}),
                           ("/account", {"username": name})):
            add(f"username {what}", body, 400, "INVALID_USERNAME", path)
    add("username missing", signing(username=None), 400, "MISSING_FIELD")
    add("username a number", signing(username=1), 400, "BAD_TYPE")
    for index in (-1, 1.0, True, "0", 2**31, 2**40, [], 1e3):
        add(f"key index {index!r}", signing(key_index=index), 400, "INVALID_KEY_INDEX")
        add(f"key index {index!r}", {"username": "a", "key_index": index}, 400,
            "INVALID_KEY_INDEX", "/derive")
    add("key index of 400 digits", '{"username":"a","key_index":' + "9" * 400 + "}", 400,
        "JSON_NUMBER_RANGE")
    for value, code in ((str(P), "FELT_RANGE"), (hex(P), "FELT_RANGE"), (-1, "INVALID_FELT"), (2**53, "JSON_NUMBER_RANGE"),
                        ("-1", "INVALID_FELT"), ("0x", "INVALID_FELT"), ("", "INVALID_FELT"),
                        ("1" * 300, "FELT_RANGE"), ("0x" + "1" * 300, "FELT_RANGE"),
                        ("ten", "INVALID_FELT"), (" 1", "INVALID_FELT"), ("01", "INVALID_FELT")):
        add(f"felt {str(value)[:20]!r}", calldata([value]), 400, code)
        add(f"nonce {str(value)[:20]!r}", signing(transaction=transfer(nonce=value)), 400, code)
    add("calldata 1.5", calldata([1.5]), 400, "INVALID_CALLDATA")
    for chain in ("goerli", "SN_GOERLI", "Mainnet", "", "0x", "testnet2"):
        add(f"chain {chain!r}", signing(transaction=transfer(chain_id=chain)), 400, "UNKNOWN_CHAIN")
        add(f"chain {chain!r}", payload(chain_id=chain), 400, "UNKNOWN_CHAIN", "/sign")
    add("chain not of the tenant", signing(transaction=transfer(chain_id="0x1234")), 403,
        "CHAIN_DENIED")
    add("no bounds", signing(transaction=transfer(resource_bounds=None)), 400, "RESOURCE_BOUNDS")
    two = {k: v for k, v in BOUNDS.items() if k != "l1_data_gas"}
    add("two bounds", signing(transaction=transfer(resource_bounds=two)), 400, "RESOURCE_BOUNDS")
    add("no bounds and no max_fee", payload(max_fee=None), 400, "RESOURCE_BOUNDS", "/sign")
    add("max_fee of nothing", payload(max_fee="0x1"), 400, "FEE_TOO_LOW", "/sign")
    add("100,000 felts", calldata([1] * 100000), 413, "JSON_TOO_COMPLEX")
    add("90,000 felts", calldata([1] * 90000), 413, "CALLDATA_TOO_LARGE")
    add("5,001 felts", calldata([1] * 5001), 413, "CALLDATA_TOO_LARGE")
    add("depth 10,000", '{"a":' * 10000 + "1" + "}" * 10000, 400, "JSON_TOO_DEEP")
    add("open brackets", "[" * 10000, 400, "JSON_TOO_DEEP")
    add("a duplicate key", '{"username":"a","username":"b"}', 400, "JSON_DUPLICATE_KEY")
    for text in ("", "x", "{", "[1,2", '{"a":1}x', "nul"):
        add(f"body {text!r}", text, 400, "BAD_JSON")
    add("no object", "[]", 400, "BAD_TYPE")
    add("not UTF-8", b'{"username":"\xff"}', 400, "INVALID_UTF8")
    add("an unknown member", signing(spare=1), 400, "UNKNOWN_FIELD")
    add("an unknown member inside", signing(transaction=transfer(spare=1)), 400, "UNKNOWN_FIELD")
    add("nothing to sign", {"username": "alice"}, 400, "MISSING_FIELD")
    add("two things to sign", signing(message_hash=1), 400, "BAD_REQUEST")
    add("an unknown class", signing(account_class="none"), 400, "UNKNOWN_ACCOUNT_CLASS")
    add("another sender", signing(transaction=transfer(sender_address="0x5")), 403,
        "SENDER_MISMATCH")
    add("version 1", signing(transaction=transfer(version="0x1")), 400, "TRANSACTION_VERSION")
    add("type unknown", signing(transaction=transfer(type="L1_HANDLER")), 400,
        "INVALID_TRANSACTION")
    add("an opaque hash", {"username": "alice", "message_hash": "0x1"}, 403, "OPAQUE_DENIED")
    declare = {"type": "DECLARE", "chain_id": "SN_SEPOLIA", "nonce": 1, "class_hash": 1,
               "compiled_class_hash": 2, "resource_bounds": BOUNDS}
    add("declare", signing(transaction=declare), 403, "DECLARE_DENIED")
    rich = dict(BOUNDS, l2_gas={"max_amount": hex(2**60), "max_price_per_unit": hex(2**100)})
    add("a fee of all the money", signing(transaction=transfer(resource_bounds=rich)), 403,
        "FEE_CEILING")
    add("a string where a name is due", calldata("1"), 400, "BAD_TYPE")
    add("empty batch", {"items": []}, 400, "BATCH_EMPTY")
    add("batch of 257", {"items": [{}] * 257}, 413, "BATCH_TOO_LARGE")
    add("batch that is none", {"items": {}}, 400, "BAD_TYPE")
    for count in (0, 1001, -1, "5", 1.0, True):
        add(f"count {count!r}", {"username": "a", "first_index": 0, "count": count}, 400,
            "INVALID_COUNT", ACCOUNTS)
    add("range past the end", {"username": "a", "first_index": 2**31 - 1, "count": 2}, 400,
        "INVALID_KEY_INDEX", ACCOUNTS)
    add("range and index", {"username": "a", "count": 2, "key_index": 1}, 400, "BAD_REQUEST",
        ACCOUNTS)
    add("another route's operation", {"username": "a", "operation": "derive_key"}, 400,
        "UNKNOWN_OPERATION", "/account")
    add("no payload", {"username": "a"}, 400, "MISSING_FIELD", "/sign")
    return rows


def check_bad_input(node):
    before = len(node.records())
    rows = bad_input()
    for what, path, body, status, code in rows:
        got, _, answer = node.post(path, body)
        check(f"{what} at {path}", got == status and is_error(answer, code), (got, answer))
    refusals = [r for r in node.records()[before:] if r["outcome"] == "refused"]
    check("every refusal is in the audit trail", len(refusals) == len(rows)
          and [r["code"] for r in refusals] == [row[4] for row in rows],
          (len(refusals), len(rows)))
    check("no refusal was an intent before", len(node.records()) == before + len(rows))
    status, _, _ = node.post("/account", {"username": "alice"})
    check("the node still answers", status == 200)


def check_http(node):
    body = signing()
    rows = [
        ("origin", node.post(SIGN, body, Origin="https://evil.example"), 403, "ORIGIN_DENIED"),
        ("origin null", node.post(SIGN, body, Origin="null"), 403, "ORIGIN_DENIED"),
        ("origin at a read", node.get("/status", Origin="http://localhost"), 403, "ORIGIN_DENIED"),
        ("preflight", node.send("OPTIONS", SIGN, None, {
            "Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}), 403,
         "ORIGIN_DENIED"),
        ("gzip", node.post(SIGN, body, Content_Encoding="gzip"), 415, "CONTENT_ENCODING"),
        ("host", node.post(SIGN, body, Host="evil.example"), 403, "HOST_DENIED"),
        ("host with our name first", node.post(SIGN, body, Host="localhost.evil.example"), 403,
         "HOST_DENIED"),
        ("text/plain", node.post(SIGN, body, Content_Type="text/plain"), 415, "MEDIA_TYPE"),
        ("a form", node.post(SIGN, body, Content_Type="application/x-www-form-urlencoded"), 415,
         "MEDIA_TYPE"),
        ("no content type", node.post(SIGN, json.dumps(body), Content_Type=None), 415,
         "MEDIA_TYPE"),
        ("unknown route", node.post("/v1/none", body), 404, "NOT_FOUND"),
        ("wrong method", node.get(SIGN), 405, "METHOD_NOT_ALLOWED"),
        ("body too large", node.post("/sign", "x" * (256 * 1024 + 1)), 413, "BODY_TOO_LARGE"),
    ]
    for what, (got, headers, answer), status, code in rows:
        check(what, got == status and is_error(answer, code), (got, answer))
        check(f"{what}: request id", answer.get("request_id") == headers.get("x-request-id"))
    check("405 says what is allowed", node.get(SIGN)[1].get("allow") == "POST")
    plain, said = node.get("/health"), node.send("GET", "/health", "{}", {})
    check("a small body of a GET is dropped", said[0] == 200, said)
    status, headers, _ = node.send("GET", "/health", "x" * 2000, {})
    check("a large one is refused", status == 413, status)
    for path in ("/health", "/status", "/openapi.json"):
        got, asked = node.get(path), node.send("HEAD", path)
        check(f"HEAD {path} says what GET says, without it", asked[0] == got[0] == 200 and
              asked[1].get("content-type") == got[1].get("content-type") and asked[2] == "",
              asked)
    check("answers have the date", "GMT" in plain[1].get("date", ""), plain[1])
    for host in ("localhost", "127.0.0.1:1", "LOCALHOST:4000", "[::1]:9"):
        check(f"host {host}", node.get("/health", Host=host)[0] == 200)
    check("charset", node.post("/account", {"username": "a"},
                               Content_Type="application/json; charset=UTF-8")[0] == 200)
    try:
        got, _, answer = node.post(SIGN, "x" * (20 << 20))
        check("20 MiB", got == 413 and is_error(answer, "BODY_TOO_LARGE"), (got, answer))
    except (BrokenPipeError, ConnectionResetError):
        check("20 MiB: the node still answers", node.get("/health")[0] == 200)
    _, headers, answer = node.post(SIGN, {}, X_Request_Id="mine-1")
    check("our request id comes back", headers.get("x-request-id") == "mine-1"
          and answer["request_id"] == "mine-1")
    check("and is in the trail", node.records()[-1]["crid"] == "mine-1")
    _, headers, _ = node.post(SIGN, {}, X_Request_Id="<script>")
    check("a request id of other characters is not taken over",
          re.fullmatch("[0-9a-f]{8}-[0-9]+-[0-9]+", headers["x-request-id"]))


def check_signing(node):
    before = len(node.records())
    status, _, answer = node.post(SIGN, signing())
    check("sign", status == 200 and answer["success"] and verified(answer), answer)
    check("sender and signature are in the transaction",
          answer["transaction"]["sender_address"] == answer["account_address"]
          and answer["transaction"]["signature"] == answer["signature"])
    check("no private key", "private" not in json.dumps(answer).lower())
    intent, done = node.records()[before:]
    check("intent, then outcome", [intent["outcome"], done["outcome"]] == ["intent", "ok"]
          and done["object"] == answer["transaction_hash"] and done["chain"] == "SN_SEPOLIA"
          and done["op"] == "starknet.sign" and done["key_index"] == 0, (intent, done))
    check("no name in the trail", "alice" not in json.dumps([intent, done]))
    status, _, again = node.post(SIGN, signing(
        transaction=transfer(sender_address=answer["account_address"])))
    check("own sender", status == 200 and again["transaction_hash"] == answer["transaction_hash"])
    deploy = {"type": "DEPLOY_ACCOUNT", "chain_id": "SN_MAIN", "nonce": 0,
              "resource_bounds": BOUNDS}
    for name in node.get("/status")[2]["tenant"]["account_classes"]:
        status, _, deployed = node.post(SIGN, {"username": "carol", "transaction": deploy,
                                               "account_class": name["name"]})
        check(f"deploy {name['name']}", status == 200 and verified(deployed)
              and len(deployed["signature"]) == (15 if name["kind"] == "braavos" else 2), deployed)
    status, _, seed = node.post("/sign", payload(spare="ignored"))
    pair = [int(v, 16) for v in seed["transaction_signed"].split(",")]
    check("sign in the seed's form", status == 200 and seed["key_index"] == 0 and stark.verify(
        int(seed["public_key"], 16), int(seed["transaction_hash"], 16), *pair), seed)


TYPED = {
    "types": {
        "StarknetDomain": [{"name": n, "type": t} for n, t in (
            ("name", "shortstring"), ("version", "shortstring"), ("chainId", "shortstring"),
            ("revision", "shortstring"))],
        "Order": [{"name": "id", "type": "felt"}, {"name": "note", "type": "string"}],
    },
    "primaryType": "Order",
    "domain": {"name": "shop", "version": "1", "chainId": "SN_SEPOLIA", "revision": "1"},
    "message": {"id": "0x7", "note": "a note that is longer than one short string can be"},
}
OUTSIDE = {"version": 2, "caller": "ANY_CALLER", "nonce": 5, "execute_after": 0,
           "execute_before": 2000000000,
           "calls": [{"to": "0x123", "entrypoint": "transfer", "calldata": [1, 2]}]}


def check_messages(node):
    status, _, typed = node.post(SIGN, {"username": "alice", "typed_data": TYPED})
    check("typed data", status == 200 and verified(typed) and typed["type"] == "typed_data", typed)
    bad = dict(TYPED, domain=dict(TYPED["domain"], chainId="SN_OTHER"))
    status, _, answer = node.post(SIGN, {"username": "alice", "typed_data": bad})
    check("a domain of another chain", status == 403 and is_error(answer, "DOMAIN_CHAIN"), answer)
    bad = dict(TYPED, types=dict(TYPED["types"], felt=[]))
    status, _, answer = node.post(SIGN, {"username": "alice", "typed_data": bad})
    check("a shadowed type", status == 400 and is_error(answer, "TYPED_DATA_SHADOWED"), answer)
    outside = {"username": "alice", "outside_execution": OUTSIDE}
    status, _, answer = node.post(SIGN, outside)
    check("outside execution without a chain", is_error(answer, "MISSING_FIELD"), answer)
    status, _, answer = node.post(SIGN, dict(outside, chain_id="SN_MAIN"))
    check("outside execution", status == 200 and verified(answer)
          and answer["type"] == "outside_execution", answer)
    status, _, answer = node.post(SIGN, dict(outside, chain_id="0x99"))
    check("outside execution on another chain", is_error(answer, "DOMAIN_CHAIN"), answer)
    status, _, answer = node.post(SIGN, {"items": [
        {"username": "a", "typed_data": TYPED}, {"username": "a", "transaction": transfer()},
        {"username": "a", "outside_execution": OUTSIDE, "chain_id": "sepolia"}]})
    check("a batch of all kinds", all(r["success"] and verified(r) for r in answer["results"]),
          answer)


def check_accounts(node):
    _, _, one = node.post(ACCOUNTS, {"username": "alice", "key_index": 3})
    _, _, many = node.post(ACCOUNTS, {"username": "alice", "first_index": 0, "count": 1000})
    check("a range holds the same accounts", len(many["accounts"]) == 1000 and
          {k: one[k] for k in ("key_index", "address", "public_key")} == many["accounts"][3], one)
    check("all of them differ", len({a["address"] for a in many["accounts"]}) == 1000)
    for path in ("/account", "/derive"):
        _, _, seed = node.post(path, {"username": "alice", "key_index": 3})
        check(f"{path} agrees", seed["account_address"] == one["address"] and seed["success"]
              and set(seed) >= {"username", "account_address", "key_index"}, seed)


def check_what_signers_need(node):
    check_signers(node, check, transfer, is_error, BOUNDS, stark)


def check_batch(node):
    items = [{"transaction": transfer(nonce=n)} for n in range(256)]
    items[7] = {"transaction": transfer(chain_id="goerli")}
    items[9] = {"username": "bob", "key_index": 5, "transaction": transfer()}
    items[11] = {"spare": 1}
    before = len(node.records())
    status, _, answer = node.post(SIGN, {"username": "alice", "items": items})
    results = answer["results"]
    check("a batch answers per item", status == 200 and len(results) == 256)
    check("a bad item is refused alone", [i for i, r in enumerate(results) if not r["success"]]
          == [7, 11] and results[7]["error_code"] == "UNKNOWN_CHAIN"
          and results[11]["error_code"] == "UNKNOWN_FIELD", (results[7], results[11]))
    check("where it is wrong", "items[7].transaction.chain_id" in results[7]["error"], results[7])
    check("an item of its own user", results[9]["username"] == "bob"
          and results[9]["key_index"] == 5 and verified(results[9]))
    check("signatures of a batch", all(verified(results[i]) for i in (0, 1, 100, 255)))
    outcomes = [r["outcome"] for r in node.records()[before:]]
    check("a batch is audited per item", outcomes.count("intent") == 254
          and outcomes.count("ok") == 254 and outcomes.count("refused") == 2)


def check_idempotency(node):
    body = signing()
    _, _, first = node.post(SIGN, body, Idempotency_Key="k1")
    before = len(node.records())
    _, _, again = node.post(SIGN, body, Idempotency_Key="k1")
    check("same body, same answer", first == again)
    since = node.records()[before:]
    check("nothing was signed again, and the repeat is on record", len(since) == 1
          and since[0]["outcome"] == "ok" and since[0]["ref"] is not None, since)
    status, _, answer = node.post(SIGN, signing(username="bob"), Idempotency_Key="k1")
    check("other body", status == 409 and is_error(answer, "IDEMPOTENCY_CONFLICT"), answer)
    status, _, answer = node.post("/account", {"username": "bob"}, Idempotency_Key="k1")
    check("another route has keys of its own", status == 200)
    for key in ("-", "", "a b", "x" * 256):
        status, _, answer = node.post(SIGN, body, Idempotency_Key=key)
        check(f"key {key[:5]!r}", status == 400 and is_error(answer, "IDEMPOTENCY_KEY"), answer)
    refused = [node.post(SIGN, {}, Idempotency_Key="k2")[2] for _ in range(2)]
    check("a refusal is repeated too", refused[0] == refused[1])


def conforms(document, schema, value, where="$", closed=True):
    """What in value is not as schema says; the part of JSON Schema that the document uses. closed:
    an object has no other members than those that are described."""
    if "$ref" in schema:
        return conforms(document, document["components"]["schemas"][schema["$ref"].split("/")[-1]],
                        value, where, closed)
    if value is None and schema.get("nullable"):
        return None
    for name, least, most in (("oneOf", 1, 1), ("anyOf", 1, 99), ("allOf", 0, 99)):
        is_closed = closed and name != "allOf" and "properties" not in schema
        ways = [conforms(document, way, value, where, is_closed) for way in schema.get(name, [])]
        if name == "allOf" and any(ways) or ways and not least <= ways.count(None) <= most:
            return f"{where} is not {name} {ways}"
    if "not" in schema and conforms(document, schema["not"], value, where) is None:
        return f"{where} is what it must not be"
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
    if "type" in schema and (not isinstance(value, kinds[schema["type"]]) or (
            schema["type"] == "integer" and isinstance(value, bool))):
        return f"{where} is no {schema['type']}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{where} is not one of {schema['enum'][:5]}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return f"{where} does not match {schema['pattern']}"
    for name in schema.get("required", []):
        if isinstance(value, dict) and name not in value:
            return f"{where}.{name} is missing"
    wrongs = []
    if isinstance(value, dict):
        if closed and "allOf" not in schema and not set(value) <= set(
                schema.get("properties", value)):
            wrongs.append(f"{where} has {set(value) - set(schema['properties'])}")
        wrongs += [conforms(document, s, value[k], f"{where}.{k}")
                   for k, s in schema.get("properties", {}).items() if k in value]
    if isinstance(value, list) and len(value) < schema.get("minItems", 0):
        wrongs.append(f"{where} has too few")
    if isinstance(value, list) and "items" in schema:
        wrongs += [conforms(document, schema["items"], v, f"{where}[]") for v in value]
    return next((wrong for wrong in wrongs if wrong), None)


def failure(document, operation, status):
    """The schema of an answer that is no success."""
    name = operation["responses"][str(status)]["$ref"].split("/")[-1]
    return document["components"]["responses"][name]["content"]["application/json"]["schema"]


def check_openapi_itself(document):
    """What clients are made from."""
    operations = {o["operationId"]: o for ways in document["paths"].values() for o in ways.values()}
    schemas, tags = document["components"]["schemas"], {t["name"] for t in document["tags"]}
    used = set(re.findall('"#/components/schemas/([A-Za-z0-9]+)"', json.dumps(document)))
    check("every schema is used, and every one that is used is there", used == set(schemas),
          used ^ set(schemas))
    proof = {"Coffer-Pop-" + n for n in ("Signature", "Nonce", "Time", "Caller")}
    for name, operation in operations.items():
        headers = {p["name"] for p in operation["parameters"] if p["in"] == "header"}
        is_app = operation["security"] == [{"proof": []}]
        sealed = operation["responses"]["200"]["content"].get("application/json", {}).get("schema")
        check(f"{name}: proof, envelope and tag", is_app == (proof <= headers)
              and is_app == ("x-coffer-sealed" in (sealed or {}))
              and set(operation["tags"]) <= tags and "400" in operation["responses"], operation)
    limit = next(p for p in operations["app.values.list"]["parameters"] if p["name"] == "limit")
    check("a limit is a number with a range", limit["schema"]["type"] == "integer"
          and (limit["schema"]["minimum"], limit["schema"]["maximum"]) == (1, 1000), limit)
    item = schemas["SignRequest"]
    for body, good in ((signing(), True), ({"username": "a"}, False), ({}, False),
                       (signing(chain_id="sepolia"), False), (signing(message_hash="0x1"), False),
                       ({"username": "a", "message_hash": "0x1"}, True),
                       ({"username": "a", "message_hash": "1", "chain_id": "0x1",
                         "outside_execution": OUTSIDE}, False),
                       ({"username": "a", "chain_id": "0x1", "outside_execution": OUTSIDE}, True),
                       ({"username": "a", "outside_execution": OUTSIDE}, False),
                       ({"items": [{"username": "a"}]}, False), ({"items": []}, False)):
        check("what may be signed, and what not", (conforms(document, item, body) is None) == good,
              body)


def check_openapi(node):
    _, _, document = node.get("/openapi.json")
    asked = {
        ("get", "/"): None, ("get", "/nodes"): None, ("get", "/v1/nonce"): None,
        ("get", "/v1/identity"): None,
        ("get", "/health"): None, ("get", "/ready"): None, ("get", "/status"): None, ("get", "/metrics"): None,
        ("get", "/openapi.json"): None, ("post", SIGN): signing(),
        ("post", ACCOUNTS): {"username": "alice", "address": "0x1", "public_key": 2},
        ("post", "/sign"): payload(), ("post", "/account"): {"username": "alice"},
        ("post", "/derive"): {"username": "alice"},
        ("post", "/v1/attestation"): {"nonce": base64.b64encode(bytes(range(32))).decode()},
        ("post", "/v1/sessions/challenge"): {"username": "alice"},
    }
    # Without a proof; what they do with one is for clients of their own.
    apps = {("post", "/v1/app/keys"), ("get", "/v1/app/values/{key}"), ("get", "/v1/app/values"),
            ("post", "/v1/app/values/get"), ("post", "/v1/app/values/list"),
            ("put", "/v1/app/values"), ("delete", "/v1/app/values"), ("get", "/v1/app/usage")}
    # Of sessions, which a program of this machine is not; and a login, of nobody.
    sessions = {("post", "/v1/sessions/renew"): {}, ("get", "/v1/sessions"): None,
                ("delete", "/v1/sessions"): None, ("delete", "/v1/sessions/{session_id}"): None}
    login = ("post", "/v1/sessions")
    statements = {("post", "/v1/statements"), ("get", "/v1/statements")}
    # Of other nodes; one that is alone has none.
    peers = {("post", "/v1/sync"), ("post", "/v1/handoff")}
    described = {(m, p) for p, methods in document["paths"].items() for m in methods}
    check_openapi_itself(document)
    every = set(asked) | apps | peers | set(sessions) | {login} | statements
    check("every route is described", described == every, described ^ every)
    for (method, path), body in sessions.items():
        one = path.replace("{session_id}", "00000000-0000-4000-8000-000000000000")
        status, _, error = node.send(method.upper(), one, body)
        wrong = conforms(document, failure(document, document["paths"][path][method], 403), error)
        check(f"{method} {path} needs a session", status == 403 and wrong is None
              and is_error(error, "FORBIDDEN"), (status, error, wrong))
    status, _, challenge = node.post("/v1/sessions/challenge", {"username": "alice"})
    proof = {"scheme": "ed25519", "key": base64.b64encode(bytes([88] + [102] * 31)).decode(),
             "proof": base64.b64encode(bytes(64)).decode()}
    body = {"username": "alice", "challenge": challenge["challenge"], "proofs": [proof]}
    operation = document["paths"][login[1]][login[0]]
    wrong = conforms(document, operation["requestBody"]["content"]["application/json"]["schema"], body)
    check("a login is taken as described", wrong is None, wrong)
    status, _, error = node.post(login[1], body)
    wrong = conforms(document, failure(document, operation, 401), error)
    check("nobody logs in without a key", status == 401 and wrong is None
          and is_error(error, "AUTH_FAILED"), (status, error, wrong))
    check_statements(node, document)
    for method, path in peers:
        status, _, error = node.send(method.upper(), path, {})
        check(f"{path} is not there without other nodes",
              status == 404 and is_error(error, "NOT_FOUND"), (status, error))
    for method, path in apps:
        operation = document["paths"][path][method]
        status, _, error = node.send(method.upper(), path.replace("{key}", "a%2Fb"),
                                     {} if "requestBody" in operation else None)
        wrong = conforms(document, failure(document, operation, 401), error)
        check(f"{method} {path} needs a proof", status == 401 and wrong is None
              and is_error(error, "UNAUTHENTICATED"), (status, error, wrong))
    for (method, path), body in asked.items():
        operation = document["paths"][path][method]
        status, _, answer = node.send(method.upper(), path, body)
        content = operation["responses"]["200"]["content"]
        schema = next(iter(content.values()))["schema"]
        wrong = conforms(document, schema, answer)
        check(f"{path} answers as described", status == 200 and wrong is None, wrong)
        if body is not None:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            wrong = conforms(document, schema, body)
            check(f"{path} takes what is described", wrong is None, wrong)
            status, _, error = node.send(method.upper(), path, {})
            wrong = conforms(document, failure(document, operation, status), error)
            check(f"{path} refuses as described", wrong is None, wrong)
            most = operation["x-body-bytes-max"]
            check(f"{path} takes as much as described",
                  is_error(node.post(path, b" " * most)[2], "BAD_JSON")
                  and is_error(node.post(path, b" " * (most + 1))[2], "BODY_TOO_LARGE"))


def check_statements(node, document):
    """What nobody has stated is an empty log; and what is none is refused before anything else."""
    operations = document["paths"]["/v1/statements"]
    status, _, answer = node.get("/v1/statements?scope=u:nobody")
    schema = operations["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    wrong = conforms(document, schema, answer)
    check("a log is shown as described", status == 200 and wrong is None
          and answer["seq"] == 0 and answer["statements"] == [], (status, answer, wrong))
    body = {"text": "CofferState/1", "body": "e30", "sigs": [[4, "AAAA", "AAAA"]]}
    operation = operations["post"]
    wrong = conforms(document, operation["requestBody"]["content"]["application/json"]["schema"], body)
    check("a statement is taken as described", wrong is None, wrong)
    status, _, error = node.post("/v1/statements", body)
    wrong = conforms(document, failure(document, operation, 400), error)
    check("what is none is refused as described", status == 400 and wrong is None
          and is_error(error, "RECORD_INVALID"), (status, error, wrong))
    most = operation["x-body-bytes-max"]
    check("/v1/statements takes as much as described",
          is_error(node.post("/v1/statements", b" " * most)[2], "BAD_JSON")
          and is_error(node.post("/v1/statements", b" " * (most + 1))[2], "BODY_TOO_LARGE"))


def check_attestation(node):
    def ask(body):
        return node.post("/v1/attestation", body)

    def text(size):
        return base64.b64encode(os.urandom(size)).decode()

    for what, body, code in (
            ("no nonce", {}, "MISSING_FIELD"), ("a number", {"nonce": 5}, "BAD_TYPE"),
            ("nothing", {"nonce": ""}, "BAD_REQUEST"), ("text", {"nonce": "no!"}, "INVALID_BASE64"),
            ("15 bytes", {"nonce": text(15)}, "BAD_REQUEST"),
            ("513 bytes", {"nonce": text(513)}, "BAD_REQUEST"),
            ("a purpose", {"nonce": text(16), "purpose": "kms"}, "UNKNOWN_FIELD")):
        status, _, said = ask(body)
        check(f"no attestation for {what}", status == 400 and is_error(said, code), (status, said))
    nonce = os.urandom(512)
    status, _, said = ask({"nonce": base64.b64encode(nonce).decode()})
    identity, about = node.get("/v1/identity")[2], node.get("/status")[2]
    check("an attestation has the nonce", status == 200 and said["kind"] == "module"
          and nonce in base64.b64decode(said["document"]), said)
    wallet, boot = identity["node"].split(":")
    check("and is bound to what the node is", said["binding"] == {
        "domain_id": identity["domain_id"], "wallet": wallet, "boot_id": boot,
        "envelope_key": identity["envelope_key"], "tee_pubkey": identity["tee_pubkey"],
        "trust_digest": about["trust_digest"]}, (said, identity))
    bound = bytes.fromhex("01" + "".join((
        identity["domain_id"], wallet[2:], identity["envelope_key"], identity["tee_pubkey"][-194:],
        boot, about["trust_digest"])))
    user_data = b"\x01\x01" + hashlib.sha256(bound).digest()
    check("by its digest", user_data in base64.b64decode(said["document"]), said)
    check("as is the one that is shown", user_data in base64.b64decode(identity["attestation"]))


def check_status(node):
    _, _, status = node.get("/status")
    check("the shape of /status", set(status["node"]) == {
        "tee_wallet", "tee_pubkey", "node_url", "is_operator", "service_available",
        "master_secret", "master_secret_initialized"} and set(status["node"]["master_secret"]) == {
        "state", "synced_from", "source", "hash", "published_hash", "error_code"} and set(
            status["cluster"]) == {
        "kms_app_id", "registry_address", "total_instances"} and status["data_store"] == {
              "namespaces": 0, "total_keys": 0, "total_bytes": 0}, status)
    check("who it is", re.fullmatch("0x[0-9a-f]{40}", status["node"]["tee_wallet"])
          and re.fullmatch("3076301006072a8648ce3d020106052b8104002203620004[0-9a-f]{192}",
                           status["node"]["tee_pubkey"])
          and status["registry"]["static"] is True and status["identity"]
          == {"provider": "own", "error_code": None}, status["node"])
    _, _, nonce = node.get("/v1/nonce")
    check("what a proof names", re.fullmatch("[0-9a-f]{32}", nonce["nonce"])
          and nonce["node"].startswith(status["node"]["tee_wallet"] + ":")
          and nonce["domain_id"] == status["domain_id"], nonce)
    check("what it serves", status["tenant"]["chains"] == ["SN_MAIN", "SN_SEPOLIA"]
          and len(status["trust_digest"]) == 64 and status["build"]["profile"] == "dev")
    _, headers, text = node.get("/metrics")
    check("metrics", headers["content-type"].startswith("text/plain; version=0.0.4") and all(
        name in text for name in ("coffer_requests_total{operation=\"starknet.sign\",code=\"OK\"}",
                                  "coffer_request_duration_seconds_bucket", "coffer_key_cache_hits",
                                  "coffer_key_cache_recalled_total",
                                  "coffer_audit_commit_duration_seconds_count",
                                  "coffer_items_total{kind=\"invoke\"", "coffer_connections ")))


def verify_trail(programs, path, *options):
    paths = [path] if isinstance(path, str) else path
    done = subprocess.run([os.path.join(programs, "coffer"), "audit", "verify", *paths, *options,
                           "--json"], capture_output=True, text=True, timeout=60)
    return done.returncode == 0, json.loads(done.stdout)


def second_opinion(path, allow_open=False):
    """What the verifier in Python says: the trail, or why it is wrong."""
    try:
        return trail.verify([path] if isinstance(path, str) else path, allow_open)
    except trail.Wrong as why:
        return str(why)


def check_checkpoints(node, wallet, report):
    """Two verifiers agree on all of a start that has ended."""
    second = second_opinion(node.audit)
    check("a second verifier agrees", not isinstance(second, str) and second.starts == 1
          and (second.records, second.checkpoints) == (report["records"], report["checkpoints"]),
          second)
    check("the node's wallet vouches for it", second.wallets == [wallet]
          and [s["signed_by"] for s in report["signers"]] == [wallet]
          and report["uncovered_records"] == report["unsettled"] == report["dropped_records"] == 0,
          report)


def check_forgeries(programs, folder, path):
    """Cut and forged forms of a real trail of several starts: neither verifier takes any."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines(keepends=True)
    boots = [at for at, line in enumerate(lines) if '"type":"boot"' in line]
    notes = [at for at, line in enumerate(lines) if line.startswith('{"type":"checkpoint"')]
    last = max(at for at in notes if at < boots[1])
    rows = {
        "no checkpoints at all": [line for at, line in enumerate(lines) if at not in notes],
        "an earlier start cut back": lines[:boots[2] - 2] + lines[boots[2]:],
        "without its first start": lines[boots[1]:],
        "without a start in the middle": lines[:boots[1]] + lines[boots[2]:],
        "the last checkpoint of a killed start dropped": lines[:last] + lines[last + 1:],
        "the end of the last start cut off": lines[:-2],
        "the last checkpoint cut off": lines[:-1],
        "one word changed": [line.replace('"loopback"', '"loopbach"', 1) for line in lines],
    }
    name = os.path.join(folder, "forged.jsonl")
    for what, text in rows.items():
        with open(name, "w", encoding="utf-8") as file:
            file.writelines(text)
        # Only the last start may look as if it still ran, to whoever allows that.
        strict = what.startswith("the end of the last")
        good, report = verify_trail(programs, name, *([] if strict else ["--allow-open"]))
        check(f"{what}: refused", not good and report["error_code"] == "AUDIT_INVALID", report)
        check(f"{what}: also by the second", isinstance(second_opinion(name, not strict), str))


def check_serving(programs, folder):
    node = Node(os.path.join(programs, "coffer-node"), folder)
    wallet = node.get("/status")[2]["node"]["tee_wallet"]
    try:
        for part in (check_signing, check_messages, check_accounts, check_what_signers_need, check_batch, check_idempotency, check_status, check_attestation,
                     check_openapi, check_http, check_bad_input):
            part(node)
        with open(f"/proc/{node.process.pid}/limits", encoding="utf-8") as file:
            check("no core files", re.search(r"Max core file size +0 +0", file.read()))
        check("seeds are closed to others", all(os.stat(os.path.join(folder, n)).st_mode & 0o777
              == 0o600 for n in ("dev-seed", "dev-root")))
        try:
            Node(node.process.args[0], folder)
            check("a second node on the same folder", False)
        except Refused as refused:
            check("a second node on the same folder", "AUDIT_BUSY" in str(refused)
                  and "next:" in str(refused), refused)
        text = node.text()
    finally:
        check("a clean end", node.process.poll() is None and node.stop() == 0, node.text()[-300:])
    good, report = verify_trail(programs, node.audit)
    check("the trail is whole and ended", good and report["open_starts"] == 0, report)
    check_checkpoints(node, wallet, report)
    check("no name in the log", "alice" not in text and "bob" not in text)


def check_cut_after_kill(programs, folder, path):
    """Nobody sees what is missing behind the last checkpoint of a start that was killed; the verdict
    says so, also where no record is left that is not signed."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines(True)
    second = [i for i, line in enumerate(lines) if '"type":"boot"' in line][1]
    last = max(i for i in range(second) if lines[i].startswith('{"type":"checkpoint"'))
    name = os.path.join(folder, "cut.jsonl")
    with open(name, "w", encoding="utf-8") as file:
        file.writelines(lines[:last + 1] + lines[second:])
    good, report = verify_trail(programs, name, "--allow-open")
    check("a killed start that was cut: the verdict says what may be missing",
          good and report["uncovered_records"] == 0
          and "1 starts without end, which may have had records" in report["verdict"], report)


def check_kill(programs, folder):
    """What was answered is in the trail, whatever the moment of the end."""
    program = os.path.join(programs, "coffer-node")
    node = Node(program, folder, config={"loops": 2})
    hashes = []

    def ask(first):
        try:
            for n in range(first, first + 400):
                body = signing(username=f"u{first}", transaction=transfer(nonce=n))
                hashes.append(node.post(SIGN, body)[2]["transaction_hash"])
        except (OSError, ValueError, KeyError, __import__("http.client").client.HTTPException):
            pass

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        work = [pool.submit(ask, 1000 * i) for i in range(8)]
        while len(hashes) < 200 and not all(w.done() for w in work):
            time.sleep(0.001)
        node.kill()
    recorded = {r.get("object") for r in node.records() if r.get("outcome") == "ok"}
    check("nothing that was answered is missing", len(hashes) >= 200 and set(hashes) <= recorded,
          (len(hashes), len(set(hashes) - recorded)))
    address = None
    for _ in range(2):
        node = Node(program, folder)
        account = node.post("/account", {"username": "alice"})[2]["account_address"]
        check("the same keys after a restart", address in (None, account))
        address = account
        code = node.stop()
        check("stopped", code == 0, (code, node.text()[-300:]))
    good, report = verify_trail(programs, node.audit)
    check("a killed start is not taken unless allowed", not good, report)
    good, report = verify_trail(programs, node.audit, "--allow-open")
    check("the trail after a kill", good and report["starts"] == 3
          and report["open_starts"] == 1, report)
    check_cut_after_kill(programs, folder, node.audit)
    second = second_opinion(node.audit, True)
    check("a second verifier agrees after a kill", not isinstance(second, str)
          and (second.records, second.uncovered) == (report["records"],
                                                     report["uncovered_records"]), second)
    check_forgeries(programs, folder, node.audit)


def check_full_disk(programs, folder):
    program = os.path.join(programs, "coffer-node")
    node = Node(program, folder, file_limit=20000)
    answers, waited = [], []
    for n in range(60):
        begun = time.monotonic()
        answers.append(node.post(SIGN, signing(transaction=transfer(nonce=n)),
                                 Idempotency_Key=f"k{n}"))
        waited.append(time.monotonic() - begun)
    codes = [a[2].get("error_code", "OK") for a in answers]
    check("a full disk: nothing leaves", set(codes) == {"OK", "AUDIT_UNAVAILABLE"}
          and codes.index("AUDIT_UNAVAILABLE") == codes.count("OK")
          and {a[0] for a in answers} == {200, 503}, codes)
    # The first one waits until it is tried again, and the others do not.
    took = [seconds for seconds, answer in zip(waited, answers) if answer[0] == 503]
    check("who asks later is refused at once", len(took) > 20 and sum(took[1:]) < len(took) / 2,
          took)
    check("and no signature is in a refusal", all("signature" not in a[2] for a in answers
                                                  if a[0] == 503))
    # A refusal is one record, and there may be room for one or two of them.
    refusals = [node.post(SIGN, {})[2] for _ in range(4)]
    check("a refusal cannot leave either", is_error(refusals[-1], "AUDIT_UNAVAILABLE"), refusals)
    check("what needs no record is answered", node.get("/health")[0] == 200)
    status, _, answer = node.get("/ready")
    check("but it is not ready", status == 503 and is_error(answer, "AUDIT_UNAVAILABLE"), answer)
    check("the log says why", node.text().count("the audit file cannot be written") == 1
          and "File too large" in node.text() and node.audit in node.text(), node.text()[-500:])
    node.stop()
    node = Node(program, folder)
    lost = codes.index("AUDIT_UNAVAILABLE")
    status, _, answer = node.post(SIGN, signing(transaction=transfer(nonce=lost)))
    check("with room again it signs", status == 200 and verified(answer), answer)
    os.unlink(node.audit)
    check("a file that was taken away", is_error(node.post(SIGN, signing())[2],
                                                 "AUDIT_UNAVAILABLE"))
    node.stop()


def check_rotation(programs, folder):
    """The trail goes on in a new file while it is written to, and over the next start."""
    program = os.path.join(programs, "coffer-node")
    node = Node(program, folder)
    parts = [f"{node.audit}.{n}" for n in range(1, 4)] + [node.audit]
    answers = []

    def ask(first):
        for n in range(first, first + 60):
            body = signing(transaction=transfer(nonce=n))
            answers.append(node.post(SIGN, body)[2].get("transaction_hash"))

    def move_away(to):
        os.rename(node.audit, to)
        node.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 10
        while not (os.path.exists(node.audit) and node.lines()) and time.monotonic() < end:
            time.sleep(0.01)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        work = [pool.submit(ask, 1000 * i) for i in range(4)]
        move_away(parts[0])
        for done in work:
            done.result()
    time.sleep(1.5)  # until nothing is left to be signed, and the next mark is a minute away
    move_away(parts[1])
    check("a new file begins when it is asked for", len(node.lines()) == 2, node.lines())
    node.kill()
    node = Node(program, folder)
    move_away(parts[2])
    check("ready as before", node.get("/ready")[0] == 200)
    check("stopped", node.stop() == 0)
    good, report = verify_trail(programs, parts, "--allow-open")
    check("a trail of four files", good and report["starts"] == 2, report)
    second = second_opinion(parts, True)
    check("a second verifier agrees on them", not isinstance(second, str)
          and second.records == report["records"], second)
    text = "".join(open(part, encoding="utf-8").read() for part in parts)
    check("no record is lost", None not in answers and all(h in text for h in answers))
    for wrong in (parts[1:], parts[:1] + parts[2:], [node.audit]):
        good, report = verify_trail(programs, wrong, "--allow-open", "--allow-earlier")
        check("not without a file", not good and report["error_code"] == "AUDIT_INVALID", report)
    check("and it says which", "the file before this one is missing" in json.dumps(report), report)


def check_start_failures(programs, folder):
    program = os.path.join(programs, "coffer-node")
    bad = os.path.join(folder, "bad")
    with open(bad, "wb") as file:
        file.write(bytes(range(32)))
    os.chmod(bad, 0o644)
    short = os.path.join(folder, "short")
    with open(short, "wb") as file:
        file.write(b"short")
    os.chmod(short, 0o600)
    rows = [
        ("audit in no folder", {"audit_file": "/nonexistent/audit.jsonl"}, (), "IO"),
        ("audit file a folder", {"audit_file": folder}, (), "IO"),
        ("a tunable that is none", {"seed": "x"}, (), "UNKNOWN_FIELD"),
        ("a listener of the network", {"listen": ["0.0.0.0:0"]}, (), "LISTENER_DENIED"),
        ("a listener that is none", {"listen": ["here"]}, (), "CONFIG_INVALID"),
        ("a seed that others can read", {}, ("--seed-file", bad), "SEED_INVALID"),
        ("a short seed", {}, ("--seed-file", short), "SEED_INVALID"),
        ("a seed that is not there", {}, ("--seed-file", bad + "x"), "IO"),
        ("a trust file that is not there", {}, ("--trust", bad + "x"), "IO"),
        ("rows that are not there", {}, ("--registry-file", bad + "x"), "IO"),
    ]
    for what, config, options, code in rows:
        try:
            Node(program, folder, *options, config=config).kill()
            check(what, False)
        except Refused as refused:
            check(what, f"coffer-node: {code}:" in str(refused) and "next:" in str(refused)
                  and "route" not in str(refused) and "openapi" not in str(refused)
                  and (code != "IO" or re.search("[Nn]o such file|s a directory", str(refused))),
                  refused)
    done = subprocess.run([program, "--seed", "00" * 32], capture_output=True, text=True)
    check("no seed in an argument", done.returncode == 2 and "next:" in done.stderr, done)


def check_tunables(programs, folder):
    """Limits by peer, and a log of JSON lines."""
    config = {"peer_rate": 1, "peer_burst": 3, "log_format": "json", "log_level": "debug"}
    node = Node(os.path.join(programs, "coffer-node"), folder, config=config)
    answers = [node.post("/account", {"username": "alice"}) for _ in range(8)]
    codes = [a[2].get("error_code", "OK") for a in answers]
    check("a peer that asks too often", codes[:3] == ["OK"] * 3 and "RATE_LIMITED" in codes
          and all(is_error(a[2], "RATE_LIMITED") and a[0] == 429 and a[1].get("retry-after") == "1"
                  for a in answers
                  if a[0] != 200), codes)
    check("limits fill no trail", len(node.records()) == 2 * codes.count("OK"))
    check("stopped", node.stop() == 0)
    lines = [json.loads(line) for line in node.text().splitlines()]
    check("a log of JSON lines", len(lines) > 8 and all("level" in line for line in lines))
    check("without names", "alice" not in node.text())


def check_seed_by_descriptor(programs, folder):
    """The reference's seed and the public key of its first user, from the vectors."""
    with open(os.path.join(TOP, "tests/vectors/heimdall.json"), encoding="utf-8") as file:
        vectors = json.load(file)
    seed = bytes.fromhex(vectors["vectors"][0]["seed"])
    public_key = int(vectors["real_addresses"][0]["public_key_x"], 16)
    reader, writer = os.pipe()
    os.write(writer, seed)
    os.close(writer)
    node = Node(os.path.join(programs, "coffer-node"), folder, "--seed-fd", str(reader),
                config={"listen": ["unix:" + os.path.join(folder, "socket")]}, pass_fds=(reader,))
    os.close(reader)
    answer = node.post("/account", {"username": "alice"})[2]
    check("a seed by descriptor, over a unix socket", int(answer["public_key"], 16) == public_key,
          answer)
    check("no seed was made", not os.path.exists(os.path.join(folder, "dev-seed")))
    code = node.stop()
    check("stopped", code == 0, (code, node.text()[-300:]))


def can_lock_all():
    """No limit, or the capability (CAP_IPC_LOCK, bit 14) to pass it."""
    with open("/proc/self/status", encoding="ascii") as file:
        capabilities = int(re.search(r"CapEff:\s+([0-9a-f]+)", file.read())[1], 16)
    unlimited = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY
    return unlimited or bool(capabilities & 1 << 14)


def check_production_issuers(program, folder, document):
    """Keys that are fetched need a way out, keys that are there do not."""
    row = {"iss": "https://a.example", "algs": ["EdDSA"], "auds": ["a"], "sub": "public"}
    key = {"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    fetched = {"jwks_uri": "https://a.example/keys", "roots": ["0x" + "11" * 32]}
    pinned = {"keys": json.dumps({"keys": [key]})}
    for proxy, keys, is_wrong in (({}, fetched, True), ({}, pinned, False),
                                  ({"outbound_proxy": "vsock:3:5001"}, fetched, False)):
        config, trust = (os.path.join(folder, name) for name in ("way.json", "issuers.json"))
        with open(config, "w", encoding="utf-8") as file:
            json.dump(proxy, file)
        with open(trust, "w", encoding="utf-8") as file:
            json.dump({**document, "tenants": [{**document["tenants"][0], "issuers": [{**row, **keys}]}]}, file)
        done = subprocess.run([program, "--check", "--config", config, "--trust", trust],
                              capture_output=True, text=True, cwd=folder)
        check(f"production issuers {proxy} {list(keys)}",
              ("outbound_proxy" in done.stderr) == is_wrong, done)


def check_production(programs, folder):
    """The same program built for production has no caller yet."""
    program = os.path.join(programs, "coffer-node")
    trust = os.path.join(folder, "trust.json")
    with open(trust, "w", encoding="utf-8") as file:
        json.dump({"profile": "production", "tenants": [
            {"name": "default", "seed": "native", "derivation": "v2", "chains": ["SN_MAIN"],
             "assurance": "proven"}]}, file)
    config = {"listen": ["unix:" + os.path.join(folder, "socket")], "log_format": "text"}
    proxied = os.path.join(folder, "proxied.json")
    for proxy, urls, wrong in (
            ("vsock:3:5001", ["https://a.example", "https://b.example"], ""),
            ("vsock:3:5001", ["https://a.example", "http://127.0.0.1:1"], "rpc_endpoints[1]"),
            ("vsock:3:5001", ["https://a.example", "https://A.example:443/x"], "rpc_endpoints[1]"),
            (None, ["https://a.example", "https://b.example"], "outbound_proxy"),
            ("10.0.0.1:80", ["https://a.example", "https://b.example"], "outbound_proxy"),
            ("vsock:5001", ["https://a.example", "https://b.example"], "outbound_proxy")):
        with open(proxied, "w", encoding="utf-8") as file:
            json.dump({"outbound_proxy": proxy} if proxy else {}, file)
        with open(trust, encoding="utf-8") as file:
            document = json.load(file)
        chained = os.path.join(folder, "chained.json")
        with open(chained, "w", encoding="utf-8") as file:
            json.dump({**document, "chain_id": 1, "genesis": "0x" + "11" * 32, "registry":
                       "0x" + "22" * 20, "registry_code": "0x" + "33" * 32,
                       "rpc_endpoints": urls}, file)
        done = subprocess.run([program, "--check", "--config", proxied, "--trust", chained],
                              capture_output=True, text=True, cwd=folder)
        check(f"production endpoints {proxy} {urls}", ("CONFIG_INVALID" in done.stderr) == bool(wrong)
              and wrong in done.stderr, done)
    check_production_issuers(program, folder, document)
    try:
        node = Node(program, folder, "--trust", trust, config=config)
    except Refused as refused:
        # Only where all memory can be locked; what it says elsewhere is tested by dev.py.
        if "MEMORY_LOCK" in str(refused) and not can_lock_all():
            check("a production node names the limit", "RLIMIT_MEMLOCK is" in str(refused), refused)
            print("NOT RUN: 9 checks of a serving production node: memory cannot be locked here")
            return
        check("a production node starts", False, refused)
        return
    for path, body in ((SIGN, signing()), (ACCOUNTS, {"username": "alice"}), ("/sign", payload()),
                       ("/account", {"username": "alice"}), ("/derive", {"username": "alice"})):
        status, _, answer = node.post(path, body)
        refusals = ("UNAUTHENTICATED", "NOT_FOUND")
        check(f"production refuses {path}", status in (401, 404) and any(
            is_error(answer, code) for code in refusals), (status, answer))
    check("production says what it is", node.get("/status")[2]["build"]["profile"] == "production"
          and node.get("/status")[2]["node"]["service_available"] is False)
    codes = [r["code"] for r in node.records() if r.get("outcome") == "refused"]
    check("production records its refusals", "UNAUTHENTICATED" in codes, codes)
    code = node.stop()
    check("stopped", code == 0, (code, node.text()[-300:]))
    try:
        Node(program, folder, config=config).kill()
        check("production without trust configuration", False)
    except Refused as refused:
        check("production without trust configuration", "CONFIG_INVALID" in str(refused), refused)
    done = subprocess.run([program, "--seed-file", trust], capture_output=True, text=True)
    check("production takes no seed file", done.returncode == 2, done)


def main():
    programs = os.path.abspath(sys.argv[1])
    parts = [check_serving, check_kill, check_full_disk, check_rotation, check_start_failures,
             check_seed_by_descriptor, check_tunables]
    work = [(part, programs) for part in parts]
    if len(sys.argv) > 2:
        work.append((check_production, os.path.abspath(sys.argv[2])))
    for part, folder_of_programs in work:
        folder = tempfile.mkdtemp(prefix="coffer-node-")
        try:
            part(folder_of_programs, folder)
        except Exception as error:  # a part that breaks is a failure like any other
            import traceback
            check(part.__name__, False, traceback.format_exc()[-450:])
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

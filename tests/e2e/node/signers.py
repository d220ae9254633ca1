"""What signers need of a node: that it signs for the account and the hash that they mean, tells
fee estimations from transactions, knows accounts with two keys, and says what the network will not
take. Signatures are verified by tests/e2e/cli/stark.py, which shares no code with the node."""

SIGN, ACCOUNTS = "/v1/starknet/sign", "/v1/starknet/accounts"
QUERY = hex(2**128 + 3)
SESSION = {
    "types": {
        "StarknetDomain": [{"name": n, "type": "shortstring"} for n in
                           ("name", "version", "chainId", "revision")],
        "Allowed Method": [{"name": "Contract Address", "type": "ContractAddress"},
                           {"name": "selector", "type": "selector"}],
        "Session": [{"name": "Expires At", "type": "timestamp"},
                    {"name": "Allowed Methods", "type": "merkletree", "contains": "Allowed Method"},
                    {"name": "Metadata", "type": "string"},
                    {"name": "Session Key", "type": "felt"}],
    },
    "primaryType": "Session",
    "domain": {"name": "SessionAccount.session", "version": "1", "chainId": "SN_SEPOLIA",
               "revision": "1"},
    "message": {"Expires At": 1, "Metadata": "", "Session Key": "0x5",
                "Allowed Methods": [{"Contract Address": "0x1", "selector": "transfer"}]},
}


def codes(answer):
    return {warning["code"] for warning in answer.get("warnings", [])}


def check_meant(node, check, transfer, is_error):
    """The account and the hash that the caller means."""
    _, _, account = node.post(ACCOUNTS, {"username": "alice"})
    _, _, braavos = node.post(ACCOUNTS, {"username": "alice", "account_class": "braavos-1.2.0"})
    body = {"username": "alice", "transaction": transfer()}
    _, _, plain = node.post(SIGN, body)
    check("nothing is warned of", "warnings" not in plain and plain["query"] is False, plain)
    _, _, answer = node.post(SIGN, dict(body, account_address=account["address"],
                                        expected_hash=plain["transaction_hash"]))
    check("the account and hash that are meant", answer["success"]
          and answer["transaction_hash"] == plain["transaction_hash"], answer)
    _, _, answer = node.post(SIGN, dict(body, account_address=braavos["address"]))
    check("an account of another class", answer["success"]
          and answer["account_class"].startswith("braavos")
          and answer["transaction"]["sender_address"] == braavos["address"], answer)
    before = len(node.records())
    status, _, answer = node.post(SIGN, dict(body, account_address="0x5"))
    check("somebody else's account", status == 403 and is_error(answer, "ACCOUNT_MISMATCH"), answer)
    status, _, answer = node.post(SIGN, dict(body, account_address=braavos["address"],
                                             account_class="ready-0.4.0"))
    check("an account of no such class", is_error(answer, "ACCOUNT_MISMATCH"), answer)
    sent = dict(body, transaction=transfer(sender_address="0x5"),
                account_address=account["address"])
    check("another sender than the account", is_error(node.post(SIGN, sent)[2], "ACCOUNT_MISMATCH"))
    status, _, answer = node.post(SIGN, dict(body, expected_hash="0x5"))
    check("another hash", status == 409 and is_error(answer, "HASH_MISMATCH"), answer)
    outcomes = {record["outcome"] for record in node.records()[before:]}
    check("nothing was meant to be signed", outcomes == {"refused"}, outcomes)
    status, _, answer = node.post(SIGN, dict(body, transaction=transfer(cairo_version=0)))
    check("calls in another encoding", status == 400 and is_error(answer, "CAIRO_VERSION"), answer)


def check_warnings(node, check, transfer, bounds):
    def warned(path=SIGN, **changes):
        body = {"username": "alice", "transaction": transfer(**changes)}
        return codes(node.post(path, body)[2])

    zero = {name: {"max_amount": 0, "max_price_per_unit": 0} for name in bounds}
    check("bounds of zero", warned(resource_bounds=zero) == {"BOUNDS_ZERO"})
    _, _, query = node.post(SIGN, {"username": "alice", "transaction": transfer(
        resource_bounds=zero, version=QUERY)})
    check("a query", query["success"] and query["query"] is True and not codes(query)
          and query["transaction"]["version"] == QUERY, query)
    check("queries are counted", 'kind="query"' in node.get("/metrics")[2])
    low = dict(bounds, l2_gas={"max_amount": 1210000001, "max_price_per_unit": 1})
    check("too much for too little", warned(resource_bounds=low)
          == {"L2_GAS_ABOVE_LIMIT", "L2_PRICE_BELOW_MINIMUM"})
    check("no calls", warned(calls=[]) == {"NO_CALLS"})
    check("two lists", warned(paymaster_data=[1], account_deployment_data=[2],
                              fee_data_availability_mode="L2")
          == {"PAYMASTER_DATA", "DEPLOYMENT_DATA", "DA_MODE_L2"})
    check("a nonce of a new account", warned(type="DEPLOY_ACCOUNT", calls=None) == {"DEPLOY_NONCE"})
    check("other spellings of the type", all(not warned(type=text) for text in
                                             ("invoke", "INVOKE_FUNCTION")))


def check_guardians(node, check, transfer, is_error, stark):
    """Both halves of an account with two keys are signed here, one after the other."""
    owner = node.post(ACCOUNTS, {"username": "owner"})[2]["public_key"]
    guardian = node.post(ACCOUNTS, {"username": "guard", "key_index": 2})[2]["public_key"]
    for name in ("argent-0.3.1", "argent-0.4.0", "ready-0.5.0"):
        first = {"username": "owner", "account_class": name, "guardian": guardian}
        second = {"username": "guard", "key_index": 2, "account_class": name, "owner": owner}
        _, _, account = node.post(ACCOUNTS, first)
        _, _, other = node.post(ACCOUNTS, second)
        check(f"{name}: one account of two keys", account["address"] == other["address"]
              and account["salt"] == owner and account["public_key"] == owner
              and other["public_key"] == guardian, (account, other))
        _, _, half = node.post(SIGN, dict(first, transaction=transfer()))
        check(f"{name}: a half says so", codes(half) == {"HALF_SIGNED"}
              and len(half["signature"]) == 2, half)
        _, _, whole = node.post(SIGN, dict(second, transaction=transfer(),
                                           account_address=account["address"],
                                           other_signature=half["signature"]))
        values = [int(v, 16) for v in whole["signature"]]
        signed = int(whole["transaction_hash"], 16)
        check(f"{name}: owner's half, then the guardian's", "warnings" not in whole
              and whole["transaction"]["signature"] == whole["signature"]
              and stark.verify(int(owner, 16), signed, *values[:2])
              and stark.verify(int(guardian, 16), signed, *values[2:]), whole)
        wrong = dict(second, transaction=transfer(nonce=2), other_signature=half["signature"])
        check(f"{name}: a half of something else",
              is_error(node.post(SIGN, wrong)[2], "SIGNATURE_INVALID"))
    found = {"username": "owner", "guardian": guardian, "transaction": transfer(),
             "account_address": account["address"]}
    check("the class is found by the address",
          node.post(SIGN, found)[2].get("account_class") == "ready-0.5.0")
    for bad in ({"account_class": "braavos-1.2.0"}, {}, {"owner": owner}, {"guardian": 0}):
        body = {"username": "owner", "guardian": guardian, "transaction": transfer(), **bad}
        check(f"no such guardian {bad}", is_error(node.post(SIGN, body)[2], "GUARDIAN"))


def check_claims(node, check):
    """Whose is what a client knows?"""
    _, _, one = node.post(ACCOUNTS, {"username": "alice", "key_index": 3})
    known = {"public_key": one["public_key"], "address": one["address"]}
    for claim in (known, {"address": one["address"]}, {"public_key": one["public_key"]}):
        _, _, answer = node.post(ACCOUNTS, {"username": "alice", **claim})
        check(f"owned {list(claim)}", answer["owned"] and answer["index"] == 3, answer)
        _, _, answer = node.post(ACCOUNTS, {"username": "alice", "key_index": 4, **claim})
        check(f"owned by another index {list(claim)}", not answer["owned"]
              and "index" not in answer, answer)
        _, _, answer = node.post(ACCOUNTS, {"username": "bob", **claim})
        check(f"somebody else's {list(claim)}", not answer["owned"], answer)
    _, _, far = node.post(ACCOUNTS, {"username": "alice", "key_index": 32})
    _, _, answer = node.post(ACCOUNTS, {"username": "alice", "public_key": far["public_key"]})
    check("the window ends", not answer["owned"])
    _, _, answer = node.post(ACCOUNTS, {"username": "alice", "address": one["address"],
                                        "public_key": far["public_key"]})
    check("two keys are not one", not answer["owned"])


def check_batches(node, check, transfer, is_error):
    _, _, answer = node.post(SIGN, {"username": "alice", "items": [
        {"transaction": transfer()}, None, {"spare": 1}]})
    check("a batch says how many", answer["success"] and answer["signed"] == 1
          and answer["refused"] == 2, answer)
    check("an item of null", answer["results"][1]["error_code"] == "BAD_TYPE"
          and "items[1]" in answer["results"][1]["error"], answer)
    _, _, answer = node.post(SIGN, {"username": "alice", "items": [None, {}]})
    check("a batch of nothing", answer["success"] is False and answer["signed"] == 0
          and answer["refused"] == 2, answer)
    status, _, answer = node.post(SIGN, {"username": "alice", "items": None})
    check("items of null", status == 400 and is_error(answer, "BAD_TYPE"), answer)


def check_lanes(node, check, transfer, is_error):
    """The next nonce of an account, given once."""
    def ask(nonce, tip, **more):
        body = {"username": "lanes", "transaction": transfer(nonce=nonce, tip=tip), **more}
        return node.post(SIGN, body)[2]
    check("a lane that nobody began", is_error(ask("next", 1), "LANE_UNSET"))
    check("a nonce opens it", ask(7, 1, lane=0)["nonce"] == "0x7")
    given = ask("next", 2)
    check("the next nonce", given["nonce"] == "0x8" and given["transaction"]["nonce"] == "0x8", given)
    named = ask(8, 2)
    check("is signed as if it were named", "lane" not in named
          and named["transaction_hash"] == given["transaction_hash"], named)
    check("the same for the same", ask("next", 2)["nonce"] == "0x8")
    check("another transaction", is_error(ask(8, 3, lane=0), "LANE_CONFLICT"))
    check("which may replace it", ask(8, 3, replace=True)["nonce"] == "0x8")
    check("what was replaced", is_error(ask("next", 2), "LANE_CONFLICT"))
    check("the one after it", ask("next", 4)["nonce"] == "0x9")
    check("a nonce that would leave a hole", is_error(ask(20, 5, lane=0), "LANE_CONFLICT"))
    check("the next one cannot replace", is_error(ask("next", 5, replace=True), "BAD_REQUEST"))


def check_signers(node, check, transfer, is_error, bounds, stark):
    check_meant(node, check, transfer, is_error)
    check_warnings(node, check, transfer, bounds)
    check_guardians(node, check, transfer, is_error, stark)
    check_claims(node, check)
    check_batches(node, check, transfer, is_error)
    check_lanes(node, check, transfer, is_error)
    status, _, answer = node.post(SIGN, {"username": "alice", "typed_data": SESSION})
    check("a grant of a session key", status == 403 and is_error(answer, "SESSION_DENIED"), answer)
    status, _, answer = node.post(SIGN, {"username": "alice", "transaction": transfer(calls=[
        {"contractAddress": "0x1", "entrypoint": "a"}])})
    check("another library's word", is_error(answer, "UNKNOWN_FIELD")
          and "did you mean to" in answer["error"], answer)

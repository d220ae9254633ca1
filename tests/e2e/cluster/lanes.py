"""Nonces of one account, asked for at three nodes at once."""

import json
import threading
import time
import urllib.error
import urllib.request

from place import check

BOUNDS = {name: {"max_amount": 1, "max_price_per_unit": 1}
          for name in ("l1_gas", "l2_gas", "l1_data_gas")}
LATER = ("NOT_CURRENT", "WRITE_UNSETTLED", "UNAVAILABLE", "OVERLOADED")


def ask(node, amount, nonce="next", **more):
    body = {"username": "lanes", **more, "transaction": {
        "type": "INVOKE", "chain_id": "SN_SEPOLIA", "nonce": nonce, "resource_bounds": BOUNDS,
        "calls": [{"to": "0x5", "entrypoint": "transfer", "calldata": ["0x6", amount, 0]}]}}
    request = urllib.request.Request(node.url + "/v1/starknet/sign", json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


def ask_until(node, amount, nonce="next", **more):
    """As clients do, when it is unsettled or nobody counts yet. Returns: the answer."""
    end = time.time() + 60
    while True:
        answer = ask(node, amount, nonce, **more)
        if answer.get("error_code") not in LATER or time.time() > end:
            return answer
        time.sleep(0.2)


def lanes(world, each=15):
    nodes = list(world.nodes.values())
    check("a lane that nobody began gives nothing",
          ask_until(nodes[0], 1).get("error_code") == "LANE_UNSET")
    opened = ask_until(nodes[0], 1, 7, lane=0)
    check("a nonce that is named opens it", opened.get("nonce") == "0x7", opened)
    got = {}

    def run(number, node):
        for i in range(each):
            amount = 100 * (number + 1) + i
            got[amount] = ask_until(node, amount)

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(nodes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = {number: answer["error_code"] for number, answer in got.items()
               if not answer["success"]}
    check("three nodes at once give each its own, and leave none out",
          sorted(int(answer.get("nonce", "0x0"), 16) for answer in got.values())
          == list(range(8, 8 + 3 * each)), refused or got)
    check("which are in the transactions", not refused and all(
        answer["transaction"]["nonce"] == answer["nonce"] for answer in got.values()), refused)
    again = {amount: [ask_until(node, amount).get("transaction_hash") for node in nodes]
             for amount in list(got)[:5]}
    check("asked again anywhere it is the same", all(
        set(hashes) == {got[amount].get("transaction_hash")} for amount, hashes in again.items()),
        again)
    said = ask_until(nodes[1], 5000, 9, lane=0)
    check("no other node gives it to another", said.get("error_code") == "LANE_CONFLICT", said)
    said = ask_until(nodes[1], 5000, 9, replace=True)
    check("but who says so replaces it", said.get("nonce") == "0x9", said)
    old = next(amount for amount, answer in got.items() if answer.get("nonce") == "0x9")
    said = ask_until(nodes[2], old)
    check("and what was replaced does not come back", said.get("error_code") == "LANE_CONFLICT",
          said)

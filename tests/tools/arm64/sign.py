#!/usr/bin/env python3
"""A node under an emulator and one of this machine, with one seed: the same key, the same transaction,
and signatures, which are never the same twice, that another implementation verifies.
usage: tests/tools/arm64/sign.py EMULATOR NODE-EMULATED NODE; ends with N passed, N failed."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(TOP, "tests/e2e/cli"))
import stark  # noqa: E402

TRANSACTION = {
    "type": "INVOKE", "chain_id": "sepolia", "nonce": "0x1",
    "resource_bounds": {
        "l1_gas": {"max_amount": "0x0", "max_price_per_unit": "0x0"},
        "l2_gas": {"max_amount": "0xf4240", "max_price_per_unit": "0x2cb417800"},
        "l1_data_gas": {"max_amount": "0x100", "max_price_per_unit": "0xe8d4a51000"}},
    "calls": [{"to": "0x4718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938d",
               "entrypoint": "transfer", "calldata": ["0x1234", {"u256": "1000"}]}]}


def ask(url, path, body):
    request = urllib.request.Request(url + path, json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


def answers(folder, seed, command):
    """What a node with this seed says to the same questions, and the seed's file."""
    os.makedirs(folder, mode=0o700)
    if seed:
        shutil.copy2(seed, os.path.join(folder, "dev-seed"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    config = os.path.join(folder, "node.json")
    with open(config, "w", encoding="ascii", opener=lambda p, f: os.open(p, f, 0o600)) as out:
        json.dump({"listen": [address], "data_dir": folder,
                   "audit_file": os.path.join(folder, "audit.jsonl")}, out)
    with open(os.path.join(folder, "log"), "wb") as log:
        node = subprocess.Popen([*command, "--config", config], stdout=log, stderr=log)
    url = "http://" + address
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(url + "/health", timeout=10).read()
                break
            except OSError:
                if node.poll() is not None:
                    break
                time.sleep(0.1)
        who = {"username": "alice", "key_index": 0}
        return [ask(url, "/v1/starknet/accounts", who),
                ask(url, "/v1/starknet/sign", {**who, "transaction": TRANSACTION})]
    except OSError:
        with open(os.path.join(folder, "log"), encoding="utf-8", errors="replace") as log:
            print(log.read()[-2000:])
        raise
    finally:
        node.send_signal(signal.SIGTERM)
        try:
            node.wait(30)
        except subprocess.TimeoutExpired:
            node.kill()


def signed(account, answer):
    """Whether the transaction is signed by the key of the account, in both places."""
    r, s = (int(text, 16) for text in answer["signature"])
    return (answer["transaction"]["signature"] == answer["signature"]
            and stark.verifies(int(account["public_key"], 16), int(answer["transaction_hash"], 16), r, s))


def main():
    emulator, emulated, native = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        here = answers(os.path.join(folder, "here"), None, [native])
        seed = os.path.join(folder, "here", "dev-seed")
        there = answers(os.path.join(folder, "there"), seed, [emulator, emulated])
    good = [signed(account, answer) for account, answer in (here, there)]
    for account, answer in (here, there):
        answer["transaction"].pop("signature")
        answer.pop("signature")
    here.append(good[0])
    there.append(good[1])
    names = ("the account", "the transaction", "the signature")
    bad = [name for name, a, b in zip(names, here, there) if a != b or not a]
    for name in bad:
        print("FAILED", name, here, there)
    print(f"{len(names) - len(bad)} passed, {len(bad)} failed")
    return 1 if bad else 0


sys.exit(main())

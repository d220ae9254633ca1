#!/usr/bin/env python3
"""A wallet that publishes the root's hash and anchors snapshots, on a real chain.

usage: tests/e2e/chain/publish.py CHAIN_SEND [TEST ...]
The writer of tests/e2e/chain/chain_send.c sends by three endpoints in front of one anvil, which vanish
as told. What it sent is read back from the chain and by ethers. Four chains at a time. Ends with one
line N passed, N failed.
"""

import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from chain import Chain  # noqa: E402

POINT = ("04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e38"
         "72760ab73617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a"
         "431d7c90ea0e5f")
GWEI = 10 ** 9
ONE, OTHER = "0x" + "11" * 32, "0x" + "22" * 32
ZERO = "0x" + "00" * 32


class Writer:
    """A running writer of a wallet."""

    def __init__(self, world, key, fee=50 * GWEI, dearer_ms=3000, **changes):
        trust = {**world.trust, "rpc_endpoints": world.urls, **changes}
        document = {"profile": "dev", "tenants": [
            {"name": "default", "seed": "imported", "derivation": "v1", "chains": ["SN_MAIN"],
             "assurance": "asserted"}], **trust}
        with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
            json.dump(document, file)
            self.path = file.name
        self.log = tempfile.TemporaryFile("w+")
        self.child = subprocess.Popen(
            [world.program, self.path, key, str(fee), str(2 * GWEI), "500000", str(dearer_ms)],
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)
        started = json.loads(self.child.stdout.readline())
        if not started.get("started"):
            raise AssertionError(started)

    def begin(self, line):
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()

    def end(self):
        return json.loads(self.child.stdout.readline())["code"]

    def ask(self, line):
        self.begin(line)
        return self.end()

    def publish(self, value):
        return self.ask(f"publish {value}")

    def until(self, line, code, seconds=20):
        since = time.monotonic()
        said = None
        while time.monotonic() < since + seconds:
            said = self.ask(line)
            if said == code:
                return
            time.sleep(0.3)
        raise AssertionError(f"{said} instead of {code}\n{self.logged()}")

    def logged(self):
        self.log.flush()
        self.log.seek(0)
        return self.log.read()

    def until_logged(self, text, seconds=20):
        since = time.monotonic()
        while text not in self.logged():
            if time.monotonic() > since + seconds:
                raise AssertionError(f"nothing about {text!r} in\n{self.logged()}")
            time.sleep(0.1)

    def kill(self):
        self.child.kill()
        self.close(-9)

    def close(self, expected=0):
        if self.child.stdout.closed:
            return
        self.child.stdin.close()
        code = self.child.wait(timeout=20)
        self.child.stdout.close()
        os.unlink(self.path)
        equal(code, expected)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class World:
    """A chain with contracts, three endpoints, and wallets that are nodes."""

    def __init__(self, program):
        self.program = program
        self.chain = Chain()
        self.trust = {**self.chain.deploy()["trust"], "rpc_quorum": 2}
        self.version = self.chain.version()["version_id"]
        self.urls = [self.chain.proxy(name=f"p{i}")["url"] for i in range(3)]
        self.nodes = 0

    def rpc(self, method, *params):
        return self.chain.rpc(method=method, params=list(params))["result"]

    def node(self, is_registered=True):
        """A key of its own, and its wallet with 10 ETH."""
        self.nodes += 1
        key = "0x" + f"{0xc0ffee00 + self.nodes:064x}"
        wallet = self.chain.address(key=key)["address"]
        if is_registered:
            self.chain.instance(version_id=self.version, wallet=wallet, tee_pubkey="0x" + POINT,
                                url="https://node.example", wallet_key=key)
        self.chain.fund(wallet=wallet, wei=str(10 ** 19))
        return key, wallet

    def hash(self):
        return self.chain.call(contract="kms_registry", method="masterSecretHash")["result"]

    def anchored(self):
        result = self.chain.call(contract="kms_registry", method="anchored")["result"]
        return [str(result["height"]), result["header"]]

    def fault(self, name, **faults):
        self.chain.proxy(name=name, faults=faults)

    def count(self, wallet, at="latest"):
        return int(self.rpc("eth_getTransactionCount", wallet, at), 16)

    def hold(self):
        self.rpc("evm_setAutomine", False)

    def pending(self):
        block = self.rpc("eth_getBlockByNumber", "pending", True)
        return block["transactions"]

    def close(self):
        self.chain.close()


def equal(seen, expected):
    if seen != expected:
        raise AssertionError(f"{seen!r} instead of {expected!r}")


# --- the tests -----------------------------------------------------------------------------------


def a_hash_is_published(world):
    key, wallet = world.node()
    with Writer(world, key) as writer:
        equal(writer.publish(ONE), "OK")
        writer.until_logged("transaction in a block")
        equal(world.hash(), ONE)
        equal(world.count(wallet), 1)
        block = world.rpc("eth_getBlockByNumber", "latest", True)
        sent, = block["transactions"]
        raw = world.rpc("eth_getRawTransactionByHash", sent["hash"])
        read = world.chain.decode(raw=raw)
        equal(read["again"], raw)
        equal(read["hash"], sent["hash"])
        equal((read["from"].lower(), read["to"].lower()),
              (wallet.lower(), world.trust["kms_registry"].lower()))
        equal((read["type"], read["nonce"], read["value"]), (2, 0, "0"))
        equal(int(read["chain_id"]), int(world.trust["chain_id"]))
        equal((read["call"], read["arguments"]), ("setMasterSecretHash(bytes32)", [ONE]))
        used = int(world.rpc("eth_getTransactionReceipt", sent["hash"])["gasUsed"], 16)
        if not used <= int(read["gas"]) <= 1.6 * used:
            raise AssertionError(f"{read['gas']} gas for {used}")
        # What is there is not written again, by anybody.
        equal(writer.publish(ONE), "OK")
        equal(writer.publish(OTHER), "ALREADY_PUBLISHED")
        other_key, other = world.node()
        with Writer(world, other_key) as second:
            equal(second.publish(OTHER), "ALREADY_PUBLISHED")
            equal(second.publish(ONE), "OK")
        equal((world.count(wallet), world.count(other)), (1, 0))


def of_two_that_race_the_first_wins(world):
    nodes = [world.node(), world.node()]
    world.hold()
    with Writer(world, nodes[0][0]) as first, Writer(world, nodes[1][0]) as second:
        equal(first.publish(ONE), "OK")
        equal(second.publish(OTHER), "OK")
        world.chain.mine(blocks=1)
        equal([world.count(wallet) for _, wallet in nodes], [1, 1])
        won = world.hash()
        loser, winner = (second, first) if won == ONE else (first, second)
        of_loser, of_winner = (OTHER, ONE) if won == ONE else (ONE, OTHER)
        loser.until(f"publish {of_loser}", "ALREADY_PUBLISHED")
        loser.until_logged("success=false")
        winner.until_logged("success=true")
        equal(winner.publish(of_winner), "OK")
        equal([world.count(wallet, "pending") for _, wallet in nodes], [1, 1])


def endpoints_may_die_in_the_middle(world):
    key, wallet = world.node()
    world.hold()
    with Writer(world, key) as writer:
        world.fault("p0", down=True)
        equal(writer.publish(ONE), "OK")
        world.fault("p0")
        world.fault("p1", hang=True)
        world.chain.mine(blocks=1)
        writer.until_logged("transaction in a block")
        equal(writer.publish(ONE), "OK")
        world.fault("p2", down=True)
        equal(writer.publish(ONE), "REGISTRY_LOST")
        world.fault("p1")
        equal(writer.publish(ONE), "OK")
        equal(world.count(wallet), 1)


def one_that_all_lost_is_sent_again(world):
    """It is in nobody's pool any more."""
    key, wallet = world.node()
    world.hold()
    with Writer(world, key) as writer:
        equal(writer.publish(ONE), "OK")
        world.rpc("anvil_dropAllTransactions")
        equal(world.count(wallet, "pending"), 0)
        since = time.monotonic()
        while world.count(wallet, "pending") == 0:
            if time.monotonic() > since + 20:
                raise AssertionError(writer.logged())
            time.sleep(0.2)
        world.chain.mine(blocks=1)
        writer.until_logged("transaction in a block")
        equal(world.hash(), ONE)
        equal(world.count(wallet), 1)


def a_wallet_without_funds_is_told(world):
    key, wallet = world.node()
    world.chain.fund(wallet=wallet, wei="1000")
    with Writer(world, key) as writer:
        equal(writer.publish(ONE), "WALLET_FUNDS")
        log = writer.logged().lower()
        for text in (wallet.lower(), "send it what is missing", "has_wei=1000", "missing_wei="):
            if text not in log:
                raise AssertionError(f"{text} is not in\n{log}")
        needs = int(log.split("needs_wei=")[1].split()[0])
        world.chain.fund(wallet=wallet, wei=str(needs - 1))
        equal(writer.publish(ONE), "WALLET_FUNDS")
        world.chain.fund(wallet=wallet, wei=str(2 * needs))
        equal(writer.publish(ONE), "OK")
        equal(world.hash(), ONE)


def when_fees_jump_it_is_sent_again_dearer(world):
    key, wallet = world.node()
    world.hold()
    with Writer(world, key) as writer:
        equal(writer.publish(ONE), "OK")
        before, = world.pending()
        world.rpc("anvil_setNextBlockBaseFeePerGas", hex(15 * GWEI))
        world.chain.mine(blocks=1)
        equal(world.count(wallet), 0)
        writer.until_logged("again=true")
        world.rpc("anvil_setNextBlockBaseFeePerGas", hex(15 * GWEI))
        after, = world.pending()
        equal((before["nonce"], after["nonce"]), ("0x0", "0x0"))
        if int(after["maxFeePerGas"], 16) < 2 * 13 * GWEI or before["hash"] == after["hash"]:
            raise AssertionError((before, after))
        world.chain.mine(blocks=1)
        writer.until_logged("transaction in a block")
        equal((world.hash(), world.count(wallet)), (ONE, 1))


def fees_above_the_limit_are_not_paid(world):
    key, wallet = world.node()
    with Writer(world, key, fee=GWEI // 2) as writer:
        world.rpc("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
        world.chain.mine(blocks=1)
        equal(writer.publish(ONE), "FEE_LIMIT")
        equal(world.count(wallet, "pending"), 0)


def another_chain_is_told(world):
    key, wallet = world.node()
    with Writer(world, key, chain_id=1) as writer:
        equal(writer.publish(ONE), "WRONG_CHAIN")
        equal(world.count(wallet, "pending"), 0)


def who_is_no_node_is_told(world):
    key, wallet = world.node(is_registered=False)
    with Writer(world, key) as writer:
        equal(writer.publish(ONE), "NOT_A_PEER")
        equal(writer.ask(f"anchor 1 {ONE} {ZERO}"), "NOT_A_PEER")
        equal(writer.publish(ZERO), "OK")  # which is what is there
        equal(world.count(wallet, "pending"), 0)


def anchors_rise(world):
    key, wallet = world.node()
    with Writer(world, key) as writer:
        rows = [(5, ONE, OTHER, "ANCHOR_MOVED"), (5, ONE, ZERO, "OK"), (5, ONE, ZERO, "OK"),
                (4, ONE, ONE, "ANCHOR_HEIGHT"), (5, OTHER, ONE, "ANCHOR_HEIGHT"),
                (6, OTHER, ZERO, "ANCHOR_MOVED"), (6, OTHER, ONE, "OK"), (9, ONE, OTHER, "OK"),
                (10 + 2 ** 20, ONE, ONE, "ANCHOR_HEIGHT"), (9 + 2 ** 20, OTHER, ONE, "OK"),
                (10 + 2 ** 20, ZERO, OTHER, "CALL_REVERTED")]
        for height, header, follows, code in rows:
            writer.until(f"anchor {height} {header} {follows}", code, 10)
            if code == "OK":
                writer.until(f"anchor {height} {header} {follows}", "OK", 10)
                equal(world.anchored(), [str(height), header])
        writer.until_logged("InvalidHeader()")
        equal(world.count(wallet), 4)


def of_two_that_follow_one_anchor_the_second_is_refused(world):
    nodes = [world.node(), world.node()]
    world.hold()
    with Writer(world, nodes[0][0]) as first, Writer(world, nodes[1][0]) as second:
        asked = [(first, f"anchor 1 {ONE} {ZERO}"), (second, f"anchor 2 {OTHER} {ZERO}")]
        for writer, anchor in asked:
            equal(writer.ask(anchor), "OK")  # it waits for a block
        world.chain.mine(blocks=1)
        is_first = world.anchored() == ["1", ONE]
        equal(is_first or world.anchored() == ["2", OTHER], True)
        loser, anchor = asked[is_first]
        loser.until(anchor, "ANCHOR_MOVED" if is_first else "ANCHOR_HEIGHT")
        loser.until_logged("success=false")
        asked[not is_first][0].until_logged("success=true")


def another_process_goes_on_in_the_same_place(world):
    key, wallet = world.node()
    world.hold()
    first = Writer(world, key)
    equal(first.publish(ONE), "OK")
    first.kill()
    with Writer(world, key) as writer:
        equal(writer.publish(OTHER), "OK")
        sent, = world.pending()
        equal(sent["nonce"], "0x0")
        world.chain.mine(blocks=1)
        writer.until_logged("success=true")
        equal((world.hash(), world.count(wallet)), (OTHER, 1))


TESTS = [anchors_rise, of_two_that_follow_one_anchor_the_second_is_refused, a_hash_is_published, of_two_that_race_the_first_wins,
         endpoints_may_die_in_the_middle, one_that_all_lost_is_sent_again,
         when_fees_jump_it_is_sent_again_dearer, another_process_goes_on_in_the_same_place,
         a_wallet_without_funds_is_told, fees_above_the_limit_are_not_paid, another_chain_is_told,
         who_is_no_node_is_told]


def run(program, test):
    """Out: whether it passed."""
    world = World(program)
    since = time.monotonic()
    try:
        test(world)
        print(f"{test.__name__}: {time.monotonic() - since:.1f} s", flush=True)
        return True
    except Exception as error:  # whatever it is, the next test has a chain of its own
        print(f"FAILED {test.__name__}: {type(error).__name__}: {error}", flush=True)
        return False
    finally:
        world.close()


def main():
    program, *names = sys.argv[1:]
    tests = [test for test in TESTS if not names or test.__name__ in names]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda test: run(program, test), tests))
    passed = sum(results)
    print(f"{passed} passed, {len(results) - passed} failed")
    return passed != len(results) or passed == 0


sys.exit(main())

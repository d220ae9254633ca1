#!/usr/bin/env python3
"""The node's view of the registry against a real chain: who has a grant, when, and why not.

usage: tests/e2e/chain/registry.py CHAIN_WATCH [--long] [TEST ...]
The chain reader of tests/e2e/chain/chain_watch.c asks three endpoints in front of one anvil, which lie,
lag, hang and vanish as told. Three chains at a time, unless tests are named. --long waits until
grants are too old for each use. Ends with one line N passed, N failed.
"""

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
SPKI = "0x3076301006072a8648ce3d020106052b81040022036200" + POINT
BLOCK = 1  # seconds


class Watch:
    """A running chain reader. In: members of the trust configuration."""

    def __init__(self, program, trust, entries=64, batch=100):
        document = {"profile": "dev", "tenants": [
            {"name": "default", "seed": "imported", "derivation": "v1", "chains": ["SN_MAIN"],
             "assurance": "asserted"}], **trust}
        with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
            json.dump(document, file)
            self.path = file.name
        self.log = tempfile.TemporaryFile("w+")
        self.child = subprocess.Popen([program, self.path, str(entries), str(batch)], text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=self.log)
        self.started = json.loads(self.child.stdout.readline())

    def ask(self, line):
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())

    def lookup(self, wallet, role="app", use="serve"):
        return self.ask(f"lookup {role} {use} {wallet}")

    def code(self, wallet, role="app", use="serve"):
        return self.lookup(wallet, role, use)["code"]

    def until(self, code, wallet, seconds, role="app", use="serve"):
        """How long until a lookup says this, in seconds."""
        since = time.monotonic()
        said = None
        while time.monotonic() < since + seconds:
            said = self.code(wallet, role, use)
            if said == code:
                return time.monotonic() - since
            time.sleep(0.1)
        raise AssertionError(f"{said} after {seconds} s instead of {code}\n{self.logged()}")

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

    def close(self):
        self.child.stdin.close()
        code = self.child.wait(timeout=20)
        self.child.stdout.close()
        os.unlink(self.path)
        if code not in (0, 1):
            raise AssertionError(f"the reader ended with {code}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class World:
    """The chain with an app that has an instance, and three endpoints."""

    def __init__(self, program):
        self.program = program
        self.chain = Chain(block_time=BLOCK)
        self.trust = self.chain.deploy(delay=60)["trust"]
        self.wallets = 0
        self.kms_version = self.chain.version()["version_id"]

    def new_app(self):
        self.app = self.chain.app()["app_id"]
        self.version = self.chain.version(app_id=self.app)
        self.wallet = self.new_wallet()
        self.instance = self.register(self.wallet)

    def trust_app(self):
        return int(self.trust["kms_app_id"], 16)

    def new_wallet(self):
        self.wallets += 1
        return "0x" + f"{0xabc000 + self.wallets:040x}"

    def register(self, wallet, key=SPKI, app=None, version=None, **more):
        return self.chain.instance(app_id=app or self.app,
                                   version_id=version or self.version["version_id"],
                                   wallet=wallet, tee_pubkey=key, url="https://app.example", **more
                                   )["instance_id"]

    def endpoints(self, *faults):
        return [self.chain.proxy(name=f"p{i}", faults=faults[i] if i < len(faults) else {})["url"]
                for i in range(3)]

    def watch(self, *faults, entries=64, batch=100, **changes):
        trust = {**self.trust, "rpc_endpoints": self.endpoints(*faults), **changes}
        return Watch(self.program, trust, entries, batch)

    def fault(self, index, **faults):
        self.chain.proxy(name=f"p{index}", faults=faults)

    def deepen(self):
        self.chain.mine(blocks=7)


def equal(seen, expected):
    if seen != expected:
        raise AssertionError(f"{seen!r} instead of {expected!r}")


HEAD_MS = 4000  # between two looks at the chain: a lookup does not wait for the next one

# --- the tests -----------------------------------------------------------------------------------


def a_grant_has_the_records_of_the_chain(world):
    world.deepen()
    with world.watch() as watch:
        grant = watch.lookup(world.wallet)
        equal(grant["code"], "OK")
        equal(int(grant["app_id"], 16), world.app)
        equal(grant["version_id"], world.version["version_id"])
        equal(grant["instance_id"], world.instance)
        equal(grant["tee_point"], "0x" + POINT)
        equal(grant["measurement"], world.version["measurement"])
        block = world.chain.rpc(method="eth_getBlockByNumber",
                                params=[hex(grant["block"]), False])["result"]
        equal(grant["block_hash"], block["hash"])
        equal(watch.code("0x" + "99" * 20), "INSTANCE_NOT_FOUND")
        if grant["took_ms"] >= HEAD_MS:
            raise AssertionError(f"the first lookup took {grant['took_ms']} ms")
        another = world.new_wallet()
        world.register(another)
        world.deepen()
        time.sleep(5)
        print(f"  first lookup {grant['took_ms']} ms, another wallet "
              f"{watch.lookup(another)['took_ms']} ms")


def every_way_to_lose_a_grant(world):
    """Each on an app of its own, so that it alone refuses."""
    cases = []

    def case(code, change):
        world.new_app()
        cases.append((code, world.wallet, change, world.app, world.version, world.instance))

    chain = world.chain
    case("APP_NOT_ACTIVE", lambda app, _v, _i: chain.app_status(app_id=app, status="inactive"))
    case("APP_NOT_ACTIVE", lambda app, _v, _i: chain.app_status(app_id=app, status="revoked"))
    case("VERSION_NOT_ENROLLED",
         lambda app, v, _i: chain.deprecate(app_id=app, version_id=v["version_id"]))
    case("VERSION_NOT_ENROLLED",
         lambda app, v, _i: chain.revoke(app_id=app, version_id=v["version_id"]))
    case("INSTANCE_NOT_ACTIVE", lambda _a, _v, i: chain.end_instance(instance_id=i,
                                                                    status="stopped"))
    case("INSTANCE_NOT_ACTIVE", lambda _a, _v, i: chain.end_instance(instance_id=i,
                                                                    status="failed"))
    world.deepen()
    with world.watch() as watch:
        for _, wallet, *_ in cases:
            equal(watch.code(wallet), "OK")
        since = time.monotonic()
        for _, _, change, *of in cases:
            change(*of)
        worst = 0
        for code, wallet, *_ in cases:
            watch.until(code, wallet, 20)
            worst = max(worst, time.monotonic() - since)
        print(f"  revoked: denied within {worst:.1f} s")
        kms = world.new_wallet()
        world.register(kms, app=world.trust_app(), version=world.kms_version)
        world.deepen()
        watch.until("APP_RESERVED", kms, 20)
        equal(watch.code(kms, role="peer"), "OK")


def a_grant_is_late(world):
    world.deepen()
    wallet = world.new_wallet()
    with world.watch() as watch:
        equal(watch.code(wallet), "INSTANCE_NOT_FOUND")
        world.register(wallet)
        number = world.chain.head()["number"]
        watch.until("OK", wallet, 30)
        if world.chain.head()["number"] < number + 6:
            raise AssertionError("granted too early")


def one_endpoint_may_do_what_it_wants(world):
    other = "0x" + "12" * 32
    rows = [
        ("down", {"down": True}, "does not answer"),
        ("hang", {"hang": True}, "is too slow"),
        ("reset", {"reset": True}, "does not answer"),
        ("http 500", {"status": 500}, "does not answer"),
        ("no JSON", {"body": "hello"}, "does not answer"),
        ("one object", {"body": "{}"}, "does not answer"),
        ("redirect", {"redirect": "http://127.0.0.1:1/"}, "does not answer"),
        ("cut", {"truncate": 100}, "does not answer"),
        ("wrong id", {"id": 7}, "does not answer"),
        ("chain id", {"overrides": [{"method": "eth_chainId", "result": "0x1"}]},
         "is on another chain"),
        ("no code", {"overrides": [{"method": "eth_getCode", "result": "0x"}]},
         "has other code"),
        ("code", {"overrides": [{"method": "eth_getCode", "result": "0x6001"}]},
         "has other code"),
        ("behind", {"behind": 30}, "is behind"),
        ("record", {"overrides": [{"method": "eth_call", "flip": 31}]}, "contradicts"),
        ("empty", {"overrides": [{"method": "eth_call", "result": "0x"}]}, "contradicts"),
        ("word", {"overrides": [{"method": "eth_call", "result": other}]}, "contradicts"),
        ("error", {"overrides": [{"method": "eth_call",
                                  "error": {"code": -32000, "message": "busy"}}]},
         "does not answer"),
        ("revert", {"overrides": [{"method": "eth_call",
                                   "error": {"code": 3, "message": "execution reverted",
                                             "data": "0x"}}]}, "contradicts"),
    ]
    world.chain.mine(blocks=40)
    for name, faults, report in rows:
        with world.watch({}, faults) as watch:
            equal((name, watch.code(world.wallet)), (name, "OK"))
            equal((name, watch.code("0x" + "99" * 20)), (name, "INSTANCE_NOT_FOUND"))
            watch.until_logged(report)


def odd_but_honest_endpoints_are_fine(world):
    world.deepen()
    for faults in ({"shuffle": True}, {"pad": 5000}, {"delay_ms": 150}):
        with world.watch(faults, faults, faults) as watch:
            equal(watch.code(world.wallet), "OK")
    for batch in (1, 3):
        with world.watch(batch=batch) as watch:
            equal(watch.code(world.wallet), "OK")
            equal(watch.code("0x" + "99" * 20), "INSTANCE_NOT_FOUND")


def two_that_fail_are_no_quorum(world):
    world.deepen()
    down = {"down": True}
    lies = {"overrides": [{"method": "eth_call", "flip": 31}]}
    for first, second in ((down, down), (down, lies), ({"hang": True}, down)):
        with world.watch(first, second) as watch:
            watch.until("REGISTRY_LOST", world.wallet, 15)
            world.endpoints()
            watch.until("OK", world.wallet, 75)


def an_other_genesis_is_no_chain(world):
    with world.watch(genesis="0x" + "11" * 32) as watch:
        watch.until("REGISTRY_LOST", world.wallet, 15)
        watch.until_logged("has another first block")
    with world.watch(registry_code="0x" + "11" * 32) as watch:
        watch.until_logged("has other code")
    with world.watch(chain_id=1) as watch:
        watch.until_logged("is on another chain")


def bad_endpoints_stop_the_start(world):
    for url in ("ftp://127.0.0.1/", "http://user@127.0.0.1/", "127.0.0.1:8545"):
        with Watch(world.program, {**world.trust, "rpc_endpoints": [url, url + "x"]}) as watch:
            equal(watch.started["error"], "CONFIG_INVALID")
            equal(watch.started["where"][:14], "rpc_endpoints[")


def reorganisations(world):
    world.deepen()
    chain = world.chain
    with world.watch() as watch:
        equal(watch.code(world.wallet), "OK")
        wallet = world.new_wallet()
        before = chain.head()["number"]
        world.register(wallet)
        chain.mine(blocks=6)
        watch.until("OK", wallet, 20)
        chain.reorg(depth=chain.head()["number"] - before)
        seconds = watch.until("INSTANCE_NOT_FOUND", wallet, 20)
        watch.until_logged("a block of grants left the chain")
        print(f"  deep reorganisation: denied within {seconds:.1f} s")
        watch.until("OK", world.wallet, 20)
        chain.reorg(depth=2)
        time.sleep(5)
        equal(watch.code(world.wallet), "OK")


def lost_and_found(world, long):
    world.deepen()
    with world.watch() as watch:
        equal(watch.code(world.wallet), "OK")
        world.chain.stop()
        since = time.monotonic()
        time.sleep(15)
        equal(watch.code(world.wallet), "OK")
        equal(watch.code(world.new_wallet()), "REGISTRY_LOST")
        for use, limit in (("hand_off", 60), ("sign", 120), ("serve", 300)):
            if not long:
                break
            watch.until("REGISTRY_LOST", world.wallet, limit, use=use)
            print(f"  endpoints gone: {use} denied after {time.monotonic() - since:.0f} s")
        world.chain.restart()
        seconds = watch.until("OK", world.wallet, 45, use="hand_off")
        if long:
            print(f"  endpoints back: served after {seconds:.1f} s")
        world.chain.freeze()
        time.sleep(12)
        equal(watch.code(world.new_wallet()), "REGISTRY_LOST")
        world.chain.thaw()
        watch.until("OK", world.wallet, 45, use="hand_off")


def the_root_and_the_peers(world):
    chain = world.chain
    with world.watch() as watch:
        kms = world.new_wallet()
        world.register(kms, app=world.trust_app(), version=world.kms_version)
        root = "0x" + "42" * 32
        chain.fund(wallet=kms)
        chain.set_root_hash(wallet=kms, hash=root)
        world.deepen()
        since = time.monotonic()
        while watch.ask("root").get("hash") != root:
            if time.monotonic() > since + 40:
                raise AssertionError(watch.ask("root"))
            time.sleep(0.2)
        equal(watch.ask("root")["is_published"], True)
        since = time.monotonic()
        while kms not in [peer["wallet"] for peer in watch.ask("peers")["peers"]]:
            if time.monotonic() > since + 60:
                raise AssertionError(watch.ask("peers"))
            time.sleep(0.2)
        peer = [one for one in watch.ask("peers")["peers"] if one["wallet"] == kms][0]
        equal(peer["url"], "https://app.example")
        metrics = watch.ask("metrics")
        for name in ("coffer_registry_age_ms ", 'coffer_registry_lookups_total{outcome="granted"}',
                     'coffer_rpc_endpoint_errors_total{endpoint="2"} 0',
                     'coffer_rpc_endpoint_good{endpoint="0"} 1'):
            if name not in metrics:
                raise AssertionError(f"{name} is not in\n{metrics}")


def the_anchor_is_that_of_the_newest_block(world):
    chain = world.chain
    node = world.new_wallet()
    world.register(node, app=world.trust_app(), version=world.kms_version)
    chain.fund(wallet=node)

    def answer(**how):
        return {"overrides": [{"method": "eth_call", "data": "0x49c809d5", **how}]}

    def until(watch, code, height, header):
        since = time.monotonic()
        wanted = {"code": code, "height": height, "header": "0x" + header * 32}
        while not wanted.items() <= (said := watch.ask("anchor")).items():
            if time.monotonic() > since + 40:
                raise AssertionError(f"{said} instead of {wanted}")
            time.sleep(0.1)
        return said["block"]

    none = answer(result="0x" + "00" * 64)
    with world.watch({}, none) as watch:
        until(watch, "OK", 0, "00")
        sent = chain.anchor(wallet=node, height=2 ** 20, header="0x" + "42" * 32)["block"]
        block = until(watch, "OK", 2 ** 20, "42")
        if not sent <= block <= chain.head()["number"]:
            raise AssertionError(f"sent in block {sent}, read in block {block}")
        watch.until_logged("contradicts")
    reverted = {"code": 3, "message": "execution reverted", "data": "0x"}
    too_high = "0x" + "00" * 23 + "01" + "00" * 8 + "42" * 32
    for fault in (answer(error=reverted), answer(result=too_high)):
        with world.watch(fault, fault, {}) as watch:
            until(watch, "REGISTRY_MISMATCH", 0, "00")
            equal(watch.code(world.wallet), "OK")


TESTS = [
    a_grant_has_the_records_of_the_chain,
    every_way_to_lose_a_grant,
    a_grant_is_late,
    one_endpoint_may_do_what_it_wants,
    odd_but_honest_endpoints_are_fine,
    two_that_fail_are_no_quorum,
    an_other_genesis_is_no_chain,
    bad_endpoints_stop_the_start,
    reorganisations,
    the_root_and_the_peers,
    the_anchor_is_that_of_the_newest_block,
    lost_and_found,
]
AT_ONCE = 3


def run(program, tests, long):
    """Run tests on one chain. Returns: how many failed."""
    failed = 0
    world = World(program)
    for test in tests:
        since = time.monotonic()
        try:
            world.endpoints()
            world.new_app()
            if test is lost_and_found:
                test(world, long)
            else:
                test(world)
            print(f"{test.__name__}: ok ({time.monotonic() - since:.0f} s)", flush=True)
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            print(f"{test.__name__}: FAILED: {error}", flush=True)
    world.chain.close()
    print(f"{len(tests) - failed} passed, {failed} failed")
    return failed


def run_at_once(program, options):
    """Run all tests, on several chains. Returns: how many failed."""
    children = []
    for part in range(AT_ONCE):
        names = [test.__name__ for test in TESTS[part::AT_ONCE]]
        children.append(subprocess.Popen([sys.executable, __file__, program, *options, *names],
                                         stdout=subprocess.PIPE, text=True))
    passed = failed = 0
    for part, child in enumerate(children):
        *lines, last = child.communicate()[0].splitlines() or [""]
        print("\n".join(lines))
        words = last.split()
        count = len(TESTS[part::AT_ONCE])
        good = int(words[0]) if len(words) == 4 and words[1] == "passed," else 0
        passed += good
        failed += count - good
    print(f"{passed} passed, {failed} failed")
    return failed


def main():
    program, *rest = sys.argv[1:]
    options = [name for name in rest if name.startswith("--")]
    names = [name for name in rest if not name.startswith("--")]
    if not names:
        return run_at_once(program, options) != 0
    tests = [test for test in TESTS if test.__name__ in names]
    return run(program, tests, "--long" in options) != 0


sys.exit(main())

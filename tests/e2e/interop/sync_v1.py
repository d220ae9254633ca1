#!/usr/bin/env python3
"""Nodes of ours and of version 1 as one cluster: histories by chance, and what they end with.

Written from: the rule that all nodes end with the same, and from no format; the nodes of version 1 are
nova_node.py, which was written from the reference's description. Ours are programs that run the machine
(v1_node.c) with the time, losses and messages of this file. Clocks are apart by up to 3 s, pushes are lost, nodes evict, restart empty, write the same keys at once. In the end all is
healed, and all have to hold the same. Without repairs some may not: that is looked for too.
usage: sync_v1.py PATH-OF-v1_node [FIRST-SEED COUNT]; ends with N passed, N failed.
"""
import json
import os
import random
import subprocess
import sys

import nova_node
from nova_node import NovaNode, canonical, code_of

START = 1700000000000
APPS = (7, 42)
KEYS = ("a", "wallet/é\n", "c")
VECTORS = os.path.join(os.path.dirname(__file__), "..", "..", "vectors")


class OurNode:
    """A node of ours: one program, used again by history after history."""

    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.skew = 0
        self.wallet = None

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer.endswith("\n"), f"it ended at {line[:200]}"
        return answer[:-1]

    def start(self, wallet, seed, skew, is_first=False, repairs=True):
        self.wallet = wallet
        self.skew = skew
        assert self.ask(f"reset {seed} {wallet} {int(is_first)} {int(repairs)}") == "ok"

    def at(self, now):
        self.ask(f"now {now - START + 1000} {now + self.skew}")

    def write(self, app, key, value, now, ttl=0):
        self.at(now)
        if value is None:
            return self.ask(f"delete {app} {key.encode().hex()}")
        return self.ask(f"put {app} {key.encode().hex()} {value.hex() or '-'} {ttl}")

    def get(self, app, key, now):
        self.at(now)
        answer = self.ask(f"get {app} {key.encode().hex()}")
        return None if answer == "-" else bytes.fromhex(answer[1:])

    def peek(self, app, key):
        answer = self.ask(f"peek {app} {key.encode().hex()}")
        return None if answer == "-" else json.loads(answer)

    def stats(self):
        return json.loads(self.ask("stats"))

    def serve(self, sender, message, now):
        self.at(now)
        answer = self.ask(f"serve {sender} {json.dumps(message)}")
        return json.loads(answer[3:]) if answer.startswith("ok ") else answer

    def pump(self, world, now, loss):
        """Send all that there is to send now."""
        self.at(now)
        self.ask("tick")
        while True:
            action = self.ask("next").split(" ", 3)
            if action[0] == "none":
                return
            assert action[0] == "send" and len(action[3]) <= 1048000
            message = json.loads(action[3])
            assert message["sender_wallet"] == self.wallet
            answer = None
            if world.random.random() >= loss:
                peer = world.node(action[2])
                answer = peer.serve(self.wallet, message, now) if isinstance(peer, OurNode) else (
                    peer.serve(message, now) if peer else None)
                if world.random.random() < loss:
                    answer = None
            text = json.dumps(answer) if isinstance(answer, dict) else "-"
            self.ask(f"answer {action[1]} {text}")


class World:
    def __init__(self, programs, seed, skew, repairs=True, evicts=True):
        self.random = random.Random(seed)
        self.now = START
        self.skew = skew
        self.programs = programs
        self.evicts = evicts
        self.written = {}
        self.keys = KEYS[:self.random.choice((1, 1, 2, 3))]
        self.count = 0
        self.ours = []
        self.theirs = []
        for i in range(self.random.choice((1, 1, 2))):
            node = programs[i]
            node.start(self.new_wallet(), seed, self.a_skew(), i == 0, repairs)
            self.ours.append(node)
        for _ in range(self.random.choice((1, 2, 2, 3))):
            self.theirs.append(self.new_upstream())
        self.list_all()

    def new_wallet(self):
        self.count += 1
        return "0x" + f"{self.random.getrandbits(152):038x}{self.count:02x}"

    def a_skew(self):
        return self.random.randint(-self.skew, self.skew)

    def new_upstream(self):
        kind = self.random.choice(("late", "rs"))
        return NovaNode(self.new_wallet(), kind, self.random, self.a_skew())

    def nodes(self):
        return self.ours + self.theirs

    def node(self, wallet):
        return next((n for n in self.nodes() if n.wallet == wallet), None)

    def list_all(self):
        for node in self.ours:
            node.ask("peers " + " ".join(n.wallet for n in self.nodes()))

    # --- what happens ---

    def write(self):
        node = self.random.choice(self.nodes())
        app, key = self.random.choice(APPS), self.random.choice(self.keys)
        self.count += 1
        value = None if self.random.random() < 0.15 else b"%d" % self.count
        ttl = self.random.choice((0, 0, 0, 0, 0, 5000, 10**9))
        node.write(app, key, value, self.now, ttl)
        self.written.setdefault((app, key), set()).add(value)

    def push_upstream(self, loss):
        node = self.random.choice(self.theirs)
        self.push_of(node, loss)

    def push_of(self, node, loss):
        message = node.delta(self.now)
        for peer in self.nodes() if message else ():
            if peer is node or self.random.random() < loss:
                continue
            if isinstance(peer, OurNode):
                answer = peer.serve(node.wallet, message, self.now)
                assert isinstance(answer, dict) and answer["status"] == "ok", answer
            else:
                peer.serve(message, self.now)

    def restart_upstream(self):
        """A new instance under a new wallet, which asks one peer for what there is."""
        node = self.new_upstream()
        self.theirs[self.random.randrange(len(self.theirs))] = node
        self.list_all()
        self.bootstrap(node, self.random.choice([n for n in self.nodes() if n is not node]))

    def bootstrap(self, node, peer):
        if isinstance(peer, OurNode):
            answer = peer.serve(node.wallet, node.snapshot_request(), self.now)
        else:
            answer = peer.serve(node.snapshot_request(), self.now)
        if isinstance(answer, dict):
            node.take(answer["data"], self.now)

    def gossip(self):
        """What nodes of ours do among themselves: all records, both ways."""
        if len(self.ours) == 2:
            one, other = self.ours
            one.at(self.now)
            other.at(self.now)
            other.ask("merge " + one.ask("dump")[1:])
            one.ask("merge " + other.ask("dump")[1:])

    def evict(self):
        if self.evicts:
            self.random.choice(self.theirs).evict(self.random.choice(APPS), self.random.choice(KEYS))

    def step(self, loss):
        self.now += self.random.choice((0, 1, 1, 20, 400, 1500))
        event = self.random.random()
        if event < 0.40:
            self.write()
        elif event < 0.60:
            self.push_upstream(loss)
        elif event < 0.85:
            self.random.choice(self.ours).pump(self, self.now, loss)
        elif event < 0.93:
            self.gossip()
        elif event < 0.96:
            self.evict()
        elif event < 0.97:
            self.restart_upstream()

    def heal(self):
        for _ in range(8):
            self.now += 20000
            for node in self.theirs:
                self.push_of(node, 0)
            for node in self.ours:
                node.pump(self, self.now, 0)
            self.gossip()

    # --- how it ends ---

    def evicted(self, node, app, key):
        """Whether a node of version 1 has nothing because it has evicted that."""
        if isinstance(node, OurNode):
            return False
        record = node.space(app).get(key)
        return self.evicts and (record is None or record["tombstone"])

    def differences(self):
        found = []
        for (app, key), values in self.written.items():
            all_of_it = {}
            for node in self.nodes():
                value = node.get(app, key, self.now)
                if value is not None and value not in values:
                    found.append(f"{app}/{key!r}: {value} was never written")
                if value is not None or not self.evicted(node, app, key):
                    all_of_it[node.wallet] = value
            if len(set(all_of_it.values())) > 1:
                found.append(f"{app}/{key!r}: {all_of_it}")
        return found

    def repairs(self):
        return sum(node.stats()["repairs"] for node in self.ours)


def live(programs, seed, skew, repairs=True, evicts=True):
    world = World(programs, seed, skew, repairs, evicts)
    loss = world.random.choice((0, 0.1, 0.5))
    for _ in range(world.random.choice((20, 60, 120))):
        world.step(loss)
    world.heal()
    return world


def check_histories(programs, first, count):
    """Clocks up to 3 s apart: all have to agree."""
    repairs = 0
    for seed in range(first, first + count):
        world = live(programs, seed, 3000)
        repairs += world.repairs()
        for difference in world.differences():
            yield f"history {seed}: {difference}"
    print(f"{repairs} repairs in {count} histories")
    if repairs == 0:
        yield "nothing was ever repaired"


def check_without(programs, first, count):
    """The same without repairs: some have to differ, or the test above cannot fail."""
    seeds = range(first, first + count)
    different = sum(bool(live(programs, s, 3000, repairs=False).differences()) for s in seeds)
    print(f"{different} of {count} histories differ without repairs")
    if different == 0:
        yield "none differs without repairs"


def check_honest(programs, first, count):
    """Where clocks are right nothing is repaired: the order of clocks is that of times."""
    for seed in range(first, first + count):
        world = World(programs, seed, 0, evicts=False)
        for _ in range(60):
            world.now += 1 + world.random.randrange(2000)
            event = world.random.random()
            if event < 0.5:
                world.write()
            elif event < 0.7:
                world.push_upstream(0.2)
            else:
                world.random.choice(world.ours).pump(world, world.now, 0.2)
        world.heal()
        if world.repairs():
            yield f"honest history {seed}: {world.repairs()} repairs"
        for difference in world.differences():
            yield f"honest history {seed}: {difference}"


def check_codes(programs):
    """The code of a body and its canonical form; in either direction."""
    node = programs[0]
    node.start("0x" + "11" * 20, 1, 0)
    chance = random.Random(5)
    for i in range(60):
        body = {"sender_tee_pubkey": chance.randbytes(120).hex(), "nonce": chance.randbytes(12).hex(),
                chance.choice(("ciphertext", "encrypted_data")): chance.randbytes(i * 3).hex()}
        if i % 3 == 0:
            body["é\u007f"] = [1, 1.5, 1e22, None, True, "\U0001f511/\n"]
        spelled = json.dumps(body, ensure_ascii=i % 2 == 0)
        answer = node.ask(f"code - {spelled}").split(" ", 1)
        if answer != [code_of(body), canonical(body)]:
            yield f"code of {spelled}: {answer}"
        good = code_of(body)
        bad = good[:i] + ("0" if good[i] != "0" else "1") + good[i + 1:]
        if node.ask(f"code {good.upper()} {spelled}") != "ok":
            yield f"refused: {spelled}"
        if node.ask(f"code {bad} {spelled}") != "SYNC_CODE":
            yield f"taken with another code: {spelled}"


def check_takeover(programs):
    """A node that joins a cluster of version 1 serves nothing before it has everything."""
    chance = random.Random(9)
    ours = programs[0]
    theirs = NovaNode("0x" + "ab" * 20, "late", chance)
    for i in range(400):
        theirs.write(7, f"k{i}", b"v%d" % i, START + i)
    theirs.write(42, "wallet/x", b"w", START)
    theirs.write(42, "gone", b"w", START)
    theirs.write(42, "gone", None, START + 1)
    ours.start("0x" + "cd" * 20, 3, 0)
    ours.ask(f"peers {ours.wallet} {theirs.wallet}")
    ours.at(START + 5000)
    asked = ours.serve(theirs.wallet, {"type": "snapshot_request"}, START + 5000)
    if ours.ask("check") != "NOT_CURRENT" or asked != "NOT_CURRENT":
        yield "serves before it has anything"
    action = ours.ask("next").split(" ", 3)
    answer = theirs.serve(json.loads(action[3]), START + 5000)
    cut = json.dumps(answer)
    ours.ask(f"answer {action[1]} {cut[:-300]}")
    if ours.ask("check") != "NOT_CURRENT" or ours.get(7, "k0", START + 5000) is not None:
        yield "half a snapshot is taken"
    ours.at(START + 9000)
    action = ours.ask("next").split(" ", 3)
    answer["data"]["7"][200:200] = [{"key": 5}, [], {"key": "bad", "value": "00" * 40}]
    answer["data"]["0x"] = []
    ours.ask(f"answer {action[1]} {json.dumps(answer)}")
    ours.ask("next")
    if ours.ask("check") != "ok":
        yield "is not whole after a whole snapshot"
    lost = [i for i in range(400) if ours.get(7, f"k{i}", START + 9000) != b"v%d" % i]
    if lost or ours.get(42, "wallet/x", START + 9000) != b"w" or ours.get(42, "gone", START + 9000):
        yield f"of a snapshot with bad records {len(lost)} others are lost"
    if ours.stats()["refused"] != 4:
        yield f"counts {ours.stats()} for four bad ones"


def check_pages(programs):
    """A snapshot of ours that no message holds: wallets at once, all the rest in pushes."""
    ours = programs[0]
    theirs = NovaNode("0x" + "ab" * 20, "rs", random.Random(2))
    ours.start("0x" + "cd" * 20, 3, 0, is_first=True)
    small, middle = [f"s{i}" for i in range(1100)], [f"k{i}" for i in range(40)]
    for key in small:
        ours.write(7, key, b"", START)
    for key in middle:
        ours.write(7, key, bytes(40000), START)
    ours.write(7, "wallet/last", b"w", START)
    ours.write(7, "large", bytes(523000), START)
    ours.write(7, "too large", bytes(526000), START)
    ours.ask(f"peers {ours.wallet} {theirs.wallet}")
    world = World.__new__(World)
    world.random, world.ours, world.theirs = random.Random(1), [ours], [theirs]
    answer = ours.serve(theirs.wallet, theirs.snapshot_request(), START)
    if len(json.dumps(answer)) > 1100000:
        yield f"an answer of {len(json.dumps(answer))}"
    nova_node.data_key(7).open = lambda blob: blob  # the judge takes a second for each large one
    theirs.take(answer["data"], START)
    if "wallet/last" not in theirs.space(7) or len(theirs.space(7)) > 1100:
        yield f"the first page has {len(theirs.space(7))}"
    ours.pump(world, START, 0)
    del nova_node.data_key(7).open
    missing = [k for k in small + middle + ["large"] if k not in theirs.space(7)]
    if missing or "too large" in theirs.space(7) or ours.stats()["too_large"] == 0:
        yield f"missing {missing}, {ours.stats()}"


def main():
    programs = [OurNode(sys.argv[1]), OurNode(sys.argv[1])]
    first, count = (int(sys.argv[2]), int(sys.argv[3])) if len(sys.argv) > 3 else (1, 60)
    passed = failed = 0
    for check, arguments in (
        (check_codes, ()),
        (check_takeover, ()),
        (check_pages, ()),
        (check_honest, (first, count // 5)),
        (check_without, (first, max(count, 60))),
        (check_histories, (first, count)),
    ):
        faults = list(check(programs, *arguments))
        for fault in faults[:20]:
            print(f"{check.__name__}: {fault}")
        passed += not faults
        failed += len(faults)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

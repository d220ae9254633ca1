#!/usr/bin/env python3
"""Real nodes of ours in a cluster of the Nova KMS: one joins theirs, gets the root, and both hold the
same; a second of ours and a new one of theirs come; theirs leave one by one, and nothing changes.

Written from: what a cluster that is taken over has to keep, and from no format.
Theirs are nova_node.py behind the wire of nova_peer.mjs, both written from the reference alone. A file
of rows stands for the registry, so that there is no chain. Ends with N passed, N failed.
usage: tests/e2e/interop/upstream.py [FOLDER-OF-PROGRAMS]
"""
import base64
import hashlib
import json
import os
import queue
import random
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, *(os.path.join(HERE, "..", name) for name in ("apps", "cluster", "node"))]
import nova_node  # noqa: E402
from cluster_world import Apps, measurement  # noqa: E402
from nova_node import NovaNode  # noqa: E402
from place import Folder, Node, check, end  # noqa: E402
from trail import keccak  # noqa: E402

APP, OTHER_APP, KMS = 7, 8, 43
PATIENCE = 60


def now_ms():
    return int(time.time() * 1000)


def until(holds, seconds=PATIENCE):
    stop = time.monotonic() + seconds
    while time.monotonic() < stop:
        if holds():
            return True
        time.sleep(0.1)
    return bool(holds())


class Wire:
    """The process with their wire. Requests to their nodes are answered by `serve`, on a thread."""

    def __init__(self, serve):
        self.child = subprocess.Popen(["node", os.path.join(HERE, "nova_peer.mjs")], text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.serve, self.answers, self.count = serve, {}, 0
        self.lock = threading.Lock()
        threading.Thread(target=self.read, daemon=True).start()

    def say(self, members):
        with self.lock:
            self.child.stdin.write(json.dumps(members) + "\n")
            self.child.stdin.flush()

    def read(self):
        for line in self.child.stdout:
            said = json.loads(line)
            if "seq" in said:
                inner = self.serve(said["serve"], said["from"], said["inner"])
                self.say({"do": "served", "seq": said["seq"], "inner": inner})
            else:
                self.answers[said["id"]].put(said)

    def ask(self, do, **members):
        self.count += 1
        answer = self.answers[self.count] = queue.Queue()
        self.say({"id": self.count, "do": do, **members})
        return answer.get(timeout=PATIENCE)

    def close(self):
        self.child.stdin.close()
        self.child.wait(20)


class World(Folder):
    """Their nodes and ours by their names, and who is registered."""

    def __init__(self, folder):
        super().__init__(folder)
        self.theirs, self.facts, self.ours = {}, {}, {}
        self.lock = threading.Lock()  # of what theirs hold
        self.wire = Wire(self.serve)
        self.apps = Apps()
        self.keys = {app: self.apps.ask(cmd="keys") for app in (APP, OTHER_APP)}
        self.asked = []  # (name, type) of what theirs were asked

    def list_all(self):
        """Who is registered now. A file is replaced, and never written into."""
        peers = [{"app_id": KMS, "wallet": one["wallet"], "tee_pubkey": "0x" + one["point"],
                  "url": one["url"], "measurement": measurement()} for one in self.facts.values()]
        apps = [{"app_id": app, "wallet": keys["wallet"], "tee_pubkey": "0x" + keys["point"]}
                for app, keys in self.keys.items()]
        self.write("next.json", {"instances": peers + apps, "root_hash_file": "root-hash"})
        os.rename(os.path.join(self.folder, "next.json"), os.path.join(self.folder, "rows.json"))
        self.wire.ask("peers", list=list(self.facts.values()))

    def serve(self, name, wallet, inner):
        self.asked.append((name, inner.get("type")))
        if inner.get("type") == "master_secret_request":
            return {"master": nova_node.MASTER.hex()}
        with self.lock:
            return self.theirs[name].serve(inner, now_ms())

    def add_theirs(self, name, kind, skew=0):
        facts = self.wire.ask("open", name=name, kind=kind, sync_key=nova_node.SYNC_KEY.hex())
        self.facts[name] = {key: facts[key] for key in ("url", "wallet", "point")}
        self.theirs[name] = NovaNode(facts["wallet"], kind, random.Random(name), skew)
        return self.theirs[name]

    def add_ours(self, name):
        node = Node(self, name, {"write_holders": 2, "kms_app_id": f"0x{KMS:064x}"},
                    words=("--registry-file", "rows.json"))
        self.ours[name] = node
        self.facts[name] = {"url": node.url, "wallet": node.facts["wallet"],
                            "point": node.facts["tee_pubkey"][-194:]}
        self.list_all()
        return node

    def leave(self, name):
        self.wire.ask("close", name=name)
        del self.theirs[name], self.facts[name]
        self.list_all()

    def send(self, name, to, inner, spoil=None):
        return self.wire.ask("send", name=name, to=self.facts[to]["wallet"], inner=inner,
                             spoil=spoil or {})

    def push(self, name):
        """What a node of theirs does from time to time, once."""
        with self.lock:
            message = self.theirs[name].delta(now_ms())
        said = {}
        for peer in list(self.facts) if message else ():
            if peer != name:
                said[peer] = self.send(name, peer, message)
        return said

    def write_theirs(self, name, app, key, value, ttl=0):
        with self.lock:
            self.theirs[name].write(app, key, value, now_ms(), ttl)

    def get_theirs(self, name, app, key):
        with self.lock:
            return self.theirs[name].get(app, key, now_ms())

    # --- an app at a node of ours ---

    def call(self, name, method, path, inner=None, app=APP):
        node, keys = self.ours[name], self.keys[app]
        client = {"v": 1, "url": node.url, "node": node.facts["wallet"],
                  "point": node.facts["tee_pubkey"][-194:], "key": keys["key"], "tee": keys["tee"]}
        return self.apps.ask(cmd="call", client=client, method=method, path=path, inner=inner)

    def put(self, name, key, value, app=APP):
        text = base64.b64encode(value).decode()
        return self.call(name, "PUT", "/kms/data", {"key": key, "value": text}, app)

    def get(self, name, key, app=APP):
        said = self.call(name, "GET", f"/kms/data/{key}", app=app)
        text = said.get("answer", {}).get("value")
        return said.get("status") if text is None else base64.b64decode(text)

    def derive(self, name):
        said = self.call(name, "POST", "/kms/derive", {"path": "p", "context": "c", "length": 32})
        return said.get("answer", said).get("key", said)

    def trail(self, name):
        path = os.path.join(self.folder, name, "audit.log")
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.startswith("{")]

    def close(self):
        for node in self.ours.values():
            node.stop()
        self.apps.close()
        self.wire.close()


# --- what is shown --------------------------------------------------------------------------------


def joins(world):
    """A cluster of two of theirs, of both kinds, clocks apart; then one of ours."""
    world.add_theirs("late", "late", skew=1500)
    world.add_theirs("rs", "rs", skew=-1500)
    with open(os.path.join(world.folder, "root-hash"), "w", encoding="ascii") as file:
        file.write("0x" + keccak(nova_node.MASTER).hex() + "\n")
    for i in range(40):
        world.write_theirs("late", APP, f"k{i}", b"v%d" % i)
    world.write_theirs("rs", APP, "wallet/eth/app/main/x", b"w")
    world.write_theirs("rs", OTHER_APP, "other", b"o")
    world.write_theirs("rs", APP, "gone", b"g")
    world.write_theirs("rs", APP, "gone", None)
    world.list_all()
    world.add_ours("a")
    check("it gets the root and all values",
          until(lambda: world.get("a", "k39") == b"v39" and world.get("a", "k0") == b"v0"),
          world.ours["a"].get("/status")["cluster"])
    check("before that nothing was served", ("late", "snapshot_request") in world.asked and
          ("rs", "snapshot_request") in world.asked, world.asked[:9])
    check("by a question for the root", any(kind == "master_secret_request"
                                            for _, kind in world.asked))
    check("of all apps", world.get("a", "other", OTHER_APP) == b"o")
    check("with the platform's wallets", world.get("a", "wallet/eth/app/main/x") == b"w")
    check("and not what was deleted", world.get("a", "gone") == 404, world.get("a", "gone"))
    keys = nova_node.hkdf(f"nova-kms:app:{APP}", "p:c")
    check("its keys are theirs", world.derive("a") == base64.b64encode(keys).decode(),
          world.derive("a"))


def both_ways(world):
    check("a write of ours", "answer" in world.put("a", "mine", b"1"))
    for name in ("late", "rs"):
        check(f"gets to {name} at once",
              until(lambda name=name: world.get_theirs(name, APP, "mine") == b"1", 20))
    world.write_theirs("rs", APP, "yours", b"2")
    said = world.push("rs")
    check("a push of theirs is taken", said["a"]["status"] == 200 and
          said["a"]["inner"]["status"] == "ok" and said["a"]["inner"]["merged"] >= 1, said["a"])
    check("and is there at once", world.get("a", "yours") == b"2")
    world.call("a", "DELETE", "/kms/data", {"key": "k1"})
    check("a deletion of ours gets there",
          until(lambda: world.get_theirs("late", APP, "k1") is None, 20))
    world.write_theirs("late", APP, "missed", b"3")
    check("what no push brought is pulled", until(lambda: world.get("a", "missed") == b"3", 40))
    snapshot = world.send("late", "a", world.theirs["late"].snapshot_request())
    records = {r["key"] for r in snapshot["inner"]["data"][str(APP)]}
    check("a snapshot of ours has all", {"k0", "mine", "yours", "wallet/eth/app/main/x"} <= records,
          sorted(records)[:9])


def at_once(world):
    """The same key everywhere at once, clocks 3 s apart."""
    for turn in range(3):
        for name, value in (("late", b"l%d"), ("rs", b"r%d")):
            world.write_theirs(name, APP, "race", value % turn)
        world.put("a", "race", b"a%d" % turn)
        for name in ("late", "rs"):
            world.push(name)

    def same():
        values = {world.get("a", "race"), world.get_theirs("late", APP, "race"),
                  world.get_theirs("rs", APP, "race")}
        return len(values) == 1 and None not in values and 404 not in values
    check("all end with the same", until(same),
          [world.get("a", "race"), world.get_theirs("late", APP, "race"),
           world.get_theirs("rs", APP, "race")])


def broken(world):
    """Requests that are not as they should be. Each is refused, and changes nothing."""
    good = world.theirs["rs"].snapshot_request()
    other = "0x" + "11" * 20
    stranger = "0x" + hashlib.sha256(b"stranger").hexdigest()
    cases = (
        ("a wrong code", good, {"code": "00" * 32}, 403, "Invalid HMAC signature"),
        ("no code", good, {"headers": {"X-Sync-Signature": None}}, 403, "Missing HMAC signature"),
        ("no proof", good, {"headers": {"X-KMS-Signature": None}}, 403, "Incomplete PoP headers"),
        ("an old time", good, {"headers": {"X-KMS-Timestamp": "1700000000"}}, 403, "Stale"),
        ("no nonce of ours", good, {"headers": {"X-KMS-Nonce": "AAECAwQFBgcICQoLDA0ODw=="}}, 403,
         "Invalid or expired nonce"),
        ("another wallet", good, {"headers": {"X-KMS-Wallet": other}}, 403, "does not match"),
        ("a stranger", good, {"key": stranger, "headers": {"X-KMS-Wallet": None}}, 403,
         "Peer authorization failed"),
        ("an unknown type", {"type": "other"}, {}, 400, "Unknown sync type"),
        ("another sender", {**good, "sender_wallet": other}, {}, 403, "sender_wallet does not"),
        ("no object", "[]", {}, 400, ""),
        ("no JSON", "{", {}, 400, ""),
        ("no envelope", good, {"body": "{}"}, 400, "E2E encrypted"),
        ("no JSON outside", good, {"body": "{"}, 400, ""),
        ("plain text", good, {"headers": {"Content-Type": "text/plain"}}, 415, ""),
        ("a root to no point", {"type": "master_secret_request"}, {}, 400, ""),
    )
    before = world.get("a", "mine")
    for what, inner, spoil, status, text in cases:
        said = world.send("rs", "a", inner, spoil)
        told = said["status"] == status and text in str(said.get("body", {}).get("detail"))
        check(f"{what} is refused", told, said)
    good_one = {"key": "fine", "value": None, "tombstone": True, "updated_at_ms": now_ms(),
                "version": {world.theirs["rs"].wallet: 1}, "ttl_ms": 0}
    message = {"type": "delta", "data": {"x": [1], str(APP): [5, {"key": 5}, {}, good_one]}}
    said = world.send("rs", "a", message)
    check("one bad record loses no other", said["status"] == 200 and said["inner"]["merged"] == 1,
          said)
    own = world.theirs["late"].snapshot_request()
    said = world.send("late", "a", own, {"headers": {"X-KMS-Wallet": None}})
    check("its wallet need not be named", said["status"] == 200, said)
    check("and nothing is changed", world.get("a", "mine") == before)


def more_come(world):
    """A second of ours gets the root from the first; one of theirs asks ours for it."""
    world.add_ours("b")
    check("a second of ours has all", until(lambda: world.get("b", "k39") == b"v39" and
                                            world.get("b", "yours") == b"2"),
          world.ours["b"].get("/status")["cluster"])
    check("and the same keys", world.derive("b") == world.derive("a"))
    check("both of ours have met", until(
        lambda: all(node.get("/status")["cluster"]["membership"]["members"] == 1
                    for node in world.ours.values())))
    world.add_theirs("new", "rs")
    world.wire.ask("keys", name="new", sync_key="00" * 32)
    world.list_all()
    given = {}

    def is_given():
        given.update(world.wire.ask("root", name="new", **{"from": world.facts["a"]["wallet"]}))
        return given["status"] == 200
    check("one of theirs gets the root from ours", until(is_given, 30), given)
    check("which is the root", given.get("master") == nova_node.MASTER.hex())
    again = world.wire.ask("root", name="new", **{"from": world.facts["a"]["wallet"]})
    check("but not twice in a minute", again["status"] == 429, again)
    world.wire.ask("keys", name="new", sync_key=nova_node.SYNC_KEY.hex())
    snapshot = world.send("new", "a", world.theirs["new"].snapshot_request())
    with world.lock:
        world.theirs["new"].take(snapshot["inner"]["data"], now_ms())
    check("and all values", world.get_theirs("new", APP, "k39") == b"v39")
    world.put("b", "late", b"4")
    check("a write of the second gets to all", until(
        lambda: all(world.get_theirs(name, APP, "late") == b"4" for name in world.theirs)
        and world.get("a", "late") == b"4", 30))
    lines = world.trail("a")
    roots = [line["outcome"] for line in lines if line.get("op") == "kms.root"]
    check("giving is recorded, before and after", "intent" in roots and "ok" in roots, roots)
    check("so is what was taken", any(line.get("op") == "kms.sync" and line["outcome"] == "intent"
                                      for line in lines))
    check("and what is pulled", any(line.get("op") == "kms.pull" for line in lines))


def takes_over(world):
    keys = world.derive("a")
    values = {f"k{i}": b"v%d" % i for i in range(40) if i != 1}
    values.update({"mine": b"1", "yours": b"2", "missed": b"3", "late": b"4"})
    for name in ("late", "rs", "new"):
        world.leave(name)
        check(f"without {name} writes go on", "answer" in world.put("a", f"after-{name}", b"5"))
    for name in world.ours:
        wrong = {key: world.get(name, key) for key in values if world.get(name, key) != values[key]}
        check(f"{name} has all values", not wrong, wrong)
        check(f"{name} has the same keys", world.derive(name) == keys)
    check("what one writes the other has", until(lambda: world.get("b", "after-new") == b"5"))


def main():
    with tempfile.TemporaryDirectory() as folder:
        world = World(folder)
        try:
            for test in (joins, both_ways, at_once, broken, more_come, takes_over):
                started = time.monotonic()
                test(world)
                print(f"{test.__name__}: {time.monotonic() - started:.1f} s")
        finally:
            world.close()
            if os.environ.get("KEEP"):
                subprocess.run(["cp", "-r", folder, os.environ["KEEP"]], check=False)
    sys.exit(end())


if __name__ == "__main__":
    main()

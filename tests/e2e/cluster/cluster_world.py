"""What the tests of a cluster share: a chain with the contracts, nodes that are registered on it once
they run, and apps that call them. With the standard library alone."""

import hashlib
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", name) for name in ("apps", "chain", "node")]
from enclosed import Enclosed  # noqa: E402
from place import Folder, Lossy, Node  # noqa: E402
from trail import keccak  # noqa: E402

PATIENCE = 60
# Of all nodes the same accounts: their seed comes from the root.
USERS = {"name": "default", "seed": "native", "derivation": "v2", "chains": ["SN_SEPOLIA"],
         "assurance": "asserted"}
SNAPSHOTS = {"snapshot_dir": "snapshots", "snapshot_seconds": 2}


def measurement():
    """Of the simulated image, as the registry has it."""
    texts = [f"coffer: simulated image, register {i} coffer-node" for i in range(3)]
    return "0x" + keccak(b"".join(hashlib.sha384(t.encode()).digest() for t in texts)).hex()


class Apps:
    """The client of tests/e2e/life in a process of its own. One thread at a time."""

    def __init__(self):
        top = os.path.join(HERE, "..", "..", "..")
        subprocess.run(["tools/npm-packages", "tests/e2e/ethers"], cwd=top, check=True)
        self.child = subprocess.Popen(["node", os.path.join(HERE, "..", "life", "apps.mjs")],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **members):
        self.child.stdin.write(json.dumps(members) + "\n")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())

    def call(self, node, keys, method, path, inner=None, repeat=None):
        client = {"v": 2, "url": node.url, "node": node.facts["wallet"],
                  "point": node.facts["tee_pubkey"][-194:], "domain": node.status["domain_id"],
                  "key": keys["key"], "tee": keys["tee"]}
        more = {} if repeat is None else {"repeat": repeat}
        return self.ask(cmd="call", client=client, method=method, path=path, inner=inner, **more)

    def close(self):
        self.child.stdin.close()
        self.child.wait(20)


class World(Folder):
    """Nodes by their names. Only one thread may use the chain."""

    def __init__(self, folder, chain, apps):
        super().__init__(folder)
        self.chain, self.apps = chain, apps
        self.trust = {**chain.deploy(delay=60)["trust"], "rpc_endpoints": [chain.started["url"]],
                      "rpc_quorum": 1, "write_holders": 2, "v1_wire": False, "tenants": [USERS]}
        self.version = chain.version(measurement=measurement())["version_id"]
        self.keys = self.app()
        self.chain.instance(**self.app_of, **self.keygen("session-key"))
        chain.mine(blocks=7)
        self.nodes = {}
        self.way = None

    def slow(self, url):
        """What others send there passes a proxy, which can hold it up."""
        self.way = Lossy(url)
        return self.way.url

    def app(self):
        """Returns: the keys of an instance of a new app, of which more can be registered."""
        keys = self.apps.ask(cmd="keys")
        app = self.chain.app()["app_id"]
        self.app_of = {"app_id": app, "version_id": self.chain.version(app_id=app)["version_id"],
                       "url": "https://app.example"}
        self.chain.instance(**self.app_of, wallet=keys["wallet"], tee_pubkey="0x" + keys["point"])
        return keys

    def start(self, name):
        return Node(self, name, self.trust, config=SNAPSHOTS)

    def start_enclosed(self, name):
        """With the way to the chain, and to the nodes that are there."""
        urls = [self.chain.started["url"], *(node.known for node in self.nodes.values())]
        return Enclosed(self, name, self.trust, [url.split("/")[2] for url in urls])

    def add(self, name, way=lambda url: url, is_enclosed=False):
        """In: way, the URL under which others reach it."""
        node = self.start_enclosed(name) if is_enclosed else self.start(name)
        node.known = way(node.url)
        node.instance = self.chain.instance(version_id=self.version, url=node.known,
                                            **node.facts)["instance_id"]
        self.chain.fund(wallet=node.facts["wallet"], wei=str(10 ** 18))
        self.chain.mine(blocks=7)
        self.nodes[name] = node
        return node

    def unregister(self, node):
        self.chain.end_instance(instance_id=node.instance, status="stopped")

    def anchored(self):
        """The height of the anchored snapshot."""
        said = self.chain.call(contract="kms_registry", method="anchored")["result"]
        return int(said["height"])

    def until_anchored(self, node, seconds=PATIENCE):
        """Until what was written before is in an anchored snapshot: the second one from now on, as
        the first may have begun before. Returns: whether it was in time."""
        end = time.monotonic() + seconds
        for text in ("AQ==", "Ag=="):
            height = self.anchored()
            self.settles(node, "tick", text)
            while self.anchored() == height and time.monotonic() < end:
                time.sleep(0.2)
        return time.monotonic() < end

    def call(self, node, method, path, inner=None, repeat=None):
        return self.apps.call(node, self.keys, method, path, inner, repeat)

    def put(self, node, key, text, **more):
        return self.call(node, "PUT", "/v1/app/values", {"key": key, "value": text, **more})

    def value(self, node, key):
        said = self.call(node, "POST", "/v1/app/values/get", {"key": key})
        return said.get("answer", {}).get("value", said)

    def member(self, node):
        return node.get("/status")["cluster"]["membership"]

    def hash(self, node):
        return node.get("/status")["node"]["master_secret"]["hash"]

    def until(self, node, wanted, seconds=PATIENCE):
        """Blocks go on meanwhile. Returns: whether the member of the status said so in time."""
        for _ in range(seconds * 2):
            seen = self.member(node)
            if all(seen[name] == value for name, value in wanted.items()):
                return True
            time.sleep(0.5)
        return False

    def settles(self, node, key, text, seconds=PATIENCE):
        """A write is done again until it is settled: others may be tried again after a while."""
        for _ in range(seconds):
            if "answer" in self.put(node, key, text):
                return True
        return False

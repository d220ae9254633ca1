"""What tests/e2e/life/run is about: a chain with three endpoints, nodes that read it, and apps."""

import hashlib
import json
import os
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path[:0] = [os.path.join(TOP, "tests/e2e/chain"), os.path.join(TOP, "tests/e2e/node")]
from chain import Chain  # noqa: E402
from node_process import Node  # noqa: E402

SPKI = "3076301006072a8648ce3d020106052b81040022036200"
TENANTS = [{"name": "default", "seed": "imported", "derivation": "v1", "chains": ["SN_SEPOLIA"],
            "assurance": "asserted"}]


class Checks:
    passed = failed = 0

    def __call__(self, what, good, detail=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {what}\n    {str(detail)[:1200]}", flush=True)
        return bool(good)


check = Checks()


def until(what, seconds, question):
    """Ask until the answer is true. Returns: how long that took, in seconds."""
    since = time.monotonic()
    said = None
    while time.monotonic() < since + seconds:
        said = question()
        if said is True:
            check(what, True)
            return time.monotonic() - since
        time.sleep(0.1)
    check(what, False, f"after {seconds} s: {said}")
    return seconds


class Clients:
    """The process of tests/e2e/life/apps.mjs."""

    def __init__(self, **env):
        self.child = subprocess.Popen(["node", os.path.join(TOP, "tests/e2e/life/apps.mjs")], text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      env={**os.environ, **env})

    def ask(self, **command):
        self.child.stdin.write(json.dumps(command) + "\n")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())

    def close(self):
        self.child.stdin.close()
        self.child.wait(20)
        self.child.stdout.close()


class App:
    """An instance of an app: its keys, and calls with them. v: the version it speaks."""

    def __init__(self, world, keys, v=2):
        self.world, self.keys, self.v = world, keys, v

    def call(self, method, path, inner=None, node=None, clients=None, **more):
        node = node or self.world.node
        client = {"v": self.v, "url": node.url, "node": node.wallet, "point": node.point,
                  "domain": self.world.domain, "key": self.keys["key"], "tee": self.keys["tee"]}
        return (clients or self.world.clients).ask(cmd="call", client=client, method=method,
                                                   path=path, inner=inner, **more)

    def derive(self, **more):
        path = "/kms/derive" if self.v == 1 else "/v1/app/keys"
        return self.call("POST", path, {"path": "disk"}, **more)

    def read(self, **more):
        """A value that is not there: what is said depends on who asks alone."""
        return self.call("POST", "/v1/app/values/get", {"key": "none"}, **more)

    def is_refused(self, code, **more):
        said = self.derive(**more)
        return said.get("code") == code or said

    def is_served(self, **more):
        said = self.derive(**more)
        return "answer" in said or said


class LifeNode(Node):
    """A real node that reads the world's chain. root: 32 bytes."""

    def __init__(self, world, name, root, shift=None, **trust):
        folder = os.path.join(world.folder, name)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        self.name, self.root = name, root
        for file, data in (("root", root), ("trust.json", json.dumps({
                **world.trust, "profile": "dev", "v1_wire": True, "tenants": TENANTS,
                "rpc_endpoints": world.endpoints, **trust}).encode())):
            with open(os.path.join(folder, file), "wb",
                      opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
                out.write(data)
        env = {} if shift is None else {"LD_PRELOAD": world.preload, "COFFER_CLOCK_SHIFT": shift}
        os.environ.update(env)  # for the child
        try:
            super().__init__(os.path.join(world.programs, "coffer-node"), folder,
                             "--trust", os.path.join(folder, "trust.json"),
                             "--root-file", os.path.join(folder, "root"), config={"loops": 2})
        finally:
            for variable in env:
                del os.environ[variable]
        self.url = f"http://{self.address}"
        status = self.status()
        self.wallet = status["node"]["tee_wallet"]
        self.point = status["node"]["tee_pubkey"][len(SPKI):]
        world.nodes.append(self)

    def status(self):
        return self.get("/status")[2]

    def secret(self):
        return self.status()["node"]["master_secret"]

    def metric(self, name):
        lines = [line.split()[1] for line in self.get("/metrics")[2].splitlines()
                 if line.startswith(name + " ")]
        return int(lines[0]) if lines else None


class World:
    def __init__(self, folder, programs):
        self.folder, self.programs = folder, programs
        self.nodes = []
        self.clients = Clients()
        self.chain = Chain()
        self.trust = self.chain.deploy(delay=60)["trust"]
        self.kms_version = self.chain.version()["version_id"]
        self.kms_app = int(self.trust["kms_app_id"], 16)
        self.endpoints = [self.chain.proxy(name=f"p{i}")["url"] for i in range(3)]
        data = b"coffer/domain/1\x01" + self.trust["chain_id"].to_bytes(8, "big")
        for name in ("genesis", "registry", "kms_registry", "kms_app_id"):
            data += bytes.fromhex(self.trust[name][2:])
        self.domain = hashlib.sha256(data).hexdigest()

    def fault(self, index, **faults):
        self.chain.proxy(name=f"p{index}", faults=faults)

    def register(self, keys, app_id, version_id, url="https://app.example", **more):
        return self.chain.instance(app_id=app_id, version_id=version_id, wallet=keys["wallet"],
                                   tee_pubkey="0x" + SPKI + keys["point"], url=url,
                                   **more)["instance_id"]

    def app(self, v=2, like=None):
        """A registered instance, of a new app or of the app of another."""
        app = App(self, self.clients.ask(cmd="keys"), v)
        app.app_id = like.app_id if like else self.chain.app()["app_id"]
        app.version = like.version if like else self.chain.version(app_id=app.app_id)["version_id"]
        app.instance = self.register(app.keys, app.app_id, app.version)
        return app

    def stranger(self):
        return App(self, self.clients.ask(cmd="keys"))

    def register_node(self, node):
        self.register({"wallet": node.wallet, "point": node.point}, self.kms_app, self.kms_version,
                      node.url)

    def coffer(self, *words, text=None):
        return subprocess.run([os.path.join(self.programs, "coffer"), *words], cwd=self.folder,
                              input=text, capture_output=True, text=True, timeout=60)

    def answer(self, *words, text=None):
        done = self.coffer(*words, "--json", text=text)
        try:
            return json.loads(done.stdout)
        except ValueError:
            return {"ok": False, "error": repr(done)}

    def write(self, name, value):
        with open(os.path.join(self.folder, name), "w", encoding="ascii",
                  opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            json.dump(value, file)

    def close(self):
        for node in self.nodes:
            node.kill()
        self.clients.close()
        self.chain.close()

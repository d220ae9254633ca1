"""A node that has no network, as in an enclave: its unix socket and the gateway's are all it has."""

import http.client
import json
import os
import signal
import socket
import subprocess
import time

from place import BIN, Node, check


class Local(http.client.HTTPConnection):
    """To a unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Enclosed(Node):
    """In: world; name; trust; reach, the hosts and ports that it may have tunnels to. Its URL is that
    of the gateway."""

    def __init__(self, world, name, trust, reach):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.at = f"127.0.0.1:{probe.getsockname()[1]}"
        self.folder = world.folder
        self.path = os.path.join(world.folder, f"{name}.in")
        out = os.path.join(world.folder, f"{name}.out")
        self.status_path = os.path.join(world.folder, f"{name}.status")
        world.write(f"{name}-gateway.json", {
            "node": f"unix:{self.path}", "inward_listen": [self.at], "loops": 1,
            "outward_listen": [f"unix:{out}"], "outward_allow": reach,
            "status_listen": f"unix:{self.status_path}"})
        self.gateway_file = f"{name}-gateway.json"
        self.gateway = None
        self.open_gateway()
        # Where others than root may have namespaces, each is root in its own.
        alone = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
        super().__init__(world, name, trust, at=self.at, before=alone,
                         config={"listen": [f"unix:{self.path}"], "outbound_proxy": f"unix:{out}"})

    def open_gateway(self):
        with open(os.path.join(self.folder, "gateway.log"), "a", encoding="utf-8") as log:
            self.gateway = subprocess.Popen(
                [os.path.join(BIN, "coffer-gateway"), "--config", self.gateway_file],
                cwd=self.folder, stdout=log, stderr=log)

    def kill_gateway(self):
        self.gateway.kill()
        self.gateway.wait(10)

    def ask(self, path, where):
        """Returns: the body, from a unix socket."""
        link = Local(where)
        try:
            link.request("GET", path)
            answer = link.getresponse()
            return answer.read()
        finally:
            link.close()

    def get(self, path):
        return json.loads(self.ask(path, self.path))

    def metrics(self):
        text = self.ask("/metrics", self.status_path).decode()
        return {line.split()[0]: int(line.split()[1]) for line in text.split("\n")
                if line.startswith("coffer_gateway") and " " in line}

    def until_up(self):
        said = super().until_up()
        routes = self.ask_inside("cat", "/proc/net/dev")
        check("the node has no network but loopback", routes.count(":") == 1 and "lo:" in routes,
              routes)
        return said

    def ask_inside(self, *words):
        return subprocess.run(["nsenter", f"--net=/proc/{self.process.pid}/ns/net", *words],
                              capture_output=True, text=True, check=False).stdout

    def stop(self):
        super().stop()
        self.gateway.send_signal(signal.SIGTERM)
        check("the gateway ends well", self.gateway.wait(30) == 0)

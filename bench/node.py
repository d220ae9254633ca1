"""A node to be measured: started with what it is told and production's defaults, on a free port."""
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BIN = os.path.join(ROOT, "build/dev-release/bin")


def write(path, value):
    with open(path, "w", encoding="ascii", opener=lambda p, flags: os.open(p, flags, 0o600)) as out:
        json.dump(value, out)


class Node:
    def __init__(self, folder, settings, *options):
        os.makedirs(folder, mode=0o700)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{probe.getsockname()[1]}"
        self.url = "http://" + address
        config = os.path.join(folder, "node.json")
        write(config, {"listen": [address], "data_dir": os.path.join(folder, "data"),
                       "audit_file": os.path.join(folder, "audit.log"), **settings})
        self.log = os.path.join(folder, "log")
        with open(self.log, "w", encoding="ascii") as out:
            self.process = subprocess.Popen(
                [os.path.join(BIN, "coffer-node"), "--config", config, *options],
                stdout=out, stderr=out)
        self.wait()

    def wait(self):
        for _ in range(100):
            try:
                urllib.request.urlopen(self.url + "/health", timeout=1).read()
                return
            except OSError:
                time.sleep(0.05)
        self.process.kill()
        with open(self.log, encoding="utf-8", errors="replace") as text:
            sys.exit("the node did not start: " + text.read()[-600:])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

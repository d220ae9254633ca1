"""What the tests of apps share: counted checks, a folder with a real node and keys of apps, and a
proxy that loses answers. With the standard library alone."""

import http.client
import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.path.join(TOP, sys.argv[1] if len(sys.argv) > 1 else "build/dev-release/bin")
FILES = ["--deployment", "deployment.json", "--key", "app-key.json"]
counts = {True: 0, False: 0}


def check(what, good, detail=""):
    counts[bool(good)] += 1
    if not good:
        print(f"FAILED {what}\n    {str(detail)[:800]}")
    return good


def end():
    """The last line. Returns: the exit code."""
    print(f"{counts[True]} passed, {counts[False]} failed")
    return 1 if counts[False] else 0


class Place:
    """A folder with a node, its registry of rows, and the keys of three apps' instances."""

    def __init__(self, folder):
        self.folder = folder
        self.process = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        self.keys = {name: self.keygen(name) for name in ("app-key", "other-key", "stranger-key")}
        rows = [{"app_id": app, **self.keys[name]}
                for app, name in ((7, "app-key"), (8, "other-key"))]
        self.write("rows.json", {"instances": rows})
        self.write("node.json", {"listen": [self.url[7:]], "loops": 2, "data_dir": "data",
                                 "audit_file": "data/audit.log"})
        self.write("trust.json", {"profile": "dev", "v1_wire": True, "tenants": [
            {"name": "default", "seed": "imported", "derivation": "v1",
             "chains": ["SN_SEPOLIA"], "assurance": "asserted"}]})

    def write(self, name, value):
        with open(os.path.join(self.folder, name), "w", encoding="ascii",
                  opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            json.dump(value, file)

    def coffer(self, *words, text=None):
        return subprocess.run([os.path.join(BIN, "coffer"), *words], cwd=self.folder, input=text,
                              capture_output=True, text=True, timeout=60)

    def answer(self, *words, text=None):
        return json.loads(self.coffer(*words, "--json", text=text).stdout)

    def keygen(self, name):
        said = self.answer("app", "keygen", f"{name}.json")
        return {"wallet": said["wallet"], "tee_pubkey": said["tee_pubkey"]}

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=5) as answer:
            return json.load(answer)

    def start(self):
        with open(os.path.join(self.folder, "node.log"), "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [os.path.join(BIN, "coffer-node"), "--config", "node.json", "--trust", "trust.json",
                 "--registry-file", "rows.json"], cwd=self.folder, stdout=log, stderr=log)
        for _ in range(100):
            try:
                status = self.get("/status")
                break
            except OSError:
                time.sleep(0.05)
        else:
            with open(os.path.join(self.folder, "node.log"), encoding="utf-8") as log:
                sys.exit("the node did not start: " + log.read()[-800:])
        self.node = {"url": self.url, "wallet": status["node"]["tee_wallet"],
                     "tee_pubkey": status["node"]["tee_pubkey"]}
        self.domain = status["domain_id"]
        self.write("deployment.json", {"domain_id": self.domain, "nodes": [self.node]})

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            check("the node ends well", self.process.wait(30) == 0)
            self.process = None


class Lossy:
    """A proxy in front of a node. `lose` is called with method, path and how many requests of this
    method came so far; when it says so, the node gets the request and its answer is dropped."""

    def __init__(self, target, lose=lambda method, path, count: False):
        where = urllib.parse.urlparse(target)
        self.seen = []  # method, path, headers
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def serve(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                outer.seen.append((self.command, self.path, dict(self.headers.items())))
                link = http.client.HTTPConnection(where.hostname, where.port, timeout=30)
                link.request(self.command, self.path, body, dict(self.headers.items()))
                answer = link.getresponse()
                data = answer.read()
                link.close()
                count = sum(method == self.command for method, *_ in outer.seen)
                if lose(self.command, self.path, count):
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("connection", "keep-alive"):
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_DELETE = serve

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def keys(self, method):
        """The Idempotency-Keys of its requests of this method."""
        return [{n.lower(): v for n, v in headers.items()}.get("idempotency-key")
                for said, _, headers in self.seen if said == method]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

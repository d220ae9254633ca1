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

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
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


class Folder:
    """A folder in which the programs are called, with files of mode 0600."""

    def __init__(self, folder):
        self.folder = folder

    def write(self, name, value):
        with open(os.path.join(self.folder, name), "w", encoding="ascii",
                  opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            json.dump(value, file)

    def coffer(self, *words, text=None):
        return subprocess.run([os.path.join(BIN, "coffer"), *words], cwd=self.folder, input=text,
                              capture_output=True, text=True, timeout=120)

    def answer(self, *words, text=None):
        return json.loads(self.coffer(*words, "--json", text=text).stdout)

    def keygen(self, name):
        said = self.answer("app", "keygen", f"{name}.json")
        return {"wallet": said["wallet"], "tee_pubkey": said["tee_pubkey"]}


class Node:
    """A node of its own configuration in a folder. In: trust, further members of its trust
    configuration; words, further arguments; at, host and port; before, words that call the program
    in their own process; config, further members of its configuration."""

    def __init__(self, folder, name, trust=None, words=(), at=None, before=(), config=None):
        self.log = os.path.join(folder.folder, f"{name}.log")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.url = f"http://{at or f'127.0.0.1:{probe.getsockname()[1]}'}"
        folder.write(f"{name}.json", {"listen": [self.url[7:]], "loops": 2, "data_dir": name,
                                      "audit_file": f"{name}/audit.log", **(config or {})})
        folder.write(f"{name}-trust.json", {"profile": "dev", "v1_wire": True, "tenants": [
            {"name": "default", "seed": "imported", "derivation": "v1",
             "chains": ["SN_SEPOLIA"], "assurance": "asserted"}], **(trust or {})})
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [*before, os.path.join(BIN, "coffer-node"), "--config", f"{name}.json", "--trust",
                 f"{name}-trust.json", *words], cwd=folder.folder, stdout=log, stderr=log)
        self.status = self.until_up()
        self.facts = {"wallet": self.status["node"]["tee_wallet"],
                      "tee_pubkey": "0x" + self.status["node"]["tee_pubkey"]}

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=5) as answer:
            return json.load(answer)

    def until_up(self):
        while self.process.poll() is None:
            try:
                return self.get("/status")
            except OSError:
                time.sleep(0.05)
        with open(self.log, encoding="utf-8") as log:
            sys.exit("the node did not start: " + log.read()[-800:])

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            check("the node ends well", self.process.wait(30) == 0)
            self.process = None


class Place(Folder):
    """A node, its registry of rows, and the keys of three apps' instances."""

    def __init__(self, folder):
        super().__init__(folder)
        self.keys = {name: self.keygen(name) for name in ("app-key", "other-key", "stranger-key")}
        rows = [{"app_id": app, **self.keys[name]}
                for app, name in ((7, "app-key"), (8, "other-key"))]
        self.write("rows.json", {"instances": rows})

    def start(self):
        self.process = Node(self, "data", words=("--registry-file", "rows.json"))
        self.url = self.process.url
        self.node = {"url": self.url, **self.process.facts}
        self.domain = self.process.status["domain_id"]
        self.write("deployment.json", {"domain_id": self.domain, "nodes": [self.node]})

    def stop(self):
        self.process.stop()


class Lossy:
    """A proxy in front of a node. Requests wait for `delay_s` before they go on. `lose` is called with method, path and how many requests of this
    method came so far; when it says so, the node gets the request and its answer is dropped."""

    def __init__(self, target, lose=lambda method, path, count: False):
        where = urllib.parse.urlparse(target)
        self.seen = []  # method, path, headers
        self.delay_s = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def serve(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                outer.seen.append((self.command, self.path, dict(self.headers.items())))
                count = sum(method == self.command for method, *_ in outer.seen)
                time.sleep(outer.delay_s)
                try:
                    link = http.client.HTTPConnection(where.hostname, where.port, timeout=30)
                    link.request(self.command, self.path, body, dict(self.headers.items()))
                    answer = link.getresponse()
                    data = answer.read()
                    link.close()
                except OSError:
                    answer = None
                if answer is None or lose(self.command, self.path, count):
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
        self.server.handle_error = lambda *_: None  # a client that was killed
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

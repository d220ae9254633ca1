"""A real node for end-to-end tests, and a client that sees the bytes. Standard library only."""

import http.client
import json
import os
import re
import resource
import signal
import socket
import subprocess
import time


class Refused(Exception):
    """The node ended instead of serving; the text is what it wrote."""


class Node:
    """coffer-node as a child. config: tunables beside the paths. file_limit: the largest file that
    it may write, which is how a disk gets full here. wrapper: words before the program's; limit:
    called in the child before it."""

    def __init__(self, program, folder, *options, config=None, file_limit=None, pass_fds=(),
                 wrapper=(), limit=None):
        self.folder = folder
        self.audit = os.path.join(folder, "audit.jsonl")
        self.log = os.path.join(folder, "node.log")
        tunables = {"listen": ["127.0.0.1:0"], "data_dir": folder, "audit_file": self.audit}
        tunables.update(config or {})
        path = os.path.join(folder, "node.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(tunables, file)

        def limit_all():
            if file_limit is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))
            if limit is not None:
                limit()

        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [*wrapper, program, "--config", path, *options],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                preexec_fn=limit_all, pass_fds=pass_fds,
            )
        self.address = self.wait_for_address()

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait_for_address(self):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            for line in self.text().splitlines():
                found = re.search(r'"listening".*"?address"?[=:]"([^"]+)"', line)
                if found and "node started" in self.text():
                    return found[1]
            if self.process.poll() is not None:
                raise Refused(self.text())
            time.sleep(0.02)
        self.kill()
        raise Refused("no answer within 30 s: " + self.text())

    def connect(self):
        if self.address.startswith("unix:"):
            connection = http.client.HTTPConnection("localhost", timeout=20)
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.settimeout(20)
            connection.sock.connect(self.address[5:])
            return connection
        host, port = self.address.rsplit(":", 1)
        return http.client.HTTPConnection(host, int(port), timeout=20)

    def send(self, method, path, body=None, headers=None):
        """Returns status, headers in lower case, parsed body (text where it is no JSON)."""
        connection = self.connect()
        try:
            data = json.dumps(body) if isinstance(body, (dict, list)) else body
            all_headers = {} if data is None else {"Content-Type": "application/json"}
            all_headers.update(headers or {})
            connection.request(
                method, path, data, {k: v for k, v in all_headers.items() if v is not None}
            )
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        names = {name.lower(): value for name, value in response.getheaders()}
        try:
            return response.status, names, json.loads(text)
        except ValueError:
            return response.status, names, text

    def post(self, path, body, **headers):
        return self.send("POST", path, body, {k.replace("_", "-"): v for k, v in headers.items()})

    def get(self, path, **headers):
        return self.send("GET", path, None, {k.replace("_", "-"): v for k, v in headers.items()})

    def stop(self):
        """Returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def lines(self):
        """Of the audit trail, those that are whole."""
        with open(self.audit, encoding="utf-8") as file:
            lines = file.read().split("\n")
        return [line for line in lines if line.startswith("{") and line.endswith("}")]

    def records(self):
        return [record for record in map(json.loads, self.lines()) if "type" not in record]

#!/usr/bin/env python3
"""coffer dev and coffer doctor: a data folder that is wrong is refused, with the reason, by both;
what somebody edited stays; where memory cannot be locked a development node runs and says so, and
one for production refuses. usage: dev.py FOLDER PRODUCTION_FOLDER of built programs.
Ends with N passed, N failed."""

import fcntl
import http.server
import json
import os
import re
import resource
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from node_process import Node, Refused  # noqa: E402

BIN = os.path.abspath(sys.argv[1])
PRODUCTION = os.path.abspath(sys.argv[2])
COFFER = os.path.join(BIN, "coffer")
NODE = os.path.join(BIN, "coffer-node")
NOBODY = 65534
IS_ROOT = os.geteuid() == 0
passed = failed = 0


def check(what, good, detail=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {what}\n    {str(detail)[:700]}")
    return bool(good)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Dev:
    """coffer dev as a child, from its start until it says that it serves, or ends."""

    def __init__(self, *options, user=None, limit=None):
        self.out = tempfile.TemporaryFile("w+")
        self.err = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([COFFER, "dev", "--json", *options], stdout=self.out,
                                        stderr=self.err, user=user, preexec_fn=limit)
        end = time.monotonic() + 60
        while time.monotonic() < end and self.process.poll() is None and not self.said():
            time.sleep(0.02)

    def said(self):
        self.out.seek(0)
        text = self.out.read()
        return json.loads(text.split("\n")[0]) if text.endswith("\n") else None

    def log(self):
        self.err.seek(0)
        return self.err.read()

    def serves(self):
        return self.process.poll() is None and (self.said() or {}).get("ok") is True

    def text(self):
        self.out.seek(0)
        return self.out.read() + self.log()

    def child(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children",
                  encoding="ascii") as file:
            return int(file.read().split()[0])

    def stop(self):
        """The exit code; of one that refused, without hurrying it."""
        if self.serves():
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def doctor(*options, user=None):
    done = subprocess.run([COFFER, "doctor", "--json", *options], capture_output=True, text=True,
                          user=user, check=False)
    return done.returncode, json.loads(done.stdout)


def state_of(folder):
    """Everything below a folder, to see that nothing of it was changed."""
    found = {}
    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    found[path] = file.read()
    return found


def flip(path):
    with open(path, "r+b") as file:
        byte = file.read(1)[0]
        file.seek(0)
        file.write(bytes([byte ^ 1]))


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o600)


def as_folder(path):
    if os.path.exists(path):
        os.unlink(path)
    os.mkdir(path, 0o700)


def edit(path, **members):
    with open(path, encoding="utf-8") as file:
        config = json.load(file)
    config.update(members)
    write(path, json.dumps(config))


def refusals(data):
    """(what, what is done to a folder that served, code that both must say)"""
    def at(name):
        return os.path.join(data, name)

    yield "a truncated root", lambda: os.truncate(at("dev-root"), 31), "SEED_INVALID"
    yield "a seed that others may read", lambda: os.chmod(at("dev-seed"), 0o644), "SEED_INVALID"
    yield "a flipped bit in the seed", lambda: flip(at("dev-seed")), "SEED_COMMITMENT"
    yield "a flipped bit in the root", lambda: flip(at("dev-root")), "SEED_COMMITMENT"
    yield "a damaged commitment", lambda: flip(at("dev-seed.commitment")), "SEED_COMMITMENT"
    yield "no seed", lambda: os.unlink(at("dev-seed")), "SEED_LOST"
    yield "no root", lambda: os.unlink(at("dev-root")), "SEED_LOST"
    yield "neither seed nor commitment, but a trail", lambda: [os.unlink(at(n)) for n in (
        "dev-seed", "dev-seed.commitment")], "SEED_LOST"
    yield "a folder that all may write", lambda: os.chmod(data, 0o777), "DATA_FOLDER"
    yield "settings that all may write", lambda: os.chmod(at("node.json"), 0o666), "DATA_FOLDER"
    yield "facts that a group may write", lambda: os.chmod(at("deployment.json"), 0o620), \
        "DATA_FOLDER"
    yield "a repository", lambda: os.mkdir(at(".git")), "DATA_FOLDER"
    if IS_ROOT:
        yield "a folder of another user", lambda: os.chown(data, NOBODY, NOBODY), "DATA_FOLDER"
        yield "a trail of another user", lambda: os.chown(at("audit.jsonl"), NOBODY, NOBODY), \
            "DATA_FOLDER"
    yield "a trail that is a folder", lambda: as_folder(at("audit.jsonl")), "IO"
    yield "a trail that leads away", lambda: (os.unlink(at("audit.jsonl")), os.symlink(
        "/dev/null", at("audit.jsonl"))), None
    yield "a file in place of the folder", lambda: (shutil.rmtree(data), write(data, "")), "IO"
    yield "settings that are no JSON", lambda: write(at("node.json"), "{"), "BAD_JSON"
    yield "a setting that is none", lambda: edit(at("node.json"), seed="x"), "UNKNOWN_FIELD"
    yield "a setting out of its range", lambda: edit(at("node.json"), loops=100), "NUMBER_RANGE"
    yield "a listener of the network", lambda: edit(at("node.json"), listen=["0.0.0.0:1"],
                                                    loops=1), "LISTENER_DENIED"


def said_by_doctor(report):
    return " ".join(f["text"] + f.get("hint", "") for f in report["checks"]
                    if f["state"] == "FAILED")


def check_refusals(base):
    count = sum(1 for _ in refusals(base))
    template = os.path.join(base, "template")
    port = free_port()
    listen = f"127.0.0.1:{port}"
    dev = Dev("--data", template, "--listen", listen)
    check("a new folder serves", dev.serves(), dev.text())
    check("and is closed", os.stat(template).st_mode & 0o777 == 0o700)
    with open(os.path.join(template, ".gitignore"), encoding="ascii") as file:
        check("git takes nothing of it", file.read() == "*\n")
    check("it ends well", dev.stop() == 0)
    for number in range(count):
        data = os.path.join(base, f"data{number}")
        shutil.copytree(template, data)
        write(os.path.join(data, "node.json"), json.dumps({
            "listen": [listen], "data_dir": data,
            "audit_file": os.path.join(data, "audit.jsonl")}, separators=(",", ":")) + "\n")
        if number == 0:
            code, report = doctor("--data", data, "--node", f"http://{listen}")
            check("doctor finds a whole folder well", code == 0, report)
        what, harm, expected = list(refusals(data))[number]
        harm()
        before = state_of(data)
        code, report = doctor("--data", data, "--node", f"http://{listen}")
        check(f"doctor finds: {what}", code == 1 and report["failures"] >= 1
              and (expected or "") in json.dumps(report) or expected in (
                  "BAD_JSON", "UNKNOWN_FIELD", "NUMBER_RANGE", "DATA_FOLDER"), report)
        check(f"and changes nothing: {what}", state_of(data) == before)
        options = [] if "listener" in what else ["--listen", listen]
        dev = Dev("--data", data, *options)
        check(f"coffer dev refuses: {what}", not dev.serves() and dev.stop() == 1
              and (expected or "") in dev.text(), dev.text())
        check(f"and says what to do: {what}", "next:" in dev.text() or '"hint":"' in dev.text())
        dev.stop()
        check(f"and makes no seed: {what}", {k: v for k, v in state_of(data).items()
                                             if "dev-" in k} == {k: v for k, v in before.items()
                                                                 if "dev-" in k})


def check_snapshot_folder(base):
    """What a node finds of snapshot_dir only once it runs, or when everything else is lost."""
    data, place = os.path.join(base, "data"), os.path.join(base, "place")
    os.mkdir(data, 0o700)
    write(place, "")
    listen = f"127.0.0.1:{free_port()}"
    for path, state, about in (("", "ok", "lost with the last node"),
                               (os.path.join(data, "a"), "warn", "is not there"),
                               (os.path.join(data, "a", "b"), "FAILED", "cannot make it"),
                               (place, "FAILED", "cannot be used"),
                               (data, "ok", "with the disk of the data folder")):
        config = {"listen": [listen], "data_dir": data, "audit_file": os.path.join(data, "audit"),
                  "snapshot_dir": path}
        write(os.path.join(data, "node.json"), json.dumps(
            {name: value for name, value in config.items() if value != ""}))
        found = next(line for line in doctor("--data", data)[1]["checks"]
                     if line["name"] == "snapshots")
        check(f"doctor looks at snapshot_dir {path}", found["state"] == state
              and about in found["text"] and bool(found["hint"]) == (state != "ok"), found)


def check_in_use(base):
    data, other = os.path.join(base, "mine"), os.path.join(base, "other")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with socket.socket() as foreign:
        foreign.bind(("127.0.0.1", port))
        foreign.listen()
        foreign.settimeout(0.1)
        code, report = doctor("--data", data, "--node", url)
        check("doctor finds a foreign program at the address",
              code == 1 and "ADDRESS_IN_USE" in said_by_doctor(report), report)
    dev = Dev("--data", other, "--listen", f"127.0.0.1:{port}")
    code, report = doctor("--data", other, "--node", url)
    check("doctor finds a node of its folder well", code == 0 and any(
        f["name"] == "start" and "a node runs" in f["text"] for f in report["checks"]), report)
    code, report = doctor("--data", data, "--node", url)
    check("doctor finds a foreign node at the address", code == 1
          and "it is another one" in said_by_doctor(report), report)
    second = Dev("--data", other, "--listen", f"127.0.0.1:{free_port()}")
    check("a second node on one folder", second.stop() == 1 and "AUDIT_BUSY" in second.text(),
          second.text())
    check("the first one ends well", dev.stop() == 0)
    with open(os.path.join(other, "audit.jsonl"), "rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        dev = Dev("--data", other, "--listen", f"127.0.0.1:{port}")
        check("a trail that is held", dev.stop() == 1 and "AUDIT_BUSY" in dev.text(), dev.text())


def check_unwritable(base):
    """As an ordinary user, since root may write everywhere."""
    user = NOBODY if IS_ROOT else None
    os.chmod(base, 0o755)
    data = os.path.join(base, "closed")
    os.mkdir(data, 0o500)
    if IS_ROOT:
        os.chown(data, NOBODY, NOBODY)
    for folder in (data, os.path.join(data, "inside")):
        code, report = doctor("--data", folder, user=user)
        check(f"doctor finds an unwritable folder: {os.path.basename(folder)}", code == 1
              and "Permission denied" in said_by_doctor(report), report)
        dev = Dev("--data", folder, "--listen", f"127.0.0.1:{free_port()}", user=user)
        check(f"coffer dev refuses it: {os.path.basename(folder)}", dev.stop() == 1
              and "Permission denied" in dev.text(), dev.text())
    os.chmod(data, 0o700)


def check_settings(base):
    data = os.path.join(base, "settings")
    file = os.path.join(data, "node.json")
    ports = [free_port() for _ in range(3)]
    dev = Dev("--data", data, "--listen", f"127.0.0.1:{ports[0]}")
    dev.stop()
    dev = Dev("--data", data, "--listen", f"127.0.0.1:{ports[1]}")
    check("an unedited node.json follows the command line", dev.serves()
          and dev.said()["node"].endswith(str(ports[1])), dev.text())
    dev.stop()
    edit(file, loops=1, listen=[f"127.0.0.1:{ports[2]}"])
    with open(file, encoding="utf-8") as opened:
        edited = opened.read()
    dev = Dev("--data", data)
    check("an edited node.json is used", dev.serves() and dev.said()["config"] == file
          and dev.said()["node"].endswith(str(ports[2])), dev.text())
    second = Dev("--data", data)
    check("a second start is refused", second.stop() == 1 and "ADDRESS_IN_USE" in second.text(),
          second.text())
    dev.stop()
    dev = Dev("--data", data, "--listen", f"127.0.0.1:{ports[0]}")
    check("another address than the edited one is refused", dev.stop() == 1
          and "was edited" in dev.text(), dev.text())
    moved = os.path.join(base, "moved")
    shutil.copytree(data, moved)
    dev = Dev("--data", moved)
    check("an edited node.json of another folder is refused", dev.stop() == 1
          and "another data folder" in dev.text(), dev.text())
    with open(file, encoding="utf-8") as opened:
        check("an edited node.json stays as it is", opened.read() == edited)
    named = os.path.join(base, "named.json")
    shutil.copy(file, named)
    dev = Dev("--config", named)
    check("a configuration that is named", dev.serves() and dev.said()["data"] == data
          and dev.said()["config"] == named, dev.text())
    dev.stop()
    for options in (("--config", named, "--data", data), ("--config", named, "--listen", "x"),
                    ("--trust", named, "--chain", "katana")):
        dev = Dev(*options)
        check(f"two words about one thing: {options[2]}", dev.stop() == 2, dev.text())
    dev = Dev("--config", named + "x")
    check("a configuration that is not there", dev.stop() == 1
          and "No such file or directory" in dev.text(), dev.text())
    dev = Dev("--data", data, "--registry-file", "/nope")
    check("rows that are not there", dev.stop() == 1 and "/nope" in dev.text()
          and "No such file or directory" in dev.text() and "route" not in dev.text(), dev.text())


BOUNDS = {name: {"max_amount": "0x0", "max_price_per_unit": "0x0"}
          for name in ("l1_gas", "l2_gas", "l1_data_gas")}


def sign(url, chain):
    body = {"username": "alice", "transaction": {
        "type": "INVOKE", "chain_id": chain, "nonce": "0x1", "resource_bounds": BOUNDS,
        "calls": [{"to": "0x1", "entrypoint": "f", "calldata": []}]}}
    connection = __import__("http.client").client.HTTPConnection(url.split("//")[1], timeout=20)
    connection.request("POST", "/v1/starknet/sign", json.dumps(body),
                       {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    return response.status, answer


def check_chains(base):
    for name, chain, good in (("katana", "0x4b4154414e41", True), ("0x1234", "0x1234", True),
                              ("devnet", "SN_SEPOLIA", True), (None, "0x4b4154414e41", False)):
        listen = f"127.0.0.1:{free_port()}"
        dev = Dev("--data", os.path.join(base, "chains"), "--listen", listen,
                  *(["--chain", name] if name else []))
        if not check(f"chain {name}: serves", dev.serves(), dev.text()):
            dev.stop()
            continue
        status, answer = sign(f"http://{listen}", chain)
        check(f"chain {name}: signs for {chain}: {good}", (status == 200) == good
              and (good or answer["error_code"] == "CHAIN_DENIED"), answer)
        check(f"chain {name}: the others are served too",
              sign(f"http://{listen}", "sepolia")[0] == 200)
        dev.stop()
    dev = Dev("--data", os.path.join(base, "chains"), "--chain", "Katana!")
    check("a chain that is none", dev.stop() == 1 and "UNKNOWN_CHAIN" in dev.text(), dev.text())


def check_printed(base):
    """What is printed for people works as it stands."""
    path = os.path.join(base, "printed.sock")
    process = subprocess.Popen([COFFER, "dev", "--data", os.path.join(base, "printed"), "--listen",
                                "unix:" + path], stdout=subprocess.PIPE, text=True,
                               stderr=subprocess.DEVNULL)
    lines = []
    while not lines or "Ctrl-C" not in lines[-1]:
        line = process.stdout.readline()
        if not line:
            break
        lines.append(line)
    found = re.search(r"  curl .*\n.*", "".join(lines))
    words = shlex.split(found[0].replace("\\\n", " ")) if found else []
    if check("a curl line is printed", "--unix-socket" in words and words[-2] == "-d", lines):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(words[words.index("--unix-socket") + 1])
        url = next(w for w in words if w.startswith("http://"))
        host, _, target = url[7:].partition("/")
        body = words[-1]
        connection.sendall((f"POST /{target} HTTP/1.1\r\nHost: {host}\r\n"
                            f"{words[words.index('-H') + 1]}\r\nContent-Length: {len(body)}\r\n"
                            f"Connection: close\r\n\r\n{body}").encode())
        answer = connection.makefile("rb").read()
        check("and it works", answer.startswith(b"HTTP/1.1 200 ") and b"public_key" in answer,
              answer)
        connection.close()
    process.send_signal(signal.SIGTERM)
    process.wait(20)
    process.stdout.close()


def check_end(base):
    dev = Dev("--data", os.path.join(base, "end"), "--listen", f"127.0.0.1:{free_port()}")
    os.kill(dev.child(), signal.SIGKILL)
    code = dev.process.wait(20)
    check("a killed node is not passed over in silence", code == 1 and "NODE_ENDED" in dev.text()
          and "signal 9 (Killed)" in dev.text(), (code, dev.text()))


# --- several nodes ---

def free_ports():
    """The first of three that follow each other."""
    while True:
        port = free_port()
        try:
            for i in range(3):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port + i))
            return port
        except (OSError, OverflowError):
            pass


def is_gone(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def rows_of(base):
    """A file of rows with one app. Returns: it, and the file with the app's keys."""
    key, rows = os.path.join(base, "app-key.json"), os.path.join(base, "rows.json")
    said = json.loads(subprocess.run([COFFER, "app", "keygen", key, "--json"], check=True,
                                     capture_output=True, text=True).stdout)
    write(rows, json.dumps({"instances": [{"app_id": 7, "wallet": said["wallet"],
                                           "tee_pubkey": said["tee_pubkey"]}]}))
    return rows, key


def check_nodes_refused(base):
    data = os.path.join(base, "data")
    for words, about in ((("0",), "--nodes"), (("4",), "--nodes"), (("three",), "--nodes"),
                         (("3", "--config", "x"), "--config"), (("3", "--trust", "x"), "x"),
                         (("3", "--listen", "unix:/tmp/x"), "unix:/tmp/x"),
                         (("3", "--listen", "127.0.0.1:65534"), "65534"),
                         (("3", "--listen", "127.0.0.1:0"), "127.0.0.1:0")):
        options = [] if "--config" in words else ["--data", data]
        dev = Dev("--nodes", *words, *options)
        check(f"--nodes {words} is refused", dev.stop() == 2 and about in dev.text(), dev.text())
    check("and nothing was made", not os.path.exists(data))

    port = free_ports()
    words = ("--nodes", "3", "--data", data, "--listen", f"127.0.0.1:{port}")
    with socket.socket() as other:
        other.bind(("127.0.0.1", port + 1))
        other.listen()
        dev = Dev(*words)
        check("the port of the second is taken", dev.stop() == 1 and "node 2 ended" in dev.text()
              and "node 2 | coffer-node: ADDRESS_IN_USE" in dev.log(), dev.text())
    check("then the first is gone, too", is_gone(port) and "NODE_ENDED" in dev.text(), dev.text())

    alone = Dev("--data", os.path.join(base, "alone"), "--listen", f"127.0.0.1:{port + 2}")
    before = state_of(data)
    dev = Dev(*words)
    check("a node of ours has the port of the third", dev.stop() == 1
          and "ADDRESS_IN_USE" in dev.text() and str(port + 2) in dev.text(), dev.text())
    check("it is seen before anything is written", state_of(data) == before)
    alone.stop()

    rows = os.path.join(base, "rows.json")
    for text, about in (("[]", "rows.json"), ("{", "rows.json"),
                        ('{"instances":[{"x y":1}]}', "rows.json"),
                        ('{"instances":[{"app_id":7}]}', "instances[0].wallet")):
        write(rows, text)
        dev = Dev(*words, "--registry-file", rows)
        check(f"rows {text} are refused", dev.stop() == 1 and about in dev.text(), dev.text())
    dev = Dev(*words, "--registry-file", rows + ".none")
    check("rows that are not there are refused", dev.stop() == 1 and is_gone(port), dev.text())

    second = os.path.join(data, "node-2")
    write(os.path.join(second, "node.json"), json.dumps(
        {"listen": [f"127.0.0.1:{port + 1}"], "data_dir": second, "of_another_version": 1}))
    dev = Dev(*words)
    check("a configuration of another version is refused", dev.stop() == 1
          and "of_another_version" in dev.text() and "UNKNOWN_FIELD" in dev.text(), dev.text())
    write(os.path.join(second, "node.json"), json.dumps(
        {"listen": [f"127.0.0.1:{port}"], "data_dir": second, "audit_file": second + "/audit"}))
    dev = Dev(*words)
    check("one that listens elsewhere is refused", dev.stop() == 1 and "was edited" in dev.text(),
          dev.text())


class Cluster(Dev):
    def __init__(self, base, rows, key):
        self.port = free_ports()
        self.data = os.path.join(base, "data")
        self.files = ["--deployment", os.path.join(self.data, "deployment.json"), "--key", key]
        super().__init__("--nodes", "3", "--data", self.data, "--listen",
                         f"127.0.0.1:{self.port}", "--registry-file", rows)

    def coffer(self, *words, text=None):
        return subprocess.run([COFFER, *words, *self.files], input=text, capture_output=True,
                              text=True, check=False)

    def answers(self, *words):
        """Of each node alone."""
        with open(self.files[1], encoding="ascii") as file:
            deployment = json.load(file)
        found = []
        for node in deployment["nodes"]:
            one = os.path.join(self.data, "one.json")
            write(one, json.dumps({**deployment, "nodes": [node]}))
            done = subprocess.run([COFFER, *words, "--deployment", one, *self.files[2:]],
                                  capture_output=True, text=True, check=False)
            found.append(done.stdout if done.returncode == 0 else done.stderr)
        return found

    def statuses(self):
        done = self.coffer("status", "--json")
        return json.loads(done.stdout or "{}")

    def cluster(self, *words, **members):
        """What coffer cluster status, or another one, says of all, with other members in the
        deployment."""
        with open(self.files[1], encoding="ascii") as file:
            deployment = {**json.load(file), **members}
        write(os.path.join(self.data, "other.json"), json.dumps(deployment))
        done = subprocess.run([COFFER, "cluster", *(words or ("status",)), "--json",
                               "--deployment", os.path.join(self.data, "other.json")],
                              capture_output=True, text=True, check=False)
        return done.returncode, json.loads(done.stdout)

    def snapshot_age(self):
        """Milliseconds from the newest snapshot that some node wrote to the last value; below 0
        when that is in it."""
        times = [0]
        for node in self.nodes():
            with urllib.request.urlopen(node["url"] + "/status") as answer:
                times.append(json.load(answer)["cluster"]["membership"]["snapshots"]["time_ms"])
        return self.put_ms - max(times)

    def nodes(self):
        with open(self.files[1], encoding="ascii") as file:
            return json.load(file)["nodes"]

    def processes(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children",
                  encoding="ascii") as file:
            pids = file.read().split()
        return [int(pid) for pid in pids if os.readlink(f"/proc/{pid}/exe") == NODE]

    def until(self, text, times, seconds=60):
        end = time.monotonic() + seconds
        while self.log().count(text) < times and time.monotonic() < end \
                and self.process.poll() is None:
            time.sleep(0.05)
        return self.log().count(text) >= times


def is_same(found, wanted=None):
    return len(found) == 3 and len(set(found)) == 1 and (wanted is None or found[0] == wanted)


def soon(ask, holds):
    """A write waits for two nodes; the third has it a little later."""
    end = time.monotonic() + 20
    while not holds(ask()) and time.monotonic() < end:
        time.sleep(0.2)
    return holds(ask())


class Other(http.server.BaseHTTPRequestHandler):
    """Says what a node says, but for what it trusts, and that it wants one more root."""
    url = ""

    def do_GET(self):
        with urllib.request.urlopen(self.url + self.path) as answer:
            said = {**json.load(answer), "trust_digest": "7" * 64}
        said["cluster"]["membership"]["rotation"]["wanted"] = 1
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    def log_message(self, *_):
        pass


def check_other_trust(dev, a, b, c):
    Other.url = c["url"]
    server = http.server.HTTPServer(("127.0.0.1", 0), Other)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    other = {**c, "url": f"http://127.0.0.1:{server.server_port}"}
    code, said = dev.cluster(nodes=[a, b, other])
    done = [dev.cluster("rotate", nodes=nodes)[1] for nodes in ([a, b, c], [a, b, other])]
    server.shutdown()
    check("a change that is wanted is not complete before it is proposed",
          [found["complete"] for found in done] == [True, False]
          and [found["wanted_epoch"] for found in done] == [0, 1], done)
    check("one that trusts something else is not well", code == 1 and said["well"] == 2
          and "trust configuration" in said["nodes"][2]["wrong"], said)


def check_cluster_status(dev, base):
    code, said = dev.cluster(domain_id="7" * 64)
    check("nodes of another service are not well", code == 1 and said["well"] == 0
          and all("another service" in node["wrong"] for node in said["nodes"]), said)
    a, b, c = dev.nodes()
    code, said = dev.cluster(nodes=[a, {**b, "url": c["url"]}, c])
    check("another node's keys are a mismatch", code == 1 and said["well"] == 2
          and said["nodes"][1]["mismatch"] == "wallet mismatch", said)
    code, said = dev.cluster(nodes=[a, {**b, "tee_pubkey": c["tee_pubkey"]}, c])
    check("so is another key alone", code == 1
          and said["nodes"][1]["mismatch"] == "tee_pubkey mismatch", said)
    code, said = dev.cluster(nodes=[a, b])
    check("one that is not registered is missed", code == 1 and all(
        "not met all" in node["wrong"] for node in said["nodes"]), said)
    code, said = dev.cluster(nodes=[a, b, {**c, "url": f"http://127.0.0.1:{free_port()}"}])
    check("one that does not answer is not well", code == 1 and said["well"] == 2
          and said["nodes"][2]["wrong"] == "it does not answer", said)
    check_other_trust(dev, a, b, c)
    port = free_port()
    alone = Dev("--data", os.path.join(base, "alone"), "--listen", f"127.0.0.1:{port}")
    with open(os.path.join(base, "alone", "deployment.json"), encoding="ascii") as file:
        code, said = dev.cluster(**json.load(file))
    check("a node alone is no cluster", code == 1 and "alone" in said["nodes"][0]["wrong"], said)
    alone.stop()
    check("all are well", soon(dev.cluster, lambda found: found[0] == 0
                               and found[1]["well"] == found[1]["registered"] == 3), dev.cluster())
    said = dev.cluster()[1]
    check("and it is said of each", all((node["root"], node["current"], node["members"])
                                        == ("open", True, 2) for node in said["nodes"]), said)


def differ(said):
    return [row["name"] for row in said["findings"] if row["state"] == "FAILED"]


def check_cluster_check(dev, base):
    """What nodes attest to is compared with what is given, each by itself."""
    words = ("check", "--dev")
    a, b, c = dev.nodes()
    free = f"http://127.0.0.1:{free_port()}"
    trust = os.path.join(dev.data, "trust-nodes.json")
    other = os.path.join(base, "other-trust.json")
    shutil.copy(trust, other)
    edit(other, write_holders=3)
    for what, more, members, failed_rows in (
            ("another key", (), {"nodes": [a, {**b, "tee_pubkey": c["tee_pubkey"]}, c]}, ["keys"]),
            ("another wallet", (), {"nodes": [a, {**b, "wallet": c["wallet"]}, c]}, ["keys"]),
            ("another domain", (), {"domain_id": "7" * 64}, ["domain"] * 3),
            ("one that is away", (), {"nodes": [a, b, {**c, "url": free}]}, ["attested"]),
            ("other code", ("--measurement", "0x" + "11" * 32), {}, ["attested"] * 3),
            ("another trust configuration", ("--trust", other), {}, ["trust configuration"] * 3)):
        code, said = dev.cluster(*words, *more, **members)
        check(f"{what} differs", code == 1 and differ(said) == failed_rows
              and said["differs"] == len(failed_rows), said)
        check(f"and it is said what to do: {what}", all(
            row["hint"] for row in said["findings"] if row["state"] == "FAILED"), said)
    code, said = dev.cluster(*words, "--trust", trust)
    check("nothing else does", code == 0 and differ(said) == [] and said["compared"] == 15, said)
    code, said = dev.cluster("check")
    check("it is asked which code is trusted", code == 2 and "--pcrs" in said["about"], said)


def check_nodes(base):
    rows, key = rows_of(base)
    dev = Cluster(base, rows, key)
    if not check("three nodes start", dev.serves(), dev.text()):
        return
    nodes = dev.said()["nodes"]
    check("they are said", [node["url"] for node in nodes]
          == [f"http://127.0.0.1:{dev.port + i}" for i in range(3)], nodes)
    check("and are the processes", sorted(node["process"] for node in nodes)
          == sorted(dev.processes()), (nodes, dev.processes()))
    check("status asks all of them", dev.statuses().get("serving") == 3, dev.statuses())
    check("their logs tell apart", all(f'node {i} | ' in dev.log() for i in (1, 2, 3)) and all(
        re.match(r"node [123] \| ", line) for line in dev.log().splitlines()), dev.log())
    check_cluster_status(dev, base)
    check_cluster_check(dev, base)
    keys = dev.answers("app", "derive", "disk/0")
    check("an app has one key on all", is_same(keys) and "disk/0" in keys[0], keys)
    done = dev.coffer("kv", "put", "password", text="hunter2")
    check("a value is settled", done.returncode == 0, done)
    dev.put_ms = time.time() * 1000 + 8000  # a snapshot that was begun after it has ended then
    check("and is on all", soon(lambda: dev.answers("kv", "get", "password", "--raw"),
                                lambda found: is_same(found, "hunter2")))

    for times, signal_number in enumerate((signal.SIGKILL, signal.SIGTERM), 1):
        victim = nodes[times]["process"]
        os.kill(victim, signal_number)
        check("one that is ended is started again", dev.until("all nodes serve", times), dev.log())
        check("it is said why", "signal 9 (Killed); it is started again" in dev.log(), dev.log())
        check("it is another one", len(dev.processes()) == 3 and victim not in dev.processes())
        check("all serve", dev.statuses().get("serving") == 3, dev.statuses())
        check("with the same key", dev.answers("app", "derive", "disk/0") == keys)
        check("it has met the others", soon(dev.cluster, lambda found: found[0] == 0),
              dev.cluster())
        check("it has what it missed", soon(lambda: dev.answers("kv", "get", "password", "--raw"),
                                            lambda found: is_same(found, "hunter2")))
    check("all of it is in a snapshot", soon(dev.snapshot_age, lambda age: age < 0))
    pids = dev.processes()
    dev.process.send_signal(signal.SIGINT)
    check("all are stopped", dev.process.wait(30) == 0
          and not any(os.path.exists(f"/proc/{pid}") for pid in pids), dev.log()[-700:])

    alone = Dev("--data", dev.data, "--listen", f"127.0.0.1:{dev.port}")
    check("a node alone does not take the folder", alone.stop() == 1
          and "of several nodes" in alone.text(), alone.text())

    dev = Cluster(base, rows, key)  # on other ports: what is in the folder says so
    check("the folder is started again", dev.serves(), dev.text())
    check("and has the same root", dev.answers("app", "derive", "disk/0") == keys)
    check("and the values", soon(lambda: dev.answers("kv", "get", "password", "--raw"),
                                 lambda found: is_same(found, "hunter2")))
    dev.process.send_signal(signal.SIGKILL)
    dev.process.wait(10)
    check("nodes do not outlive it", soon(lambda: [is_gone(dev.port + i) for i in range(3)], all))


def check_nodes_after_one(base):
    """The accounts are the same in both, and each has its own root."""
    data, port = os.path.join(base, "data"), free_ports()
    words = ("--data", data, "--listen", f"127.0.0.1:{port}")
    accounts = []
    for count in ("1", "2", "1"):
        dev = Dev(*words, "--nodes", count)
        if not check(f"{count} after the other", dev.serves(), dev.text()):
            return
        for i in range(int(count)):
            done = subprocess.run([COFFER, "accounts", "alice", "--json", "--node",
                                   f"http://127.0.0.1:{port + i}"], capture_output=True,
                                  text=True, check=False)
            accounts.append(done.stdout)
        check(f"{count} stopped", dev.stop() == 0, dev.log()[-500:])
    check("accounts are the same", len(accounts) == 4 and '"ok":true' in accounts[0]
          and len(set(accounts)) == 1, accounts)


def check_debuggable(base):
    def allow_cores():
        resource.setrlimit(resource.RLIMIT_CORE, (4096, 4096))

    for options, expected in (((), "0"), (("--debuggable",), "4096")):
        dev = Dev("--data", os.path.join(base, "debug"), "--listen", f"127.0.0.1:{free_port()}",
                  *options, limit=allow_cores)
        with open(f"/proc/{dev.child()}/limits", encoding="ascii") as file:
            found = re.search(r"Max core file size +(\d+)", file.read())
        check(f"core files {options}", found[1] == expected, found)
        check(f"said in the log {options}", ("debuggers may attach" in dev.log())
              == bool(options), dev.log())
        dev.stop()
    done = subprocess.run([os.path.join(PRODUCTION, "coffer-node"), "--debuggable"],
                          capture_output=True, text=True, check=False)
    check("production has no such switch", done.returncode == 2, done)
    done = subprocess.run([os.path.join(PRODUCTION, "coffer"), "verify", "--dev", "http://x"],
                          capture_output=True, text=True, check=False)
    check("production takes no simulated module", done.returncode == 2, done)


def unlocked(kib):
    """Before a program is run: so much may be locked, and the capability to pass that is gone, as
    an ordinary user is, and root in most containers."""
    def limit():
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (kib * 1024, kib * 1024))
    wrapper = ["setpriv", "--bounding-set", "-ipc_lock"] if IS_ROOT else []
    return wrapper, limit


def check_locked_memory(base):
    trust = os.path.join(base, "trust.json")
    write(trust, json.dumps({"profile": "production", "tenants": [
        {"name": "default", "seed": "native", "derivation": "v2", "chains": ["SN_MAIN"],
         "assurance": "proven"}]}))
    for kib in (0, 64, 8192):
        wrapper, limit = unlocked(kib)
        folder = tempfile.mkdtemp(dir=base)
        config = {"listen": ["unix:" + os.path.join(folder, "socket")]}
        try:
            node = Node(NODE, folder, wrapper=wrapper, limit=limit)
            status, _, answer = node.post("/account", {"username": "alice"})
            check(f"{kib} KiB: a development node serves", status == 200, answer)
            check(f"{kib} KiB: and warns", f"RLIMIT_MEMLOCK is {kib} KiB, without CAP_IPC_LOCK"
                  in node.text() and ("KEYS ARE NOT LOCKED" in node.text()) == (kib < 8192),
                  node.text())
            check(f"{kib} KiB: stopped", node.stop() == 0)
        except Refused as refused:
            check(f"{kib} KiB: a development node starts", False, refused)
        folder = tempfile.mkdtemp(dir=base)
        config["listen"] = ["unix:" + os.path.join(folder, "socket")]
        try:
            Node(os.path.join(PRODUCTION, "coffer-node"), folder, "--trust", trust, config=config,
                 wrapper=wrapper, limit=limit).kill()
            check(f"{kib} KiB: a production node refuses", False)
        except Refused as refused:
            text = str(refused)
            check(f"{kib} KiB: a production node refuses, with the limit's name",
                  "MEMORY_LOCK" in text and f"RLIMIT_MEMLOCK is {kib} KiB" in text
                  and "CAP_IPC_LOCK" in text and "ulimit -l" in text, text)
        done = subprocess.run([*wrapper, os.path.join(PRODUCTION, "coffer"), "doctor", "--data",
                               os.path.join(folder, "none"), "--json"], preexec_fn=limit,
                              capture_output=True, text=True, check=False)
        check(f"{kib} KiB: doctor finds it in production", done.returncode == 1
              and f"RLIMIT_MEMLOCK is {kib} KiB" in done.stdout, done)


def main():
    for part in (check_refusals, check_snapshot_folder, check_in_use, check_unwritable,
                 check_settings, check_chains, check_printed, check_end, check_nodes_refused,
                 check_nodes, check_nodes_after_one, check_debuggable, check_locked_memory):
        base = tempfile.mkdtemp(prefix="coffer-dev-")
        try:
            part(base)
        except Exception:  # a part that breaks is a failure like any other
            import traceback
            check(part.__name__, False, traceback.format_exc()[-600:])
        finally:
            shutil.rmtree(base, ignore_errors=True)
    if not IS_ROOT:
        print("NOT RUN: 2 refusals of what another user owns, which only root can make")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

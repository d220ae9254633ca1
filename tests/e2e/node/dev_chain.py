#!/usr/bin/env python3
"""coffer dev --registry chain: three nodes beside a chain with the contracts, on which they and apps
are registered; clients find them by it. Ended and started again it is the same service.
usage: dev_chain.py FOLDER of built programs. Ends with N passed, N failed."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

BIN = os.path.abspath(sys.argv[1])
COFFER = os.path.join(BIN, "coffer")
TOOL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "tools",
                    "dev-chain")
CHAIN_PORT = 4545
PATIENCE = 240
passed = failed = 0


def check(what, good, detail=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {what}\n    {str(detail)[-1500:]}")
    return bool(good)


def free_ports():
    """The first of three that follow each other, with the chain's above it."""
    for port in range(20000 + os.getpid() % 20000, 60000, 7):
        try:
            for one in (port, port + 1, port + 2, port + CHAIN_PORT):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", one))
            return port
        except OSError:
            pass
    raise SystemExit("no ports are free")


class Dev:
    def __init__(self, *words, program=COFFER):
        self.err = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([program, "dev", "--json", *words], text=True,
                                        stdout=subprocess.PIPE, stderr=self.err)
        self.line = self.process.stdout.readline()
        self.said = json.loads(self.line or "{}")

    def log(self):
        self.err.seek(0)
        return self.line + self.err.read()

    def until(self, text, times=1):
        end = time.monotonic() + PATIENCE
        while self.log().count(text) < times and time.monotonic() < end \
                and self.process.poll() is None:
            time.sleep(0.1)
        return self.log().count(text) >= times

    def stop(self, number=signal.SIGINT):
        if self.said.get("ok"):
            self.process.send_signal(number)
        return self.process.wait(60)


def coffer(*words, text=None):
    return subprocess.run([COFFER, *words], input=text, capture_output=True, text=True, check=False)


def tool(*words):
    done = subprocess.run([TOOL, *words], capture_output=True, text=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else done


def soon(ask, holds):
    end = time.monotonic() + PATIENCE
    while not holds(ask()) and time.monotonic() < end:
        time.sleep(0.5)
    return holds(ask())


def check_refused(base):
    data = os.path.join(base, "refused")
    for words, code, about in (
            (("--registry", "rows"), 2, "file, chain"),
            (("--registry", "chain", "--registry-file", "x"), 2, "tools/dev-chain app"),
            (("--registry", "chain", "--config", "x"), 2, "--config"),
            (("--registry", "chain", "--listen", "unix:/tmp/x"), 2, "unix:/tmp/x"),
            (("--registry", "chain", "--listen", "127.0.0.1:60991"), 2, "60990 is the last")):
        dev = Dev(*words, *([] if "--config" in words else ["--data", data]))
        check(f"{words} is refused", dev.stop() == code and about in dev.log(), dev.log())
    check("and nothing was made", not os.path.exists(data))
    alone = os.path.join(base, "alone")
    os.makedirs(alone)
    shutil.copy(COFFER, alone)
    dev = Dev("--registry", "chain", "--data", data, "--listen", f"127.0.0.1:{free_ports()}",
              program=os.path.join(alone, "coffer"))
    check("one that is not in the tree says so", dev.stop() == 1 and "source tree" in dev.log(),
          dev.log())


def check_port_taken(base):
    """Another chain there would be taken for ours, and get our contracts."""
    port = free_ports()
    with socket.create_server(("127.0.0.1", port + CHAIN_PORT)):
        dev = Dev("--registry", "chain", "--data", os.path.join(base, "taken"), "--listen",
                  f"127.0.0.1:{port}")
        check("the chain's port is taken", dev.stop() == 1 and "the chain ended" in dev.log()
              and f"port {port + CHAIN_PORT} of the chain" in dev.log(), dev.log())


def check_tool_refused(base):
    bare = os.path.join(base, "bare")
    os.makedirs(bare)
    os.symlink(shutil.which("dirname"), os.path.join(bare, "dirname"))
    done = subprocess.run([TOOL, "--help"], env={"PATH": bare}, capture_output=True, text=True,
                          check=False)
    check("without Node.js it says what to install", done.returncode == 1
          and "install Node.js" in done.stderr, done)
    wallet, absent = "0x" + "11" * 20, os.path.join(base, "absent")
    for words, code, about in (
            (("app", "--wallet", wallet, "--tee-pubkey", "00"), 1, "no chain runs for " + absent),
            (("app", "--wallet", "0x11", "--tee-pubkey", "00"), 2, "--wallet"),
            (("app", "--wallet", wallet, "--tee-pubkey", "zz"), 2, "--tee-pubkey"),
            (("end", "--instance", "one"), 2, "--instance"),
            (("end", "--instance", "1"), 1, "no chain runs for " + absent)):
        done = tool(*words, "--data", absent)
        check(f"the tool refuses {words}", done.returncode == code and about in done.stderr, done)


def check_pruned():
    """Of the blocks that are kept the first stays, and what nodes may ask for."""
    code = """import { pruneBlocks } from './contracts/anvil.mjs';
const block = (number, time) => ({ header: { number: `0x${number.toString(16)}`,
  timestamp: `0x${time.toString(16)}` } });
const blocks = [block(0, 99), ...Array.from({ length: 1000 }, (_, i) => block(i, i + 5))];
console.log(JSON.stringify(pruneBlocks(blocks).map(({ header }) => Number(header.timestamp))));"""
    done = subprocess.run(["node", "--input-type=module", "-e", code], capture_output=True,
                          text=True, check=False, cwd=os.path.join(os.path.dirname(TOOL), ".."))
    check("old blocks are not kept", done.returncode == 0
          and json.loads(done.stdout) == [5, *range(749, 1005)], done)


class Service:
    """Three nodes, with the chain that names them."""

    def __init__(self, base):
        self.data, self.port = os.path.join(base, "data"), free_ports()
        self.key = os.path.join(base, "app-key.json")
        self.files = ["--deployment", os.path.join(self.data, "deployment.json"), "--key", self.key]

    def start(self):
        return Dev("--registry", "chain", "--data", self.data, "--listen",
                   f"127.0.0.1:{self.port}")

    def are_well(self):
        return coffer("cluster", "status", "--json", *self.files[:2]).returncode == 0

    def rotation(self):
        return json.loads(coffer("cluster", "rotate", "--json", *self.files[:2]).stdout)

    def derive(self):
        return coffer("app", "derive", "disk/0", "--json", *self.files)


def write(path, value):
    with open(path, "w", encoding="ascii") as file:
        json.dump(value, file)
    return path


def read(path):
    with open(path, encoding="ascii") as file:
        return json.load(file)


def check_compared(service):
    """What was agreed, what the chain has, and what nodes attest to."""
    data = service.data
    trust = os.path.join(data, "trust-nodes-chain.json")
    agreed = read(os.path.join(data, "chain", "deployed.json"))["deployment"]
    veto = agreed["veto"]

    def ask(deployment=service.files[1], trusted=trust, contracts=agreed):
        done = coffer("cluster", "check", "--dev", "--json", "--deployment", deployment, "--trust",
                      trusted, "--contracts", write(os.path.join(data, "agreed.json"), contracts))
        said = json.loads(done.stdout)
        names = [row["name"] for row in said.get("findings", []) if row["state"] == "FAILED"]
        return done.returncode, names, said

    def other(path, **members):
        return write(os.path.join(data, "other.json"), {**read(path), **members})

    check("nothing differs", soon(ask, lambda found: found[0] == 0), ask())
    hash_of_none = "0x" + "11" * 32
    trusted = ["trust configuration"] * 3
    for what, given, names in (
            ("the delay", {"contracts": {"veto": {**veto, "delay": 61}}}, ["delay"]),
            ("the threshold", {"contracts": {"veto": {**veto, "threshold": 1}}}, ["guardians"]),
            ("a guardian", {"contracts": {"veto": {**veto, "guardians": veto["guardians"][:2]}}},
             ["guardians"]),
            ("the contract's code", {"trusted": other(trust, kms_registry_code=hash_of_none)},
             ["contract code", *trusted])):
        code, found, said = ask(**given)
        check(f"{what} differs", code == 1 and found == names, said)
    code, found, said = ask(trusted=other(trust, kms_registry="0x" + "11" * 20))
    check("no contract is there", code == 1 and found == ["contract", *trusted], said)
    code, found, said = ask(trusted=other(trust, chain_id=5))
    check("the trust configuration has another chain", code == 1
          and found == ["chain_id", *trusted], said)
    done = coffer("cluster", "check", "--json", "--deployment", service.files[1])
    said = json.loads(done.stdout)
    check("without --dev a simulated module is none", done.returncode == 1 and [
        row["name"] for row in said["findings"] if row["state"] == "FAILED"] == ["attested"] * 3,
          said)


def check_first_run(service):
    dev = service.start()
    if not check("three nodes start", dev.said.get("ok"), dev.log()):
        return None
    check("all are well", soon(service.are_well, bool), dev.log())
    check_compared(service)
    deployment = read(service.files[1])
    check("clients are given the chain", "nodes" not in deployment
          and deployment["rpc"] == [f"http://127.0.0.1:{service.port + CHAIN_PORT}"], deployment)
    keys = json.loads(coffer("app", "keygen", service.key, "--json").stdout)
    check("an app that is not registered is refused", service.derive().returncode != 0)
    made = tool("app", "--data", service.data, "--wallet", keys["wallet"], "--tee-pubkey",
                keys["tee_pubkey"])
    check("it is registered", isinstance(made, dict), made)
    service.instance = made["instance_id"]
    for words, why in ((("app", "--wallet", keys["wallet"], "--tee-pubkey", keys["tee_pubkey"]),
                        "WalletAlreadyRegistered"),
                       (("end", "--instance", "99"), "InstanceNotFound")):
        done = tool(*words, "--data", service.data)
        check(f"the registry's reason is told: {why}", not isinstance(done, dict)
              and why in done.stderr, done)
    check("and gets its key", soon(service.derive, lambda done: done.returncode == 0),
          service.derive())
    done = coffer("kv", "put", "password", *service.files, text="hunter2")
    check("a value is settled", done.returncode == 0, done)
    os.kill(dev.said["nodes"][1]["process"], signal.SIGKILL)
    check("a node that is killed is registered again", dev.until("all nodes serve"), dev.log())
    check("and is well", soon(service.are_well, bool), dev.log())
    check("the value is there", coffer("kv", "get", "password", "--raw",
                                       *service.files).stdout == "hunter2")
    key = service.derive().stdout
    check("all end", dev.stop() == 0, dev.log())
    return key


def add_genesis(service):
    """Another block 0, as anvil leaves one at each later start; it believes the last one."""
    path = os.path.join(service.data, "chain", "state.json")
    with open(path, encoding="ascii") as file:
        state = json.load(file)
    other = json.loads(json.dumps(next(block for block in state["blocks"]
                                       if int(block["header"]["number"], 16) == 0)))
    other["header"]["timestamp"] = hex(int(other["header"]["timestamp"], 16) + 60)
    state["blocks"].append(other)
    with open(path, "w", encoding="ascii") as file:
        json.dump(state, file)


def check_again(service, key):
    for words, about in (((), "with a chain"), (("--nodes", "3"), "with a chain")):
        dev = Dev(*words, "--data", service.data)
        check(f"the folder is refused {words}", dev.stop() == 1 and about in dev.log(), dev.log())
    add_genesis(service)
    trust = os.path.join(service.data, "trust-nodes-chain.json")
    write(trust, {**read(trust), "root_epochs": 2, "rpc_quorum": 7})
    dev = service.start()
    if not check("the same service starts again", dev.said.get("ok"), dev.log()):
        return
    check("all are well again", soon(service.are_well, bool), dev.log())
    check("with the same key", soon(service.derive, lambda done: done.returncode == 0)
          and service.derive().stdout == key, (service.derive(), key))
    check("of what was put into its trust configuration the roots stay",
          (read(trust)["root_epochs"], read(trust)["rpc_quorum"]) == (2, 1), read(trust))
    check("and the next one is wanted", soon(service.rotation, lambda said: said["wanted_epoch"] == 1
                                             and (said["newest_epoch"] == 1 or "proposal" in said)),
          service.rotation())
    check("an instance ends", isinstance(tool("end", "--data", service.data, "--instance",
                                              service.instance), dict))
    check("and gets nothing more", soon(service.derive, lambda done: done.returncode != 0))
    dev.stop(signal.SIGTERM)
    done = tool("end", "--data", service.data, "--instance", service.instance)
    check("once it has stopped the tool says so", not isinstance(done, dict)
          and "no chain runs" in done.stderr, done)


with tempfile.TemporaryDirectory() as place:
    check_refused(place)
    check_port_taken(place)
    check_tool_refused(place)
    check_pruned()
    whole = Service(place)
    first_key = check_first_run(whole)
    if first_key is not None:
        check_again(whole, first_key)
print(f"{passed} passed, {failed} failed")
sys.exit(failed != 0)

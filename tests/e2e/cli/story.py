"""coffer demo as people and programs see it, and that it fails when what it tells does not hold: a
node that can be reached around its gateway, one that does not come back, one that somebody kills.
All of them run beside the other tests, since most of their time they wait."""

import glob
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import threading
import time

from common import COFFER, DONE, FAILED, TOP, check

STEPS = 12
PATIENCE_S = 300

# A node in the place of the real one: {real} is that.
AROUND = """#!/bin/sh
case "$2" in
*/node-3/node.json) config=$2.around; shift 2
    sed 's/,"outbound_proxy":"[^"]*"//' "${{config%.around}}" >"$config"
    exec {real} --config "$config" "$@" ;;
esac
exec {real} "$@"
"""
AWAY = """#!/bin/sh
case "$2" in
*/node-2/node.json) [ ! -e "$2.started" ] || exit 3; : >"$2.started" ;;
esac
exec {real} "$@"
"""
FORGETS = """#!/bin/sh
case "$2" in
*/node-1/node.json) folder=${{2%/*}}
    [ ! -e "$2.started" ] || rm -rf "$folder/../snapshots" "$folder"/root-hash.anchor*
    : >"$2.started" ;;
esac
exec {real} "$@"
"""


class Demo:
    def __init__(self, *words, coffer=COFFER):
        clean = {k: v for k, v in os.environ.items() if not k.startswith("COFFER_")}
        self.process = subprocess.Popen([coffer, "demo", *words], env=clean, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def until(self, word):
        """Read on to the line that begins with it."""
        for line in self.process.stdout:
            if line.startswith(word):
                return

    def end(self):
        self.out, self.err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode


def with_node(folder, name, script):
    """Programs beside each other, with a node that is another one."""
    place = os.path.join(folder, name)
    real = os.path.dirname(COFFER)
    os.mkdir(place)
    for program in ("coffer", "coffer-gateway"):
        shutil.copy(os.path.join(real, program), place)
    path = os.path.join(place, "coffer-node")
    with open(path, "w", encoding="ascii") as file:
        file.write(script.format(real=os.path.join(real, "coffer-node")))
    os.chmod(path, stat.S_IRWXU)
    return os.path.join(place, "coffer")


def node_of(parent, name):
    """The process of a node that it started."""
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, encoding="utf-8") as file:
                words = file.read().split("\0")
            with open(path.replace("cmdline", "stat"), encoding="utf-8") as file:
                above = int(file.read().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if above == parent and any(f"/{name}/node.json" in word for word in words):
            return int(path.split("/")[2])
    return None


def wait_for_node(demo):
    for _ in range(PATIENCE_S * 20):
        if node_of(demo.process.pid, "node-1") is not None:
            return
        time.sleep(0.05)


def kill_one(demo):
    """The first, which the story itself does not end before it ends all."""
    demo.until("1.")
    node = node_of(demo.process.pid, "node-1")
    if check("the first node runs", node is not None):
        os.kill(node, signal.SIGKILL)


def start(folder):
    """In: folder, for programs of their own. Returns: what end takes."""
    demos = {
        "people": Demo(),
        "programs": Demo("--json"),
        "around": Demo("--json", coffer=with_node(folder, "around", AROUND)),
        "away": Demo("--json", coffer=with_node(folder, "away", AWAY)),
        "forgets": Demo("--json", coffer=with_node(folder, "forgets", FORGETS)),
        "killed": Demo(),
        "stopped": Demo(),
    }
    demos["killer"] = threading.Thread(target=kill_one, args=(demos["killed"],))
    demos["killer"].start()
    demos["stopped"].until("Three nodes")
    wait_for_node(demos["stopped"])
    demos["stopped"].process.send_signal(signal.SIGTERM)
    return demos


def alike(text):
    """Without what is another each time."""
    text = re.sub(r"\b(0x)?[0-9a-f]{40,}\b", "HEX", text)
    return re.sub(r"^(.* ms|audit records|restored snapshot) +\d+$", r"\1 N", text, flags=re.M)


def readme():
    with open(os.path.join(TOP, "README.md"), encoding="utf-8") as file:
        section = file.read().split("## What it looks like")[1]
    return section.split("```\n")[1]


def held(demos):
    people, programs = demos["people"], demos["programs"]
    check("the whole story holds", people.end() == DONE and people.err == "",
          (people.out[-400:], people.err))
    steps = re.findall(r"^(\d+)\. ", people.out, flags=re.M)
    check("with every step in its turn", steps == [str(i + 1) for i in range(STEPS)], steps)
    check("as the README has it", alike(people.out) == alike(readme()), people.out)
    check("and for programs", programs.end() == DONE and programs.err == "",
          (programs.out, programs.err))
    said = json.loads(programs.out or "{}")
    for name, value in (("ok", True), ("verified", True), ("refusal", "OPAQUE_DENIED"),
                        ("cut_off", "WRITE_UNSETTLED"), ("revoked", "APP_NOT_ACTIVE"),
                        ("audit_verified", True)):
        check(f"which says {name}", said.get(name) == value, said)
    for name in ("root_hash", "sha256_of_key", "version", "read_ms", "back_ms", "healed_ms",
                 "restored_snapshot", "restored_ms", "whole_ms"):
        check(f"and has {name}", name in said, said)


def failed(demo, name, code, text):
    check(f"{name}: the demo fails", demo.end() == FAILED, (demo.out, demo.err))
    lines = demo.out.splitlines()
    said = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}
    words = said.get("error", demo.err)
    check(f"{name}: it says why", re.search(text, words)
          and said.get("error_code", code) in (code, *code.split("|")), (demo.out, demo.err))
    stays = re.search(r"stays in (/tmp/coffer-demo-\w+)$", demo.err, flags=re.M)
    if check(f"{name}: and where to look", stays, demo.err):
        logs = [os.path.getsize(os.path.join(stays[1], f"node-{i}", "node.log")) for i in (1, 2, 3)]
        check(f"{name}: which has the logs", min(logs) > 0, logs)
        running = subprocess.run(["pgrep", "-f", stays[1] + "/"], capture_output=True, check=False)
        check(f"{name}: all are ended", running.returncode == 1, running.stdout)
        shutil.rmtree(stays[1])


def stopped(demo):
    check("a demo that is stopped fails", demo.end() == FAILED and "[CANCELLED]" in demo.err,
          (demo.out, demo.err))
    check("and leaves nothing", "stays in" not in demo.err, demo.err)


def end(demos):
    demos["killer"].join(PATIENCE_S)
    stopped(demos["stopped"])
    failed(demos["killed"], "a node that somebody kills", "NODE_ENDED|UNAVAILABLE",
           "was ended by signal 9|no node answers")
    failed(demos["around"], "a way around the gateway", "SELF_CHECK", "nobody else can have")
    failed(demos["away"], "a node that does not come back", "NODE_ENDED", "exit code 3")
    failed(demos["forgets"], "snapshots that are gone with their anchor", "SELF_CHECK",
           "nothing was restored")
    held(demos)

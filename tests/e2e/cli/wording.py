"""What the command line says to somebody who was wrong, and what it takes from the environment."""

import http.server
import json
import os
import threading

from common import (DONE, FAILED, TRANSACTION, USAGE, answer, check, commands, expect, free_node,
                    run)

# What was typed, and what was meant.
MEANT = (
    (["stauts"], "coffer status"),
    (["statu"], "coffer status"),
    (["kv", "ls"], "coffer kv list"),
    (["kv", "lsit"], "coffer kv list"),
    (["kv", "del"], "coffer kv delete"),
    (["starknt", "hash", "x"], "coffer starknet"),
    (["hash"], "coffer starknet hash"),
    (["doctr"], "coffer doctor"),
    (["status", "--nod", "x"], "--node"),
    (["status", "--noed=x"], "--node"),
    (["kv", "list", "--perfix", "x"], "--prefix"),
    (["starknet", "verify", "--pubkey", "1"], "--public-key"),
    (["version", "--jsn"], "--json"),
)

# An option that takes one of a few values, or a number: refused before anything is read.
VALUES = (
    (["app", "derive", "p", "--curve", "ed25519"], "bytes, stark, secp256k1, p256"),
    (["app", "derive", "p", "--length", "65"], "from 1 to 64"),
    (["app", "derive", "p", "--length", "0"], "from 1 to 64"),
    (["app", "derive", "p", "--length", "ten"], "from 1 to 64"),
    (["app", "derive", "p", "--length=-1"], "from 1 to 64"),
    (["app", "derive", "p", "--epoch", "16"], "from 0 to 15"),
    (["kv", "list", "--limit", "1001"], "from 1 to 1000"),
    (["kv", "put", "k", "--ttl", "9223372036854775808"], "from 0 to 9223372036854775807"),
    (["completion", "tcsh"], "bash, zsh, fish"),
    (["man", "5"], "coffer, coffer-node"),
)


def test_guesses():
    for typed, meant in MEANT:
        said = expect(USAGE, typed, "USAGE")
        check(f"{' '.join(typed)}: {meant} is meant", f"did you mean: {meant}?" in said["hint"], said)
    for typed in (["xyzzy"], ["kv", "xyzzy"], ["status", "--xyzzy"], ["q"], ["e" * 500]):
        said = expect(USAGE, typed, "USAGE")
        check(f"{typed[-1][:20]}: nothing is guessed", "did you mean" not in said["hint"], said)
    for typed, text in VALUES:
        said = expect(USAGE, typed, "USAGE")
        check(f"{' '.join(typed)}: says {text}", text in said["error"]
              and typed[-1].split("=")[-1] == said["about"], said)


def test_together():
    """What cannot be asked for together is refused before a node is asked."""
    for typed, about in (
        (["app", "derive", "p", "--curve", "stark", "--length", "31"], "--length"),
        (["app", "derive", "p", "--length", "64", "--curve=p256"], "--length"),
        (["kv", "put", "k", "--if-absent", "--if-version", "00"], "--if-version or --if-absent"),
    ):
        said = expect(USAGE, typed, "USAGE")
        check(f"{' '.join(typed)}: names {about}", said["about"] == about, said)
    said = run("kv", "get", "k", "--raw", "--json")
    check("--raw and --json: only one of them", said.returncode == USAGE
          and (answer(said) or {}).get("about") == "--raw or --json", said)
    said = expect(USAGE, ["kv", "get", "k"], "USAGE")
    check("either alone only misses the deployment", "--deployment" in said["about"], said)
    for typed in (["app", "derive", "p", "--curve", "stark", "--length", "32"],
                  ["app", "derive", "p", "--curve", "bytes", "--length", "31"]):
        said = expect(USAGE, typed, "USAGE")
        check(f"{' '.join(typed)}: only the deployment is missing", "--deployment" in said["about"], said)


def test_odyn(folder):
    """What is wrong with --odyn is said of that option, not of the configuration of a node."""
    key, deployment = os.path.join(folder, "odyn-key.json"), os.path.join(folder, "deployment.json")
    run("app", "keygen", key)
    base = ["app", "derive", "p", "--deployment", deployment, "--key", key, "--odyn"]
    for url in ("nonsense", "https://127.0.0.1:18000", "http://example.com:18000"):
        said = expect(FAILED, [*base, url], "CONFIG_INVALID")
        check(f"--odyn {url}: the form is said", "http://127.0.0.1:PORT" in said["hint"]
              and said["about"] == url, said)
    said = expect(FAILED, [*base, "http://127.0.0.1:1"], "ODYN_UNAVAILABLE")
    check("an Odyn that does not answer is looked for at --odyn", "--odyn" in said["hint"], said)


def test_usual_words():
    """What other programs take."""
    version = run("version").stdout
    for word in ("--version", "-V"):
        check(f"coffer {word}", run(word).stdout == version)
        expect(DONE, [word])
    group = run("kv", "--help").stdout
    check("kv help", run("kv", "help").stdout == group and run("help", "kv").stdout == group)
    check("a group shows its own commands only", "kv put" in group and "status" not in group, group)
    check("kv help get", run("kv", "help", "get").stdout == run("kv", "get", "--help").stdout)
    check("--json before help", answer(run("--json", "help", "kv", "get"))["command"] == "kv get")
    said = run("kv", "\x1b[31m")
    check("an error cannot steer a terminal", "\x1b" not in said.stderr, said)


class Healthy(http.server.BaseHTTPRequestHandler):
    """A node as far as its health goes, over plain HTTP."""

    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def test_plain():
    """Who speaks TLS to a node without is told that there is a node, and how to reach it."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Healthy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        where = f"https://127.0.0.1:{server.server_port}"
        for words in (["status"], ["accounts", "alice"]):
            said = expect(FAILED, [*words, "--node", where], "IO", offline=False)
            check(f"{words[0]} over TLS: the node speaks plain HTTP", "plain HTTP" in said["error"]
                  and where in said["error"] and "http://" in said["hint"], said)
        server.shutdown()


def test_environment(folder):
    dead = {"COFFER_NODE": "http://127.0.0.1:1"}
    said = expect(FAILED, ["status"], "UNAVAILABLE", env=dead)
    check("COFFER_NODE is the node", dead["COFFER_NODE"] in said["error"], said)
    said = expect(FAILED, ["status", "--node", "http://127.0.0.1:2"], "UNAVAILABLE", env=dead)
    check("an option goes before it", "127.0.0.1:2" in said["error"], said)
    said = run("status", env={"COFFER_NODE": ""})
    check("an empty one is none", ":4000" in said.stdout + said.stderr, said)
    said = expect(FAILED, ["kv", "list"], "IO", env={"COFFER_DEPLOYMENT": "no-such-file"})
    check("COFFER_DEPLOYMENT is a file", "no-such-file" in said["error"], said)
    said = expect(FAILED, ["status", "--node", "http://127.0.0.1:2"], "UNAVAILABLE",
                  env={"COFFER_DEPLOYMENT": "no-such-file"})
    check("a node that is named goes before a deployment that is not", ":2" in said["error"], said)
    deployment = os.path.join(folder, "deployment.json")
    with open(deployment, "w", encoding="ascii") as file:
        file.write('{"domain_id": "%s", "nodes": [{"url": "http://127.0.0.1:1", "wallet": '
                   '"0x%s", "tee_pubkey": "%s"}]}' % ("00" * 32, "11" * 20, POINT))
    env = {"COFFER_DEPLOYMENT": deployment}
    said = expect(FAILED, ["kv", "list"], "KEY_FILE", env={**env, "COFFER_KEY": "no-such-key"})
    check("COFFER_KEY is a file", "no-such-key: No such file" in said["error"], said)
    for secret in ("0x" + "5a" * 32, "5a" * 32, "5A" * 48):
        for how, more, variables in (("variable", [], {"COFFER_KEY": secret}),
                                     ("option", ["--key", secret], {})):
            people = run("kv", "list", *more, env={**env, **variables})
            check(f"a key itself is refused as {how}", people.returncode == USAGE, people)
            check(f"and not repeated: {how}", secret not in people.stderr + people.stdout)
    for name in commands():
        said = answer(run(*name.split(), "--help", "--json"))
        for entry in said["options"]:
            if entry["environment"]:
                check(f"help of {name} names {entry['environment']}",
                      f"[{entry['environment']}]" in run(*name.split(), "--help").stdout)


# The base point of P-384, which is as good as any.
POINT = ("04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7"
         "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f")


VKEY = "example+67e49c95+AXUkOX6vUdXl9hyH9df6r3oUL5iA3Fl586KvjLujNnWj"


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def test_spellings():
    """Members as libraries of other languages write them: refused with the name that is read."""
    full = {**TRANSACTION, "paymaster_data": [], "account_deployment_data": [], "cairo_version": "1",
            "nonce_data_availability_mode": "L1", "fee_data_availability_mode": "L1",
            "proof_facts": []}
    expect(DONE, ["starknet", "hash", "-"], text=json.dumps(full))

    def refuse(what, ours, theirs, value):
        said = expect(FAILED, ["starknet", "hash", "-"], "UNKNOWN_FIELD", text=json.dumps(value))
        check(f"{what} {theirs} is {ours} here", said["hint"].split()[-1] == ours
              and theirs in said["about"], said)

    for ours in (name for name in full if "_" in name):
        value = {**full, camel(ours): full[ours]}
        del value[ours]
        refuse("transaction", ours, camel(ours), value)
    for ours in ("l1_gas", "l2_gas", "l1_data_gas"):
        bounds = full["resource_bounds"]
        changed = {**bounds, camel(ours): bounds[ours]}
        del changed[ours]
        refuse("bounds", ours, camel(ours), {**full, "resource_bounds": changed})
    call = full["calls"][0]
    for ours, theirs in (("to", "contractAddress"), ("to", "contract_address"),
                         ("entrypoint", "entryPoint"), ("entrypoint", "function_name")):
        changed = {**call, theirs: call[ours]}
        del changed[ours]
        refuse("call", ours, theirs, {**full, "calls": [changed]})
    said = expect(FAILED, ["starknet", "hash", "-"], "UNKNOWN_FIELD",
                  text=json.dumps({**full, "maxFee": "0x1"}))
    check("maxFee is of another version", "resource_bounds" in said["hint"], said)
    said = expect(FAILED, ["starknet", "hash", "-"], "INVALID_FELT",
                  text=json.dumps({**full, "nonce": -1}))
    check("a negative number is told from where on it is one", "from 0 to" in said["hint"], said)
    for change, text in (({"tip": str(2**64)}, "2^64 - 1"), ({"cairo_version": 2}, "0 or 1"),
                         ({"nonce_data_availability_mode": "L3"}, "L1 or L2"),
                         ({"calls": [{**call, "calldata": [{"u256": str(2**256)}]}]}, "2^256")):
        said = expect(FAILED, ["starknet", "hash", "-"], text=json.dumps({**full, **change}))
        check(f"a range is named: {text}", text in said["hint"].replace("2^256-1", "2^256 - 1"), said)


def test_files(folder):
    """A file that cannot be read is named, with what the system says."""
    closed = os.path.join(folder, "open-key.json")
    with open(closed, "w", encoding="ascii") as file:
        file.write("{}")
    os.chmod(closed, 0o644)
    os.symlink(closed, os.path.join(folder, "link-key.json"))
    missing, inside = "/nonexistent/file", os.path.join(folder, "transaction.json", "file")
    for path, reason in ((missing, "No such file or directory"), (inside, "Not a directory"),
                         (folder, "Is a directory")):
        for words, code in (
            (["starknet", "hash", path], "IO"),
            (["starknet", "typed-data", path, "--account", "1"], "IO"),
            (["starknet", "verify", "--public-key", "1", "--signature", "1,1", "--transaction",
              path], "IO"),
            (["kv", "list", "--deployment", path, "--key", "x"], "IO"),
            (["status", "--deployment", path, "--key", "x"], "IO"),
            (["kv", "list", "--deployment", os.path.join(folder, "deployment.json"), "--key", path],
             "KEY_FILE"),
            (["audit", "verify", path], "IO"),
            (["audit", "prove", "00" * 32, path], "IO"),
            (["audit", "tiles", path, "tiles"], "IO"),
            (["audit", "verify", "--expect", path, "-"], "IO"),
            (["audit", "check-proof", path, "--vkey", VKEY], "IO"),
            (["audit", "check-proof", "-", "--vkey", path], "IO"),
        ):
            said = expect(FAILED, words, code)
            check(f"{' '.join(words[:2])} names {path} and {reason}",
                  path in said["error"] and reason in said["error"], said)
    deployment = ["--deployment", os.path.join(folder, "deployment.json")]
    for key, reason in ((closed, "mode 644"), (os.path.join(folder, "link-key.json"), "symbolic")):
        said = expect(FAILED, ["kv", "list", *deployment, "--key", key], "KEY_FILE")
        check(f"a key file is refused with the reason: {reason}", reason in said["error"], said)
    said = expect(FAILED, ["app", "keygen", closed], "KEY_FILE")
    check("no key is overwritten", "File exists" in said["error"], said)
    said = expect(FAILED, ["app", "keygen", missing], "KEY_FILE")
    check("keygen names the reason", "No such file" in said["error"], said)
    said = expect(FAILED, ["status", "--node", "gopher://x"], "CONFIG_INVALID")
    check("an address names the kinds there are", "unix:/path" in said["hint"], said)


def test_lines(folder):
    """What is no JSON is told with its line, of which file it may be."""
    text, place = '{"items": [\n  {"username": "alice"},\n  {"username" "bob"}\n]}', "line 3, column 15"
    path = os.path.join(folder, "broken.json")
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    for words in (["starknet", "hash", path], ["sign", "alice", "--transaction", path],
                  ["starknet", "typed-data", path, "--account", "1"], ["config", path],
                  ["config", "--trust", path], ["status", "--deployment", path, "--key", "x"]):
        said = expect(FAILED, words, "BAD_JSON")
        check(f"{' '.join(words[:2])} says where {path} is no JSON", place in said["about"], said)
    said = expect(FAILED, ["starknet", "hash", "-"], "BAD_JSON", text=text)
    check("and standard input too", place in said["about"], said)


def test_text(folder):
    """What goes into a document is UTF-8: other bytes would name another key, value or folder there,
    and all of them the same one."""
    for raw in (b"\xff", b"a\xc0\x80", b"\xed\xa0\x80"):
        other = os.fsdecode(raw)
        for words, about in (
            (["app", "derive", other], "PATH"), (["app", "derive", "p", "--context", other], "--context"),
            (["kv", "put", other], "KEY"), (["kv", "get", other], "KEY"),
            (["kv", "delete", other], "KEY"), (["kv", "list", "--prefix", other], "--prefix"),
            (["kv", "list", "--cursor=" + other], "--cursor"), (["accounts", other], "USERNAME"),
            (["sign", other], "USERNAME"), (["accounts", "alice", "--class", other], "--class"),
        ):
            said = expect(USAGE, words, "USAGE")
            check(f"no UTF-8 in {words}: {about} is named", said.get("about") == about, said)
    place = os.path.join(folder, os.fsdecode(b"data\xff"))
    said = expect(USAGE, ["dev", "--data", place, "--listen", f"unix:{folder}/socket"], "USAGE")
    check("a data folder that JSON cannot name is refused", "UTF-8" in said["error"], said)
    check("and no folder is made", not any(name.startswith("data") for name in os.listdir(folder)))
    shown = run("doctor", "--data", place, "--json", env=free_node()).stdout
    check("the doctor does not look at another folder", "UTF-8" in shown
          and "a node would start" not in shown, shown)
    # A file may have any name.
    named = os.path.join(folder, os.fsdecode(b"t\xff.json"))
    with open(named, "w", encoding="ascii") as file:
        json.dump(TRANSACTION, file)
    check("a file has any name", run("starknet", "hash", named).returncode == DONE)


def test(folder):
    test_guesses()
    test_together()
    test_usual_words()
    test_plain()
    test_environment(folder)
    test_odyn(folder)
    test_spellings()
    test_files(folder)
    test_lines(folder)
    test_text(folder)

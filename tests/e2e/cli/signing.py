"""coffer accounts, sign and status against a node on a unix socket, and against one that lies: what
comes back is judged by Python's integers, and every lie has to be noticed by --verify."""

import copy
import http.client
import http.server
import json
import os
import socket
import subprocess
import threading

import attesting
import stark
from common import COFFER, DONE, FAILED, TRANSACTION, TYPED_DATA, USAGE, check, examples, expect, run

OUTSIDE = {
    "version": 2, "caller": "ANY_CALLER", "nonce": "0x5", "execute_after": 1, "execute_before": 2**40,
    "calls": TRANSACTION["calls"],
}
OPEN = {name: value for name, value in TRANSACTION.items() if name != "sender_address"}
DEPLOY = {**{name: value for name, value in OPEN.items() if name != "calls"},
          "type": "DEPLOY_ACCOUNT", "nonce": "0x0"}


class Unix(http.client.HTTPConnection):
    """HTTP over the socket of the node."""

    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Liar:
    """Between coffer and a node: changes answers on their way."""

    def __init__(self, path):
        liar = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                link = Unix(path)
                link.request(self.command, self.path, body or None,
                             {"Content-Type": "application/json"} if body else {})
                said = link.getresponse()
                status, text = liar.lie(said.status, said.read())
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = answer

            def log_message(self, *_):
                pass

        self.lie = lambda status, text: (status, text)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def change(self, change):
        """change: what happens to the parsed answer."""
        def lie(status, text):
            value = json.loads(text)
            change(value)
            return status, json.dumps(value).encode()
        self.lie = lie


def is_signed(said, what):
    """Judged without any code of ours in C."""
    return stark.verify(int(said["public_key"], 16), int(said[what], 16),
                        *(int(number, 16) for number in said["signature"][:2]))


def write(folder, name, value):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file)
    return path


def test_sign(folder, env):
    def sign(*words, code=DONE, error=None, **more):
        return expect(code, ["sign", "alice", *words], error, env=env, **more)

    transfer = write(folder, "transfer.json", OPEN)
    said = sign("--transaction", transfer, "--verify")
    check("a transaction is signed", is_signed(said, "transaction_hash") and said["verified"], said)
    check("the answer is whole", said["transaction"]["signature"] == said["signature"]
          and said["chain_id"] == "SN_SEPOLIA", said)
    again = sign("--transaction", "-", "--verify", text=json.dumps(OPEN))
    check("from standard input the same", again["transaction_hash"] == said["transaction_hash"])
    other = sign("--transaction", transfer, "--key-index", "3", "--verify")
    check("another key of the user", other["key_index"] == 3
          and other["public_key"] != said["public_key"] and is_signed(other, "transaction_hash"), other)
    for name in ("braavos-1.2.0", "ready-0.4.0", "openzeppelin-0.8.1"):
        classed = sign("--transaction", transfer, "--class", name, "--verify")
        check(f"an account of {name}", classed["account_class"] == name
              and is_signed(classed, "transaction_hash"), classed)
        deployed = sign("--transaction", write(folder, "deploy.json", DEPLOY), "--class", name,
                        "--verify")
        check(f"deploy of {name}", deployed["type"] == "deploy_account" and deployed["verified"])
    typed = sign("--typed-data", write(folder, "typed-data.json", TYPED_DATA), "--verify")
    check("typed data", is_signed(typed, "message_hash"), typed)
    own = expect(DONE, ["starknet", "typed-data", os.path.join(folder, "typed-data.json"),
                        "--account", typed["account_address"]])
    check("its hash is the one that is computed here", own["message_hash"] == typed["message_hash"])
    outside = write(folder, "outside.json", OUTSIDE)
    done = sign("--outside-execution", outside, "--chain", "sepolia", "--verify")
    check("an outside execution", done["type"] == "outside_execution"
          and is_signed(done, "message_hash"), done)
    sign("--outside-execution", outside, code=USAGE, error="USAGE")
    sign("--message-hash", "0x1234", code=FAILED, error="OPAQUE_DENIED", offline=False)
    sign("--message-hash", "-", code=FAILED, error="OPAQUE_DENIED", offline=False, text="0x1234\n")
    sign("--message-hash", "x", code=FAILED, error="INVALID_FELT")
    sign(code=USAGE, error="USAGE")
    sign("--transaction", transfer, "--message-hash", "1", code=USAGE, error="USAGE")
    sign("--transaction", transfer, "--class", "none-1", code=FAILED, error="UNKNOWN_ACCOUNT_CLASS",
         offline=False)
    return said


def test_round(folder, said):
    """What comes out of one of our programs goes into the next."""
    answer = write(folder, "answer.json", said)
    hashed = expect(DONE, ["starknet", "hash", answer])
    check("a whole answer is hashed", hashed["transaction_hash"] == said["transaction_hash"], hashed)
    for name, value, more in (
        ("broadcast", said["transaction"], ["--chain", "sepolia"]),
        ("in small letters", {**OPEN, "type": "invoke", "sender_address": said["account_address"]}, []),
        ("a request", {"username": "alice", "transaction": {
            **OPEN, "sender_address": said["account_address"]}}, []),
    ):
        again = expect(DONE, ["starknet", "hash", "-", *more], text=json.dumps(value))
        check(f"{name}: the same hash", again["transaction_hash"] == said["transaction_hash"], again)
    lost = expect(FAILED, ["starknet", "hash", "-"], "MISSING_FIELD",
                  text=json.dumps(said["transaction"]))
    check("a chain that is not there can be given", "--chain" in lost["hint"], lost)
    batch = expect(FAILED, ["starknet", "hash", "-"], "BAD_TYPE",
                   text=json.dumps({"success": True, "results": [said]}))
    check("a batch says how to take one", "results[0]" in batch["hint"], batch)
    expect(DONE, ["starknet", "verify", "--answer", answer])
    expect(DONE, ["starknet", "verify", "--transaction", answer, "--public-key", said["public_key"],
                  "--signature", ",".join(said["signature"])])
    wrong = copy.deepcopy(said)
    wrong["transaction"]["nonce"] = "0x8"
    expect(FAILED, ["starknet", "verify", "--answer", "-"], "SELF_CHECK", text=json.dumps(wrong))
    expect(USAGE, ["starknet", "verify", "--answer", answer, "--hash", "1"], "USAGE")
    call = hashed["calls"][0]
    check("the transfer is shown", call["function"] == "transfer" and call["recipient"] == "0x1234"
          and call["amount"] == "1000" and call["to"] == OPEN["calls"][0]["to"], call)
    people = run("starknet", "hash", answer).stdout
    check("to people too", "transfer" in people and "amount              1000" in people
          and call["to"] in people, people)


def test_accounts(env):
    said = expect(DONE, ["accounts", "alice"], env=env)
    own = expect(DONE, ["starknet", "address", "--public-key", said["public_key"]])
    check("the account is that of its key, written the same way", said["address"] == own["address"]
          and said["public_key"] == own["public_key"], (said, own))
    check("people get the same", said["address"] in run("accounts", "alice", env=env).stdout)
    many = expect(DONE, ["accounts", "alice", "--count", "3", "--key-index", "5"], env=env)
    check("a range", [row["key_index"] for row in many["accounts"]] == [5, 6, 7], many)
    fifth = expect(DONE, ["accounts", "alice", "--key-index", "5"], env=env)
    check("of the same accounts", fifth["address"] == many["accounts"][0]["address"])
    for option, name in (("--public-key", "public_key"), ("--address", "address")):
        expect(DONE, ["accounts", "alice", option, said[name]], env=env)
        expect(FAILED, ["accounts", "bob", option, said[name]], env=env)
        expect(USAGE, ["accounts", "bob", option, said[name], "--count", "2"], "USAGE", env=env)
    expect(FAILED, ["accounts", "a b"], "INVALID_USERNAME", offline=False, env=env)
    expect(USAGE, ["accounts"], "USAGE", env=env)
    expect(USAGE, ["accounts", "alice", "--key-index", "2147483648"], "USAGE", env=env)


def test_owned(liar):
    """Whose a key is, and at which index, as far as a node says it."""
    env = {"COFFER_NODE": liar.url}
    words = ["accounts", "alice", "--public-key", "0x5"]
    for change, code in (({"owned": True, "index": 7}, DONE), ({"owned": False}, FAILED),
                         ({"owned": True, "owns_address": False}, FAILED)):
        def answer(said, change=change):
            said.pop("owns_public_key", None)
            said.update(change)
        liar.change(answer)
        said = expect(code, words, env=env)
        check(f"{change} is passed on", all(said.get(name) == value
                                            for name, value in change.items()), said)
        lines = run(*words, env=env).stdout
        check(f"{change} is shown", ("index" in change) == ("index                 7" in lines)
              and ("yes" in lines or not change["owned"]), lines)


def test_lies(folder, liar):
    """A node that answers something else than what it was asked."""
    def doubled(number):
        return hex(int(number, 16) * 2 % stark.N)

    def member(name, value):
        return lambda said: said.update({name: value(said[name])})

    def inner(name, value):
        return lambda said: said["transaction"].update({name: value(said["transaction"][name])})

    env = {"COFFER_NODE": liar.url}
    transfer = ["sign", "alice", "--transaction", os.path.join(folder, "transfer.json")]
    typed = ["sign", "alice", "--typed-data", os.path.join(folder, "typed-data.json")]
    expect(DONE, [*transfer, "--verify"], env=env)
    for what, words, change, code in (
        ("r", transfer, member("signature", lambda v: [doubled(v[0]), v[1]]), "SIGNATURE_INVALID"),
        ("s", transfer, member("signature", lambda v: [v[0], doubled(v[1])]), "SIGNATURE_INVALID"),
        ("half a signature", transfer, member("signature", lambda v: v[:1]), "BAD_TYPE"),
        ("the hash", transfer, member("transaction_hash", doubled), "SELF_CHECK"),
        ("the account", transfer, member("account_address", doubled), "SELF_CHECK"),
        ("the class", transfer, member("account_class", lambda _: "braavos-1.2.0"), "SELF_CHECK"),
        ("an unknown class", transfer, member("account_class", lambda _: "x"),
         "UNKNOWN_ACCOUNT_CLASS"),
        ("the key", transfer, member("public_key", lambda _: "0x1"), "SELF_CHECK"),
        ("the nonce", transfer, inner("nonce", lambda _: "0x8"), "SELF_CHECK"),
        ("the recipient", transfer, inner("calldata", lambda v: [*v[:4], "0x666", *v[5:]]),
         "SELF_CHECK"),
        ("the sender", transfer, inner("sender_address", doubled), "SELF_CHECK"),
        ("the chain", transfer, member("chain_id", lambda _: "SN_MAIN"), "SELF_CHECK"),
        ("the hash of a message", typed, member("message_hash", doubled), "SELF_CHECK"),
        ("the signature of a message", typed, member("signature", lambda v: [v[1], v[0]]),
         "SIGNATURE_INVALID"),
    ):
        liar.change(change)
        expect(FAILED, [*words, "--verify"], code, env=env)
        check(f"only --verify notices: {what}", run(*words, env=env).returncode == DONE)
    for status, text, code in ((200, b"{", "IO"), (200, b"[]", "IO"), (200, b"{}", "IO"), (404, b"", "IO"),
                               (404, json.dumps({"error_code": "NOT_FOUND", "error": "x",
                                                 "hint": "see GET /openapi.json"}).encode(),
                                "NOT_FOUND")):
        liar.lie = lambda _s, _t, status=status, text=text: (status, text)
        expect(FAILED, transfer, code, env=env)


def test_status(liar, env):
    said = expect(DONE, ["status"], env=env)
    check("the status is whole", said["status"]["tenant"]["name"] == "default"
          and said["findings"] == [], said)
    people = run("status", env=env).stdout
    check("people get lines", "{" not in people and max(map(len, people.splitlines())) < 300
          and "\n  name                default\n" in people, people)
    told = {"COFFER_NODE": liar.url}
    for what, change, name in (
        ("keys of Odyn", lambda s: s["identity"].update(error_code="IDENTITY_CHANGED"), "keys"),
        ("the root", lambda s: s["node"]["master_secret"].update(error_code="ROOT_MISMATCH"), "root"),
        ("a lost chain", lambda s: s["registry"].update(static=False, lost=True), "registry"),
        ("no instance with this wallet", lambda s: s["registry"].update(static=False),
         "wallet mismatch"),
    ):
        liar.change(change)
        said = expect(DONE, ["status"], env=told)
        row = said["findings"][0] if said["findings"] else {}
        check(f"status says what to do about {what}", row.get("name") == name and row["hint"], said)
        check(f"and to people first: {what}", row.get("hint", "?") in
              run("status", env=told).stdout.split("tee wallet")[0])


def test(folder):
    data = os.path.join(folder, "data")
    path = os.path.join(folder, "node.sock")
    env = {"COFFER_NODE": f"unix:{path}"}
    with subprocess.Popen([COFFER, "dev", "--data", data, "--listen", f"unix:{path}", "--json"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as node:
        try:
            check("the node starts", json.loads(node.stdout.readline() or "{}").get("ok"))
            liar = Liar(path)
            test_round(folder, test_sign(folder, env))
            for words in (*examples("accounts"), *examples("sign"), *examples("demo")):
                expect(DONE, words, folder=folder, env=env)
            test_accounts(env)
            test_status(liar, env)
            test_owned(liar)
            liar.lie = lambda status, text: (status, text)
            expect(DONE, ["accounts", "alice"], env={"COFFER_NODE": liar.url + "/"})
            test_lies(folder, liar)
            attesting.test(folder, liar, path)
            liar.server.shutdown()
        finally:
            node.terminate()

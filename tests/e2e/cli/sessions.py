"""Users and their sessions beside a node: the guide as it stands, and what must not work. Between the
command and the node stands a carrier, which changes what goes through it."""

import concurrent.futures
import http.client
import http.server
import json
import os
import re
import socket
import stat
import subprocess
import threading
import time
import urllib.parse

import common
import users
from common import DONE, FAILED, TYPED_DATA, USAGE, answer, check, run
from signing import Unix, is_signed


class Carrier:
    """Whoever is between coffer and a node: keeps what was asked, and may change what is answered."""

    def __init__(self, path):
        carrier = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def carry(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {**self.headers, "Host": "localhost"}
                carrier.asked.append((self.command, self.path, headers, body))
                link = Unix(path)
                link.request(self.command, self.path, body or None, headers)
                said = link.getresponse()
                status, text = carrier.lie(said.status, said.read())
                self.send_response(status)
                for name, value in said.getheaders():
                    if name.lower().startswith("coffer-") or name.lower() == "content-type":
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_DELETE = carry

            def log_message(self, *_):
                pass

        self.asked = []
        self.lie = lambda status, text: (status, text)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def again(self, asked):
        """Send what was asked once more. Returns: the status, and the error code."""
        method, path, headers, body = asked
        parts = urllib.parse.urlsplit(self.url)
        link = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        link.request(method, path, body or None, headers)
        said = link.getresponse()
        return said.status, json.loads(said.read()).get("error_code")


def test_guide(folder, guide, least):
    """The commands of a document as they stand there, one block after the other, in one shell beside
    a node of its own. In: guide, its name without .md; least, so many blocks at least."""
    with open(os.path.join(common.TOP, "docs", f"{guide}.md"), encoding="utf-8") as file:
        blocks = re.findall(r"^```sh\n(.*?)^```$", file.read(), re.M | re.S)
    check(f"{guide} has commands", len(blocks) >= least, blocks)
    place = os.path.join(folder, guide)
    os.mkdir(place, mode=0o700)
    with users.Dev(os.path.join(place, "coffer-data")) as dev:
        env = {**{k: v for k, v in os.environ.items() if not k.startswith("COFFER_")},
               "COFFER_NODE": dev.node,
               "PATH": os.path.dirname(common.COFFER) + ":" + os.environ["PATH"]}
        script = "set -e -o pipefail\n" + "".join(
            f"{block}\necho 'DONE {i}'\n" for i, block in enumerate(blocks))
        done = subprocess.run(["bash", "-c", script], cwd=place, env=env, capture_output=True,
                              text=True, timeout=300, check=False)
        for i, block in enumerate(blocks):
            check(f"{guide}, block {i + 1}: {block.splitlines()[0]}", f"DONE {i}\n" in done.stdout,
                  done.stdout[-300:] + done.stderr)
    return done.stdout


class World:
    """A node with a carrier before it, an operator, and alice and bob with a key each."""

    def __init__(self, folder, dev):
        self.folder, self.data = folder, dev.data
        self.carrier = Carrier(dev.node.removeprefix("unix:"))
        self.env = {"COFFER_NODE": self.carrier.url, "HOME": folder, "XDG_CONFIG_HOME": ""}
        self.operator = os.path.join(dev.data, "operator.pem")

    def path(self, name):
        return os.path.join(self.folder, name)

    def expect(self, code, words, error=None, **more):
        """Once: what is stated cannot be stated twice."""
        done = run(*words, "--json", env={**self.env, **more})
        said = answer(done) or {}
        name = " ".join(words)
        check(f"exit code {code}: {name}", done.returncode == code, done)
        check(f"{error}: {name}", error is None or said.get("error_code") == error, said)
        return said

    def key(self, name, scheme="p256"):
        self.expect(DONE, ["key", "new", "--scheme", scheme, self.path(name)])
        return self.path(name)


def test_enrol(world):
    alice, bob = world.key("alice.pem"), world.key("bob.key", "stark")
    enrol = ["user", "enrol", "alice", "--key", alice]
    world.expect(USAGE, enrol, "USAGE")
    world.expect(FAILED, [*enrol, "--authority", bob], "STATEMENT_SIGNER")
    world.expect(DONE, [*enrol, "--authority", world.operator])
    world.expect(FAILED, [*enrol, "--authority", world.operator], "STATEMENT_SIGNER")
    world.expect(DONE, ["user", "enrol", "bob", "--key", bob, "--authority", world.operator])
    more = world.key("more.pem", "ed25519")
    world.expect(FAILED, ["user", "enrol", "alice", "--key", more, "--with", bob],
                 "STATEMENT_SIGNER")
    world.expect(DONE, ["user", "enrol", "alice", "--key", more, "--with", alice])
    listed = world.expect(DONE, ["user", "list", "alice"])
    check("alice has two keys", sorted(row["scheme"] for row in listed["keys"]) == ["ed25519", "p256"]
          and listed["number"] == 2, listed)
    nobody = world.expect(DONE, ["user", "list", "nobody"])
    check("nobody is not known", nobody["known"] is False and nobody["keys"] == [], nobody)
    world.expect(FAILED, ["user", "recover", "nobody", "--for", bob, "--authority", world.operator],
                 "NOT_FOUND")
    world.expect(FAILED, ["user", "join", "alice", "--key", alice], "NOT_FOUND")
    return alice, bob, more


def test_lies_about_logs(world):
    """What a node says that somebody stated is believed with its signatures only."""
    def lie(status, text):
        return status, text.replace(b"policy", b"Policy").replace(
            b'"sigs":[[1,"', b'"sigs":[[1,"A', 1) if b'"statements"' in text else text
    world.carrier.lie = lie
    world.expect(FAILED, ["user", "list", "alice"], "RECORD_INVALID")
    world.carrier.lie = lambda status, text: (
        status, text.replace(b"u:alice", b"u:alicf") if b'"statements"' in text else text)
    world.expect(FAILED, ["user", "list", "alice"], "RECORD_INVALID")
    world.carrier.lie = lambda status, text: (status, text)


def test_login(world, alice, bob):
    session = world.path("alice.session")
    login = ["login", "alice", "--session", session]
    world.expect(FAILED, [*login, "--key", bob], "AUTH_FAILED")
    world.expect(FAILED, ["login", "nobody", "--key", alice, "--session", session], "AUTH_FAILED")
    check("a login that fails leaves no session", not os.path.exists(session))
    said = world.expect(DONE, [*login, "--key", alice])
    check("a session is kept to oneself", stat.S_IMODE(os.stat(session).st_mode) == 0o600, said)
    with open(session, encoding="utf-8") as file:
        kept = json.load(file)
    with open(alice, encoding="utf-8") as file:
        check("the key of the user is not in it", kept["user"] == "alice"
              and kept["token"].startswith("cfs1.") and kept["key"] not in file.read(), kept)
    asked = [row for row in world.carrier.asked if row[1] == "/v1/sessions"][-1]
    check("nor was it sent", kept["key"].encode() not in asked[3], asked)
    check("the id is that of what was proven", said["session"] == kept["session"], said)
    home = world.expect(DONE, ["login", "bob", "--key", bob])
    check("without --session it is in the configuration folder",
          home["file"] == world.path(".config/coffer/session.json"), home)
    world.expect(DONE, ["session", "list"])
    direct = {"COFFER_NODE": f"unix:{world.data}.sock"}
    world.expect(DONE, ["login", "bob", "--key", bob, "--session", world.path("bob.session")], **direct)
    return session


def test_requests(world, session):
    mine = ["--session", session]
    plain = world.expect(DONE, ["accounts", "alice"])
    said = world.expect(DONE, ["accounts", "alice", *mine])
    check("a session sees the same account", said["address"] == plain["address"], (said, plain))
    world.expect(USAGE, ["accounts", "bob", *mine], "USAGE")
    document = users.written(world.path("typed-data.json"), json.dumps(TYPED_DATA))
    said = world.expect(DONE, ["sign", "alice", "--typed-data", document, "--verify", *mine])
    check("what it signs verifies", is_signed(said, "message_hash"), said)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: run("accounts", "alice", *mine, env=world.env).returncode,
                             range(16)))
    check("calls at once do not hinder each other", done == [DONE] * 16, done)


def test_carriers(world, session):
    """What a carrier keeps or changes is of no use to it."""
    mine = ["accounts", "alice", "--session", session]
    world.expect(DONE, mine)
    asked = [row for row in world.carrier.asked if row[1] == "/v1/starknet/accounts"][-1]
    check("the same request is taken once", world.carrier.again(asked)[1] == "NONCE_SPENT",
          world.carrier.again(asked))
    method, path, headers, body = asked
    for name, changed in (
            ("another body", (method, path, headers, body.replace(b"alice", b"alicf"))),
            ("another path", (method, "/v1/starknet/sign", headers, body)),
            ("another number", (method, path, {**headers, "coffer-pop-nonce": "f" * 16}, body)),
            ("another session", (method, path, {
                **headers, "coffer-pop-caller": "00000000-0000-4000-8000-000000000000"}, body)),
            ("another key", (method, path, {**headers, "coffer-pop-key": "A" * 44}, body)),
            ("no signature", (method, path, {n: v for n, v in headers.items()
                                             if n != "coffer-pop-signature"}, body))):
        status, code = world.carrier.again(changed)
        check(f"with {name} it is refused", status >= 400 and code in (
            "POP_SIGNATURE", "AUTH_FAILED", "POP_MISSING", "POP_MALFORMED"), (name, status, code))

    def lie(status, text):
        value = json.loads(text)
        if "address" in value:
            value["address"] = "0x1234"
        return status, json.dumps(value).encode()
    world.carrier.lie = lie
    said = world.expect(FAILED, mine, "NODE_UNTRUSTED")
    check("another address is not shown", "0x1234" not in json.dumps(said), said)
    world.carrier.lie = lambda status, text: (status, text)


def test_revoking(world, session, alice, more):
    mine = ["--session", session]
    before = open(session, encoding="utf-8").read()
    world.expect(DONE, ["session", "renew", *mine])
    check("a renewed token is another one", before != open(session, encoding="utf-8").read())
    listed = world.expect(DONE, ["session", "list", *mine])
    check("the session knows itself", [row["metadata"]["is_current"] for row in listed["sessions"]]
          == [True], listed)
    world.expect(DONE, ["session", "revoke", *mine])
    world.expect(FAILED, ["accounts", "alice", *mine], "SESSION_REVOKED")
    world.expect(FAILED, ["session", "renew", *mine], "SESSION_REVOKED")
    world.expect(DONE, ["login", "alice", "--key", more, *mine])
    world.expect(DONE, ["accounts", "alice", *mine])
    other = world.expect(DONE, ["key", "show", more, "--domain", json.loads(before)["domain_id"]])
    world.expect(FAILED, ["user", "revoke", "alice", other["authenticator"], "--key",
                          world.path("bob.key")], "STATEMENT_SIGNER")
    world.expect(DONE, ["user", "revoke", "alice", other["authenticator"], "--key", alice])
    world.expect(FAILED, ["accounts", "alice", *mine], "SESSION_REVOKED")
    world.expect(FAILED, ["login", "alice", "--key", more, *mine], "AUTH_FAILED")
    world.expect(DONE, ["login", "alice", "--key", alice, *mine])
    world.expect(DONE, ["session", "revoke", "--all", *mine])
    world.expect(FAILED, ["accounts", "alice", *mine], "SESSION_REVOKED")


def test_freezing(world, alice):
    mine = ["--session", world.path("frozen.session")]
    world.expect(DONE, ["login", "alice", "--key", alice, *mine])
    world.expect(FAILED, ["freeze", "u:alice", "--key", world.path("bob.key")], "STATEMENT_SIGNER")
    world.expect(DONE, ["freeze", "u:alice", "--key", world.operator])
    world.expect(FAILED, ["accounts", "alice", *mine], "FROZEN")
    world.expect(FAILED, ["login", "alice", "--key", alice, *mine], "FROZEN")


def test_service_keys(world):
    key, other = world.key("backend.pem"), world.key("backend-2.pem", "ed25519")
    add = ["service-key", "add", "--key", key, "--scopes", "read,sign", "--users", "alice,bob"]
    world.expect(FAILED, [*add, "--authority", key], "STATEMENT_SIGNER")
    said = world.expect(DONE, [*add, "--authority", world.operator])
    name = said["scope"].removeprefix("s:")
    world.expect(FAILED, ["service-key", "rotate", "0" * 32, "--key", other, "--authority",
                          world.operator], "NOT_FOUND")
    said = world.expect(DONE, ["service-key", "rotate", name, "--key", other, "--authority",
                               world.operator])
    check("the new key has the terms of the old one", said["scopes"] == "read,sign"
          and said["users"] == "alice,bob" and said["scope"] != f"s:{name}", said)
    world.expect(FAILED, ["service-key", "revoke", name, "--key", other], "STATEMENT_SIGNER")
    world.expect(DONE, ["service-key", "revoke", name, "--key", key])


def test_restart(folder, data):
    """A node that stands alone is another one after a restart: that is found out, and told."""
    with users.Dev(data) as dev:
        said = answer(run("accounts", "bob", "--session", os.path.join(folder, "bob.session"), "--json",
                          env={"COFFER_DEPLOYMENT": ""})) or {}
        check("its users are to be enrolled again", said.get("error_code") == "BEHIND"
              and "user enrol" in said.get("hint", ""), (dev.node, said))


def free_ports(count):
    """The first of so many ports in a row that nothing listens at."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as server:
            first = server.getsockname()[1]
        try:
            for port in range(first, first + count):
                socket.create_server(("127.0.0.1", port)).close()
            return first
        except (OSError, OverflowError):
            continue


class Cluster:
    """coffer dev with three nodes."""

    def __init__(self, folder):
        self.data, first = os.path.join(folder, "nodes"), free_ports(3)
        self.urls = [f"http://127.0.0.1:{first + i}" for i in range(3)]
        self.process = subprocess.Popen(
            [common.COFFER, "dev", "--nodes", "3", "--data", self.data, "--listen",
             f"127.0.0.1:{first}", "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True)
        self.operator = os.path.join(self.data, "operator.pem")

    def patient(self, *words, code=DONE, seconds=120):
        """Until it ends so: nodes that have just begun do not know everything yet."""
        end = time.monotonic() + seconds
        while True:
            done = run(*words, "--json")
            if done.returncode == code or time.monotonic() > end:
                return done, answer(done) or {}
            time.sleep(0.5)

    def end(self):
        self.process.terminate()
        self.process.communicate()


def test_cluster(folder, cluster):
    """What one node was told the others know; a session ends everywhere."""
    begun = json.loads(cluster.process.stdout.readline() or "{}")
    if not check("three nodes begin", "nodes" in begun, begun):
        return
    key = os.path.join(folder, "carol.pem")
    run("key", "new", key)
    done, _ = cluster.patient("user", "enrol", "carol", "--key", key, "--authority",
                              cluster.operator, "--node", cluster.urls[0])
    check("a user is enrolled at one node of three", done.returncode == DONE, done)
    accounts = []
    for i, url in enumerate(cluster.urls):
        session = ["--session", os.path.join(folder, f"carol.{i}")]
        done, _ = cluster.patient("login", "carol", "--key", key, "--node", url, *session)
        check(f"and logs in at node {i + 1}", done.returncode == DONE, done)
        done, said = cluster.patient("accounts", "carol", *session)
        accounts.append(said.get("address"))
    check("and has one account at all of them", None not in accounts and len(set(accounts)) == 1,
          accounts)
    first = ["--session", os.path.join(folder, "carol.0")]
    done, _ = cluster.patient("session", "revoke", "--all", "--session",
                              os.path.join(folder, "carol.1"))
    check("all sessions are revoked at another node", done.returncode == DONE, done)
    done, said = cluster.patient("accounts", "carol", *first, code=FAILED)
    check("and end at this one", said.get("error_code") == "SESSION_REVOKED", done)


def test(folder):
    place = os.path.join(folder, "sessions")
    os.mkdir(place, mode=0o700)
    cluster = Cluster(place)
    try:
        test_one(place)
        test_cluster(place, cluster)
    finally:
        cluster.end()


def test_one(place):
    said = test_guide(place, "users-howto", 9)
    check("of a session it says which key it is for",
          re.search(r"^  metadata client key +p256 [A-Za-z0-9+/]{40}", said, re.M), said)
    said = test_guide(place, "for-operators", 5)
    check("the audit trail says what was done for alice",
          re.search(r"^20\S+\tguest\tstatement\tOK\t[0-9a-f]{64}$", said, re.M), said)
    with users.Dev(os.path.join(place, "data")) as dev:
        world = World(place, dev)
        alice, bob, more = test_enrol(world)
        test_lies_about_logs(world)
        session = test_login(world, alice, bob)
        test_requests(world, session)
        test_carriers(world, session)
        test_revoking(world, session, alice, more)
        test_freezing(world, alice)
        test_service_keys(world)
        world.carrier.server.shutdown()
    test_restart(place, world.data)

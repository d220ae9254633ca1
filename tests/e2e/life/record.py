"""What somebody sees who ends the TLS between a client and a node, and writes everything down."""

import base64
import os
import urllib.parse

from tls_proxy import TlsProxy, make_authority, make_certificate
from world import App, Clients, check


def spellings(data):
    """Of bytes, all the ways in which they could stand in a record."""
    ways = {"raw": data, "hex": data.hex().encode(), "HEX": data.hex().upper().encode(),
            "URL": urllib.parse.quote(data, safe="").encode(),
            "backwards": data[::-1]}
    for shift in range(3):
        # What does not depend on the bytes around it.
        text = base64.b64encode(bytes(shift) + data)
        whole = text[-(-8 * shift // 6):8 * (shift + len(data)) // 6]
        ways[f"base64+{shift}"] = whole
        ways[f"base64url+{shift}"] = whole.replace(b"+", b"-").replace(b"/", b"_")
    return {name: way for name, way in ways.items() if len(way) >= 8}


def found(record, secrets):
    """Names of what stands in a record, and how."""
    return [(name, how) for name, data in secrets.items()
            for how, way in spellings(data).items() if way in record]


def check_search():
    """It finds what is there."""
    data = b"a secret of 26 characters!"
    for record in (data, data.hex().encode(), base64.b64encode(b"{" + data + b"}"),
                   base64.b64encode(b"{ " + data), urllib.parse.quote(data, safe="").encode(),
                   base64.urlsafe_b64encode(b"xyz" + data)):
        check("the search finds what is there", found(b"<" + record + b">", {"it": data}), record)


def make_secrets(run):
    """Random ones, so that nothing else can be them."""
    text = {name: f"{name}-{os.urandom(12).hex()}" for name in ("path", "context", "key", "value")}
    return text, {f"{run} {name}": value.encode() for name, value in text.items()}


def run_command_line(world, proxy, authority):
    text, secrets = make_secrets("version 2")
    node = world.node
    world.write("tls.json", {"domain_id": world.domain, "ca_file": authority, "nodes": [
        {"url": proxy.url, "wallet": node.wallet, "tee_pubkey": "0x" + node.point}]})
    files = ["--deployment", "tls.json", "--key", "app-key.json"]
    key = world.answer("app", "derive", text["path"], "--context", text["context"], *files)
    check("derive over TLS", key["ok"], key)
    secrets["version 2 derived key"] = base64.b64decode(key.get("key", ""))
    put = world.answer("kv", "put", text["key"], *files, text=text["value"])
    check("put over TLS", put["ok"], put)
    got = world.coffer("kv", "get", text["key"], "--raw", *files)
    check("get over TLS", got.stdout == text["value"], got)
    listed = world.answer("kv", "list", "--prefix", text["key"][:8], *files)
    check("list over TLS", [row["key"] for row in listed.get("keys", [])] == [text["key"]], listed)
    gone = world.answer("kv", "delete", text["key"], *files)
    check("delete over TLS", gone["ok"], gone)
    return secrets


def run_version_1(world, proxy, authority):
    text, secrets = make_secrets("version 1")
    clients = Clients(NODE_EXTRA_CA_CERTS=authority)
    node = type("Behind", (), {"url": proxy.url, "wallet": world.node.wallet,
                               "point": world.node.point})
    app = App(world, world.first.keys, v=1)

    def call(method, path, inner=None):
        said = app.call(method, path, inner, node=node, clients=clients)
        check(f"{method} {path[:10]} of version 1 over TLS", "answer" in said, said)
        return said.get("answer", {})

    key = call("POST", "/kms/derive", {"path": text["path"], "context": text["context"]})
    secrets["version 1 derived key"] = base64.b64decode(key.get("key", ""))
    value = base64.b64encode(text["value"].encode()).decode()
    call("PUT", "/kms/data", {"key": text["key"], "value": value})
    got = call("GET", f"/kms/data/{text['key']}")
    check("get of version 1", got["value"] == value, got)
    check("list of version 1", call("GET", "/kms/data")["keys"] == [text["key"]])
    call("DELETE", "/kms/data", {"key": text["key"]})
    clients.close()
    return secrets


def test_records(world):
    check_search()
    authority = make_authority(world.folder, "recorder")
    pair = make_certificate(world.folder, "recorder", "front", "DNS:localhost")
    port = int(world.node.url.rsplit(":", 1)[1])
    proxies = [TlsProxy(port, *pair) for _ in range(2)]
    secrets = run_command_line(world, proxies[0], authority)
    secrets.update(run_version_1(world, proxies[1], authority))
    records = [bytes(proxy.sent) + b"\n" + bytes(proxy.answered) for proxy in proxies]
    check("the requests were recorded", b"POST /v1/app/values/get " in records[0]
          and b"coffer-resp-signature" in records[0] and b"PUT /kms/data " in records[1]
          and world.first.keys["wallet"].encode() in records[1], records[0][:300])
    check("of version 2 nothing is seen", found(records[0], secrets) == [],
          found(records[0], secrets))
    check("of version 1 the name in the path of a GET, and nothing else", {
        name for name, _ in found(records[1], secrets)} == {"version 1 key"},
        found(records[1], secrets))
    wrong = make_authority(world.folder, "wrong-recorder")
    world.write("tls.json", {"domain_id": world.domain, "ca_file": wrong, "nodes": [
        {"url": proxies[0].url, "wallet": world.node.wallet,
         "tee_pubkey": "0x" + world.node.point}]})
    said = world.answer("kv", "list", "--deployment", "tls.json", "--key", "app-key.json")
    check("a client believes its own authority only", said.get("error_code") == "UNAVAILABLE", said)
    for proxy in proxies:
        proxy.close()

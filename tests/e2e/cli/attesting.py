"""coffer verify against a development node, and against somebody who changes what it says: every
change has to be noticed, and told with what to do next."""

import base64
import copy
import json
import os

from common import DONE, FAILED, TOP, USAGE, check, expect, run

AWS_ROOT = os.path.join(TOP, "tests/vectors/aws-nitro-root-g1.pem")


def write(folder, name, value):
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(value if isinstance(value, bytes) else json.dumps(value).encode())
    return path


def root_of(said):
    """The first certificate of the document's bundle."""
    document = base64.b64decode(said["document"])
    at = document.index(b"cabundle") + len("cabundle") + 1
    size = int.from_bytes(document[at + 1:at + 3], "big")
    assert document[at] == 0x59
    return document[at + 3:at + 3 + size]


def test_options(folder, url, said):
    measured = said["code_measurement"]
    for words in ([], ["--dev"], [url], [url, "--dev", "--root", AWS_ROOT],
                  [url, "--dev", "--evidence", "x.json"],
                  [url, "--pcrs", "x.json", "--measurement", measured], [url, url, "--dev"]):
        expect(USAGE, ["verify", *words], "USAGE")
    expect(FAILED, ["verify", url, "--measurement", measured], "CERTIFICATE_ROOT")
    expect(FAILED, ["verify", url, "--measurement", measured, "--root", AWS_ROOT],
           "CERTIFICATE_ROOT")
    expect(FAILED, ["verify", url, "--dev", "--measurement", measured[:-2]], "INVALID_HEX")
    expect(DONE, ["verify", url, "--dev", "--measurement", measured[2:].upper()])
    told = expect(FAILED, ["verify", url, "--dev", "--measurement", "0x" + "00" * 32],
                  "ATTESTATION_MEASUREMENT")
    check("the code that runs is told", measured in told["about"], told)
    expect(FAILED, ["verify", url, "--dev", "--kind", "odyn"], "ATTESTATION_BINDING")
    expect(FAILED, ["verify", f"unix:{folder}/no-node", "--dev"], "UNAVAILABLE")


def test_pcrs(folder, url, said):
    pcrs = {f"PCR{i}": said[f"pcr{i}"] for i in range(3)}
    for name, value in (("plain", pcrs), ("built", {"Measurements": {"HashAlgorithm": "x", **pcrs}})):
        expect(DONE, ["verify", url, "--dev", "--pcrs", write(folder, f"{name}.json", value)])
    for what, value, code in (
            ("other", {**pcrs, "PCR2": "11" * 48}, "ATTESTATION_MEASUREMENT"),
            ("zero", {name: "00" * 48 for name in pcrs}, "ATTESTATION_MEASUREMENT"),
            ("short", {**pcrs, "PCR1": "11" * 47}, "INVALID_HEX"),
            ("two", {"PCR0": pcrs["PCR0"], "PCR1": pcrs["PCR1"]}, "MISSING_FIELD"),
            ("number", {**pcrs, "PCR0": 7}, "BAD_TYPE"), ("text", b"PCR0", "BAD_JSON")):
        expect(FAILED, ["verify", url, "--dev", "--pcrs", write(folder, f"{what}.json", value)], code)
    expect(FAILED, ["verify", url, "--dev", "--pcrs", os.path.join(folder, "none.json")], "IO")


def test_roots(folder, url, said):
    der = root_of(said)
    lines = base64.encodebytes(der)
    pem = b"-----BEGIN CERTIFICATE-----\n" + lines + b"-----END CERTIFICATE-----\n"
    code = ["--measurement", said["code_measurement"]]
    for name, value in (("der", der), ("pem", pem), ("crlf", pem.replace(b"\n", b"\r\n"))):
        told = expect(FAILED, ["verify", url, *code, "--root", write(folder, f"root.{name}", value)],
                      "CERTIFICATE_ROOT")
        check(f"the development root is known: {name}", "development" in told["error"], told)
    for name, value in (("cut", pem[:-30]), ("two", pem + pem), ("no-base64", pem.replace(b"M", b"!")),
                        ("empty", pem[:28] + pem[-26:])):
        expect(FAILED, ["verify", url, *code, "--root", write(folder, f"root.{name}", value)],
               "CERTIFICATE_INVALID")
    expect(FAILED, ["verify", url, *code, "--root", os.path.join(folder, "none.pem")], "IO")


def test_evidence(folder, said):
    def judge(value, code=DONE, error=None):
        return expect(code, ["verify", "--dev", "--evidence",
                             write(folder, "evidence.json", value)], error)

    kept = {name: said[name] for name in ("kind", "binding", "document")}
    again = judge(said)
    check("what was kept is checked as of its time", again["made_at"] == said["made_at"]
          and "now" in [row["name"] for row in again["findings"]], again)
    judge(kept)
    judge({**kept, "document": kept["document"][:-4]}, FAILED, "ATTESTATION_INVALID")
    judge({**kept, "document": "AAAA" * 6000}, FAILED, "ATTESTATION_INVALID")
    judge({**kept, "document": "A"}, FAILED, "INVALID_BASE64")
    judge({**kept, "kind": "other"}, FAILED, "BAD_REQUEST")
    judge({**kept, "kind": "odyn"}, FAILED, "ATTESTATION_BINDING")
    for name in kept:
        judge({n: v for n, v in kept.items() if n != name}, FAILED, "MISSING_FIELD")
    judge(b"{", FAILED, "BAD_JSON")
    expect(FAILED, ["verify", "--dev", "--evidence", os.path.join(folder, "none.json")], "IO")
    document = bytearray(base64.b64decode(kept["document"]))
    document[-1] ^= 1
    judge({**kept, "document": base64.b64encode(document).decode()}, FAILED, "ATTESTATION_SIGNATURE")


def test_lies(liar, said):
    def judge(what, change, error):
        liar.change(change)
        expect(FAILED, ["verify", liar.url, "--dev"], error, offline=False)
        check(f"noticed: {what}", run("verify", liar.url, "--dev").returncode == FAILED)

    for name, value in said["binding"].items():
        other = value[:-1] + ("0" if value[-1] != "0" else "1")
        if name == "tee_pubkey":  # another point of the curve
            other = value[:-194] + (
                "04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e"
                "3872760ab73617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e81"
                "9d7a431d7c90ea0e5f")
        error = "POINT_INVALID" if name == "envelope_key" else "ATTESTATION_BINDING"
        judge(f"another {name}", lambda a, n=name, o=other: a["binding"].update({n: o}), error)
    judge("a member more", lambda a: a["binding"].update(url="http://x"), "UNKNOWN_FIELD")
    judge("a member less", lambda a: a["binding"].pop("boot_id"), "MISSING_FIELD")
    judge("another kind", lambda a: a.update(kind="odyn"), "ATTESTATION_BINDING")
    judge("an old document", lambda a: a.update(document=said["document"]), "ATTESTATION_NONCE")

    liar.lie = lambda status, text: (503, json.dumps(
        {"success": False, "error_code": "NOT_ATTESTED", "error": "nothing attests this node",
         "hint": "ask a node that runs in an enclave"}).encode())
    expect(FAILED, ["verify", liar.url, "--dev"], "NOT_ATTESTED", offline=False)
    liar.lie = lambda status, text: (200, b"[]")
    expect(FAILED, ["verify", liar.url, "--dev"], offline=False)
    liar.lie = lambda status, text: (status, text)
    expect(DONE, ["verify", liar.url, "--dev"])


def test_deployment(folder, url, said):
    binding = said["binding"]
    right = {"domain_id": binding["domain_id"], "nodes": [
        {"url": "http://127.0.0.1:1", "wallet": binding["wallet"], "tee_pubkey": binding["tee_pubkey"]}]}
    path = write(folder, "verified.json", right)
    told = expect(DONE, ["verify", url, "--dev", "--deployment", path])
    check("the deployment has it", {"ok"} == {row["state"] for row in told["findings"]
                                              if row["name"] == "deployment"}, told)
    for name, change in (("domain", {"domain_id": "11" * 32}),
                         ("wallet", {"nodes": [{**right["nodes"][0], "wallet": "0x" + "11" * 20}]})):
        path = write(folder, "other.json", {**copy.deepcopy(right), **change})
        expect(FAILED, ["verify", url, "--dev", "--deployment", path], "NODE_UNTRUSTED")
        check(f"another {name} is noticed from the environment", run(
            "verify", url, "--dev", env={"COFFER_DEPLOYMENT": path}).returncode == FAILED)
    expect(FAILED, ["verify", url, "--dev", "--deployment", write(folder, "bad.json", {})],
           "MISSING_FIELD")
    expect(FAILED, ["verify", url, "--dev", "--deployment", os.path.join(folder, "none.json")], "IO")


def test(folder, liar, path):
    url = f"unix:{path}"
    said = expect(DONE, ["verify", url, "--dev"])
    states = {row["name"]: row["state"] for row in said["findings"]}
    check("a simulated module proves nothing", set(states.values()) == {"taken", "open"}
          and states["module"] == "open", said)
    test_options(folder, url, said)
    test_pcrs(folder, url, said)
    test_roots(folder, url, said)
    test_evidence(folder, said)
    test_lies(liar, said)
    test_deployment(folder, url, said)

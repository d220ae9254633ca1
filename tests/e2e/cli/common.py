"""What the tests of the command line share: a call of the program for people and for programs, what
an error must and must not say, and documents."""

import concurrent.futures
import json
import os
import shlex
import socket
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
COFFER = os.path.join(TOP, "build/dev-release/bin/coffer")
DONE, FAILED, USAGE = 0, 1, 2
counts = {True: 0, False: 0}


def check(what, good, detail=""):
    counts[bool(good)] += 1
    if not good:
        print(f"FAILED {what}\n    {str(detail)[:600]}")
    return good


def run(*words, folder=None, text=None, timeout=60, env=None):
    """env: variables of ours; none of those of whoever runs the tests get through."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("COFFER_")}
    return subprocess.run(
        [COFFER, *words], cwd=folder, input=text, capture_output=True, text=True, timeout=timeout,
        env={**clean, **(env or {})}
    )


def answer(result):
    """The one JSON object on standard output; None when there is anything else."""
    try:
        value = json.loads(result.stdout)
    except ValueError:
        return None
    return value if isinstance(value, dict) and result.stdout.count("\n") == 1 else None


def commands():
    return [entry["name"] for entry in answer(run("--help", "--json"))["commands"]]


def examples(name):
    """The command lines of a help text, continued lines joined, without the leading word."""
    text = run(*name.split(), "--help").stdout.replace("\\\n", " ")
    return [shlex.split(line)[1:] for line in text.splitlines() if line.startswith("  coffer ")]


# What only a node may say to a program that asks it, or what is no help to a person.
FOREIGN = ("GET /", "route", "try again", "request", "body", "openapi")


def free_node():
    """The environment for a node's address that nothing listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return {"COFFER_NODE": f"http://127.0.0.1:{server.getsockname()[1]}"}


def expect(code, words, error=None, offline=True, at_once=2, **more):
    """Run for people and for programs; both end with code and say what to do next. offline: no node
    is asked, so that nothing may sound as if one had answered. at_once: 1 where one would be in the
    way of the other."""
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        both = [pool.submit(run, *words, *json_too, **more) for json_too in ((), ("--json",))]
        people, programs = (one.result() for one in both)
    said = answer(programs)
    name = " ".join(words)
    check(f"exit code {code}: {name}", people.returncode == code, people)
    check(f"exit code {code} with --json: {name}", programs.returncode == code, programs)
    if not check(f"one JSON object: {name}", said is not None, programs):
        return {}
    check(f"ok says it too: {name}", said.get("ok") == (code == DONE), said)
    if code == DONE:
        check(f"nothing on standard error: {name}", people.stderr == "", people.stderr)
    elif error is not None:
        check(f"{error}: {name}", said.get("error_code") == error, said)
        check(f"says what to do next: {name}", len(said.get("hint", "")) > 10, said)
        check(f"people see it: {name}", f"[{error}]" in people.stderr, people)
        if offline:
            check(f"speaks of what was done here: {name}", not any(
                word in said.get("error", "") + said.get("hint", "") for word in FOREIGN), said)
        check(f"nothing on standard output: {name}", people.stdout == "", people)
    return said


TRANSACTION = {
    "type": "INVOKE",
    "chain_id": "sepolia",
    "sender_address": "0x2a5",
    "nonce": "0x7",
    "resource_bounds": {
        "l1_gas": {"max_amount": "0x0", "max_price_per_unit": "0x0"},
        "l2_gas": {"max_amount": "0xf4240", "max_price_per_unit": "0x2cb417800"},
        "l1_data_gas": {"max_amount": "0x100", "max_price_per_unit": "0xe8d4a51000"},
    },
    "calls": [{
        "to": "0x4718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938d",
        "entrypoint": "transfer",
        "calldata": ["0x1234", {"u256": "1000"}],
    }],
}

TYPED_DATA = {
    "types": {
        "StarknetDomain": [
            {"name": "name", "type": "shortstring"},
            {"name": "version", "type": "shortstring"},
            {"name": "chainId", "type": "shortstring"},
            {"name": "revision", "type": "shortstring"},
        ],
        "Mail": [{"name": "to", "type": "ContractAddress"}, {"name": "text", "type": "string"}],
    },
    "primaryType": "Mail",
    "domain": {"name": "Example", "version": "1", "chainId": "SN_SEPOLIA", "revision": "1"},
    "message": {"to": "0x1234", "text": "Hello"},
}



"""The chain of tests/e2e/chain/chain as a Python object, with the standard library alone.

    with Chain(block_time=1) as chain:
        trust = chain.deploy()["trust"]
        version = chain.version()["version_id"]
        chain.instance(version_id=version, wallet=..., tee_pubkey=..., url=...)

Every command of tests/e2e/chain/chain is a method; its members are keyword arguments, its answer a
dict. A refused command raises ChainError, whose `reverted` names the contract's error, if any.
"""
import json
import os
import subprocess

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "chain")


class ChainError(Exception):
    def __init__(self, answer):
        super().__init__(answer["error"])
        self.reverted = answer.get("reverted")


class Chain:
    def __init__(self, **options):
        self._child = subprocess.Popen([PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       text=True)
        try:
            self.started = self.command("start", **options)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda **members: self.command(name, **members)

    def command(self, cmd, **members):
        self._child.stdin.write(json.dumps({"cmd": cmd, **members}) + "\n")
        self._child.stdin.flush()
        line = self._child.stdout.readline()
        if not line:
            raise ChainError({"error": f"the chain ended during {cmd}"})
        answer = json.loads(line)
        if not answer["ok"]:
            raise ChainError(answer)
        return answer

    def close(self):
        self._child.stdin.close()
        try:
            self._child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._child.terminate()
            self._child.wait()
        self._child.stdout.close()

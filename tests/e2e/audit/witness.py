"""torchwood's litewitness (C2SP tlog-witness) as a judge: it cosigns a checkpoint only when the log's key
signed it and a proof shows that the tree grew out of the one that it cosigned before. The proofs are made
here, from RFC 6962 (section 2.1.2) and the records of the trail; nothing is Coffer's own."""

import base64
import http.client
import os
import socket
import sqlite3
import subprocess
import time

from trail import ed25519_verifies, root_of, sha

LITEWITNESS = "filippo.io/torchwood/cmd/litewitness@v0.6.1"
NAME = "witness.example/coffer"


def consistency(leaves, old):
    """What shows that the tree over the first old leaves is within that over all."""
    def sub(old, leaves, whole):
        if old == len(leaves):
            return [] if whole else [root_of(leaves)]
        split = 1 << (len(leaves) - 1).bit_length() - 1
        if old <= split:
            return sub(old, leaves[:split], whole) + [root_of(leaves[split:])]
        return sub(old - split, leaves[split:], False) + [root_of(leaves[:split])]
    return sub(old, leaves, True) if old else []


class Witness:
    """Its key is held by an ssh-agent, as it wants it."""

    def __init__(self, program, folder):
        path = os.path.join(folder, "agent")
        self.database = os.path.join(folder, "witness.db")
        key = os.path.join(folder, "witness-key")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        with open(key + ".pub", encoding="ascii") as file:
            self.public = base64.b64decode(file.read().split()[1])[-32:]
        self.agent = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL)
        self.wait(lambda: os.path.exists(path))
        subprocess.run(["ssh-add", "-q", key], check=True, env={**os.environ, "SSH_AUTH_SOCK": path})
        listed = subprocess.run(["ssh-keygen", "-l", "-f", key + ".pub"], check=True, text=True,
                                capture_output=True).stdout
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.address = "127.0.0.1:%d" % server.getsockname()[1]
        self.process = subprocess.Popen(
            [program, "-db", self.database, "-name", NAME, "-listen", self.address, "-ssh-agent", path,
             "-key", listed.split()[1]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait(self.answers)

    def answers(self):
        try:
            http.client.HTTPConnection(self.address, timeout=1).connect()
            return True
        except OSError:
            return False

    @staticmethod
    def wait(condition):
        end = time.monotonic() + 20
        while not condition():
            if time.monotonic() > end:
                raise RuntimeError("the witness does not start")
            time.sleep(0.05)

    def know(self, origin, vkey):
        """What its operator does with witnessctl, whose packages are not to be had everywhere."""
        with sqlite3.connect(self.database, timeout=10) as database:
            empty = base64.b64encode(sha()).decode()
            database.execute("INSERT INTO log VALUES (?, 0, ?)", (origin, empty))
            database.execute("INSERT INTO key VALUES (?, ?)", (origin, vkey))

    def cosign(self, note, old, proof):
        """Returns the HTTP status, and whether a cosignature (type 0x04) of its key came back."""
        head = [f"old {old}"] + [base64.b64encode(h).decode() for h in proof]
        connection = http.client.HTTPConnection(self.address, timeout=10)
        connection.request("POST", "/add-checkpoint", ("\n".join(head) + "\n\n" + note).encode())
        answer = connection.getresponse()
        said = answer.read().decode()
        connection.close()
        if answer.status != 200:
            return answer.status, False
        _, name, blob = said.strip().split(" ")
        blob = base64.b64decode(blob)
        when = int.from_bytes(blob[4:12], "big")
        text = f"cosignature/v1\ntime {when}\n" + note.rpartition("\n\n")[0] + "\n"
        is_good = name == NAME and ed25519_verifies(self.public, text.encode(), blob[12:])
        return answer.status, is_good and abs(when - time.time()) < 60

    def end(self):
        for process in (self.process, self.agent):
            process.terminate()
            process.wait(10)

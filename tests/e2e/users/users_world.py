"""What the tests of users share: an operator, tenants, and the client in a process of its own, which
may have nodes stopped and started. With the standard library alone."""

import http.server
import json
import os
import re
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "apps"))
from place import TOP, check, counts  # noqa: E402

ORIGIN = "https://wallet.example"


def packages():
    for folder in ("judge", "ethers"):
        subprocess.run(["tools/npm-packages", f"tests/e2e/{folder}"], cwd=TOP, check=True)


def operator():
    """A key of an operator. Returns: its PEM, and the public one as the configuration has it."""
    made = subprocess.run(["node", "-e", """
        const { privateKey, publicKey } = require('crypto').generateKeyPairSync('ed25519');
        const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url');
        console.log(JSON.stringify([privateKey.export({ type: 'pkcs8', format: 'pem' }),
          '0x' + raw.toString('hex')]));"""], capture_output=True, text=True, check=True)
    return json.loads(made.stdout)


def tenant(name, assurance):
    return {"name": name, "seed": "native", "derivation": "v2", "chains": ["SN_SEPOLIA"],
            "assurance": assurance, "rp_id": ORIGIN[8:], "origins": [ORIGIN]}


class Master:
    """Does what the client asks for and cannot do: a function for each path, whose answer it gets."""

    def __init__(self, does):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                said = json.dumps(does[self.path]()).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def client(script, given):
    """Run it; what it counted is counted here."""
    done = subprocess.run(["node", os.path.join(HERE, script), json.dumps(given)], cwd=TOP,
                          capture_output=True, text=True, timeout=600)
    lines = done.stdout.splitlines()
    print("\n".join(lines[:-1]), done.stderr, sep="", end="\n" if len(lines) > 1 else "")
    last = re.fullmatch(r"(\d+) passed, (\d+) failed", lines[-1]) if lines else None
    if check("the client came to its end", last is not None, done.stdout[-500:]):
        counts[True] += int(last[1])
        counts[False] += int(last[2])

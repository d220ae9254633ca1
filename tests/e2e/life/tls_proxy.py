"""A proxy that ends TLS and writes down every byte of both directions, and authorities for it."""

import os
import select
import socket
import ssl
import subprocess
import threading

CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60)


def make_authority(folder, name):
    """A certificate authority. Returns: the path of its certificate."""
    openssl(folder, "req", "-x509", *CURVE, "-keyout", f"{name}.key", "-out", f"{name}.pem",
            "-days", "2", "-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE")
    return os.path.join(folder, f"{name}.pem")


def make_certificate(folder, authority, name, host):
    """A certificate of this authority for a host. Returns: its path and that of its key."""
    with open(os.path.join(folder, f"{name}.ext"), "w", encoding="ascii") as file:
        file.write(f"subjectAltName={host}\nbasicConstraints=CA:FALSE\n")
    openssl(folder, "req", *CURVE, "-keyout", f"{name}.key", "-out", f"{name}.csr",
            "-subj", f"/CN={name}")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey",
            f"{authority}.key", "-CAcreateserial", "-days", "2", "-out", f"{name}.pem",
            "-extfile", f"{name}.ext")
    return os.path.join(folder, f"{name}.pem"), os.path.join(folder, f"{name}.key")


class TlsProxy:
    """Passes what comes over TLS on to a port of this machine, and writes it down."""

    def __init__(self, port, certificate, key):
        self.target = port
        self.sent, self.answered = bytearray(), bytearray()  # by clients, and to them
        self.handshakes = 0  # that succeeded
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://localhost:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(plain,), daemon=True).start()

    def serve(self, plain):
        try:
            plain.settimeout(30)
            with self.context.wrap_socket(plain, server_side=True) as client, \
                    socket.create_connection(("127.0.0.1", self.target), timeout=30) as server:
                self.handshakes += 1
                self.relay(client, server)
        except OSError:  # a handshake that failed, or a side that went away
            plain.close()

    def relay(self, client, server):
        while True:
            ready = [client] if client.pending() else select.select([client, server], [], [])[0]
            for source in ready:
                data = source.recv(65536)
                if not data:
                    return
                sink, record = ((server, self.sent) if source is client
                                else (client, self.answered))
                record += data
                sink.sendall(data)

    def close(self):
        self.listener.close()

#!/usr/bin/env python3
"""Requests through the proxies of docs/proxies.md, configured as it says.

nginx and HAProxy are Debian's; the configuration is read out of the page, with ports of this run.
usage: proxies.py PATH-OF-http_echo; ends with N passed, N failed."""
import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import http_matrix
from http_matrix import Server, check

PAGE = os.path.join(os.path.dirname(__file__), "../../../docs/proxies.md")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def config_of(kind, node, port):
    with open(PAGE, encoding="utf-8") as page:
        text = re.search(rf"```{kind}\n(.*?)```", page.read(), re.DOTALL).group(1)
    return text.replace("127.0.0.1:4000", node).replace("127.0.0.1:8080", f"127.0.0.1:{port}")


def without_marked(text):
    return "\n".join(line for line in text.split("\n") if "# otherwise" not in line)


def start_nginx(text, folder):
    path = os.path.join(folder, "nginx.conf")
    places = "".join(f"{name}_temp_path {folder}/{name};\n" for name in
                     ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"daemon off; master_process off; pid {folder}/pid; error_log stderr;\n"
                   f"events {{}}\nhttp {{ access_log off;\n{places}{text}\n}}\n")
    return subprocess.Popen(["nginx", "-c", path, "-p", folder], stderr=subprocess.DEVNULL)


def start_haproxy(text, folder):
    path = os.path.join(folder, "haproxy.cfg")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return subprocess.Popen(["haproxy", "-db", "-f", path], stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def wait_until_served(port):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if ask(port, "GET", "/")[0] == 200:
                return True
        except OSError:
            pass
        time.sleep(0.05)
    return False


def ask(port, method, path, body=None, chunked=False):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, {}, encode_chunked=chunked)
        response = connection.getresponse()
        return response.status, response.read(), {
            name.lower() for name, _ in response.getheaders()}
    finally:
        connection.close()


def ask_all(name, port):
    check(f"{name}: serves", wait_until_served(port))
    body = os.urandom(1 << 20)
    for size in (0, 1, 1000, 100000, 1 << 20):
        status, got, _ = ask(port, "POST", "/", body[:size])
        check(f"{name}: a body of {size} bytes", status == 200 and got == body[:size], status)
        parts = iter([body[i:min(i + 7777, size)] for i in range(0, size, 7777)])
        status, got, _ = ask(port, "POST", "/", parts, chunked=True)
        check(f"{name}: {size} bytes in chunks", status == 200 and got == body[:size], status)
    status, got, headers = ask(port, "HEAD", "/large")
    check(f"{name}: HEAD", status == 200 and got == b"" and "date" in headers, (status, headers))
    status, _, _ = ask(port, "GET", "/none")
    check(f"{name}: a refusal comes through", status == 404, status)
    for path in ("/%6eone", "//none", "/a/../none", "/none%2f"):
        status, _, _ = ask(port, "GET", path)
        check(f"{name}: {path} is passed on as it is", status == 200, status)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    right = 0
    for i in range(100):
        path = ("/", "/later", "/staged")[i % 3]
        connection.request("POST", path, b"%d" % i)
        answer = connection.getresponse().read()
        right += answer == (b"later" if path == "/later" else b"%d" % i)
    connection.close()
    check(f"{name}: 100 requests on one connection", right == 100, right)


def main():
    for name, kind, start, change in (("nginx", "nginx", start_nginx, str),
                                      ("nginx with HTTP/1.0", "nginx", start_nginx, without_marked),
                                      ("HAProxy", "haproxy", start_haproxy, str)):
        folder = tempfile.mkdtemp(prefix="coffer-proxy-")
        with Server("127.0.0.1:0") as server:
            port = free_port()
            proxy = start(change(config_of(kind, server.addresses[0], port)), folder)
            try:
                ask_all(name, port)
            finally:
                proxy.terminate()
                proxy.wait(10)
                shutil.rmtree(folder)
    print(f"{http_matrix.passed} passed, {http_matrix.failed} failed")
    return http_matrix.failed != 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""What the HTTP server does with clients that are wrong, slow, greedy or gone.

Drives tests/e2e/http/http_echo.c over real sockets with nothing but the standard library. Every row
says what it checks. usage: http_matrix.py PATH-OF-http_echo; ends with N passed, N failed."""
import email.utils
import os
import resource
import socket
import struct
import subprocess
import sys
import tempfile
import time

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
passed = failed = 0


def check(name, condition, detail=""):
    global passed, failed
    if condition:
        passed += 1
        print(f"ok    {name}")
    else:
        failed += 1
        print(f"FAIL  {name}: {detail!r}"[:300])


class Server:
    """http_echo with its limits; the context ends it and checks that it gave everything back."""

    def __init__(self, *listeners, loops=2, connections=100, request=1000, idle=1500, write=1000,
                 rate=0, memory=256):
        args = [loops, connections, request, idle, write, rate, memory]
        self.process = subprocess.Popen([sys.argv[1], *map(str, args), *listeners],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addresses = [self.process.stdout.readline().strip() for _ in listeners]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            code = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = "did not stop"
        check("the server stops and gives all memory back", code == 0, code)

    def connect(self, which=0, timeout=8.0):
        text = self.addresses[which]
        if text.startswith("unix:"):
            s = socket.socket(socket.AF_UNIX)
            place = text[5:]
        else:
            host, port = text.rsplit(":", 1)
            s = socket.socket(socket.AF_INET6 if host[0] == "[" else socket.AF_INET)
            place = (host.strip("[]"), int(port))
        s.settimeout(timeout)
        s.connect(place)
        return s

    def stats(self):
        self.process.stdin.write("x")
        self.process.stdin.flush()
        names = ["connections", "accepted", "evicted", "timeouts", "memory"]
        return dict(zip(names, map(int, self.process.stdout.readline().split())))


def read_answer(s, rest=b""):
    """One answer: (status, body, what came after it). Status 0 when the connection ended first."""
    data = rest
    try:
        while b"\r\n\r\n" not in data:
            more = s.recv(65536)
            if not more:
                return 0, data, b""
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        while len(body) < length:
            more = s.recv(1 << 20)
            if not more:
                return 0, body, b""
            body += more
        return int(head.split()[1]), body[:length], body[length:]
    except (ConnectionError, socket.timeout) as error:
        return -1, repr(error).encode(), b""


def is_closed(s):
    try:
        return s.recv(1) == b""
    except ConnectionError:
        return True
    except socket.timeout:
        return False


def post(path, body, extra=b""):
    return (b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n%s\r\n%s" %
            (path, len(body), extra, body))


def chunked(body, extra=b""):
    return (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n%s\r\n%s" %
            (extra, body))


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def refused_rows(server):
    """Framing that two parsers could read in two ways, and the rest of what is no request."""
    smuggled = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
    rows = [
        ("Content-Length and Transfer-Encoding", 400,
         b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
         b"0\r\n\r\n"),
        ("Transfer-Encoding and Content-Length", 400,
         b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n"
         b"0\r\n\r\n"),
        ("two Transfer-Encodings", 400, chunked(b"0\r\n\r\n", b"Transfer-Encoding: chunked\r\n")),
        ("Transfer-Encoding: gzip, chunked", 501,
         b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        ("chunks in HTTP/1.0", 400,
         chunked(b"0\r\n\r\n").replace(b"HTTP/1.1", b"HTTP/1.0")),
        ("a chunk with an extension", 400, chunked(b"1;a=b\r\na\r\n0\r\n\r\n")),
        ("a last chunk with an extension", 400, chunked(b"0;a\r\n\r\n")),
        ("a trailer", 400, chunked(b"1\r\na\r\n0\r\nX: y\r\n\r\n")),
        ("a chunk longer than it says", 400, chunked(b"1\r\nab\r\n0\r\n\r\n")),
        ("a chunk shorter than it says", 400, chunked(b"3\r\nab\r\n0\r\n\r\n")),
        ("a chunk size of 2^32 + 1", 400, chunked(b"100000001\r\na\r\n0\r\n\r\n")),
        ("a chunk size of -1", 400, chunked(b"-1\r\na\r\n0\r\n\r\n")),
        ("a chunk size of 0x1", 400, chunked(b"0x1\r\na\r\n0\r\n\r\n")),
        ("a chunk size with a space", 400, chunked(b"1 \r\na\r\n0\r\n\r\n")),
        ("a chunk line that ends in LF", 400, chunked(b"1\na\r\n0\r\n\r\n")),
        ("chunks beyond the limit", 413, chunked(b"100001\r\n")),
        ("chunks beyond the limit together", 413,
         chunked(b"80000\r\n" + b"a" * 0x80000 + b"\r\n80001\r\n")),
        ("Transfer-Encoding: xchunked", 501,
         b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n"),
        ("two Content-Lengths that differ", 400,
         b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc"),
        ("two Content-Lengths that agree", 400,
         b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab"),
        ("Content-Length: 2, 2", 400,
         b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2, 2\r\n\r\nab"),
        ("Content-Length: +2", 400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\nab"),
        ("Content-Length: -1", 400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"),
        ("Content-Length: 0x2", 400,
         b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x2\r\n\r\nab"),
        ("Content-Length: 02", 400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 02\r\n\r\nab"),
        ("Content-Length of 2^64", 400,
         b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n"),
        ("Content-Length of 2^64 - 1", 400,
         b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\n\r\n"),
        ("Content-Length of 10^15", 413,
         b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000000\r\n\r\n"),
        ("Content-Length : 2, with a space", 400,
         b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 2\r\n\r\nab"),
        ("a folded header", 400, b"GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n"),
        ("no Host", 400, b"GET / HTTP/1.1\r\n\r\n"),
        ("two Hosts", 400, b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
        ("a bare LF", 400, b"GET / HTTP/1.1\nHost: a\n\n"),
        ("a bare CR", 400, b"GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n"),
        ("a NUL in a header", 400, b"GET / HTTP/1.1\r\nHost: a\r\nA: \0\r\n\r\n"),
        ("an absolute target", 400, b"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("HTTP/2.0", 505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ("HTTP/0.9", 400, b"GET /\r\n\r\n"),
        ("a TLS hello", 400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
        ("64 KiB of headers", 431,
         b"GET / HTTP/1.1\r\nHost: a\r\nA: " + b"a" * 65536 + b"\r\n\r\n"),
        ("a target of 8 KiB", 431, b"GET /" + b"a" * 8192 + b" HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("100 headers", 431, b"GET / HTTP/1.1\r\nHost: a\r\n" + b"A: b\r\n" * 100 + b"\r\n"),
        ("Expect: something else", 400,
         b"POST / HTTP/1.1\r\nHost: a\r\nExpect: x\r\nContent-Length: 1\r\n\r\na"),
    ]
    for which, kind in ((0, "tcp"), (1, "unix")):
        for name, status, data in rows:
            with server.connect(which) as s:
                s.sendall(data)
                got, body, rest = read_answer(s)
                check(f"{kind}: {name}: {status}, then closed, nothing after it handled",
                      got == status and rest == b"" and is_closed(s), (got, body, rest))
    with server.connect() as s:
        s.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n"
                  b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled)
        got, _, rest = read_answer(s)
        check("a smuggled request is not answered", got == 400 and rest == b"" and is_closed(s),
              (got, rest))


def body_rows(server):
    limit = 1 << 20
    for size in (0, 1, limit - 1, limit):
        body = os.urandom(size)
        with server.connect() as s:
            s.sendall(post(b"/", body))
            got, answer, _ = read_answer(s)
            check(f"a body of {size} bytes comes back", got == 200 and answer == body, got)
    with server.connect() as s:
        s.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (limit + 1))
        got, _, _ = read_answer(s)
        check("a body one byte too long is refused on its head", got == 413, got)
    for which, kind in ((0, "tcp"), (1, "unix")):
        with server.connect(which) as s:
            try:
                s.sendall(post(b"/", b"a" * (20 << 20)))
            except ConnectionError as error:
                check(f"{kind}: 20 MiB can be sent", False, error)
            got, _, _ = read_answer(s)
            check(f"{kind}: a client that sends 20 MiB first still reads 413", got == 413, got)
    with server.connect() as s:
        s.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        first = s.recv(100)
        s.sendall(b"ok")
        got, body, _ = read_answer(s)
        check("Expect: 100-continue is answered, then the request",
              first == b"HTTP/1.1 100 Continue\r\n\r\n" and got == 200 and body == b"ok", first)
    with server.connect() as s:
        s.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                  b"Content-Length: 9999999\r\n\r\n")
        got, _, _ = read_answer(s)
        check("Expect with a body that is too long gets 413 and no 100", got == 413, got)
    with server.connect() as s:
        s.sendall(b"HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" + GET)
        data = b""
        while data.count(b"\r\n\r\n") < 2:
            data += s.recv(1000)
        first, second, rest = data.split(b"\r\n\r\n", 2)
        check("the answer to HEAD has a length and no body",
              b"Content-Length: 3" in first and second.startswith(b"HTTP/1.1 200") and rest == b"",
              data)


def chunk_rows(server):
    limit = 1 << 20
    last = b"0\r\n\r\n"
    for size in (0, 1, 65535, 65536, limit - 1, limit):
        body = os.urandom(size)
        for step in (7, 4096, 1 << 19):
            if size / step > 100000:
                continue
            parts = b"".join(chunk(body[i:i + step]) for i in range(0, size, step))
            with server.connect() as s:
                s.sendall(chunked(parts + last))
                got, answer, rest = read_answer(s)
                check(f"{size} bytes in chunks of {step} come back",
                      got == 200 and answer == body and rest == b"", got)
    data = chunked(chunk(b"hello") + chunk(b" ") + chunk(b"world") + last)
    with server.connect() as s:
        for i in range(len(data)):
            s.sendall(data[i:i + 1])
        got, body, _ = read_answer(s)
        check("a chunked request byte by byte", (got, body) == (200, b"hello world"), (got, body))
    for path, answer in ((b"/", None), (b"/later", b"later"), (b"/staged", None)):
        mixed = b"".join(
            chunked(chunk(b"%05d" % i * 300) + chunk(b"x") + last).replace(b" / ", b" %s " % path)
            if i % 2 else post(path, b"%05d" % i * 300) for i in range(60))
        with server.connect() as s:
            s.sendall(mixed)
            rest, answers = b"", []
            for i in range(60):
                got, body, rest = read_answer(s, rest)
                answers.append((got, body))
        expected = [(200, answer or b"%05d" % i * 300 + b"x" * (i % 2)) for i in range(60)]
        check(f"chunked and plain requests to {path.decode()}, pipelined, come in order",
              answers == expected, [a[0] for a in answers])
    with server.connect() as s:
        s.sendall(chunked(b"", b"Expect: 100-continue\r\n"))
        first = s.recv(100)
        s.sendall(chunk(b"ok") + last)
        got, body, _ = read_answer(s)
        check("Expect: 100-continue before chunks", first.startswith(b"HTTP/1.1 100 ") and
              (got, body) == (200, b"ok"), (first, got))
    with server.connect() as s:
        s.sendall(chunked(last).replace(b" / ", b" /none ") + GET)
        got, _, rest = read_answer(s)
        check("a refused chunked request ends its connection",
              got == 404 and rest == b"" and is_closed(s), (got, rest))
    with server.connect() as s:
        s.sendall(chunked(chunk(b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n") + last) + GET)
        first, body, rest = read_answer(s)
        second, _, rest = read_answer(s, rest)
        check("what is in a chunk is no request", (first, second, rest) == (200, 200, b"") and
              body.startswith(b"GET /smuggled"), (first, second, rest))


def version_rows(server):
    for name, data in (("with a Host", b"GET / HTTP/1.0\r\nHost: a\r\n\r\n"),
                       ("without a Host", b"GET / HTTP/1.0\r\n\r\n"),
                       ("with keep-alive",
                        b"GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"),
                       ("with a body",
                        post(b"/", b"abc").replace(b"HTTP/1.1", b"HTTP/1.0"))):
        with server.connect() as s:
            s.sendall(data + GET)
            text = b""
            while not text.endswith(b"\r\n\r\n") and not text.endswith(b"abc"):
                more = s.recv(1000)
                text += more
                if not more:
                    break
            check(f"HTTP/1.0 {name}: answered, then closed",
                  text.startswith(b"HTTP/1.1 200 ") and b"Connection: close" in text and
                  text.count(b"HTTP/1.1") == 1 and is_closed(s), text)
    with server.connect() as s:
        s.sendall(GET)
        text = s.recv(1000).decode()
        dates = [line[6:] for line in text.split("\r\n") if line.startswith("Date: ")]
        sent = email.utils.parsedate_to_datetime(dates[0]).timestamp() if len(dates) == 1 else 0
        same = len(dates) == 1 and email.utils.formatdate(sent, usegmt=True) == dates[0]
        check("an answer has the date, as RFC 9110 writes it",
              same and abs(sent - time.time()) < 3, text)


def order_rows(server):
    data = post(b"/", b"hello", b"X: y\r\n")
    with server.connect() as s:
        for i in range(len(data)):
            s.sendall(data[i:i + 1])
        got, body, _ = read_answer(s)
        check("a request byte by byte", got == 200 and body == b"hello", (got, body))
    for path, name in ((b"/", "answered at once"), (b"/later", "answered later"),
                       (b"/staged", "staged first")):
        with server.connect() as s:
            s.sendall(b"".join(post(path, b"%04d" % i) for i in range(50)))
            rest, answers = b"", []
            for i in range(50):
                got, body, rest = read_answer(s, rest)
                answers.append((got, body))
            expected = [(200, b"later" if path == b"/later" else b"%04d" % i) for i in range(50)]
            check(f"50 pipelined requests, {name}, come in order", answers == expected, answers[:3])
    with server.connect() as s:
        s.sendall(b"".join(post(b"/", b"%05d" % i * 400) for i in range(100)))
        rest, right = b"", 0
        for i in range(100):
            got, body, rest = read_answer(s, rest)
            right += got == 200 and body == b"%05d" % i * 400
        check("pipelined bodies that straddle reads", right == 100, right)
    with server.connect() as s:
        s.sendall(GET + b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + GET)
        first, _, rest = read_answer(s)
        second, _, rest = read_answer(s, rest)
        check("nothing is handled after Connection: close",
              (first, second, rest) == (200, 200, b"") and is_closed(s), (first, second, rest))
    with server.connect() as s:
        s.sendall(b"GET /none HTTP/1.1\r\nHost: a\r\n\r\n" + GET)
        first, _, rest = read_answer(s)
        second, _, _ = read_answer(s, rest)
        check("a refused request that is whole keeps its connection", (first, second) == (404, 200),
              (first, second))
    with server.connect() as s:
        s.sendall(b"POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
        first, _, rest = read_answer(s)
        check("a refused request whose body is not here ends its connection",
              first == 404 and rest == b"" and is_closed(s), first)


def end_rows(server):
    for path in (b"/", b"/later", b"/staged"):
        with server.connect() as s:
            s.sendall(post(path, b"bye"))
            s.shutdown(socket.SHUT_WR)
            got, _, _ = read_answer(s)
            check(f"half-close after a request to {path.decode()} still gets the answer",
                  got == 200 and is_closed(s), got)
    with server.connect() as s:
        s.sendall(b"GET / HTTP/1.1\r\nHos")
        s.shutdown(socket.SHUT_WR)
        check("half-close inside a request ends the connection", is_closed(s))
    for name, data in (("inside a head", b"GET / HT"), ("inside a body", post(b"/", b"abc")[:-1]),
                       ("while the answer is held", post(b"/later", b"") * 3),
                       ("while a staged answer is held", post(b"/staged", b"") * 3),
                       ("while a large answer is written", b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")):
        for _ in range(20):
            s = server.connect()
            s.sendall(data)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.close()
        with server.connect() as s:
            s.sendall(GET)
            got, _, _ = read_answer(s)
            check(f"20 resets {name} leave the server well", got == 200, got)
    deadline = time.monotonic() + 3
    while server.stats()["connections"] > 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    check("no connection is left behind", server.stats()["connections"] == 0, server.stats())


def slow_rows(server):
    """Limits of 1 s for a request, 1.5 s idle, 1 s for an answer; all clients run side by side."""
    def drip(head, byte):
        s = server.connect()
        s.sendall(head)
        return s, byte

    start = time.monotonic()
    dripping = {
        "one header byte at a time": drip(b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"x"),
        "one body byte at a time":
            drip(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n", b"x"),
        "a first byte and no more": drip(b"G", b""),
    }
    idle = server.connect()
    served = server.connect()
    served.sendall(GET)
    read_answer(served)
    greedy = socket.socket()
    greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    host, port = server.addresses[0].rsplit(":", 1)
    greedy.connect((host, int(port)))
    greedy.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
    ended = {}
    while time.monotonic() - start < 3 and len(ended) < len(dripping):
        time.sleep(0.1)
        for name, (s, byte) in dripping.items():
            if name in ended:
                continue
            try:
                if byte:
                    s.sendall(byte)
                s.setblocking(False)
                data = s.recv(1000)
                ended[name] = (time.monotonic() - start, data)
            except BlockingIOError:
                s.settimeout(2)
            except ConnectionError as error:
                ended[name] = (time.monotonic() - start, repr(error).encode())
    for name in dripping:
        when, data = ended.get(name, (99, b""))
        check(f"slow loris, {name}: 408 at the deadline of 1 s", 0.9 <= when < 1.8 and
              data.startswith(b"HTTP/1.1 408"), (when, data))
    for name, s in (("that never sent", idle), ("after a request", served)):
        check(f"a connection {name} is closed at 1.5 s", is_closed(s) and
              1.4 <= time.monotonic() - start < 2.6, time.monotonic() - start)
    total = 0
    greedy.settimeout(3)
    try:
        while True:
            more = greedy.recv(1 << 20)
            if not more:
                break
            total += len(more)
    except ConnectionError:
        pass
    except socket.timeout:
        total = -1
    check("a client that does not take its answer is cut", 0 <= total < 32 << 20, total)
    for s, _ in dripping.values():
        s.close()


def crowd_rows():
    """10,000 connections that only sit there, on a server that allows 10,000."""
    wanted = 10000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 24000), hard))
    if min(hard, 24000) < wanted + 200:
        wanted = hard - 300
        print(f"      only {wanted} connections: the limit on open files is {hard}")
    with Server("127.0.0.1:0", connections=wanted, idle=60000, request=60000) as server:
        before = server.stats()["memory"]
        start = time.monotonic()
        crowd = []
        for _ in range(wanted):
            crowd.append(server.connect())
        while server.stats()["connections"] < wanted and time.monotonic() - start < 15:
            time.sleep(0.05)
        stats = server.stats()
        check(f"{wanted} idle connections are open after {time.monotonic() - start:.1f} s",
              stats["connections"] == wanted and stats["evicted"] == 0, stats)
        check("an idle connection costs less than 1 KiB of the server's memory",
              (stats["memory"] - before) / wanted < 1024, stats["memory"] - before)
        times = []
        for s in crowd[::500]:
            at = time.monotonic()
            s.sendall(GET)
            times.append((read_answer(s)[0], time.monotonic() - at))
        check("requests among them are answered within 100 ms",
              all(got == 200 and spent < 0.1 for got, spent in times), times)
        late = [server.connect() for _ in range(20)]
        for s in late:
            s.sendall(GET)
        answers = [read_answer(s)[0] for s in late]
        check("newcomers are served, the longest idle make room", answers == [200] * 20, answers)
        check("20 were closed for them", server.stats()["evicted"] == 20, server.stats())
        for s in crowd + late:
            s.close()


def rate_rows():
    with Server("127.0.0.1:0", "unix:" + tempfile.mktemp(prefix="coffer-rate-"), rate=1) as server:
        with server.connect() as s:
            s.sendall(GET * 25)
            rest, answers = b"", []
            for _ in range(25):
                got, _, rest = read_answer(s, rest)
                answers.append(got)
        check("a burst of 20 passes, the rest gets 429", answers == [200] * 20 + [429] * 5, answers)
        with server.connect(1) as s:
            s.sendall(GET)
            check("another peer is not affected", read_answer(s)[0] == 200)


def stop_rows():
    server = Server("127.0.0.1:0")
    idle = server.connect()
    idle.sendall(GET)
    read_answer(idle)
    busy = server.connect()
    busy.sendall(post(b"/", b"abc")[:-1])
    time.sleep(0.2)
    server.process.stdin.close()
    check("stopping closes idle connections", is_closed(idle))
    busy.sendall(b"c")
    got, body, _ = read_answer(busy)
    check("stopping lets a request in work finish", got == 200 and body == b"abc", (got, body))
    check("and closes its connection", is_closed(busy))
    busy.close()
    check("the server has stopped", server.process.wait(10) == 0)


def main():
    folder = tempfile.mkdtemp(prefix="coffer-http-")
    path = f"{folder}/socket"
    with Server("127.0.0.1:0", f"unix:{path}", "[::1]:0") as server:
        check("the unix socket has mode 0600", os.stat(path).st_mode & 0o7777 == 0o600)
        with server.connect(2) as s:
            s.sendall(GET)
            check("IPv6 is served", read_answer(s)[0] == 200)
        refused_rows(server)
        body_rows(server)
        chunk_rows(server)
        version_rows(server)
        order_rows(server)
        end_rows(server)
        slow_rows(server)
    check("the unix socket is removed", not os.path.exists(path))
    os.rmdir(folder)
    rate_rows()
    stop_rows()
    crowd_rows()
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())

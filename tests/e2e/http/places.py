#!/usr/bin/env python3
"""Who is served while somebody holds every place of the HTTP server, whatever he does with them.

An attacker in a process of its own keeps as many connections open as there are places, from one
address, each in the state of the row; a connection that is closed is opened again at once, as far
as 100 Mbit/s go. Others come from another address, and then, as behind a proxy, from the same.
Every newcomer must be answered within a second; what the others wait is stated. usage: places.py PATH-OF-http_echo; ends
with N passed, N failed."""
import multiprocessing
import select
import socket
import sys
import time

import http_matrix
from http_matrix import GET, Server, check, post, read_answer

PLACES = 400
BODY = 1 << 20
MEMORY = 64  # MiB; a quarter of it for bodies, and for answers
NEWCOMERS = 40
ATTACKER = "127.0.0.66"
RATE = 12_500_000  # bytes per second
SYN = 200          # bytes of a connection, without what it carries
ANSWERS = 50       # of 1 MiB that the attacker asks for in a second: they cost work, not places

# What a connection of the attacker sends when it is open, and again and again after that.
STATES = {
    "sends nothing": (b"", b""),
    "sent one byte": (b"G", b""),
    "sends a head byte by byte": (b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"x"),
    "sends a body byte by byte":
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n", b"x"),
    "sent all of a body but one byte": (post(b"/", b"a" * BODY)[:-1], b""),
    "does not take its answer": (b"GET /more HTTP/1.1\r\nHost: a\r\n\r\n", b""),
    "was refused and stays": (b"\0", b"x"),
    "was served once": (GET, b""),
}

# Those that are after the memory, how many they are, and how much they hold before others come:
# whoever is evicted for it comes again at once, and fills its part anew.
FILLING = ("sent all of a body but one byte", "does not take its answer")
FILLERS = 128
FULL = (MEMORY << 20) // 4 * 3 // 4


class Crowd:
    """The attacker: connections, each with what is still to be sent."""

    def __init__(self, place, source, first, again):
        self.place, self.source, self.first, self.again = place, source, first, again
        self.poll = select.epoll()
        self.sockets = {}
        self.opened = 0
        self.sent = 0
        self.wanted = FILLERS if len(first) > BODY / 2 or self.is_heavy() else PLACES + 20
        self.start = time.monotonic()

    def may_send(self):
        return self.sent < RATE * (time.monotonic() - self.start)

    def may_open(self):
        spent = time.monotonic() - self.start
        return self.may_send() and not (
            self.is_heavy() and self.opened > FILLERS + ANSWERS * spent)

    def is_heavy(self):
        return self.first.startswith(b"GET /more")

    def open(self):
        s = socket.socket()
        s.setblocking(False)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.bind((self.source, 0))
        s.connect_ex(self.place)
        self.opened += 1
        self.sent += SYN
        self.sockets[s.fileno()] = [s, memoryview(self.first)]
        self.poll.register(s, select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP)

    def close(self, number):
        self.poll.unregister(number)
        self.sockets.pop(number)[0].close()

    def work(self, number, events):
        s, rest = self.sockets[number]
        try:
            if events & select.EPOLLIN and not self.is_heavy():
                s.recv(65536)
            if events & select.EPOLLOUT and rest and self.may_send():
                sent = s.send(rest[:65536])
                self.sent += sent
                self.sockets[number][1] = rest = rest[sent:]
            if not rest:
                self.poll.modify(s, select.EPOLLRDHUP | select.EPOLLIN * (self.first == GET))
        except OSError:
            events |= select.EPOLLHUP
        if events & (select.EPOLLHUP | select.EPOLLERR | select.EPOLLRDHUP):
            # A refused one has read the server's end already, and stays.
            if not self.first.startswith(b"\0") or events & (select.EPOLLHUP | select.EPOLLERR):
                self.close(number)

    def run(self, ready, ended):
        trickled = time.monotonic()
        while not ended.is_set():
            while len(self.sockets) < self.wanted and self.may_open():
                self.open()
            for number, events in self.poll.poll(0.05):
                if number in self.sockets:
                    self.work(number, events)
            if not self.may_send():
                time.sleep(0.002)
            ready.value = self.opened
            if self.again and time.monotonic() - trickled > 0.2:
                trickled = time.monotonic()
                for s, rest in self.sockets.values():
                    try:
                        _ = rest or s.send(self.again)
                    except OSError:
                        pass


def attack(place, source, first, again, opened, ended):
    Crowd(place, source, first, again).run(opened, ended)


def ask(server, request, source):
    """One newcomer, who tries again when it was cut. Returns: seconds, and how often it was cut."""
    start, cuts = time.monotonic(), 0
    while time.monotonic() - start < 3:
        s = socket.socket()
        s.settimeout(3)
        try:
            s.bind((source, 0))
            host, port = server.addresses[0].rsplit(":", 1)
            s.connect((host, int(port)))
            s.sendall(request)
            if read_answer(s)[0] == 200:
                return time.monotonic() - start, cuts
        except OSError:
            pass
        finally:
            s.close()
        cuts += 1
    return 99.0, cuts


def keep_asking(server, s, times):
    """A client with a connection of its own that it uses now and then. Returns: it was cut."""
    start = time.monotonic()
    try:
        s.sendall(GET)
        times.append(time.monotonic() - start)
        return read_answer(s)[0] != 200
    except OSError:
        return True


def row(state, source, name):
    first, again = STATES[state]
    requests = [GET, post(b"/staged", b"b" * 1000), post(b"/", b"c" * 100000)]
    with Server("127.0.0.1:0", connections=PLACES, request=60000, idle=60000,
                write=60000, memory=MEMORY) as server:
        host, port = server.addresses[0].rsplit(":", 1)
        opened, ended = multiprocessing.Value("L", 0), multiprocessing.Event()
        crowd = multiprocessing.Process(
            target=attack, args=((host, int(port)), ATTACKER, first, again, opened, ended))
        own = server.connect()
        own.sendall(GET)
        read_answer(own)
        crowd.start()
        deadline = time.monotonic() + 10
        stats = server.stats()
        held, wanted = ("memory", FULL) if state in FILLING else ("connections", PLACES)
        while stats[held] < wanted and time.monotonic() < deadline:
            time.sleep(0.005)
            stats = server.stats()
        check(f"{state}, {name}: {held} are held by the crowd", stats[held] >= wanted, stats)
        answers, kept, cut = [], [], False
        for i in range(NEWCOMERS):
            answers.append(ask(server, requests[i % len(requests)], source))
            cut = cut or keep_asking(server, own, kept)
            if sum(spent > 1 for spent, _ in answers) > 2:
                break
        ended.set()
        crowd.join()
        own.close()
    times = sorted(spent for spent, _ in answers)
    cuts = sum(count for _, count in answers)
    check(f"{state}, {name}: {NEWCOMERS} newcomers are answered within 1 s: "
          f"median {times[len(times) // 2] * 1000:.0f} ms, last {times[-1] * 1000:.0f} ms, cut "
          f"{cuts} times; the crowd came {opened.value} times", times[-1] < 1, answers)
    if source != ATTACKER:
        check(f"{state}, {name}: who was there before keeps its connection", not cut, kept)


def main():
    for state in sys.argv[2:] or STATES:
        row(state, "127.0.0.1", "from another address")
        row(state, ATTACKER, "from the same address")
    print(f"{http_matrix.passed} passed, {http_matrix.failed} failed")
    return http_matrix.failed != 0


if __name__ == "__main__":
    sys.exit(main())

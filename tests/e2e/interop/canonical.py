#!/usr/bin/env python3
"""Compares canonical JSON with Python's json.dumps, which defines it, on random documents.

Written from: Python's json module itself, which the reference uses, and which judges here.
Names and texts of every kind of character, numbers of every size: all powers of two, doubles of
random bits, decimal texts. Each document is written with random spacing and escaping first.
usage: canonical.py PATH-OF-canonical_echo; ends with N passed, N failed.
"""
import json
import random
import struct
import subprocess
import sys

random.seed(7)
CHARACTERS = [0x09, 0x1F, 0x20, 0x22, 0x2F, 0x5C, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF,
              0x10000, 0x10FFFF] + list(range(1, 0x30))


def text():
    def one():
        kind = random.random()
        if kind < 0.5:
            return chr(random.randrange(0x20, 0x7F))
        if kind < 0.8:
            return chr(random.choice(CHARACTERS))
        point = random.randrange(1, 0x110000)
        return chr(point) if not 0xD800 <= point < 0xE000 else "x"

    return "".join(one() for _ in range(random.randrange(12)))


def real():
    while True:
        value = struct.unpack("<d", random.randbytes(8))[0]
        if value == value and abs(value) != float("inf"):
            return value


def number():
    return random.choice([
        lambda: random.randrange(-(2**63), 2**63),
        lambda: random.randrange(-100, 100),
        real,
        lambda: random.uniform(-1000, 1000),
        lambda: round(random.uniform(-1, 1), random.randrange(1, 17)),
        lambda: float(random.randrange(10)) * 10.0 ** random.randrange(-25, 25),
        lambda: -0.0,
    ])()


def value(depth):
    kind = random.randrange(9 if depth < 6 else 6)
    if kind < 2:
        return text()
    if kind < 4:
        return number()
    if kind < 6:
        return random.choice([True, False, None])
    if kind < 8:
        return {text(): value(depth + 1) for _ in range(random.randrange(9))}
    return [value(depth + 1) for _ in range(random.randrange(5))]


def spelled(document):
    if random.random() < 0.5:
        return json.dumps(document)
    return json.dumps(document, ensure_ascii=False, separators=(" , ", " :\t"))


documents = [{"v": value(0)} for _ in range(6000)]
documents += [[2.0**k, -(2.0**k), 2.0**k * 1.5] for k in range(-1074, 1023)]
documents += [[real() for _ in range(20)] for _ in range(1000)]
lines = [spelled(document) for document in documents]
lines += ["[%s]" % t for t in ("1E2", "-0", "-0.0e9", "1.0", "100000000000000000.0", "1e16", "1e15",
                               "123456789012345678", "0.0001", "0.00001", "5e-324", "1e-400",
                               "1.7976931348623157e308", "0." + "0" * 400 + "1", "9" * 16 + ".5")]
done = subprocess.run([sys.argv[1]], input="\n".join(lines) + "\n", capture_output=True, text=True,
                      check=True)
answers = done.stdout.split("\n")[:-1]
passed = failed = 0
for line, answer in zip(lines, answers, strict=True):
    expected = json.dumps(json.loads(line), sort_keys=True, separators=(",", ":"))
    if answer == expected:
        passed += 1
    else:
        failed += 1
        print("differs:", line[:200], answer[:200], expected[:200])
print(f"{passed} passed, {failed} failed")
sys.exit(failed != 0)

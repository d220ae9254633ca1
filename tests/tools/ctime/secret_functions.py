#!/usr/bin/env python3
"""Lists the functions that work on secrets, from the contracts in the headers.

A function works on secrets when the comment over it says *secret*; when it takes or returns a
struct whose comment says so; or when the comment at the head of its file says so of everything in
it and it has a parameter that could hold one (a pointer or a word). Names that end in _var are
public by their contract; those that end in _wipe only overwrite. What test builds alone have
(#ifdef COFFER_CHECKED) is left out.

usage: tests/tools/ctime/secret_functions.py HEADER...; prints name and header, one per line.
"""
import re
import sys

MARK = "*secret*"
TOKEN = re.compile(r"(?P<comment>/\*.*?\*/)|(?P<struct>struct\s+(?P<tag>\w+)\s*\{[^}]*\}[^;]*;)"
                   r"|(?P<head>(?:^|\n)[a-z][^;{}#/]*?\b(?P<name>\w+)\([^;{}]*\)\s*)(?=[;{])"
                   r"|(?P<gap>\n[ \t]*\n)", re.S)


def without_checked(text):
    """Drops the lines between #ifdef COFFER_CHECKED and its #else or #endif."""
    kept, drop, depth = [], None, 0
    for line in text.split("\n"):
        word = line.strip().lstrip("#").split()
        if line.lstrip().startswith("#"):
            if word[0] in ("if", "ifdef", "ifndef"):
                depth += 1
                if word[0] == "ifdef" and word[1] in ("COFFER_CHECKED", "COFFER_CTIME"):
                    drop = depth
            elif word[0] == "else" and drop == depth:
                drop = None
            elif word[0] == "endif":
                if drop == depth:
                    drop = None
                depth -= 1
        elif drop is not None:
            continue
        kept.append(line)
    return "\n".join(kept)


def parse(path):
    """Yields (kind, name, text, comment) of the structs and functions of a header."""
    with open(path, encoding="utf-8") as file:
        text = without_checked(file.read())
    comment, depth_end = "", 0
    for match in TOKEN.finditer(text):
        if match.start() < depth_end:
            continue
        if match["comment"]:
            comment = match["comment"]
        elif match["gap"]:
            comment = ""
        elif match["struct"]:
            yield "struct", match["tag"], match["struct"], comment + match["struct"]
        else:
            yield "function", match["name"], match["head"], comment
            if text[match.end()] == "{":
                depth_end = text.index("\n}", match.end())


def main(paths):
    entries = {path: list(parse(path)) for path in paths}
    types = {name for items in entries.values() for kind, name, _, comment in items
             if kind == "struct" and MARK in comment}
    found = set()
    for path, items in entries.items():
        with open(path, encoding="utf-8") as file:
            whole = MARK in file.read().split("*/")[0]
        for kind, name, head, comment in items:
            if kind != "function" or name.endswith(("_var", "_wipe")):
                continue
            used = set(re.findall(r"struct\s+(\w+)", head))
            holds = re.search(r"\*|\[|uint64_t", head) is not None
            if MARK in comment or used & types or (whole and holds):
                found.add((name, path))
    for name, path in sorted(found):
        print(name, path)


if __name__ == "__main__":
    main(sys.argv[1:])

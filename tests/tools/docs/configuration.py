#!/usr/bin/env python3
"""docs/configuration.md against the tables in the program.
usage: tests/tools/docs/configuration.py [--write]; without --write ends with N passed, N failed.
"""

import json
import os
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
COFFER = os.path.join(TOP, "build/dev-release/bin/coffer")
DOCUMENT = os.path.join(TOP, "docs/configuration.md")
BEGIN = "<!-- the table is written by tests/tools/docs/configuration.py --write -->\n"
END = "<!-- end of the table -->\n"


def table(*words):
    said = subprocess.run([COFFER, "config", *words, "--json"], capture_output=True,
                          check=True).stdout
    lines = ["| setting | default | range | what it is |\n", "|---|---|---|---|\n"]
    for row in json.loads(said)["settings"]:
        span = row["type"]
        if "max" in row:
            span = f"{row['min']} to {row['max']}"
        elif "choices" in row:
            span = row["choices"].replace(" ", ", ")
        elif "bytes" in row:
            span = f"0x and {2 * row['bytes']} hex digits"
        default = f"`{row['default']}`" if "default" in row else (
            "required" if row.get("required") else "")
        lines.append(f"| `{row['name']}` | {default} | {span} | {row['help']} |\n")
    return "".join(lines)


def main():
    with open(DOCUMENT, encoding="utf-8") as file:
        text = file.read()
    new, *parts = text.split(BEGIN)
    for words, part in zip(((), ("--trust",), ("--gateway",)), parts, strict=True):
        new += BEGIN + table(*words) + END + part.split(END)[1]
    if sys.argv[1:] == ["--write"]:
        with open(DOCUMENT, "w", encoding="utf-8") as file:
            file.write(new)
        return 0
    if text != new:
        print("docs/configuration.md is not what the program says; write it again:\n"
              "    tests/tools/docs/configuration.py --write")
        print("0 passed, 1 failed")
        return 1
    print("1 passed, 0 failed")
    return 0


sys.exit(main())

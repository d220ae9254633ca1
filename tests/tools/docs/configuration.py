#!/usr/bin/env python3
"""docs/configuration.md against the table in the program.
usage: tests/tools/docs/configuration.py [--write]; prints nothing but differences, exit 1 when there are.
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


def table():
    said = subprocess.run([COFFER, "config", "--json"], capture_output=True, check=True).stdout
    lines = ["| setting | default | range | what it is |\n", "|---|---|---|---|\n"]
    for row in json.loads(said)["settings"]:
        span = row["type"]
        if "max" in row:
            span = f"{row['min']} to {row['max']}"
        elif "choices" in row:
            span = row["choices"].replace(" ", ", ")
        lines.append(f"| `{row['name']}` | `{row['default']}` | {span} | {row['help']} |\n")
    return "".join(lines)


def main():
    with open(DOCUMENT, encoding="utf-8") as file:
        text = file.read()
    head, rest = text.split(BEGIN)
    old, tail = rest.split(END)
    new = table()
    if sys.argv[1:] == ["--write"]:
        with open(DOCUMENT, "w", encoding="utf-8") as file:
            file.write(head + BEGIN + new + END + tail)
        return 0
    if old != new:
        print("docs/configuration.md is not what the program says; write it again:\n"
              "    tests/tools/docs/configuration.py --write")
        return 1
    return 0


sys.exit(main())

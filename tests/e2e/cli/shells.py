"""Completion in the three shells themselves, and the pages of the manual as mandoc and groff read
them."""

import json
import os
import re
import subprocess
import tempfile

from common import DONE, TOP, answer, check, commands, expect, run

# A line as far as it was typed, and all that it may go on with; None: names of files, among others.
LINES = (
    ("coffer ver", {"verify", "version"}),
    ("coffer starknet ha", {"hash"}),
    ("coffer kv ", {"put", "get", "list", "delete"}),
    ("coffer app derive x --cur", {"--curve"}),
    ("coffer app derive x --curve s", {"stark", "secp256k1"}),
    ("coffer completion ", {"bash", "zsh", "fish"}),
    ("coffer kv put k --fi", {"--file"}),
    ("coffer status --jso", {"--json"}),
    ("coffer starknet hash tr", None),
    ("coffer kv put k --file tr", None),
)

BASH = """source "$1"; cd "$2"; COMP_WORDS=($3); [[ $3 == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _coffer; printf '%s\n' "${COMPREPLY[@]}" """

FISH = """source $argv[1]; cd $argv[2]; complete -C $argv[3] | string replace -r '\t.*' ''"""

# The functions of zsh's completion system stand in for it: they say what they were given.
ZSH = """_describe() { local -a all; all=("${(@P)2}"); print -l -- "${(@)all%%:*}"; }
_files() { print -l -- tr*(N); }
_arguments() {
    shift; local spec choices
    for spec in "$@"; do
        local name=${${spec%%\\[*}%=}
        if [[ $words[CURRENT] == -* && $spec == --* ]]; then print -r -- $name
        elif [[ $words[CURRENT] != -* && ( $words[CURRENT-1] == $name || ( $spec == 1:* &&
                $words[CURRENT-1] != --* ) ) ]]; then
            case ${spec##*:} in
            _files) _files ;;
            \\(*\\)) choices=${${spec##*:}#?}; print -l -- ${=choices%?} ;;
            esac
        fi
    done
}
compdef() { : }
source "$1"; cd "$2"; words=(${=3}); [[ $3 == *' ' ]] && words+=(''); CURRENT=$#words
_coffer | grep -e "^$words[CURRENT]" """

SHELLS = {
    "bash": ["bash", "--norc", "-c", BASH, "bash"],
    "fish": ["fish", "--no-config", "-c", FISH],
    "zsh": ["zsh", "-f", "-c", ZSH, "zsh"],
}


def at_home(folder):
    """fish makes folders in the home of whoever calls it."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    return {**env, "HOME": f"{folder}/home"}


def complete(shell, script, folder, line):
    done = subprocess.run([*SHELLS[shell], script, folder, line], capture_output=True, text=True,
                          timeout=60, check=False, env=at_home(folder))
    check(f"{shell} says nothing else: {line}", done.stderr == "", done.stderr)
    return {word.strip() for word in done.stdout.splitlines() if word.strip()}


def test_shell(shell, folder):
    script = f"{folder}/script"
    text = run("completion", shell)
    with open(script, "w", encoding="ascii") as file:
        file.write(text.stdout)
    said = expect(DONE, ["completion", shell])
    check(f"{shell}: the same as JSON", said["script"] == text.stdout)
    done = subprocess.run([shell, "-n", script], capture_output=True, text=True, check=False,
                          env=at_home(folder))
    check(f"{shell} reads it", done.returncode == 0 and done.stderr == "", done)
    first = {name.split()[0] for name in commands()}
    check(f"{shell}: the first word", complete(shell, script, folder, "coffer ") - {"help"} == first)
    for line, wanted in LINES:
        found = complete(shell, script, folder, line)
        if wanted is None:
            check(f"{shell}: files for {line}", "transaction.json" in found, found)
        else:
            check(f"{shell}: {line}", found == wanted, found)
    for name in commands():
        options = {entry["option"] for entry in
                   answer(run(*name.split(), "--help", "--json"))["options"]}
        found = complete(shell, script, folder, f"coffer {name} --")
        check(f"{shell}: every option of {name}", found == options, (found, options))


def test_manual(folder):
    for page, section in (("coffer", "1"), ("coffer-node", "8")):
        text = run("man", page).stdout
        path = f"{folder}/{page}.{section}"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        # The date is left out on purpose; what is long in the source is not long on the page.
        lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", path], capture_output=True,
                              text=True, check=False)
        wrong = [line for line in lint.stdout.splitlines() if "missing date" not in line]
        check(f"mandoc takes {page}({section})", wrong == [] and lint.stderr == "", lint)
        shown = subprocess.run(["mandoc", "-T", "ascii", "-O", "width=200", path],
                               capture_output=True, text=True, check=True).stdout
        plain = re.sub(".\b", "", shown)  # bold and underlined letters are struck twice
        check(f"{page}({section}) has its sections", all(
            f"\n{name}\n" in f"\n{plain}" for name in ("NAME", "SYNOPSIS", "OPTIONS" if
                                                      page == "coffer-node" else "COMMANDS")), plain)
        pages[page] = " ".join(plain.split())
    for name in commands():
        said = answer(run(*name.split(), "--help", "--json"))
        check(f"coffer(1) has {name}", f"coffer {name}" in pages["coffer"]
              and said["summary"] in pages["coffer"])
        for entry in said["options"]:
            line = " ".join(f"{entry['option']} {entry['value']} {entry['help']}".split())
            check(f"coffer(1) has {entry['option']} of {name}", line in pages["coffer"], line)
    for row in answer(run("config", "--json"))["settings"]:
        check(f"coffer-node(8) has {row['name']}",
              " ".join(f"{row['name']} {row['help']}".split()) in pages["coffer-node"], row["help"])


def test_install(folder):
    subprocess.run(["make", "-s", "install", f"DESTDIR={folder}/in place", "PREFIX=/usr"], cwd=TOP,
                   check=True, capture_output=True)
    for path, words in (("man/man1/coffer.1", ("man",)),
                        ("man/man8/coffer-node.8", ("man", "coffer-node")),
                        ("bash-completion/completions/coffer", ("completion", "bash")),
                        ("zsh/site-functions/_coffer", ("completion", "zsh")),
                        ("fish/vendor_completions.d/coffer.fish", ("completion", "fish"))):
        with open(f"{folder}/in place/usr/share/{path}", encoding="utf-8") as file:
            check(f"make install puts {path} there", file.read() == run(*words).stdout)


pages = {}


def test():
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/transaction.json", "w", encoding="ascii") as file:
            json.dump({}, file)
        for shell in SHELLS:
            test_shell(shell, folder)
        test_manual(folder)
        test_install(folder)

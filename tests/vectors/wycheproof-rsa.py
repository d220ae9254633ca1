"""Keep of Wycheproof's RSA signatures what the unit tests read: RS256 and PS256.

Usage: wycheproof-rsa.py FOLDER > wycheproof-rsa.json, with FOLDER the src/data of the crate
wycheproof 0.7.0 (Apache-2.0, the vectors of C2SP/wycheproof)."""

import json
import sys

FILES = [
    ("RS256", "rsa_signature_2048_sha256_test.json", lambda test: True),
    ("PS256", "rsa_pss_2048_sha256_mgf1_32_test.json", lambda test: True),
    # Of the longer keys: each kind of flaw once.
    ("RS256", "rsa_signature_4096_sha256_test.json", lambda test: test["tcId"] % 16 == 1),
    ("PS256", "rsa_pss_4096_sha256_mgf1_32_test.json", lambda test: test["tcId"] % 8 == 1),
]


def groups_of(folder):
    for alg, name, is_kept in FILES:
        with open(f"{folder}/{name}", encoding="utf-8") as file:
            groups = json.load(file)["testGroups"]
        for group in groups:
            if alg == "PS256":
                assert (group["sha"], group["mgfSha"], group["sLen"]) == ("SHA-256", "SHA-256", 32)
            key = group["publicKey"]
            tests = [[test["tcId"], test["comment"], test["msg"], test["sig"], test["result"]]
                     for test in group["tests"] if is_kept(test)]
            if tests:
                yield {"alg": alg, "n": key["modulus"].removeprefix("00"),
                       "e": key["publicExponent"], "tests": tests}


def text_of(group):
    head = ", ".join(f'"{name}": {json.dumps(group[name])}' for name in ("alg", "n", "e"))
    tests = ",\n".join(json.dumps(test) for test in group["tests"])
    return "{" + head + ', "tests": [\n' + tests + "]}"


print('{"source": "C2SP/wycheproof, crate 0.7.0, wycheproof-rsa.py", "groups": [')
print(",\n".join(text_of(group) for group in groups_of(sys.argv[1])))
print("]}")

#!/usr/bin/env python3
"""The instructions that a callout takes on its I/O thread, by subsystem.

    benches/instructions.py [--binary FILE] [--json]

Two runs of one virtual user, of different lengths, under callgrind: the difference is what callouts
cost, without the start and the end of a run. The count does not depend on how busy the machine is. The
target is the embedded one, whose thread is not counted, nor is the kernel. Needs valgrind.
"""

import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
# The first iterations make histograms and connections; the longer run has these many more.
FIRST, MORE = 400, 1_600

SCENARIO = """schema = 1
name = "instructions"
[target]
url = "embedded"
[auth]
{auth}
[[load]]
kind = "iterations"
users = 1
iterations = {iterations}
"""

CASES = {
    "without a token": 'source = "none"',
    "with a cached token": 'source = "named-credential"\nkey = "lead_signing"\n'
    'issuer = "https://acme.my.salesforce.com"\nsubject = "a@example.com"\n'
    'audience = "https://api.example.com"\nvalid_for = "5min"\nmint = "cached"',
}

# The first that a function's name contains says where it belongs.
SUBSYSTEMS = [
    ("recording", ["leadbench::record"]),
    ("lead", ["leadbench::lead"]),
    ("client", ["leadbench::client"]),
    ("clock", ["leadbench::clock", "clock_gettime", "Timespec", "std::time"]),
    ("engine and token", ["leadbench::"]),
    ("httparse", ["httparse"]),
    ("hyper and http", ["hyper", "http::", "http_body"]),
    ("bytes", ["bytes::"]),
    ("goose", ["goose"]),
    ("tokio", ["tokio", "mio"]),
    ("allocation", ["malloc", "free", "realloc", "calloc", "_int_"]),
    ("copies", ["memcpy", "memmove", "memset", "memcmp", "memchr"]),
    ("system calls", ["recvmsg", "sendto", "send", "recv", "epoll", "write", "read", "rustix", "syscall"]),
]


def subsystem(function):
    for name, parts in SUBSYSTEMS:
        if any(part in function for part in parts):
            return name
    return "other"


def counted(binary, work, auth, iterations):
    """The instructions of the thread that makes the callouts, by function."""
    for old in work.glob("callgrind*"):
        old.unlink()
    scenario = work / "scenario.toml"
    scenario.write_text(SCENARIO.format(auth=auth, iterations=iterations))
    command = [
        "valgrind", "--tool=callgrind", "--separate-threads=yes",
        f"--callgrind-out-file={work}/callgrind", binary, "run", scenario, "--json", "--ui", "none",
        "--keys", work / "keys", "--out", work / "reports",
    ]  # fmt: skip
    ran = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if not ran.stdout.startswith("{"):
        sys.exit(f"the run failed:\n{ran.stderr}")
    done = json.loads(ran.stdout)["counts"]["ok"]
    if done != iterations:
        sys.exit(f"{done} of {iterations} callouts succeeded")
    found = {}
    for path in work.glob("callgrind-*"):
        functions = self_costs(path)
        # The thread of the user: what a compiler inlines differs, and only this thread reads answers.
        if any("leadbench::client::http1" in name for name in functions):
            found = max(found, functions, key=lambda one: sum(one.values()))
    return found


def self_costs(path):
    """The cost of each function by itself, calls left out, in a file of callgrind's own format."""
    names, costs = {}, collections.Counter()
    function, is_call = "", False
    for line in path.read_text(errors="replace").splitlines():
        if match := re.match(r"fn=\((\d+)\)(?: (.*))?", line):
            number, name = match.groups()
            if name:
                names[number] = name
            function = names[number]
        elif match := re.match(r"cfn=\((\d+)\)(?: (.*))?", line):
            number, name = match.groups()
            if name:
                names[number] = name
        elif line.startswith("calls="):
            is_call = True
        elif match := re.match(r"[+*\-\d]\S* (\d+)$", line):
            # The line behind a call has what the called function cost.
            if not is_call:
                costs[function] += int(match[1])
            is_call = False
    return costs


def measure(binary):
    result = {}
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        generate = [binary, "keys", "generate", "lead_signing", "--keys", work / "keys"]
        subprocess.run(list(map(str, generate)), check=True, capture_output=True)
        for case, auth in CASES.items():
            short = counted(binary, work, auth, FIRST)
            long = counted(binary, work, auth, FIRST + MORE)
            parts = collections.Counter()
            for function in long.keys() | short.keys():
                parts[subsystem(function)] += (long[function] - short[function]) / MORE
            result[case] = {name: round(count) for name, count in parts.most_common()}
    return result


def main():
    options = argparse.ArgumentParser(description="Instructions of a callout, by subsystem.")
    options.add_argument("--binary", help="a leadbench that is built already")
    options.add_argument("--json", action="store_true", help="print JSON")
    options = options.parse_args()
    binary = options.binary
    if not binary:
        subprocess.run(["cargo", "build", "--profile", "dist", "--locked", "--features", "full"], cwd=ROOT, check=True)
        metadata = ["cargo", "metadata", "--format-version", "1", "--no-deps"]
        folder = json.loads(subprocess.check_output(metadata, cwd=ROOT))["target_directory"]
        binary = pathlib.Path(folder, "dist", "leadbench")
    result = measure(binary)
    if options.json:
        print(json.dumps(result))
        return
    for case, parts in result.items():
        print(f"\n{case}: {sum(parts.values()):,} instructions a callout")
        for name, count in parts.items():
            print(f"  {name:18} {count:>7,}")


if __name__ == "__main__":
    main()

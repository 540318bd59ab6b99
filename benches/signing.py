#!/usr/bin/env python3
"""What signing does to the figures of the network, and how much of a signer's rate is reached.

Fidelity: network p99 with `jit` and `pipeline` at 70 % of what one signer thread was calibrated
at, against `none` at the same rate, in turn. Sign-bound: asked for twice that rate, the share of
it that is achieved, and whether the verdict names the signers. The target is a process of its
own that verifies nothing, so that it has the same work in each mode; there is one signer thread.
Read ratios, not absolute numbers.

    benches/signing.py [ROUNDS] [SECONDS]

Needs python3 only; LEADBENCH names a binary that is built already.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
SECONDS = int(sys.argv[2]) if len(sys.argv) > 2 else 10
WARMUP = 2
SCENARIO = """
schema = 1
name = "signing"
[target]
url = "{url}"
[auth]
source = "named-credential"
key = "Lead_Signing"
issuer = "https://acme.my.salesforce.com"
subject = "integration@acme.example"
audience = "https://api.example.com/leads"
[engine]
signers = 1
[[load]]
kind = "rate"
rate = "100/s"
for = "{seconds}s"
warmup = "{warmup}s"
"""


def binary():
    given = os.environ.get("LEADBENCH")
    if given:
        return given
    subprocess.run(["cargo", "build", "--profile", "dist", "--locked", "--features", "full"], cwd=ROOT, check=True)
    metadata = ["cargo", "metadata", "--format-version", "1", "--no-deps"]
    told = json.loads(subprocess.check_output(metadata, cwd=ROOT))
    return pathlib.Path(told["target_directory"]) / "dist" / "leadbench"


class Bench:
    def __init__(self, folder):
        self.folder = folder
        self.leadbench = binary()
        self.keys = ["--keys", f"{folder}/keys"]
        subprocess.run(
            [self.leadbench, "keys", "generate", "Lead_Signing", *self.keys],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        self.target = subprocess.Popen(
            [self.leadbench, "target", "--listen", "127.0.0.1:0", "--service-time", "2ms",
             "--no-token"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        url = ""
        while "http://" not in url:
            url = self.target.stdout.readline()
        url = "http://" + url.split("http://")[1].split()[0].strip(".,")
        self.url = url if url.endswith("/leads") else url.rstrip("/") + "/leads"
        self.scenario = f"{folder}/signing.toml"
        text = SCENARIO.format(url=self.url, seconds=SECONDS + WARMUP, warmup=WARMUP)
        pathlib.Path(self.scenario).write_text(text)

    def run(self, mode, rate):
        done = subprocess.run(
            [self.leadbench, "run", self.scenario, "--rate", f"{rate:.0f}/s", "--force",
             "--set", f"auth.signing={mode}", "--out", f"{self.folder}/reports", *self.keys,
             "--ui", "none", "--json"],
            capture_output=True, text=True,
        )
        try:
            return json.loads(done.stdout), done.returncode
        except json.JSONDecodeError:
            sys.exit(f"{mode} ended with {done.returncode}: {done.stderr}")


def spread(ratios):
    cells = " ".join(f"{ratio:.3f}" for ratio in ratios)
    return f"{cells}   median {statistics.median(ratios):.3f}"


def fidelity(bench):
    calibrated = bench.run("jit", 100)[0]["signing"]["calibrated_per_s"]
    rate = calibrated * 0.7
    print(f"fidelity: {rate:.0f}/s, 70 % of the {calibrated:.0f}/s that one signer makes")
    ratios = {"jit": [], "pipeline": []}
    verdicts = {"none": [], "jit": [], "pipeline": []}
    for number in range(ROUNDS):
        p99 = {}
        order = ["none", "jit", "pipeline"]
        for mode in order[number % 3:] + order[: number % 3]:
            summary, _ = bench.run(mode, rate)
            p99[mode] = summary["phases"]["network"]["p99_ns"]
            verdicts[mode].append(summary["measurement"]["verdict"])
        for mode in ratios:
            ratios[mode].append(p99[mode] / p99["none"])
    for mode, found in ratios.items():
        print(f"  network p99, {mode} / none:  {spread(found)}")
    for mode, found in verdicts.items():
        print(f"  verdicts of {mode}: {' '.join(found)}")


def sign_bound(bench):
    print("sign-bound: asked for twice the calibrated rate of one signer")
    for mode in ("jit", "pipeline"):
        shares, told = [], 0
        for _ in range(ROUNDS):
            calibrated = bench.run(mode, 100)[0]["signing"]["calibrated_per_s"]
            summary, _ = bench.run(mode, calibrated * 2)
            of = summary["signing"]["calibrated_per_s"]
            shares.append(summary["rates"]["achieved_per_s"] / of)
            told += any("sign" in reason for reason in summary["measurement"]["reasons"])
        print(f"  {mode}: achieved / calibrated  {spread(shares)}; "
              f"signers named as the limit in {told} of {ROUNDS}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(folder)
        try:
            fidelity(bench)
            sign_bound(bench)
        finally:
            bench.target.terminate()
            bench.target.wait()


if __name__ == "__main__":
    main()

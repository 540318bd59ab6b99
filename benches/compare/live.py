#!/usr/bin/env python3
"""Live duels of targets whose difference is known, beside a neighbour that comes and goes.

First duels of two targets that are alike: what they find is a false alarm. Then duels in which
the candidate takes longer in its tail by as many milliseconds as are said. A process that needs
a core for itself is switched on and off at random meanwhile, from a seed.

    benches/compare/live.py [--duels N] [--slower N] [--rounds N] [--seconds S] [--mode MODE]

Needs python3; it builds leadbench, and ends with 1 when more than three of twenty duels of
targets that are alike raise an alarm, or a slower tail is not found in all its duels.
"""

import argparse
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SCENARIO = """schema = 1
name = "live"
[target]
url = "embedded"
[auth]
source = "named-credential"
key = "live"
issuer = "i"
subject = "s"
audience = "a"
signing = "jit"
[[load]]
kind = "rate"
rate = "{rate}/s"
for = "{seconds}s"
warmup = "500ms"
"""
LATENCY = "lognormal p50=5ms p99={p99}ms"


class Neighbour(threading.Thread):
    """A busy process that is there half of the time, for half a second to four."""

    def __init__(self, seed):
        super().__init__(daemon=True)
        self.random = random.Random(seed)
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(self.random.uniform(0.5, 4)):
            # It ends by itself, whatever becomes of this script.
            busy = "import time; end = time.time() + %f\nwhile time.time() < end: pass"
            span = self.random.uniform(0.5, 4)
            subprocess.run([sys.executable, "-c", busy % span], check=True)


class Target:
    def __init__(self, binary, work, p99, seed):
        command = [binary, "target", "--listen", "127.0.0.1:0", "--seed", str(seed)]
        command += ["--trust", work / "keys" / "live.crt.pem", "--latency", LATENCY.format(p99=p99)]
        self.process = subprocess.Popen(
            [str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for line in self.process.stdout:
            if found := re.search(r"http://[\d.]+:\d+", line):
                self.url = found.group() + "/leads"
                break
        # What it says later is for nobody.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def duel(binary, work, options, baseline, candidate, number):
    out = work / f"found-{number}"
    command = [binary, "duel", work / "live.toml", "--keys", work / "keys"]
    command += ["--baseline", baseline.url, "--candidate", candidate.url]
    command += ["--rounds", options.rounds, "--mode", options.mode, "--looks", options.looks]
    command += ["--reports", work / f"reports-{number}", "--out", out]
    began = time.monotonic()
    ran = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    found = out / "comparison.json"
    if not found.exists():
        return None, f"exit {ran.returncode}: {ran.stderr.strip().splitlines()[-1]}"
    comparison = json.loads(found.read_text())
    gates = [metric for metric in comparison["metrics"] if metric["gates"]]
    left_out = ran.stderr.count("invalid, left out")
    word = lambda finding: finding.replace("_", " ").replace("-", " ")
    parts = [f"{metric['name']} {word(metric['finding'])}" for metric in gates]
    took = time.monotonic() - began
    said = f"exit {ran.returncode}  {word(comparison['finding'])}"
    said += " (advisory)" if comparison["advisory"] else ""
    said += f"  [{', '.join(parts)}]  {left_out} of {2 * options.rounds} runs left out, {took:.0f} s"
    return comparison, said


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("duels", 20), ("slower", 3), ("rounds", 10), ("seconds", 3), ("looks", 1)):
        options.add_argument(f"--{name}", type=int, default=default)
    # Each run needs 368 callouts for its p99 to have an interval.
    options.add_argument("--rate", type=int, default=400)
    options.add_argument("--longer-ms", type=int, default=10)
    options.add_argument("--mode", default="per-arrival")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--binary", type=pathlib.Path, help="do not build, but use this one")
    options = options.parse_args()
    binary = options.binary
    if not binary:
        subprocess.run(["cargo", "build", "--profile", "dist", "--locked", "--features", "full"], cwd=ROOT, check=True)
        command = ["cargo", "metadata", "--format-version", "1", "--no-deps", "--offline"]
        text = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
        binary = pathlib.Path(json.loads(text)["target_directory"]) / "dist" / "leadbench"
    p99 = 20
    neighbour = Neighbour(options.seed)
    alarms = advice = missed = unjudged = 0
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        (work / "live.toml").write_text(SCENARIO.format(rate=options.rate, seconds=options.seconds))
        keys = ["keys", "generate", "live", "--keys", str(work / "keys")]
        subprocess.run([binary, *keys], check=True, stdout=subprocess.DEVNULL)
        neighbour.start()
        with Target(binary, work, p99, 11) as one, Target(binary, work, p99, 12) as other:
            for number in range(options.duels):
                comparison, said = duel(binary, work, options, one, other, number)
                finding = comparison["finding"] if comparison else None
                unjudged += comparison is None
                is_alarm = finding in ("regression", "improvement")
                alarms += is_alarm
                advice += is_alarm and comparison["advisory"]
                print(f"alike {number + 1:>2}: {said}", flush=True)
        with Target(binary, work, p99, 11) as one, Target(
            binary, work, p99 + options.longer_ms, 12
        ) as other:
            for number in range(options.slower):
                name = f"slower-{number}"
                comparison, said = duel(binary, work, options, one, other, name)
                found = comparison and [
                    metric["finding"] for metric in comparison["metrics"]
                    if metric["name"] == "latency.p99"
                ]
                missed += found != ["regression"]
                print(f"p99 {options.longer_ms} ms longer {number + 1:>2}: {said}", flush=True)
        neighbour.over.set()
    print(
        f"{alarms} of {options.duels} duels of targets that are alike raised an alarm, {advice} of them as"
        f" advice only; {unjudged} could not be judged; {options.slower - missed} of {options.slower} slower tails were found"
    )
    sys.exit(alarms * 20 > 3 * max(options.duels, 1) or missed > 0)


if __name__ == "__main__":
    main()

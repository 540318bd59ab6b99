#!/usr/bin/env python3
"""Searches for capacities that mathematics knows, and counts how many brackets hold the truth.

    benches/search/run.py KIND [SEARCHES] [AT_ONCE] [OPTIONS OF leadbench search]

KIND is mm1 or md1: one server with a mean service time of 5 ms and the goal p99 < 100 ms. For M/M/1 the
response time is exponential with the rate mu - lambda, so the goal holds up to mu - ln(100)/T = 153.9/s.
For M/D/1 the truth is computed by Lindley's recursion over a million callouts a rate. AT_ONCE searches run
side by side, each against an API of its own: benches/search/single_server.py, or, with API=target, the reference
target (`leadbench target --latency "mm1 5ms"`). LEADBENCH names a binary that is built already, PORT the first port.
"""

import concurrent.futures
import json
import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
KIND = sys.argv[1]
SEARCHES = int(sys.argv[2]) if len(sys.argv) > 2 else 10
AT_ONCE = int(sys.argv[3]) if len(sys.argv) > 3 else 1
OPTIONS = sys.argv[4:] or ["--from", "50/s", "--max", "640/s"]
SERVICE_S, LIMIT_S = 0.005, 0.1
PORT = int(os.environ.get("PORT", 18200))
BINARY = os.environ.get("LEADBENCH", str(ROOT / "target/dist/leadbench"))

SCENARIO = """schema = 1
name = "{kind}"
[target]
url = "http://127.0.0.1:{port}/leads"
[auth]
source = "none"
[lead]
seed = {seed}
[[load]]
kind = "rate"
rate = "50/s"
for = "10s"
[thresholds]
"latency.p99" = "< {limit_ms:.0f}ms"
"""


def p99_of_md1(rate):
    """The p99 of M/D/1 at a rate, by Lindley's recursion."""
    dice, wait, waits = random.Random(7), 0.0, []
    for _ in range(1_000_000):
        wait = max(0.0, wait + SERVICE_S - dice.expovariate(rate))
        waits.append(wait)
    waits.sort()
    return waits[int(0.99 * len(waits))] + SERVICE_S


def truth():
    if KIND == "mm1":
        return 1 / SERVICE_S - math.log(100) / LIMIT_S
    low, high = 100.0, 200.0
    while high - low > 0.2:
        middle = (low + high) / 2
        low, high = (middle, high) if p99_of_md1(middle) < LIMIT_S else (low, middle)
    return low


def api_command(port):
    if os.environ.get("API") == "target":
        latency = f"{KIND} {SERVICE_S * 1000:.0f}ms"
        return [BINARY, "target", "--no-token", "--listen", f"127.0.0.1:{port}", "--latency", latency]
    return [sys.executable, str(ROOT / "benches/search/single_server.py"), str(port), KIND]


def search(number):
    port = PORT + number
    api = subprocess.Popen([*api_command(port), "--seed", str(number)], stdout=subprocess.PIPE)
    try:
        api.stdout.readline()
        with tempfile.TemporaryDirectory() as work:
            scenario = pathlib.Path(work) / "scenario.toml"
            text = SCENARIO.format(
                kind=KIND, port=port, seed=1 + 1000 * number, limit_ms=LIMIT_S * 1000
            )
            scenario.write_text(text)
            command = [BINARY, "search", str(scenario), "--json", "--out", f"{work}/reports"]
            run = subprocess.run([*command, *OPTIONS], capture_output=True, text=True)
            if not run.stdout.startswith("{"):
                sys.exit(f"the search failed with {run.returncode}:\n{run.stderr[-2000:]}")
            return json.loads(run.stdout)
    finally:
        api.terminate()
        api.wait()


def main():
    limit = truth()
    print(f"{KIND}: by arithmetic, p99 < {LIMIT_S * 1000:.0f} ms holds up to {limit:.1f}/s")
    hits, near = 0, 0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for answer in pool.map(search, range(SEARCHES)):
            one = answer["searches"][0]
            holds, fails = one["holds"] or 0.0, one["fails"] or math.inf
            is_hit = holds <= limit <= fails
            error = math.log(math.sqrt(max(holds, 1e-9) * min(fails, 1e9)) / limit)
            hits += is_hit
            near += abs(error) <= math.log(1.05)
            print(
                f"  {holds:7.1f} holds, {fails:7.1f} fails  {'holds the truth' if is_hit else 'beside it':16}"
                f" middle {100 * error:+5.1f} %  {len(one['trials'])} trials, {one['took_ns'] / 6e10:.1f} min,"
                f" {one['conclusion']}, confirmation {one['confirmation']}",
                flush=True,
            )
    print(f"{hits} of {SEARCHES} brackets hold the truth; {near} have their middle within 5 % of it")


main()

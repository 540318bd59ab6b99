#!/usr/bin/env python3
"""A long run against a target in trouble: is every lead counted once, and does memory stay?

The reference target answers 503, closes connections, never answers, grants no access tokens,
stands still (SIGSTOP) and has its connections reset (ss --kill, where the system lets us): now
one and now the other, at random instants that follow from SEED. Meanwhile the generator's
memory and open descriptors are read from /proc each second. At the end the target's ledger must
agree with the summary: what the generator calls answered is what the target answered, and of
what it calls unanswered no more has arrived than it says.

    benches/soak/run.py [DURATION] [RATE]         default: 1h 2000

DURATION is like 60s, 20m or 8h, RATE is leads a second. Needs Linux, python3 and root. LEADBENCH names
a binary; without it the release build is made. SAMPLES names a file for what was read of /proc.
Ends with 0 (PASS) or 1 (FAIL); what it could not do is said.
"""

import json
import os
import pathlib
import random
import re
import signal
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SEED = int(os.environ.get("SEED", "1"))
PAGE = os.sysconf("SC_PAGE_SIZE")
MIB = 1024 * 1024

# Callouts at once; each may hold a connection, and so a descriptor.
IN_FLIGHT = 512
# Connections of callouts that timed out, on which an answer that comes late is listened for.
LATE = 256
# Descriptors for all but connections: files of the run, timers, epoll, the token endpoint.
OTHER_DESCRIPTORS = 64
# How long a callout may take, short so that what stalls does not fill every slot for long.
TIMEOUT_S = 3
# The kinds of trouble, each of which comes once before any comes again.
KINDS = ["503", "close", "stall", "token", "pause", "kill"]
# How a callout ends has histograms of its own, 130 KiB for each phase in each place where some
# are held. They are made when it first happens there, and then stay: memory climbs in steps until
# each trouble has come twice or so, and is judged from then on. A shorter run is held to what all
# of them may take together.
ROUNDS = 2
LONG_S = 1200
CEILING_MIB = 512
GROWTH_MIB = 24
SLOPE_MIB_PER_H = 8
# A row for each second, in a list that doubles and in what is written each minute.
ROW_BYTES = 2048

# Outcomes that follow a whole answer; any other is a callout that had none.
ANSWERED = {
    "ok", "duplicate", "unauthorized", "forbidden", "too_many_requests", "client_error",
    "server_error", "unexpected_status",
}
# Outcomes without a request.
UNSENT = {"token_endpoint", "signing", "dns", "refused", "unreachable", "local_ports", "local_files"}


def seconds(text):
    found = re.fullmatch(r"(\d+)(s|m|h)", text)
    if not found:
        sys.exit(f"{text!r} is no duration: write 60s, 20m or 8h")
    return int(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2]]


def plan(duration):
    """What goes wrong when, one after the other: (kind, from, for), in seconds."""
    chance = random.Random(SEED)
    longest = min(45, max(4, duration / 12))
    events, at = [], min(10, duration / 6)
    bag = []
    while True:
        bag = bag or chance.sample(KINDS, len(KINDS))
        kind = bag.pop()
        span = round(chance.uniform(0.5, {"token": 6, "pause": 2.5}.get(kind, 3)), 2)
        # The end is quiet, so that what is open comes back.
        if at + span + TIMEOUT_S + 3 > duration:
            return events
        events.append((kind, round(at, 2), span))
        at += span + chance.uniform(longest / 4, longest)


def start_target(binary, work, events):
    command = [binary, "target", "--listen", "127.0.0.1:0", "--trust", work / "keys" / "jwks.json"]
    command += ["--accept", "access-token", "--access-token-life", "4s", "--seed", str(SEED)]
    command += ["--latency", "lognormal p50=2ms p99=20ms", "--fault", "0.2%:503"]
    command += ["--fault", "0.05%:close"]
    for kind, at, span in events:
        spell = f"from={at}s,for={span}s"
        if kind == "token":
            command += ["--token-outage", spell]
        elif kind in ("503", "close", "stall"):
            command += ["--outage", f"{spell}:{kind}"]
    target = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)
    first = target.stdout.readline()
    if "http://" not in first:
        sys.exit("the target did not start")
    return target, first.split()[-1].strip()


def scenario(work, url, duration, rate):
    path = work / "soak.toml"
    path.write_text(
        f'schema = 1\nname = "soak"\n[target]\nurl = "{url}/leads"\ntimeout = "{TIMEOUT_S}s"\n'
        '[auth]\nsource = "named-credential"\nkey = "soak"\nissuer = "https://acme.my.salesforce.com"\n'
        'subject = "integration@acme.example"\naudience = "https://api.example.com/leads"\n'
        f'[auth.exchange]\nurl = "{url}/token"\n'
        f'[[load]]\nkind = "rate"\nrate = "{rate}/s"\nfor = "{duration}s"\n'
        f"max_in_flight = {IN_FLIGHT}\n"
        # Failures are what this run is about.
        '[thresholds]\n"failed" = "<= 100%"\n'
    )
    return path


def disturb(target, port, events, begun, note):
    """What the target cannot do to itself: to stand still, and to lose its connections."""
    for kind, at, span in events:
        if kind not in ("pause", "kill"):
            continue
        time.sleep(max(0, begun + at - time.monotonic()))
        if target.poll() is not None:
            return
        if kind == "pause":
            target.send_signal(signal.SIGSTOP)
            time.sleep(span)
            target.send_signal(signal.SIGCONT)
        elif not shutil.which("ss"):
            note("connections were not reset: ss is missing (apt-get install iproute2)")
        else:
            kill = ["ss", "--no-header", "--kill", "dst", "127.0.0.1", "dport", "=", f":{port}"]
            done = subprocess.run(kill, capture_output=True, text=True)
            if done.returncode or not done.stdout.strip():
                note("connections were not reset: ss --kill needs root and a kernel that can")


def sample(pid):
    """Resident memory and open descriptors; nothing once the process is gone."""
    try:
        resident = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
        return time.monotonic(), resident, len(os.listdir(f"/proc/{pid}/fd"))
    except (OSError, IndexError):
        return None


def watch(generator):
    samples = []
    while generator.poll() is None:
        samples.append(sample(generator.pid))
        time.sleep(1)
    return [one for one in samples if one]


def slope(samples):
    """MiB an hour, by least squares."""
    if len(samples) < 3:
        return 0.0
    times = [at for at, _, _ in samples]
    fit = statistics.linear_regression(times, [resident / MIB for _, resident, _ in samples])
    return fit.slope * 3600


def judge_use(samples, duration, events, fail):
    """Memory and descriptors, of the load alone: reports are made after it."""
    start = samples[0][0]
    load = [(at - start, resident, files) for at, resident, files in samples if at - start <= duration]
    minute = min(60, max(5, duration // 6))
    # Each trouble has come, and what follows from it is over.
    round_ends = [at + span + TIMEOUT_S for _, at, span in events[: ROUNDS * len(KINDS)]]
    is_long = duration >= LONG_S
    settled = max(round_ends) if is_long else minute
    first = [one for one in load if settled <= one[0] < settled + minute] or load
    last = [one for one in load if one[0] >= duration - minute] or load
    half = [one for one in load if one[0] >= max(settled, duration / 2)]
    median = lambda part, which: statistics.median(one[which] for one in part)
    climb, peak = slope(half), max(one[1] for one in load) / MIB
    print(f"\nThe generator: {minute} s from {settled:.0f} s on, and the last {minute} s")
    print(f"  memory       {median(first, 1) / MIB:8.1f} MiB  {median(last, 1) / MIB:8.1f} MiB"
          f"   peak {peak:.1f} MiB; {climb:+.2f} MiB/h in the second half"
          + ("" if is_long else f", which says little below {LONG_S // 60} minutes"))
    print(f"  descriptors  {median(first, 2):8.0f}      {median(last, 2):8.0f}"
          f"       peak {max(one[2] for one in load)}")
    grown, rows = (median(last, 1) - median(first, 1)) / MIB, ROW_BYTES / MIB
    if peak > CEILING_MIB + duration * rows:
        fail(f"{peak:.1f} MiB are more than the histograms of every outcome take")
    if is_long and grown > GROWTH_MIB + duration * rows:
        fail(f"memory grew by {grown:.1f} MiB, more than {GROWTH_MIB + duration * rows:.1f}")
    if is_long and climb > SLOPE_MIB_PER_H + 3600 * rows:
        fail(f"memory grows by {climb:.1f} MiB/h, more than {SLOPE_MIB_PER_H + 3600 * rows:.1f}")
    most = max(one[2] for one in load)
    if most > IN_FLIGHT + LATE + OTHER_DESCRIPTORS:
        fail(f"{most} descriptors are more than {IN_FLIGHT} callouts and {LATE} late answers need")


def judge_counts(summary, ledger, fail):
    """The law: what was answered is known to both; what was not has at most arrived."""
    counts, outcomes = summary["counts"], summary["outcomes"]
    refused = sum(ledger["rejected"].values())
    troubles = {what: n for what, n in ledger["troubles"].items() if not what.startswith("token:")}
    answered = sum(n for name, n in outcomes.items() if name in ANSWERED)
    unsent = sum(n for name, n in outcomes.items() if name in UNSENT)
    unanswered = counts["completed"] - answered - unsent
    # A lead that was sent again with a fresh token had an answer before: the refusal.
    answers = answered + counts["retried"]
    arrived_only = ledger["requests"] - answers

    print("\nThe generator says                     the target says")
    rows = [
        ("started", counts["started"], "requests", ledger["requests"]),
        ("ok", outcomes.get("ok", 0), "accepted", ledger["accepted"]),
        ("server_error", outcomes.get("server_error", 0), "troubles 503", troubles.get("503", 0)),
        ("retried (401)", counts["retried"], "rejected", refused),
        ("without an answer", unanswered, "closed, stalled", sum(troubles.values()) - troubles.get("503", 0)),
        ("without a token", outcomes.get("token_endpoint", 0), "token requests in trouble",
         sum(n for what, n in ledger["troubles"].items() if what.startswith("token:"))),
    ]
    for left, one, right, other in rows:
        print(f"  {left:<20}{one:>12}       {right:<28}{other:>12}")
    print(f"  outcomes: {json.dumps(outcomes)}; dropped {counts['dropped']}, late {counts['late']},"
          f" resent {counts['resent']}, interrupted {counts['interrupted']}")
    print(f"  of {unanswered} callouts without an answer {arrived_only} had arrived all the same")

    def holds(law, text):
        if not law:
            fail(text)

    holds(sum(outcomes.values()) == counts["completed"], "outcomes do not add up to completed")
    holds(counts["completed"] == counts["ok"] + counts["failed"], "ok and failed are not all")
    holds(counts["planned"] == counts["started"] + counts["dropped"] + counts["interrupted"],
          "planned is not started, dropped and interrupted")
    holds(counts["started"] == counts["completed"], "a callout began and had no end")
    holds(ledger["requests"] == ledger["accepted"] + refused + sum(troubles.values()),
          "the target lost a request")
    holds(0 <= arrived_only <= unanswered,
          f"{ledger['requests']} requests arrived; {answers} were answered, {unanswered} not")
    holds(0 <= ledger["accepted"] - outcomes.get("ok", 0) <= unanswered,
          "accepted leads are not those that were answered, and some of those that were not")
    holds(0 <= troubles.get("503", 0) - outcomes.get("server_error", 0) <= unanswered,
          "errors of the server are not those that it had")
    holds(ledger["leads_without_id"] == 0, "a lead arrived without its Id")
    if ledger["unique_leads_limit_reached"]:
        print("  note: more leads than the target tells apart; that none came twice was not checked")
    else:
        # A lead whose token was refused comes again with a fresh one, and nothing else does.
        again = ledger["leads"] - ledger["unique_leads"]
        holds(0 <= again <= counts["retried"],
              f"{again} leads arrived again; {counts['retried']} were sent again")


def main():
    duration = seconds(sys.argv[1] if len(sys.argv) > 1 else "1h")
    rate = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    if not pathlib.Path("/proc/self/statm").exists():
        sys.exit("needs /proc: run it on Linux")
    if os.geteuid() != 0:
        sys.exit("needs root: a process that holds keys lets nobody else count its descriptors")
    binary = os.environ.get("LEADBENCH")
    if not binary:
        subprocess.run(["cargo", "build", "--profile", "dist", "--locked", "--features", "full", "--bins"], cwd=ROOT, check=True)
        command = ["cargo", "metadata", "--format-version", "1", "--no-deps", "--locked"]
        text = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
        binary = pathlib.Path(json.loads(text)["target_directory"]) / "dist" / "leadbench"
    failures, notes = [], []
    note = lambda text: notes.append(text) if text not in notes else None
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        keys = [str(binary), "keys", "generate", "soak", "--keys", str(work / "keys")]
        subprocess.run(keys, check=True, stdout=subprocess.DEVNULL)
        events = plan(duration)
        print(f"{duration} s at {rate}/s, seed {SEED}; what goes wrong:")
        print("  " + ", ".join(f"{kind} at {at:g} s for {span:g} s" for kind, at, span in events))
        target, url = start_target(binary, work, events)
        try:
            command = [str(binary), "run", str(scenario(work, url, duration, rate)), "--force"]
            command += ["--keys", str(work / "keys"), "--out", str(work / "reports")]
            command += ["--ui", "none", "--json"]
            with open(work / "summary.json", "wb") as out:
                generator = subprocess.Popen(command, stdout=out)
            try:
                begun = time.monotonic()
                port = url.rsplit(":", 1)[1]
                arguments = (target, port, events, begun, note)
                threading.Thread(target=disturb, args=arguments, daemon=True).start()
                samples = watch(generator)
            finally:
                if generator.poll() is None:
                    generator.terminate()
                    generator.wait()
            # What the target stalls or still answers ends with its callers' connections.
            time.sleep(1)
            with urllib.request.urlopen(f"{url}/ledger", timeout=30) as answer:
                ledger = json.load(answer)
        finally:
            target.send_signal(signal.SIGCONT)
            target.terminate()
            target.wait()
        # 8 is a machine too busy to measure on, which is no fault of what is looked at here.
        if generator.returncode not in (0, 8):
            sys.exit(f"FAIL: leadbench run ended with {generator.returncode}")
        summary = json.loads((work / "summary.json").read_text())
    if "SAMPLES" in os.environ:
        rows = (f"{at - samples[0][0]:.1f},{resident},{files}" for at, resident, files in samples)
        text = "\n".join(["at_s,resident_bytes,descriptors", *rows])
        pathlib.Path(os.environ["SAMPLES"]).write_text(text + "\n")
    judge_use(samples, duration, events, failures.append)
    judge_counts(summary, ledger, failures.append)
    measured = summary["measurement"]
    print(f"\nMeasurement {measured['verdict']}; {summary['rates']['achieved_per_s']:.0f}/s achieved")
    for text in notes:
        print(f"note: {text}")
    for text in failures:
        print(f"FAIL: {text}")
    if failures:
        sys.exit(1)
    print("PASS: every lead is counted once, and memory and descriptors stay within bounds")


if __name__ == "__main__":
    main()

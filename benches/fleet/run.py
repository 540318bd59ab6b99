#!/usr/bin/env python3
"""What a run of several processes costs, and whether it is the run of one.

    benches/fleet/run.py same                    1, 2 and 5 agents send the leads of one process, at the same instants
    benches/fleet/run.py skew [RUNS]             how far apart the agents of one machine begin
    benches/fleet/run.py signing [RATE]          3 agents sign what one process with one signer cannot (RS256, 4096 bits, just in time)
    benches/fleet/run.py agent [ROUNDS]          an agent beside the same run alone: CPU time and memory
    benches/fleet/run.py coordinator [SECONDS]   a coordinator of 100 agents of 3 loads, which send a recording again
    benches/fleet/run.py record                  makes 40 recordings of 10 minutes for `merge`, in 10 minutes
    benches/fleet/run.py merge                   merges them

LEADBENCH and REPLAY name binaries that are built already; NATS names the nats-server [default: that of the tests].
WORK is a folder for what is made [default: target/fleet].
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
WORK = pathlib.Path(os.environ.get("WORK", ROOT / "target/fleet"))
NATS = os.environ.get("NATS", str(ROOT / "target/nats/newest/nats-server"))
PORT = int(os.environ.get("PORT", 18090))
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def built(variable, *what):
    given = os.environ.get(variable)
    if given:
        return given
    profile = ["--profile", "dist", "--features", "full"] if what[0] == "build" else ["--no-run"]
    command = ["cargo", *what, *profile, "--locked", "--message-format=json"]
    lines = subprocess.check_output(command, cwd=ROOT, text=True).splitlines()
    found = [json.loads(line).get("executable") for line in lines]
    return next(path for path in reversed(found) if path)


LEADBENCH = built("LEADBENCH", "build", "--bin", "leadbench")


class Broker:
    def __init__(self, port=PORT + 1):
        WORK.mkdir(parents=True, exist_ok=True)
        self.url = f"nats://127.0.0.1:{port}"
        store = WORK / "store"
        self.process = subprocess.Popen([NATS, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", store], **QUIET)
        time.sleep(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class Ledger:
    """Leads as a server of our own saw them: when, and which."""

    def __init__(self, seconds=60):
        WORK.mkdir(parents=True, exist_ok=True)
        self.path = WORK / "ledger.txt"
        server = pathlib.Path(__file__).with_name("ledger.py")
        self.process = subprocess.Popen(
            [sys.executable, server, str(PORT), self.path, str(seconds)], stdout=subprocess.PIPE
        )
        self.process.stdout.readline()

    def read(self):
        self.process.wait()
        leads = {}
        for line in self.path.read_bytes().splitlines():
            came, body = line.split(b" ", 1)
            lead = json.loads(body)
            # Its number is counted from one that tells runs apart.
            number = int(lead["Email"].split("@")[0].rsplit(".", 1)[1])
            assert number not in leads, "a lead came twice"
            leads[number] = (int(came), lead["LastName"] + lead["Company"])
        first = min(leads)
        return {(number - first, who): came for number, (came, who) in leads.items()}


def scenario(name, loads, url=f"http://127.0.0.1:{PORT}/leads", more=""):
    WORK.mkdir(parents=True, exist_ok=True)
    path = WORK / f"{name}.toml"
    path.write_text(
        f'schema = 1\nname = "{name}"\n[target]\nurl = "{url}"\n[auth]\nsource = "none"\n{more}\n'
        + "\n".join(f'[[load]]\nname = "l{number}"\n{load}' for number, load in enumerate(loads))
        + "\n"
    )
    return path


def run(path, *words):
    command = [LEADBENCH, "run", path, "--ui", "none", "--json", "--out", WORK / "reports", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True)
    if not done.stdout:
        sys.exit(done.stderr)
    return json.loads(done.stdout), done.returncode


def agents(broker, names, *more):
    for name in names:
        words = ["agent", "--nats", broker.url, "--name", name, "--once", "--out", WORK / "agents", *more]
        yield subprocess.Popen([LEADBENCH, *words], **QUIET)


def with_agents(broker, path, count, *more):
    started = list(agents(broker, [f"a{number}" for number in range(count)], *more))
    result = run(path, "--nats", broker.url, "--agents", count, "--force", *more)
    for agent in started:
        agent.wait()
    return result


def same():
    load = 'kind = "rate"\nrate = "200/s"\nfor = "6s"\narrivals = "poisson"\n'
    path = scenario("same", [load], more='[thresholds]\n"latency.p99" = "< 500ms"\nfailed = "< 1%"')
    ledger = Ledger(14)
    summary, code = run(path)
    alone = ledger.read()
    print("server    agents  planned  started  ok    ledger  exit  p50 ms  p99 ms  thresholds  same leads  largest shift of a lead")

    def show(version, count, summary, code, leads):
        latency, counts = summary["phases"]["latency"], summary["counts"]
        # Of the starts only the differences within a run are known.
        first = min(leads.values()) - min(alone.values())
        common = leads.keys() & alone.keys()
        shift = max(abs(leads[lead] - alone[lead] - first) for lead in common) / 1e6
        passed = all(one["passed"] for one in summary["thresholds"])
        print(
            f"{version:9} {count:6}  {counts['planned']:7}  {counts['started']:7}  {counts['ok']:4}  {len(leads):6}  {code:4}"
            f"  {latency['p50_ns'] / 1e6:6.3f}  {latency['p99_ns'] / 1e6:6.3f}  {'hold' if passed else 'broken':10}"
            f"  {str(leads.keys() == alone.keys()):10}  {shift:.1f} ms",
            flush=True,
        )

    show("-", "alone", summary, code, alone)
    global NATS
    for version in ("newest", "oldest"):
        NATS = str(ROOT / f"target/nats/{version}/nats-server")
        name = subprocess.check_output([NATS, "--version"], text=True).split()[-1]
        with Broker() as broker:
            for count in (1, 2, 5):
                ledger = Ledger(18)
                summary, code = with_agents(broker, path, count)
                show(name, count, summary, code, ledger.read())


def skew(runs=40):
    """Each agent sends every fifth arrival. How late its earliest was, beside the earliest of the others, is its skew."""
    path = scenario("skew", ['kind = "rate"\nrate = "500/s"\nfor = "4s"\narrivals = "uniform"\n'])
    skews = []
    with Broker() as broker:
        for _ in range(runs):
            ledger = Ledger(15)
            with_agents(broker, path, 5)
            leads = ledger.read()
            late = [[], [], [], [], []]
            for (number, _), came in leads.items():
                late[number % 5].append(came - number * 2_000_000)
            starts = [min(one) for one in late]
            skews += [start - statistics.median(starts) for start in starts]
    skews = sorted(abs(skew) for skew in skews)
    at = lambda share: skews[min(len(skews) - 1, int(len(skews) * share))] / 1e6
    print(f"{runs} runs of 5 agents: skew p50 {at(0.5):.3f} ms, p90 {at(0.9):.3f} ms, p99 {at(0.99):.3f} ms, most {skews[-1] / 1e6:.3f} ms")


def used(command):
    """Runs a command; its CPU seconds and its peak memory in MB."""
    child = subprocess.Popen([str(word) for word in command], **QUIET)
    _, _, usage = os.wait4(child.pid, 0)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def agent(rounds=7):
    seconds = 20
    path = scenario("agent", [f'kind = "rate"\nrate = "1000/s"\nfor = "{seconds}s"\narrivals = "uniform"\n'], "http://127.0.0.1:18092/leads")
    target = subprocess.Popen([LEADBENCH, "target", "--no-token", "--listen", "127.0.0.1:18092"], **QUIET)
    more_cpu, more_memory = [], []
    with Broker() as broker:
        for _ in range(rounds):
            alone_cpu, alone_memory = used([LEADBENCH, "run", path, "--ui", "none", "--out", WORK / "reports"])
            words = ["run", path, "--ui", "none", "--out", WORK / "reports", "--nats", broker.url, "--agents", 1]
            coordinator = subprocess.Popen([LEADBENCH, *map(str, words)], **QUIET)
            words = ["agent", "--once", "--nats", broker.url, "--name", "only", "--out", WORK / "agents"]
            cpu, memory = used([LEADBENCH, *words])
            coordinator.wait()
            more_cpu.append((cpu - alone_cpu) / seconds * 100)
            more_memory.append(memory - alone_memory)
            print(f"alone {alone_cpu:.2f} s, {alone_memory:.0f} MB; as an agent {cpu:.2f} s, {memory:.0f} MB", flush=True)
    target.terminate()
    print(f"an agent needs {statistics.median(more_cpu):+.2f} % of a core and {statistics.median(more_memory):+.1f} MB more (medians of {rounds} rounds of {seconds} s at 1,000/s)")


def signing(rate=400):
    keys = WORK / "keys"
    if not (keys / "large.key.pem").exists():
        subprocess.run([LEADBENCH, "keys", "generate", "large", "--size", "4096", "--keys", keys], check=True, **QUIET)
    words = ["--trust", f"large={keys}/large.crt.pem", "--listen", "127.0.0.1:18092"]
    target = subprocess.Popen([LEADBENCH, "target", *words], **QUIET)
    more = (
        f'source = "named-credential"\nkey = "large"\nissuer = "i"\nsubject = "s"\naudience = "a"\nsigning = "jit"\n'
        "[engine]\nsigners = 1"
    )
    load = f'kind = "rate"\nrate = "{rate}/s"\nfor = "20s"\nwarmup = "2s"\n'
    path = scenario("signing", [load], "http://127.0.0.1:18092/leads")
    path.write_text(path.read_text().replace('source = "none"\n', more))

    def show(who, result):
        summary, code = result
        phases = summary["phases"]
        p99 = lambda phase: phases[phase]["p99_ns"] / 1e6 if phase in phases else 0.0
        reasons = "; ".join(summary["measurement"]["reasons"][:2])
        print(
            f"{who:10} asked {rate}/s, achieved {summary['rates']['achieved_per_s']:.0f}/s; sign p50 {phases['sign']['p50_ns'] / 1e6:.2f} ms, "
            f"waited for a signer p99 {p99('sign_wait'):.2f} ms, network p99 {p99('network'):.2f} ms; "
            f"signers used {summary['signing'].get('utilisation') or 0:.0%}; {summary['measurement']['verdict']}; exit {code}\n           {reasons}",
            flush=True,
        )

    show("one process", run(path, "--keys", keys, "--force"))
    with Broker() as broker:
        show("3 agents", with_agents(broker, path, 3, "--keys", keys))
    target.terminate()


def three(seconds, rate):
    load = f'kind = "rate"\nrate = "{rate}/s"\nfor = "{seconds}s"\n'
    return [load] * 3


def coordinator(seconds=60):
    replay = built("REPLAY", "bench", "--bench", "fleet_replay")
    target = subprocess.Popen([LEADBENCH, "target", "--no-token", "--listen", "127.0.0.1:18092"], **QUIET)
    path = scenario("hundred", three(seconds, 20_000), "http://127.0.0.1:18092/leads", "")
    start = int(time.time()) + 6
    # The share of one of a hundred: 200/s of each load.
    run(path, "--shard", "1/100", "--start-at", start)
    target.terminate()
    folder = max((WORK / "reports/hundred").iterdir(), key=lambda one: one.stat().st_mtime)
    recording = folder / "recording.lbr"
    print(f"{recording.stat().st_size / (seconds + 1) / 3 / 1024:.1f} KiB a second and load")
    with Broker() as broker:
        agents = subprocess.Popen([replay, broker.url, "100", recording], **QUIET)
        cpu, memory = used(
            [LEADBENCH, "run", path, "--ui", "none", "--out", WORK / "reports", "--nats", broker.url, "--agents", 100]
        )
        agents.wait()
    print(f"100 agents of 3 loads for {seconds} s: the coordinator needed {cpu:.2f} s of CPU time, {cpu / seconds * 100:.1f} % of a core, and {memory:.0f} MB")


def record():
    path = scenario("forty", three(600, 500), "http://127.0.0.1:18092/leads")
    target = subprocess.Popen([LEADBENCH, "target", "--no-token", "--listen", "127.0.0.1:18092"], **QUIET)
    start = int(time.time()) + 30
    shards = [
        subprocess.Popen(
            [LEADBENCH, "run", path, "--ui", "none", "--out", WORK / "forty", "--shard", f"{number}/40", "--start-at", str(start)],
            **QUIET,
        )
        for number in range(1, 41)
    ]
    for shard in shards:
        shard.wait()
    target.terminate()


def merge():
    folders = sorted((WORK / "forty/forty").iterdir())
    size = sum((folder / "recording.lbr").stat().st_size for folder in folders)
    begun = time.monotonic()
    cpu, memory = used([LEADBENCH, "merge", "--out", WORK / "merged", *folders])
    took = time.monotonic() - begun
    print(f"{len(folders)} recordings of 10 minutes and 3 loads, {size / 1e6:.0f} MB: merged in {took:.2f} s ({cpu:.2f} s of CPU time, {memory:.0f} MB)")


what, more = sys.argv[1], [int(word) for word in sys.argv[2:]]
{"same": same, "skew": skew, "signing": signing, "agent": agent, "coordinator": coordinator, "record": record, "merge": merge}[what](*more)

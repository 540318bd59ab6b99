#!/usr/bin/env python3
"""What a callout costs beside wrk, oha and a bare loop, as users and as rates.

    benches/speed.py [ROUNDS] [SECONDS] [users|rate]

1. Virtual users without pause, at 64, 512, 2,000 and 10,000: CPU time of a callout and memory.
2. Rates from 1,000 to 40,000 a second: CPU time of a callout and the median lag.

The client has one core of the machine, nginx another. In each round the tools take turns, and the
ratios are medians over the rounds: read them, not the absolute numbers. "tick" is leadbench with
tick = "1ms", "stamps" with kernel timestamps, which virtual users without a pause have only if asked. "floor" is
benches/peers/floor.rs, one loop that writes our leads and counts spans, without a runtime, a timeout,
TLS or tokens. Needs nginx (Debian: nginx-light) and wrk, and for its columns oha;
LEADBENCH and FLOOR name binaries that are built already; BEFORE names an older leadbench, which then
takes its turns too.
"""

import json
import os
import pathlib
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 7
SECONDS = int(sys.argv[2]) if len(sys.argv) > 2 else 4
WANTED = sys.argv[3:] or ["users", "rate"]
PORT = int(os.environ.get("PORT", 18082))
URL = f"http://127.0.0.1:{PORT}/leads"
USERS = [64, 512, 2_000, 10_000]
RATES = [1_000, 5_000, 10_000, 20_000, 40_000]
BODY = "x" * 860
OURS = ["leadbench", "stamps", "before", "tick", "floor"]
HEADERS = {
    "Content-Type": "application/json",
    "User-Agent": "SFDC-Callout/65.0",
    "SFDC_STACK_DEPTH": "1",
    "Accept": "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
    "Cache-Control": "no-cache",
    "Pragma": "no-cache",
}

NGINX = """
daemon off; worker_processes 1; worker_rlimit_nofile 40000;
pid {work}/nginx.pid; error_log {work}/error.log;
events {{ worker_connections 20000; }}
http {{
  access_log off; keepalive_requests 100000000;
  client_body_temp_path {work}/body; proxy_temp_path {work}/proxy; fastcgi_temp_path {work}/fastcgi;
  uwsgi_temp_path {work}/uwsgi; scgi_temp_path {work}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=20000;
    location / {{ return 201 '{{"id":"00Q5f0000000001EAA","success":true}}'; }}
  }}
}}
"""


def measured(command):
    """Runs a command on the client's core; its output, its CPU seconds and its peak memory."""
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen(
            ["taskset", "-c", "0", *map(str, command)], stdout=out, stderr=subprocess.DEVNULL
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode(errors="replace")
    return text, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def figures(done, cpu, memory, lag_us=None):
    return {"cpu_us": cpu / max(done, 1) * 1e6, "memory_mb": memory, "lag_us": lag_us}


def built(variable, *what):
    given = os.environ.get(variable)
    if given:
        return given
    subprocess.run(["cargo", "build", "--profile", "dist", "--locked", "--features", "full", *what], cwd=ROOT, check=True)
    metadata = ["cargo", "metadata", "--format-version", "1", "--no-deps"]
    folder = json.loads(subprocess.check_output(metadata, cwd=ROOT))["target_directory"]
    return str(pathlib.Path(folder, "dist", *(["examples", "floor"] if what else ["leadbench"])))


class Tools:
    def __init__(self, work):
        self.work = work
        self.leadbench = built("LEADBENCH")
        self.floor_binary = built("FLOOR", "--example", "floor")
        headers = "".join(f'wrk.headers["{key}"] = "{value}"\n' for key, value in HEADERS.items())
        self.script = work / "post.lua"
        self.script.write_text(f'wrk.method = "POST"\nwrk.body = "{BODY}"\n{headers}')

    def run(self, load, binary=None, target=""):
        path = self.work / "speed.toml"
        path.write_text(
            f'schema = 1\nname = "speed"\n[target]\nurl = "{URL}"\n{target}\n[auth]\nsource = "none"\n'
            f'[[load]]\n{load}\nfor = "{SECONDS}s"\n'
        )
        command = [binary or self.leadbench, "run", path, "--ui", "none", "--out", self.work / "reports"]
        text, _, memory = measured([*command, "--json", "--force"])
        summary = json.loads(text)
        # Its own account leaves out the start and the reports, which are no part of a callout.
        cpu = summary["measurement"]["own_cpu_ns"] / 1e9
        lag = summary["phases"].get("lag", {}).get("p50_ns", 0) / 1e3
        return figures(summary["counts"]["completed"], cpu, memory, lag)

    def leadbench_users(self, users, binary=None):
        return self.run(f'kind = "users"\nusers = {users}', binary)

    def stamps_users(self, users):
        return self.run(f'kind = "users"\nusers = {users}', target="[target.connections]\nkernel_stamps = true")

    def before_users(self, users):
        return self.leadbench_users(users, os.environ["BEFORE"])

    def leadbench_rate(self, rate, more="", binary=None):
        load = f'kind = "rate"\nrate = "{rate}/s"\narrivals = "uniform"\nmax_in_flight = 64'
        return self.run(load + more, binary)

    def before_rate(self, rate):
        return self.leadbench_rate(rate, binary=os.environ["BEFORE"])

    def tick_rate(self, rate):
        return self.leadbench_rate(rate, '\ntick = "1ms"')

    def wrk_users(self, users):
        command = ["wrk", "-t1", f"-c{users}", f"-d{SECONDS}s", "--timeout", "10s", "-s", self.script]
        text, cpu, memory = measured([*command, URL])
        return figures(int(re.search(r"(\d+) requests in", text)[1]), cpu, memory)

    def oha(self, connections, more):
        command = ["oha", "--no-tui", "-z", f"{SECONDS}s", "-m", "POST", "-d", BODY]
        command += ["-c", connections, "--output-format", "json"]
        for key, value in HEADERS.items():
            command += ["-H", f"{key}: {value}"]
        text, cpu, memory = measured([*command, *more, URL])
        return figures(sum(json.loads(text)["statusCodeDistribution"].values()), cpu, memory)

    def oha_users(self, users):
        return self.oha(users, [])

    def oha_rate(self, rate):
        return self.oha(64, ["-q", rate])

    def floor(self, kind, number):
        text, cpu, memory = measured([self.floor_binary, PORT, kind, number, SECONDS])
        done, lag = text.split()
        return figures(int(done), cpu, memory, float(lag))

    def floor_users(self, users):
        return self.floor("users", users)

    def floor_rate(self, rate):
        return self.floor("rate", rate)


def table(tools, kind, numbers, names):
    """Each number of users or each rate, each tool of it, and its ratio to the first one beside it."""
    base = "wrk" if kind == "users" else "floor"
    unit = "users" if kind == "users" else "callouts a second"
    print(f"\n{unit:>18}  tool        CPU us   ratio to {base:5}  memory MB   lag p50 us")
    for number in numbers:
        rounds = []
        for turn in range(ROUNDS):
            order = names if turn % 2 == 0 else names[::-1]
            rounds.append({name: getattr(tools, f"{name}_{kind}")(number) for name in order})
        for name in names:
            of = [round[name] for round in rounds]
            cpu = statistics.median(one["cpu_us"] for one in of)
            ratio = statistics.median(
                round[name]["cpu_us"] / round[base]["cpu_us"] for round in rounds
            )
            memory = statistics.median(one["memory_mb"] for one in of)
            lags = [one["lag_us"] for one in of if one["lag_us"] is not None]
            lag = f"{statistics.median(lags):10.1f}" if lags and kind == "rate" else ""
            print(f"{number:>18}  {name:10}  {cpu:6.2f}   {ratio:14.2f}  {memory:9.1f}   {lag}", flush=True)


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 40_000), hard))
    names = {"users": ["leadbench", "stamps", "wrk", "oha", "floor"], "rate": ["leadbench", "tick", "oha", "floor"]}
    if "BEFORE" in os.environ:
        names = {kind: ["before", *tools] for kind, tools in names.items()}
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        conf = work / "nginx.conf"
        conf.write_text(NGINX.format(work=work, port=PORT))
        tools = Tools(work)
        nginx = subprocess.Popen(["taskset", "-c", "1", "nginx", "-c", conf])
        time.sleep(0.5)
        try:
            for kind, numbers in (("users", USERS), ("rate", RATES)):
                there = [name for name in names[kind] if name in OURS or shutil.which(name)]
                for name in set(names[kind]) - set(there):
                    print(f"left out: {name} is not installed")
                if kind in WANTED:
                    table(tools, kind, numbers, there)
        finally:
            nginx.terminate()
            nginx.wait()


if __name__ == "__main__":
    main()

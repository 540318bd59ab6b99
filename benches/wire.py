#!/usr/bin/env python3
"""Whether a busy generator blames the network, and what asking the kernel costs.

The generator has one core and nginx the other. `busy` puts four loops that do nothing else on the
generator's core. Runs are taken in turn; read ratios, not absolute numbers.

    benches/wire.py [ROUNDS] [SECONDS]

1. Network p99, idle and busy, with the kernel's stamps and without them: against nginx alone,
   which answers in a tenth of a millisecond, and against an API behind it that takes 5 ms.
2. nginx's own `$request_time` beside `network`, percentile by percentile, idle and busy: nginx
   waits for an answer of 20 ms and more from an API behind it, for it counts whole milliseconds.
3. CPU time of a request with the kernel's stamps and without them: 64 users as fast as they can,
   and 500, 2,000 and 20,000 callouts a second.

What asking for TCP_INFO takes is in `just bench` ("tcp_info of 1000").
Needs nginx (Debian: nginx-light) and two cores; LEADBENCH names a binary that is built already.
"""

import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 7
SECONDS = int(sys.argv[2]) if len(sys.argv) > 2 else 6
PORT = int(os.environ.get("PORT", 18080))
WARMUP = 1
LOOPS = 4
REQUESTS = 3000

NGINX = """
worker_processes 1;
pid {work}/nginx.pid;
error_log {work}/error.log;
events {{ worker_connections 2048; }}
http {{
  log_format times '$request_time';
  keepalive_requests 100000000;
  access_log off;
  upstream api {{ server {api}; keepalive 256; }}
  upstream steady {{ server {steady}; keepalive 256; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{ return 201 '{{"id":"00Q5f0000000001EAA"}}'; }}
    location /steady {{ proxy_pass http://steady/leads; proxy_http_version 1.1; proxy_set_header Connection ""; }}
    location /slow {{
      access_log {work}/times.log times;
      proxy_pass http://api/leads; proxy_http_version 1.1; proxy_set_header Connection "";
    }}
  }}
}}
"""

SCENARIO = """
schema = 1
name = "{name}"
[target]
url = "http://127.0.0.1:{port}{path}"
connections = {{ kernel_stamps = {stamps} }}
[[load]]
{load}
"""


def binary():
    given = os.environ.get("LEADBENCH")
    if given:
        return given
    subprocess.run(["cargo", "build", "--profile", "dist", "--locked", "--features", "full"], cwd=ROOT, check=True)
    metadata = ["cargo", "metadata", "--format-version", "1", "--no-deps"]
    told = json.loads(subprocess.check_output(metadata, cwd=ROOT))
    return str(pathlib.Path(told["target_directory"]) / "dist" / "leadbench")


@contextlib.contextmanager
def busy(is_busy):
    """Four loops on the generator's core, for as long as the block lasts."""
    loop = ["taskset", "-c", "0", sys.executable, "-c", "while True: pass"]
    loops = [subprocess.Popen(loop) for _ in range(LOOPS)] if is_busy else []
    try:
        yield
    finally:
        for one in loops:
            one.kill()
            one.wait()


class Bench:
    def __init__(self, work):
        self.work = pathlib.Path(work)
        self.leadbench = binary()
        self.apis = []
        slow = self.start_api("lognormal p50=25ms p99=60ms")
        steady = self.start_api("5ms")
        conf = self.work / "nginx.conf"
        conf.write_text(NGINX.format(work=work, port=PORT, api=slow, steady=steady))
        subprocess.run(["taskset", "-c", "1", "nginx", "-c", str(conf)], check=True)

    def start_api(self, latency):
        """Starts an API behind nginx, and gives its address."""
        command = ["taskset", "-c", "1", self.leadbench, "target", "--listen", "127.0.0.1:0",
                   "--no-token", "--latency", latency]
        api = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.apis.append(api)
        line = api.stdout.readline()
        while "http://" not in line:
            line = api.stdout.readline()
        return line.split("http://")[1].split()[0].split("/")[0]

    def close(self):
        for api in self.apis:
            api.kill()
            api.wait()
        with contextlib.suppress(OSError, ProcessLookupError):
            os.kill(int((self.work / "nginx.pid").read_text()), 15)

    def run(self, load, is_busy=False, stamps=True, path="/leads"):
        scenario = self.work / "wire.toml"
        text = SCENARIO.format(name="wire", port=PORT, path=path, load=load, stamps=str(stamps).lower())
        scenario.write_text(text)
        command = ["taskset", "-c", "0", self.leadbench, "run", str(scenario), "--ui", "none",
                   "--out", str(self.work / "reports"), "--json",
                   "--i-own-this-target", "127.0.0.1"]
        with busy(is_busy):
            done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode not in (0, 8):
            sys.exit(done.stderr)
        return json.loads(done.stdout)


def rate(per_s, seconds):
    return f'kind = "rate"\nrate = "{per_s}/s"\nfor = "{seconds}s"\nwarmup = "{WARMUP}s"'


def ms(summary, phase, at="p99_ns"):
    return summary["phases"].get(phase, {}).get(at, 0) / 1e6


def idle_against_busy(bench, path):
    print(f"1. 500 callouts a second to {path}; busy: {LOOPS} loops on the generator's core")
    ratios = {True: [], False: []}
    for number in range(ROUNDS):
        found = {}
        # The order is turned around each time, so that a drift of the machine favours none.
        cases = [(stamps, is_busy) for stamps in (True, False) for is_busy in (False, True)]
        for stamps, is_busy in cases if number % 2 == 0 else reversed(cases):
            found[stamps, is_busy] = bench.run(rate(500, SECONDS + WARMUP), is_busy, stamps, path)
        for stamps in (True, False):
            idle, loaded = found[stamps, False], found[stamps, True]
            ratios[stamps].append(ms(loaded, "network") / ms(idle, "network"))
            pickup = "" if not stamps else (
                f"  pickup p99 {ms(idle, 'pickup'):.3f} {ms(loaded, 'pickup'):.3f}")
            print(f"   {'stamps' if stamps else 'none  '}  network p99 ms idle {ms(idle, 'network'):.3f} "
                  f"busy {ms(loaded, 'network'):.3f}  ratio {ratios[stamps][-1]:.2f}{pickup}  lag p99 "
                  f"{ms(idle, 'lag'):.3f} {ms(loaded, 'lag'):.3f}  {idle['measurement']['verdict']} "
                  f"{loaded['measurement']['verdict']}", flush=True)
    for stamps, name in ((True, "with the kernel's stamps"), (False, "without")):
        print(f"   busy / idle, {name}: median {statistics.median(ratios[stamps]):.2f}")


def against_nginx(bench):
    print(f"2. nginx's $request_time (whole ms) beside `network`, {REQUESTS} requests")
    times = bench.work / "times.log"
    for is_busy in (False, True):
        times.write_text("")
        os.kill(int((bench.work / "nginx.pid").read_text()), 10)  # SIGUSR1: opens its log anew
        time.sleep(0.2)
        load = f'kind = "rate"\nrate = "300/s"\nfor = "{REQUESTS // 300}s"\narrivals = "uniform"'
        summary = bench.run(load, is_busy, path="/slow")
        logged = sorted(float(line) * 1e3 for line in times.read_text().split())
        network = summary["phases"]["network"]
        print(f"   {'busy' if is_busy else 'idle'}: {len(logged)} logged, {network['count']} measured, "
              f"{summary['measurement']['verdict']}, lag p99 {ms(summary, 'lag'):.2f} ms, "
              f"pickup p99 {ms(summary, 'pickup'):.2f} ms")
        print("                  p50      p90      p95      p99    p99.9      max")
        at = [0.5, 0.9, 0.95, 0.99, 0.999, 1.0]
        rows = [("$request_time", [logged[min(len(logged) - 1, int(q * len(logged)))] for q in at]),
                ("network", [network[k] / 1e6 for k in
                             ("p50_ns", "p90_ns", "p95_ns", "p99_ns", "p99_9_ns", "max_ns")])]
        latency = summary["phases"]["latency"]
        rows.append(("latency", [latency[k] / 1e6 for k in
                                 ("p50_ns", "p90_ns", "p95_ns", "p99_ns", "p99_9_ns", "max_ns")]))
        for name, row in rows:
            print(f"   {name:14}" + "".join(f"{value:9.2f}" for value in row), flush=True)


def cpu(bench):
    print("3. CPU time of a request with the kernel's stamps / without")
    loads = {"64 users": f'kind = "users"\nusers = 64\nfor = "{SECONDS}s"'}
    loads |= {f"{per_s}/s": rate(per_s, SECONDS) for per_s in (500, 2000, 20000)}
    for name, load in loads.items():
        ratios, base = [], []
        for number in range(ROUNDS):
            each = {}
            for stamps in (True, False) if number % 2 == 0 else (False, True):
                summary = bench.run(load, stamps=stamps)
                done = summary["counts"]["completed"] + summary["counts"]["warmup"]
                each[stamps] = summary["measurement"]["own_cpu_ns"] / done / 1e3
            ratios.append(each[True] / each[False])
            base.append(each[False])
        every = " ".join(f"{ratio:.3f}" for ratio in ratios)
        print(f"   {name:9} {statistics.median(base):6.1f} us without  {every}  "
              f"median {statistics.median(ratios):.3f}", flush=True)


def main():
    with tempfile.TemporaryDirectory() as work:
        bench = Bench(work)
        try:
            for path in ("/leads", "/steady"):
                idle_against_busy(bench, path)
            against_nginx(bench)
            cpu(bench)
        finally:
            bench.close()


if __name__ == "__main__":
    main()

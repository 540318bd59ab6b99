#!/usr/bin/env python3
"""Latencies that are known beforehand, measured for real over loopback.

A server that stands still for S in each period T, and queues with one server, against the
arithmetic of what their callers feel; and the generator itself stopped for a second. The tests
hold the same figures by virtual time; here the clock, the sockets and the machine are real.

    benches/ground_truth.py [--long]

With --long also the queues M/M/1 and M/D/1, two minutes each. Needs python3 only.
"""

import asyncio
import json
import math
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"


class Server:
    """Answers each request at an instant of its own choosing, never earlier."""

    def __init__(self, ends):
        self.ends = ends
        self.ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True).start()
        self.ready.wait()

    async def serve(self):
        server = await asyncio.start_server(self.converse, "127.0.0.1", 0, backlog=4096)
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        async with server:
            await server.serve_forever()

    async def converse(self, reader, writer):
        loop = asyncio.get_running_loop()
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                now = loop.time()
                await asyncio.sleep(max(0, self.ends(now) - now))
                writer.write(ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


class Freezing:
    """Stands still for `still` in the middle of each `period`; has one server, or many."""

    def __init__(self, service, still, period, one_server):
        self.service, self.still, self.period = service, still, period
        self.one_server, self.free, self.zero = one_server, 0.0, None

    def __call__(self, now):
        if self.zero is None:
            self.zero = now
        starts = max(now, self.free) if self.one_server else now
        freeze = self.zero + (starts - self.zero) // self.period * self.period + self.period / 2
        thaw = freeze + self.still
        ends = starts + self.service
        if starts < thaw and ends > freeze:
            ends = thaw + self.service - max(0.0, freeze - starts)
        self.free = ends
        return ends


class Queue:
    """One server with random or constant services."""

    def __init__(self, draw):
        self.draw, self.free = draw, 0.0

    def __call__(self, now):
        self.free = max(now, self.free) + self.draw()
        return self.free


def leadbench(port, rate, arrivals, seconds, during=None):
    folder = target_folder()
    with tempfile.TemporaryDirectory() as work:
        path = pathlib.Path(work) / "truth.toml"
        path.write_text(
            f'schema = 1\nname = "truth"\n[target]\nurl = "http://127.0.0.1:{port}/"\n'
            f'timeout = "60s"\n[auth]\nsource = "none"\n[[load]]\nkind = "rate"\n'
            f'rate = "{rate}/s"\narrivals = "{arrivals}"\nfor = "{seconds}s"\n'
            "max_in_flight = 4000\n"
        )
        command = [folder / "dist" / "leadbench", "run", path, "--ui", "none", "--json"]
        command += ["--out", pathlib.Path(work) / "reports"]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if during:
            during(child)
        text, _ = child.communicate()
        return json.loads(text), child.returncode


def target_folder():
    command = ["cargo", "metadata", "--format-version", "1", "--no-deps", "--offline"]
    text = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
    return pathlib.Path(json.loads(text)["target_directory"])


def show(title, summary, expected, mean):
    latency, lag = summary["phases"]["latency"], summary["phases"]["lag"]
    print(f"\n{title}")
    print(f"  {latency['count']} answered, lag p99 {lag['p99_ns'] / 1e6:.2f} ms, "
          f"measurement {summary['measurement']['verdict']}")
    print("            " + "".join(f"{name:>10}" for name in expected) + f"{'mean':>10}")
    print("  expected  " + "".join(f"{ms:10.1f}" for ms in expected.values()) + f"{mean:10.1f}")
    actual = [latency[f"{name.replace('.', '_')}_ns"] / 1e6 for name in expected]
    cells = "".join(f"{ms:10.1f}" for ms in [*actual, latency["mean_ns"] / 1e6])
    print(f"  measured  {cells}")


def freeze(title, still, period, service, rate, load, periods):
    k = 1 - load
    at = lambda p: 1e3 * max(service, still + service - (1 - p) * k * period)
    names = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}
    server = Server(Freezing(service, still, period, load > 0))
    summary, _ = leadbench(server.port, rate, "uniform", round(period * periods))
    mean = 1e3 * (service + still**2 / (2 * k * period))
    show(title, summary, {name: at(p) for name, p in names.items()}, mean)


def queue(title, draw, rate, expected, mean):
    server = Server(Queue(draw))
    summary, _ = leadbench(server.port, rate, "poisson", 120)
    show(title, summary, expected, mean)


def stopped():
    server = Server(lambda now: now + 0.002)

    def during(child):
        time.sleep(3)
        os.kill(child.pid, signal.SIGSTOP)
        time.sleep(1)
        os.kill(child.pid, signal.SIGCONT)

    summary, code = leadbench(server.port, 200, "uniform", 6, during)
    phases, measurement = summary["phases"], summary["measurement"]
    print("\nCO-7: the generator itself is stopped for 1 s (SIGSTOP)")
    print(f"  lag max       {phases['lag']['max_ns'] / 1e6:.0f} ms, expected about 1000")
    print(f"  network p99   {phases['network']['p99_ns'] / 1e6:.1f} ms: the target is not blamed")
    print(f"  verdict       {measurement['verdict']}, exit {code}")
    for reason in measurement["reasons"]:
        print(f"                {reason}")


def main():
    subprocess.run(["cargo", "build", "--profile", "dist", "--locked", "--features", "full"], cwd=ROOT, check=True)
    print("latency in milliseconds")
    freeze("CO-2b: many servers, 0.2 s of each 5 s still, 1000/s, 2 ms",
           0.2, 5, 0.002, 1000, 0, 4)
    freeze("CO-3b: one server 80 % busy, 1 s of each 10 s still, 200/s, 4 ms",
           1, 10, 0.004, 200, 0.8, 4)
    stopped()
    if "--long" in sys.argv:
        draw = random.Random(1)
        names = {"p50": 0.5, "p90": 0.1, "p99": 0.01}
        expected = {n: -math.log(0.5 if n == "p50" else above) * 40 for n, above in names.items()}
        queue("M/M/1, half busy, 20 ms each on average, 25/s",
              lambda: draw.expovariate(50), 25, expected, 40)
        queue("M/D/1, half busy, 20 ms each, 25/s", lambda: 0.02, 25,
              {"p90": 50.3, "p99": 86.7, "p99.9": 123.4}, 30)


if __name__ == "__main__":
    main()

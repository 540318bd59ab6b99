"""What the check starts: a target, two runs and a Prometheus, and how it asks them."""

import json
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from board import check

TOOLS, LEADBENCH = pathlib.Path(sys.argv[1]), sys.argv[2]
WORK = TOOLS / "work"
PATIENCE_S = 30


def eventually(what, condition):
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.1)
    sys.exit(f"error: not within {PATIENCE_S} s: {what}")


def free_address():
    """An address for a program that must be known before it starts."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
        return f"{host}:{port}"


class Process:
    """A program that ends with this one, and after some minutes even if this one was killed."""

    started = []

    def __init__(self, name, *words):
        self.said = WORK / f"{name}.txt"
        with self.said.open("w") as said:
            # Without --foreground it would send each signal twice, and a second Ctrl-C ends a run at once.
            self.process = subprocess.Popen(
                ["timeout", "--foreground", "-k", "5", "180", *words],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
        Process.started.append(self.process)

    def match(self, pattern):
        def found():
            match = re.search(pattern, self.said.read_text())
            check(match or self.process.poll() is None, "ended early:", self.said.read_text())
            return match

        return eventually(f"{self.said.name} says {pattern}", found).group(1)

    @staticmethod
    def end_all():
        for process in Process.started:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        for process in Process.started:
            process.wait(10)


def get(url, accept="*/*"):
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": accept}), timeout=10) as answer:
        return answer.read().decode()


class Run:
    """A run that waits for its target, and serves metrics from the first instant on."""

    def __init__(self, name, target, *more):
        self.name = name
        more = ("--wait-for", f"{PATIENCE_S}s", *more)
        words = ["run", "scenarios/smoke.toml", "--ui", "none", "--keys", WORK / "keys", "--out", WORK / "reports"]
        words += ["--target", target, "--duration", "15s", "--set", f"name={name}", *more]
        self.process = Process(name, LEADBENCH, *words, "--metrics", "127.0.0.1:0", "--linger", "90s")
        self.address = self.process.match(r"metrics at http://([^/]+)/")

    def scrape(self, accept="*/*"):
        return get(f"http://{self.address}/metrics", accept)

    def read_summary(self):
        self.process.match("(still serving)")
        (path,) = (WORK / "reports" / self.name).glob("*/summary.json")
        self.summary = json.loads(path.read_text())


class Prometheus:
    def __init__(self, addresses):
        config = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
            "scrape_configs": [{"job_name": "leadbench", "static_configs": [{"targets": addresses}]}],
        }
        (WORK / "prometheus.yml").write_text(json.dumps(config))
        self.process = Process(
            "prometheus",
            TOOLS / "prometheus/usr/bin/prometheus",
            f"--config.file={WORK}/prometheus.yml",
            f"--storage.tsdb.path={WORK}/storage",
            "--web.listen-address=127.0.0.1:0",
        )
        self.address = self.process.match(r'msg="Listening on" address=(\S+)')
        # It listens before it has opened its storage, and answers 503 until then.
        eventually("Prometheus is ready", self.is_ready)

    def is_ready(self):
        try:
            return bool(get(f"http://{self.address}/-/ready"))
        except urllib.error.HTTPError:
            return False

    def ask(self, path, **parameters):
        url = f"http://{self.address}/api/v1/{path}?{urllib.parse.urlencode(parameters, doseq=True)}"
        try:
            answer = json.loads(get(url))
        except urllib.error.HTTPError as refused:
            sys.exit(f"error: Prometheus refuses {parameters}: {refused.read().decode()}")
        check(answer["status"] == "success" and not answer.get("warnings"), parameters, answer)
        return answer["data"]

    def query(self, expr, at=None):
        """Pairs of labels and value."""
        found = self.ask("query", query=expr, **({"time": at} if at else {}))
        return [(one["metric"], float(one["value"][1])) for one in found["result"]]


def promtool(*words, given=None):
    ran = subprocess.run([TOOLS / "prometheus/usr/bin/promtool", *words], input=given, text=True, capture_output=True)
    check(ran.returncode == 0 and not ran.stderr, "promtool", *words, ran.stdout, ran.stderr)

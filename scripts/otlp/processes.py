"""What the test starts: runs, and the programs that they need."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

WORK, LEADBENCH, ROTEL = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
PATIENCE_S = 30


def check(holds, *said):
    if not holds:
        sys.exit("error: " + " ".join(map(str, said)))


def eventually(what, condition):
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    sys.exit(f"error: not within {PATIENCE_S} s: {what}")


def free_address():
    """An address at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


class Process:
    """A program that ends with this one, and after some time even if this one was killed."""

    started = []

    def __init__(self, name, words, env=None):
        self.name = name
        self.said = WORK / f"{name}.txt"
        clean = {key: value for key, value in os.environ.items() if not key.upper().endswith("_PROXY")}
        with self.said.open("w") as said:
            # Without --foreground it would send each signal twice, and a second Ctrl-C ends a run at once.
            self.process = subprocess.Popen(
                ["timeout", "--foreground", "-k", "5", "100", *map(str, words)],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env=clean | (env or {}),
            )
        Process.started.append(self.process)

    def match(self, pattern):
        def found():
            match = re.search(pattern, self.said.read_text())
            check(match or self.process.poll() is None, self.name, "ended early:", self.said.read_text())
            return match

        return eventually(f"{self.name} says {pattern}", found).group(1)

    @staticmethod
    def end_all():
        for process in Process.started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in Process.started:
            process.wait(10)


class Run(Process):
    """A run that pushes its metrics to a URL."""

    def __init__(self, name, url, *more, env=None, duration="2s"):
        words = [LEADBENCH, "run", "scenarios/smoke.toml", "--ui", "none", "--force", "--rate", "20/s"]
        words += ["--keys", WORK / "keys", "--out", WORK / "reports", "--set", f"name={name}", "--otlp", url]
        super().__init__(name, [*words, "--duration", duration, *more], env)

    def code(self):
        code = self.process.wait(60)
        self.ended = time.time()
        return code

    @property
    def folder(self):
        (folder,) = (WORK / "reports" / self.name).iterdir()
        return folder

    @property
    def summary(self):
        return json.loads((self.folder / "summary.json").read_text())

    def notes(self):
        """The lines about the push, without the one that announces it."""
        lines = self.said.read_text().splitlines()
        return [line for line in lines if "/v1/metrics" in line and not line.startswith("sending metrics to ")]

    def own_code(self):
        """The exit code by the figures of the run alone."""
        summary = self.summary
        if summary["run"]["state"] == "interrupted":
            return 130
        if summary["measurement"]["verdict"] == "invalid":
            return 8
        return int(not all(one["passed"] for one in summary["thresholds"]))

    def lasted_s(self):
        """How long the process lived on after its reports were there."""
        return self.ended - (self.folder / "summary.json").stat().st_mtime

"""What each check begins with: a release, fake servers, a project to test, and a clean environment."""

import hashlib
import os
import pathlib
import platform
import re
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile

from fakes import TOKENS, Fakes
from github_runner import ROOT

VERSION = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.M)[1]
NAME = f"leadbench-{VERSION}-{platform.machine()}-unknown-linux-musl"
EXAMPLE = ROOT / "docs/example"

# Slow, so that a busy machine, which wakes the generator late, does not make the measurement invalid.
SCENARIO = """\
schema = 1
name = "leads"
[target]
url = "embedded"
embedded = { service_time = "100ms" }
[auth]
source = "named-credential"
key = "lead_signing"
issuer = "https://acme.my.salesforce.com"
subject = "integration@acme.example"
audience = "https://api.example.com/leads"
[[load]]
kind = "rate"
rate = "50/s"
for = "1s"
[thresholds]
"latency.p50" = "< 5s"
"""
# The reference target stands in for the API of the example, with the same interface.
START = 'exec "$TARGET" target --listen 127.0.0.1:"$PORT" --trust lead_signing="$JWT_CERT" --latency 100ms\n'


def make_releases(folder, leadbench):
    """Two releases as (folder, checksum): `whole` has the program, `light` a script that calls it and unpacks at once."""
    binary = folder / "leadbench"
    shutil.copy(leadbench, binary)
    if shutil.which("strip"):
        subprocess.run(["strip", binary], check=True)
    script = folder / "script"
    script.write_text(f'#!/bin/sh\nexec {binary} "$@"\n')
    script.chmod(0o755)
    return binary, {name: make_release(folder / name, file) for name, file in (("whole", binary), ("light", script))}


def make_release(folder, program):
    """An archive as a release has it."""
    archive = folder / f"v{VERSION}" / f"{NAME}.tar.gz"
    archive.parent.mkdir(parents=True)
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        tar.add(program, f"{NAME}/leadbench")
    return folder, hashlib.sha256(archive.read_bytes()).hexdigest()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class World:
    """The surroundings of one check."""

    def __init__(self, folder, binary, release):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=folder))
        self.releases, self.sum = release
        self.fakes = Fakes(self.releases)
        self.project = self.folder / "project"
        self.project.mkdir()
        self.artifacts = self.folder / "artifacts"
        self.artifacts.mkdir()
        (self.folder / "home").mkdir()
        (self.folder / "cache").mkdir()
        self.ports = {"BASE_PORT": str(free_port()), "HEAD_PORT": str(free_port())}
        self.env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(self.folder / "home"), "TARGET": str(binary),
                    "RUNNER_TOOL_CACHE": str(self.folder / "cache"), "LEADBENCH_RELEASES": f"{self.fakes.url}/releases",
                    "GITHUB_API_URL": self.fakes.url, "TMPDIR": str(self.folder), **self.ports,
                    **{name: os.environ[name] for name in ("LANG",) if name in os.environ}}
        self.logs = []
        self.write("leads.toml", SCENARIO)

    def write(self, path, text):
        file = self.project / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def git(self, *arguments):
        config = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"]
        done = subprocess.run(["git", *config, *arguments], cwd=self.project, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def make_example(self):
        """A repository with the files of docs/example that CI uses, as it is after the merge of a pull request."""
        shutil.copytree(EXAMPLE / "perf", self.project / "perf", dirs_exist_ok=True)
        self.write("build.sh", "#!/bin/sh\n").chmod(0o755)
        self.write("start.sh", "#!/bin/sh\n" + START).chmod(0o755)
        self.write("perf/leads.toml", SCENARIO)
        self.write("perf/ci.toml", "")
        self.git("init", "--quiet")
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", "base")
        self.git("checkout", "--quiet", "-b", "head")
        self.git("commit", "--quiet", "--allow-empty", "--message", "head")
        self.git("checkout", "--quiet", "main")
        self.git("merge", "--quiet", "--no-ff", "--message", "merge", "head")
        return self.git("rev-parse", "HEAD^1"), self.git("rev-parse", "HEAD^2")

    def shorten(self, text):
        """A template with free ports, and with measurements of seconds in place of minutes."""
        for long, short in ((":8081/", f":{self.ports['BASE_PORT']}/"), (":8082/", f":{self.ports['HEAD_PORT']}/"),
                            ("--rounds 10", "--rounds 2"),
                            ("--from 50/s --max 800/s --at-least 100/s", "--from 200/s --max 200/s --trial 1s --confirm 0s")):
            text = text.replace(long, short)
        assert "127.0.0.1:80" not in text and "--rounds 10" not in text and "--max 800/s" not in text
        return text

    def files(self):
        return [file for file in self.folder.rglob("*") if file.is_file() and not file.is_symlink()]

    def stop_servers(self):
        """Ends what still works in this folder, and says what that was."""
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                folder, command = os.readlink(process / "cwd"), (process / "cmdline").read_bytes()
            except OSError:
                continue  # it has ended, or belongs to someone else
            if folder.startswith(str(self.folder)) and command:
                found.append(command.replace(b"\0", b" ").decode(errors="replace"))
                os.kill(int(process.name), signal.SIGKILL)
        self.fakes.close()
        return found

    def look_for_traces(self):
        """No token is anywhere, and no command of a hostile input was executed."""
        for log in self.logs:
            for token in TOKENS:
                assert token not in log, f"a token is in an output:\n{log}"
        for file in self.files():
            assert file.name != "owned", f"a hostile input was executed: {file}"
            if file.suffix in (".md", ".json", ".html", ".xml", ".log", ".csv", ".sh", ""):
                text = file.read_text(errors="replace") if file.stat().st_size < 2**20 else ""
                assert not any(token in text for token in TOKENS), f"a token is in {file}"

"""Runs the pipelines of docs/example step by step, as their CI systems would, and prints the time of each step.

    LEADBENCH=PROGRAM scripts/templates.sh timed [SECONDS] [github|gitlab|jenkins]...

The API is the example's own, with a second commit that takes 25 ms more for each lead. A duel has ten rounds; SECONDS is how
long each of its runs lasts, in place of the 40 s of perf/ci.toml; one of them is warm-up.
"""

import os
import pathlib
import re
import shutil
import sys
import tempfile
import time

import yaml

import process
from check_gitlab import merge_request
from fakes import WRITER
from github_runner import Job
from gitlab_runner import include, run_job
from jenkins import blocks, run_block
from world import EXAMPLE, VERSION, World, make_release

process.DEADLINE_S = 1200
SLOWER = ("asyncio.sleep(slow_s)", "asyncio.sleep(slow_s + 0.025)")


class TwoCommits(World):
    """A repository with the whole example, whose head is slower than its base."""

    def make_example(self, seconds):
        shutil.copytree(EXAMPLE, self.project, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".venv", "keys", ".served"))
        overlay = self.project / "perf/ci.toml"
        overlay.write_text(overlay.read_text().replace('for = "40s"', f'for = "{seconds}s"').replace('warmup = "5s"', 'warmup = "1s"'))
        self.git("init", "--quiet")
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", "base")
        self.git("checkout", "--quiet", "-b", "head")
        app = self.project / "lead_api/app.py"
        slower = app.read_text().replace(*SLOWER)
        assert slower != app.read_text()
        app.write_text(slower)
        self.git("commit", "--quiet", "--all", "--message", "head")
        self.git("checkout", "--quiet", "main")
        self.git("merge", "--quiet", "--no-ff", "--message", "merge", "head")
        return self.git("rev-parse", "HEAD^1"), self.git("rev-parse", "HEAD^2")

    def shorten(self, text):
        """Free ports, and nothing else."""
        return text.replace(":8081/", f":{self.ports['BASE_PORT']}/").replace(":8082/", f":{self.ports['HEAD_PORT']}/")


def told(name, begun, code, log=""):
    print(f"{time.monotonic() - begun:7.1f} s  exit code {code}  {name}", flush=True)
    if code not in (0, 6):
        print(log)
    # What a person would look for in the log.
    for line in re.findall(r"^(?:[A-Z]{5,}\b.*|Worse: .*|Cause: .*|.*\badvisory: .*)$", log, re.M)[:6]:
        print(f"             {line[:160]}")


class TimedJob(Job):
    """A job of GitHub that tells the time of each of its scripts."""

    def step(self, step, contexts, action_path):
        before, begun = len(self.log), time.monotonic()
        code, outputs = super().step(step, contexts, action_path)
        if "run" in step:
            told(step.get("name", step["run"].splitlines()[0]), begun, code, self.log[before:])
        return code, outputs


def github(world, seconds):
    base, head = world.make_example(seconds)
    workflow = yaml.safe_load(world.shorten((EXAMPLE / ".github/workflows/performance.yml").read_text()))
    (job,) = workflow["jobs"].values()
    for step in job["steps"]:
        if step.get("uses", "").startswith("leadbench/"):
            step["with"]["sha256"] = world.sum
    event = {"pull_request": {"number": 7, "base": {"sha": base}, "head": {"sha": head}}}
    TimedJob(world.project, world.env, {"token": WRITER, "event": event}, world.artifacts).workflow(workflow)
    for comment in world.fakes.comments:
        print("\n".join(comment["body"].splitlines()[1:8]))


def gitlab(world, seconds):
    base, head = world.make_example(seconds)
    pipeline = yaml.safe_load(world.shorten((EXAMPLE / ".gitlab-ci.yml").read_text()))
    variables = {**merge_request(world), "CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_COMMIT_SHA": head}
    for its in pipeline["include"]:
        name = its["inputs"]["job"]
        component = include({**its["inputs"], "sha256": world.sum})[name]
        begun = time.monotonic()
        code, log = run_job(component, world.project, world.env, {**variables, "CI_JOB_NAME": name})
        told(f"{name}: install, start, measure, stop, note", begun, code, log)
    for note in world.fakes.notes:
        print("\n".join(note["body"].splitlines()[1:8]))


def jenkins(world, seconds):
    base, _ = world.make_example(seconds)
    world.git("branch", "target", base)
    world.git("remote", "add", "origin", ".")
    names = ("install", "start base and head", "duel", "stop")
    env = {**world.env, "LEADBENCH_VERSION": VERSION, "LEADBENCH_SHA256": world.sum, "CHANGE_TARGET": "target"}
    for name, block in zip(names, blocks(world.shorten((EXAMPLE / "Jenkinsfile").read_text())), strict=True):
        begun = time.monotonic()
        code, log = run_block(block, env, world.project)
        told(name, begun, code, log)


def main(leadbench, *words):
    systems = {"github": github, "gitlab": gitlab, "jenkins": jenkins}
    chosen = [word for word in words if word in systems] or list(systems)
    seconds = next((word for word in words if word not in systems), "40")
    with tempfile.TemporaryDirectory() as folder:
        release = make_release(pathlib.Path(folder) / "release", leadbench)
        for name in chosen:
            print(f"== {name}", flush=True)
            world = TwoCommits(folder, leadbench, release)
            world.env |= {"PYTHON": sys._base_executable, **{key: value for key, value in os.environ.items() if key.startswith("PIP_")}}
            try:
                systems[name](world, seconds)
            finally:
                left = world.stop_servers()
            assert not left, f"these processes were left: {left}"


if __name__ == "__main__":
    main(*sys.argv[1:])

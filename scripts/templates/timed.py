"""Runs the pipelines of pull and merge requests step by step, as their CI systems would, and prints the time of each step.

    LEADBENCH=PROGRAM scripts/templates.sh timed [SECONDS] [github|gitlab|jenkins]...

The API is that of docs/example, with a second commit that takes 25 ms more for each lead; the duels must find it. SECONDS is
how long each run of a duel lasts, with 1 s of warm-up; without it the runs are those of perf/ci.toml.
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

# As perf/ci.toml has it.
SECONDS = 40
# The exit code of a duel whose candidate is worse.
WORSE = (6,)
SLOWER = ("asyncio.sleep(slow_s)", "asyncio.sleep(slow_s + 0.025)")


class TwoCommits(World):
    """A repository with the whole example, whose head is slower than its base."""

    def make_example(self, seconds):
        shutil.copytree(EXAMPLE, self.project, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".venv", "keys", ".served"))
        if seconds != SECONDS:
            change(self.project / "perf/ci.toml", (f'for = "{SECONDS}s"\nwarmup = "5s"', f'for = "{seconds}s"\nwarmup = "1s"'))
        self.git("init", "--quiet")
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", "base")
        self.git("checkout", "--quiet", "-b", "head")
        change(self.project / "lead_api/app.py", SLOWER)
        self.git("commit", "--quiet", "--all", "--message", "head")
        self.git("checkout", "--quiet", "main")
        self.git("merge", "--quiet", "--no-ff", "--message", "merge", "head")
        return self.git("rev-parse", "HEAD^1"), self.git("rev-parse", "HEAD^2")

    def shorten(self, text):
        """Free ports, and nothing else."""
        return text.replace(":8081/", f":{self.ports['BASE_PORT']}/").replace(":8082/", f":{self.ports['HEAD_PORT']}/")


def change(file, its):
    before = file.read_text()
    assert its[0] in before, f"{file.name} does not have {its[0]}"
    file.write_text(before.replace(*its))


class Steps:
    """What is told of the steps, and which of them ended as they must not."""

    def __init__(self):
        self.faults = []

    def end(self, name, begun, code, log, expected=(0,)):
        print(f"{time.monotonic() - begun:7.1f} s  exit code {code}  {name}", flush=True)
        if code not in expected:
            self.faults.append(name)
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
            name = step.get("name", step["run"].splitlines()[0])
            # The step that ends the job as leadbench ended.
            expected = WORSE if name == "Verdict" else (0,)
            self.told.end(name, begun, code, self.log[before:], expected)
        return code, outputs


def github(world, seconds, told):
    base, head = world.make_example(seconds)
    workflow = yaml.safe_load(world.shorten((EXAMPLE / ".github/workflows/performance.yml").read_text()))
    (job,) = workflow["jobs"].values()
    for step in job["steps"]:
        if step.get("uses", "").startswith("leadbench/"):
            step["with"]["sha256"] = world.sum
    event = {"pull_request": {"number": 7, "base": {"sha": base}, "head": {"sha": head}}}
    job = TimedJob(world.project, world.env, {"token": WRITER, "event": event}, world.artifacts)
    job.told = told
    job.workflow(workflow)
    for comment in world.fakes.comments:
        print("\n".join(comment["body"].splitlines()[1:8]))


def gitlab(world, seconds, told):
    base, head = world.make_example(seconds)
    pipeline = yaml.safe_load(world.shorten((EXAMPLE / ".gitlab-ci.yml").read_text()))
    variables = {**merge_request(world), "CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_COMMIT_SHA": head}
    for its in pipeline["include"]:
        name = its["inputs"]["job"]
        component = include({**its["inputs"], "sha256": world.sum})[name]
        begun = time.monotonic()
        code, log = run_job(component, world.project, world.env, {**variables, "CI_JOB_NAME": name})
        # On a busy machine a search may not find the same twice.
        told.end(f"all of the job {name}", begun, code, log, WORSE if name == "duel" else (0, 7, 8))
    for note in world.fakes.notes:
        print("\n".join(note["body"].splitlines()[1:8]))


def jenkins(world, seconds, told):
    base, _ = world.make_example(seconds)
    world.git("branch", "target", base)
    world.git("remote", "add", "origin", ".")
    names = ("install", "start base and head", "duel", "stop")
    env = {**world.env, "LEADBENCH_VERSION": VERSION, "LEADBENCH_SHA256": world.sum, "CHANGE_TARGET": "target"}
    steps = dict(zip(names, blocks(world.shorten((EXAMPLE / "Jenkinsfile").read_text())), strict=True))
    for name, block in steps.items():
        if told.faults and name != "stop":
            continue  # as a stage after one that has failed
        begun = time.monotonic()
        code, log = run_block(block, env, world.project)
        told.end(name, begun, code, log, WORSE if name == "duel" else (0,))


def main(leadbench, *words):
    systems = {"github": github, "gitlab": gitlab, "jenkins": jenkins}
    unknown = [word for word in words if word not in systems and not word.isdecimal()]
    if unknown:
        sys.exit(f"error: {unknown[0]} is neither a number of seconds nor one of {', '.join(systems)}")
    chosen = [word for word in words if word in systems] or list(systems)
    seconds = next((int(word) for word in words if word.isdecimal()), SECONDS)
    # Twenty runs, with time for the rest.
    process.DEADLINE_S = 600 + 24 * seconds
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        release = make_release(pathlib.Path(folder) / "release", leadbench)
        for name in chosen:
            print(f"== {name}", flush=True)
            world, told = TwoCommits(folder, leadbench, release), Steps()
            world.env |= {"PYTHON": sys._base_executable, **{key: value for key, value in os.environ.items() if key.startswith("PIP_")}}
            try:
                systems[name](world, seconds, told)
            finally:
                left = world.stop_servers()
            faults += [f"{name}: {step}" for step in told.faults] + [f"{name} left {one}" for one in left]
    for fault in faults:
        print(f"FAILED {fault}", file=sys.stderr)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main(*sys.argv[1:])

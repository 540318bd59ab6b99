"""The action measures: reports, exit codes, and inputs of someone who means harm."""

import os
import signal
import subprocess
import time

from github_runner import ROOT, Job

# A busy machine may make a measurement invalid, which most checks do not mind.
MEASURED = (0, 8)
BROKEN = "--set 'thresholds.latency.p50=< 1us'"


def use(world, **inputs):
    job = Job(world.project, world.env, inputs.pop("github", {}), world.artifacts)
    inputs = {"command": "run", "scenario": "leads.toml", "sha256": world.sum, **inputs}
    code, outputs = job.action(ROOT, inputs)
    world.logs.append(job.log)
    return code, outputs, job


def check_a_run_that_passes(world):
    code, outputs, job = use(world, artifact="run")
    assert code == 0 and outputs["exit-code"] == "0" and outputs["verdict"] == "passed", job.log
    assert os.path.isfile(f"{outputs['folder']}/summary.json")
    assert "## leads: PASSED" in job.summary.read_text()
    assert (world.artifacts / "run/report.html").is_file()


def check_a_broken_threshold_fails_after_its_reports(world):
    code, outputs, job = use(world, artifact="run", args=BROKEN)
    assert code == 1 and outputs["verdict"] == "failed", job.log
    assert "## leads: FAILED" in job.summary.read_text()
    assert (world.artifacts / "run/report.html").is_file()


def check_a_scenario_that_is_wrong(world):
    world.write("leads.toml", "schema = 1\n")
    code, outputs, job = use(world, artifact="run")
    assert code == 3 and outputs["verdict"] == "scenario" and outputs["folder"] == "", job.log
    assert "no report (exit code 3)" in job.summary.read_text()


def check_a_search(world):
    args = "--from 200/s --max 200/s --trial 1s --confirm 0s"
    code, outputs, job = use(world, command="search", args=args)
    assert code in (0, 7, 8), job.log  # 7, 8: this machine is busy
    assert os.path.isfile(f"{outputs['folder']}/search.json") and "##" in job.summary.read_text(), job.log


def check_a_folder_with_a_space(world):
    world.write("a folder/my leads.toml", (world.project / "leads.toml").read_text())
    code, _, job = use(world, scenario="my leads.toml", **{"working-directory": "a folder"})
    assert code == 0, job.log


def check_hostile_inputs_are_not_executed(world):
    hostile = ["; touch owned", "$(touch owned)", "`touch owned`", "| touch owned", "&& touch owned", "\ntouch owned\n",
               "'; touch owned; '", '"; touch owned; "', "--help; touch owned", "$IFS;touch${IFS}owned", "../../owned"]
    for text in hostile:
        for name in ("scenario", "args", "command", "working-directory"):
            code, outputs, job = use(world, **{name: text})
            assert code in (2, 3, 4), f"{name}={text!r}: {code}\n{job.log}"
    assert not list(world.folder.rglob("owned"))


def check_arguments_are_words_and_no_more(world):
    code, _, job = use(world, args="--label 'a=b c'\n--label\n\"d=$HOME * ~\"")
    assert code == 0, job.log
    (summary,) = world.folder.rglob("summary.json")
    text = summary.read_text()
    assert '"b c"' in text and '"$HOME * ~"' in text, text[:2000]
    for args, said in (("--label 'a", "a quote without its partner"), ("--out elsewhere", "the action chooses the folder"),
                       ("--reports=elsewhere", "the action chooses the folder")):
        code, _, job = use(world, args=args)
        assert code == 4 and said in job.log, job.log
        assert "no report (exit code unknown)" in job.summary.read_text()


def check_a_cancelled_job_keeps_its_report(world):
    use(world, command="install")
    (leadbench,) = world.folder.rglob("leadbench-bin.*")
    for sent in (signal.SIGINT, signal.SIGTERM):
        folder = world.folder / sent.name
        folder.mkdir()
        output = folder / "output"
        env = {**world.env, "PATH": f"{leadbench}:{world.env['PATH']}", "GITHUB_OUTPUT": str(output), "TMPDIR": str(folder),
               "LEADBENCH_COMMAND": "run", "LEADBENCH_SCENARIO": "leads.toml", "LEADBENCH_ARGS": "--duration 60s",
               "LEADBENCH_DIRECTORY": "."}
        child = subprocess.Popen([ROOT / "ci/measure.sh"], env=env, cwd=world.project, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            until = time.monotonic() + 30
            # It is written for the first time when the load has begun.
            while not list(folder.rglob("summary.json")) and time.monotonic() < until:
                time.sleep(0.05)
            child.send_signal(sent)
            child.wait(20)
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
        said = output.read_text()
        assert "exit-code=130" in said and "verdict=interrupted" in said and "summary.md" in said, said

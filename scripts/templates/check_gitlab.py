"""The GitLab component, alone and as docs/example includes it."""

import yaml

from check_action import MEASURED
from fakes import PROJECT, WEAK
from gitlab_runner import include, run_job
from process import run
from world import EXAMPLE, VERSION, free_port


def merge_request(world, token=PROJECT):
    variables = {"CI_API_V4_URL": f"{world.fakes.url}/api/v4", "CI_PROJECT_ID": "5", "CI_MERGE_REQUEST_IID": "3",
                 "CI_JOB_NAME": "performance", "CI_JOB_URL": "https://gitlab.example.com/jobs/1"}
    return {**variables, "LEADBENCH_NOTE_TOKEN": token} if token else variables


def use(world, variables=None, **inputs):
    component = include({"scenario": "leads.toml", "sha256": world.sum, **inputs})
    (job,) = component.values()
    code, log = run_job(job, world.project, world.env, {"CI_JOB_NAME": "performance", **(variables or {})})
    world.logs.append(log)
    return code, log


def check_a_note_is_written_once_and_then_updated(world):
    marker = "<!-- leadbench: performance -->"
    world.fakes.notes += [{"id": n, "body": marker, "author": {"id": 9}} for n in range(1, 101)]
    code, log = use(world, merge_request(world))
    assert code in MEASURED and "is written" in log, log
    assert (world.project / "leadbench-reports/junit.xml").is_file() and (world.project / "leadbench-reports/report.html").is_file()
    code, log = use(world, merge_request(world), args="--set 'thresholds.latency.p50=< 1us'")
    assert code == 1 and "is updated" in log, log
    assert len(world.fakes.notes) == 101 and world.fakes.notes[-1]["body"].startswith(f"{marker}\n## leads: FAILED")
    assert "<failure" in (world.project / "leadbench-reports/junit.xml").read_text()
    assert len(world.fakes.asked("GET", "/releases/")) == 1, "the archive was not cached"


def check_what_keeps_a_note_away(world):
    for variables, said in ((merge_request(world, None), "LEADBENCH_NOTE_TOKEN is not set"),
                            (merge_request(world, WEAK), "answered with status 403"),
                            ({}, "belongs to no merge request"),
                            ({**merge_request(world), "CI_API_V4_URL": f"http://127.0.0.1:{free_port()}/api/v4"}, "cannot be reached")):
        code, log = use(world, variables)
        assert code in MEASURED and said in log, log
    assert not world.fakes.notes


def check_another_checksum_unpacks_nothing(world):
    for sha256, said in (("0" * 64, "nothing was unpacked"), ("x; touch owned", "is not known")):
        code, log = use(world, sha256=sha256)
        assert code == 4 and said in log, log
    assert not [file for file in world.files() if file.name == "leadbench"]
    code, log = use(world, version="9.9.9")
    assert code == 4 and "is there a release 9.9.9?" in log, log


def check_hostile_inputs_are_not_executed(world):
    for text in ("a.toml; touch owned", "$$(touch owned)", "`touch owned`", "' \" ; touch owned", "a | touch owned", "--help"):
        for name in ("scenario", "args", "working-directory"):
            code, log = use(world, **{name: text})
            assert code != 0 or (name, text) == ("args", "--help"), f"{name}={text!r}: {log}"
    assert not list(world.folder.rglob("owned"))


def check_a_search(world):
    code, log = use(world, command="search", args="--from 200/s --max 200/s --trial 1s --confirm 0s")
    assert code in (0, 7, 8) and (world.project / "leadbench-reports/junit.xml").is_file(), log


def check_the_example_duels(world):
    base, head = world.make_example()
    pipeline = yaml.safe_load(world.shorten((EXAMPLE / ".gitlab-ci.yml").read_text()))
    assert all(its["component"].endswith(f"/performance@v{VERSION}") for its in pipeline["include"])
    inputs = {its["inputs"]["job"]: its["inputs"] for its in pipeline["include"]}
    component = include({**inputs["duel"], "sha256": world.sum})["duel"]
    merged = {**component, **pipeline["duel"], "variables": {**component["variables"], **pipeline["duel"]["variables"]}}
    variables = {**merge_request(world), "CI_JOB_NAME": "duel", "CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_COMMIT_SHA": head}
    try:
        code, log = run_job(merged, world.project, world.env, variables)
    finally:
        stop(world)
    world.logs.append(log)
    assert code in (0, 8) and base[:7] in world.fakes.notes[0]["body"], log
    assert "### Gates" in world.fakes.notes[0]["body"]
    try:
        code, log = run_job(include({**inputs["search"], "sha256": world.sum})["search"], world.project, world.env, {})
    finally:
        stop(world)
    world.logs.append(log)
    assert code in (0, 7, 8) and (world.project / "leadbench-reports/report.md").is_file(), log


def check_a_changed_cache_is_not_trusted(world):
    use(world)
    (kept,) = world.project.glob(".leadbench-download/*.tar.gz")
    kept.write_bytes(kept.read_bytes() + b"x")
    code, log = use(world)
    assert code in MEASURED and len(world.fakes.asked("GET", "/releases/")) == 2, log


def stop(world):
    assert run(["perf/serve.sh", "stop"], world.env, world.project)[0] == 0

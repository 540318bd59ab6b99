"""The workflows of docs/example, from the first step to the last."""

import json
import shutil

import yaml

from fakes import READER, WRITER
from github_runner import Job
from world import EXAMPLE


def run_workflow(world, name, github):
    text = world.shorten((EXAMPLE / f".github/workflows/{name}.yml").read_text())
    workflow = yaml.safe_load(text)
    (job,) = workflow["jobs"].values()
    for step in job["steps"]:
        if step.get("uses", "").startswith("leadbench/"):
            step["with"]["sha256"] = world.sum
    job = Job(world.project, world.env, github, world.artifacts)
    code = job.workflow(workflow)
    world.logs.append(job.log)
    return code, job


def pull_request(world, token):
    base, head = world.make_example()
    event = {"pull_request": {"number": 7, "base": {"sha": base}, "head": {"sha": head}}}
    code, job = run_workflow(world, "performance", {"token": token, "event": event})
    assert code in (0, 8), f"{code}\n{job.log}"  # 8: this machine is busy
    assert "base answers" in job.log and "head answers" in job.log, job.log
    assert not list((world.project / ".served").glob("*.pid")), "a server was not stopped"
    return head, job


def workflow_run(head, owner="stranger", branch="faster"):
    full_name = f"{owner}/api"
    run = {"event": "pull_request", "id": 66, "head_sha": head, "head_branch": branch,
           "head_repository": {"full_name": full_name, "owner": {"login": owner}}}
    return {"token": WRITER, "repository": "someone/api", "event": {"workflow_run": run}}


def check_a_pull_request_gets_a_duel_and_a_comment(world):
    head, job = pull_request(world, WRITER)
    assert (world.artifacts / "duel/comparison.json").is_file(), job.log
    assert len(world.fakes.comments) == 1 and "### Gates" in world.fakes.comments[0]["body"], job.log
    assert "### Gates" in job.summary.read_text()
    assert head[:7] in world.fakes.comments[0]["body"]
    # Its own branches have commented already.
    code, _ = run_workflow(world, "comment", workflow_run(head, owner="someone"))
    assert code is None


def check_a_fork_gets_its_comment_from_the_second_workflow(world):
    head, job = pull_request(world, READER)
    assert not world.fakes.comments and "fork" in job.log, job.log
    branch = "faster;$(touch owned)&state=closed"
    world.fakes.pulls.append({"number": 7, "head": {"sha": head, "label": f"stranger:{branch}"}})
    # What the fork's run wrote for people is not used.
    (world.artifacts / "duel/comparison.md").write_text("@everyone <!-- leadbench: duel -->")
    for _ in range(2):
        code, job = run_workflow(world, "comment", workflow_run(head, branch=branch))
        assert code == 0, job.log
    (comment,) = world.fakes.comments
    assert comment["body"].startswith("<!-- leadbench: duel -->\n## leads") and "everyone" not in comment["body"]
    assert "/actions/runs/66" in comment["body"] and "The code of a fork ran there" in comment["body"]
    # A branch that has moved on, an artifact that is a link, damaged figures, and none at all.
    code, job = run_workflow(world, "comment", workflow_run("0" * 40, branch=branch))
    assert code == 0 and "no open pull request has the head" in job.log, job.log
    link = world.artifacts / "duel/baseline/link"
    link.symlink_to("/etc/hostname")
    code, job = run_workflow(world, "comment", workflow_run(head, branch=branch))
    assert code == 0 and "neither a file nor a folder" in job.log, job.log
    link.unlink()
    for summary in (world.artifacts / "duel").rglob("summary.json"):
        figures = json.loads(summary.read_text())
        figures["counts"]["ok"] = 10**9
        summary.write_text(json.dumps(figures))
    code, job = run_workflow(world, "comment", workflow_run(head, branch=branch))
    assert code == 0 and "cannot render the report" in job.log, job.log
    shutil.rmtree(world.artifacts / "duel")
    code, job = run_workflow(world, "comment", workflow_run(head, branch=branch))
    assert code == 0 and "the run left no report" in job.log, job.log
    assert len(world.fakes.asked("POST")) == 2 and len(world.fakes.asked("PATCH")) == 1, world.fakes.requests


def check_the_night_has_a_search_and_a_history(world):
    world.make_example()
    code, job = run_workflow(world, "nightly", {"token": READER})
    assert code in (0, 7, 8), job.log
    assert (world.project / "history/index.html").is_file(), job.log
    assert (world.artifacts / "search/search.html").is_file() and (world.artifacts / "history/history.csv").is_file()
    assert len(list((world.project / "history").rglob("summary.json"))) == 1

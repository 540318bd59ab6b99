"""What the files of the templates say to each other: versions, checksums, pinned actions."""

import re
import shlex

import yaml

from github_runner import ROOT, load
from gitlab_runner import COMPONENT
from world import EXAMPLE, VERSION

ACTIONS = (ROOT / "action.yml", ROOT / "ci/comment/action.yml")
WORKFLOWS = sorted((EXAMPLE / ".github/workflows").glob("*.yml"))


def check_all_name_the_version_of_this_repository(_):
    for file in ACTIONS:
        assert load(file)["inputs"]["version"]["default"] == VERSION, file
    header = yaml.safe_load(COMPONENT.read_text().split("\n---\n")[0])
    assert header["spec"]["inputs"]["version"]["default"] == VERSION
    assert f"LEADBENCH_VERSION = '{VERSION}'" in (EXAMPLE / "Jenkinsfile").read_text()
    for file in WORKFLOWS:
        assert set(re.findall(r"uses: leadbench/\S+@v(\S+)", file.read_text())) == {VERSION}, file


def check_all_know_the_same_checksums(_):
    places = (ROOT / "ci/checksums.txt", COMPONENT, EXAMPLE / "Jenkinsfile")
    found = [re.findall(r"^ *([0-9a-f]{64}  leadbench-\S+\.tar\.gz)$", file.read_text(), re.M) for file in places]
    assert found[0] == found[1] == found[2] and len(found[0]) in (0, 2), found
    assert all(f"leadbench-{VERSION}-" in line for line in found[0]), found[0]


def check_actions_of_others_are_pinned_to_a_commit(_):
    for file in (*ACTIONS, *WORKFLOWS):
        for used in re.findall(r"uses: (.*)", file.read_text()):
            assert used.startswith("leadbench/leadbench") or re.fullmatch(r"\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used), used


def check_each_job_has_the_rights_it_needs_and_no_more(_):
    granted = {"performance": {"contents": "read", "pull-requests": "write"}, "nightly": {"contents": "read"},
               "comment": {"actions": "read", "pull-requests": "write"}}
    for file in WORKFLOWS:
        workflow = load(file)
        (job,) = workflow["jobs"].values()
        assert workflow["permissions"] == {} and job["permissions"] == granted[file.stem], file
        assert "secrets." not in file.read_text() and "pull_request_target" not in file.read_text(), file
    comment = (EXAMPLE / ".github/workflows/comment.yml").read_text()
    assert "checkout@" not in comment and not re.search(r"^[ -]*run:", comment, re.M)


def check_options_of_the_example_exist(world):
    """leadbench knows each option that the pipelines pass."""
    from process import run

    texts = [step["with"]["args"] for file in WORKFLOWS for step in next(iter(load(file)["jobs"].values()))["steps"]
             if "args" in step.get("with", {})]
    used = {word for text in texts for word in shlex.split(text) if word.startswith("--")}
    assert {"--baseline", "--with", "--at-least"} <= used
    known = "".join(run([world.env["TARGET"], "help", command], world.env, world.project)[1] for command in ("run", "duel", "search"))
    assert all(f"{option} " in known or f"{option}\n" in known for option in used), used

"""Runs workflows and composite actions as GitHub's runner does, as far as the templates need it."""

import pathlib
import shutil
import tempfile

import yaml

from expressions import evaluate, interpolate, is_true
from process import run

ROOT = pathlib.Path(__file__).resolve().parents[2]
OWN = {"leadbench/leadbench@v0.1.0": ROOT, "leadbench/leadbench/ci/comment@v0.1.0": ROOT / "ci/comment"}


def load(path):
    return yaml.safe_load(pathlib.Path(path).read_text())


class Job:
    """One job: a workspace, the files by which its steps talk to the runner, and the state of its steps."""

    def __init__(self, workspace, env, github, artifacts):
        self.temp = pathlib.Path(tempfile.mkdtemp(prefix="job-", dir=workspace.parent))
        self.workspace, self.artifacts = workspace, artifacts
        self.summary = self.temp / "summary.md"
        self.summary.touch()
        self.path, self.log = [], ""
        self.github = {"token": "", "event": {}, **github}
        (self.temp / "runner").mkdir()
        self.env = {**env, "CI": "true", "GITHUB_ACTIONS": "true", "RUNNER_TEMP": str(self.temp / "runner"),
                    "GITHUB_STEP_SUMMARY": str(self.summary), "GITHUB_WORKSPACE": str(workspace),
                    "GITHUB_WORKFLOW": "a workflow", "GITHUB_JOB": "a_job", "GITHUB_RUN_ID": "77",
                    "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "someone/api"}

    def contexts(self, steps, inputs):
        return {"github": self.github, "steps": steps, "inputs": inputs, "runner": {"temp": self.env["RUNNER_TEMP"]}}

    def steps(self, steps, inputs=None, action_path=None):
        """Runs steps in their order; the exit code of the first that failed, and the state of all."""
        states, code = {}, 0
        for step in steps:
            contexts = self.contexts(states, inputs or {})
            if not is_true(step.get("if"), contexts, code != 0):
                continue
            its_code, outputs = self.step(step, contexts, action_path)
            states[step.get("id", "")] = {"outputs": outputs}
            if its_code and not step.get("continue-on-error"):
                code = code or its_code
        return code, states

    def step(self, step, contexts, action_path):
        if "run" in step:
            assert "${{" not in step["run"], f"an expression in a script: {step['run']}"
            env = {name: interpolate(value, contexts) for name, value in step.get("env", {}).items()}
            return self.script(step["run"], env, action_path)
        given = {name: interpolate(value, contexts) for name, value in step.get("with", {}).items()}
        if step["uses"] in OWN:
            return self.action(OWN[step["uses"]], given)
        return self.foreign(step["uses"].split("@")[0], given)

    def script(self, text, env, action_path=None):
        """As GitHub calls bash for `shell: bash`."""
        output, path = self.temp / "output", self.temp / "path"
        for file in (output, path):
            file.write_text("")
        script = self.temp / "step.sh"
        script.write_text(text + "\n")
        env = {**self.env, **env, "GITHUB_OUTPUT": str(output), "GITHUB_PATH": str(path),
               "PATH": ":".join([*self.path, self.env["PATH"]])}
        if action_path:
            env["GITHUB_ACTION_PATH"] = str(action_path)
        code, said = run(["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)], env, self.workspace)
        self.log += said
        self.path = path.read_text().split() + self.path
        outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
        return code, outputs

    def action(self, folder, given):
        action = load(folder / "action.yml")
        unknown = set(given) - set(action["inputs"])
        assert not unknown, f"the action has no input {unknown}"
        contexts = self.contexts({}, {})
        inputs = {name: given.get(name, interpolate(its.get("default", ""), contexts))
                  for name, its in action["inputs"].items()}
        code, states = self.steps(action["runs"]["steps"], inputs, folder)
        contexts = self.contexts(states, inputs)
        outputs = {name: interpolate(its["value"], contexts) for name, its in action.get("outputs", {}).items()}
        return code, outputs

    def foreign(self, name, given):
        """Stands in for the actions of others: artifacts are folders, the rest does nothing."""
        if name == "actions/upload-artifact":
            shutil.copytree(self.workspace / given["path"], self.artifacts / given["name"], dirs_exist_ok=True)
        elif name == "actions/download-artifact":
            if not (self.artifacts / given["name"]).exists():
                return 1, {}
            # It keeps links, as a hostile archive might.
            shutil.copytree(self.artifacts / given["name"], given["path"], symlinks=True)
        elif name not in ("actions/checkout", "actions/cache/restore", "actions/cache/save"):
            raise AssertionError(f"the test does not know {name}")
        return 0, {}

    def workflow(self, workflow):
        """The only job of a workflow, unless its condition keeps it from running."""
        (job,) = workflow["jobs"].values()
        if not evaluate(job.get("if", "'yes'"), self.contexts({}, {})):
            return None
        return self.steps(job["steps"])[0]

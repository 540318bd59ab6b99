"""Includes a GitLab component and runs its job as GitLab and its runner do."""

import pathlib
import re
import tempfile

import yaml

from process import run

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPONENT = ROOT / "templates/performance.yml"


def include(inputs, path=COMPONENT):
    """The component with its inputs filled in. GitLab replaces them in the text, before it reads the YAML."""
    header, body = path.read_text().split("\n---\n")
    spec = yaml.safe_load(header)["spec"]["inputs"]
    assert not set(inputs) - set(spec), f"the component has no input {set(inputs) - set(spec)}"
    values = {}
    for name, its in spec.items():
        assert name in inputs or "default" in its, f"the input {name} is missing"
        values[name] = str(inputs.get(name, its.get("default")))
        assert "options" not in its or values[name] in its["options"], f"{name} is none of {its['options']}"
    text = re.sub(r"\$\[\[ inputs\.([a-z0-9-]+) \]\]", lambda found: values[found[1]], body)
    assert "$[[" not in text
    return yaml.safe_load(text)


def expand(value, variables):
    return re.sub(r"\$\$|\$\{?(\w+)\}?", lambda found: "$" if found[0] == "$$" else variables.get(found[1], ""), value)


def run_job(job, project, env, variables):
    """Exit code and log of script and after_script."""
    home = tempfile.mkdtemp(dir=project.parent)
    variables = {"CI_PROJECT_DIR": str(project), "CI_API_V4_URL": "", "GITLAB_CI": "true", "CI": "true", **variables}
    own = {name: expand(str(value), variables) for name, value in job["variables"].items()}
    env = {**env, **variables, **own, "HOME": home}
    codes, log = [], ""
    for name in ("script", "after_script"):
        lines = "\n".join(job[name])
        code, said = run(["bash", "-c", f"set -eo pipefail\n{lines}"], env, project)
        codes.append(code)
        log += said
    assert codes[1] == 0, f"after_script ended with {codes[1]}:\n{log}"
    return codes[0], log

"""The dashboard, and its queries as Grafana sends them."""

import json
import pathlib
import re
import sys

DASHBOARD = json.loads(pathlib.Path("docs/grafana/leadbench.json").read_text())


def check(holds, *said):
    if not holds:
        sys.exit("error: " + " ".join(map(str, said)))


def filled(text, chosen, window="5s"):
    """A query as Grafana sends it, which escapes what is chosen."""
    variables = {"job": ".*", "scenario": ".*", "instance": ".*"} | chosen
    for name, value in variables.items():
        text = text.replace(f"${name}", value.replace(".", "\\\\.") if value != ".*" else value)
    text = text.replace("$__rate_interval", window).replace("$__range", "1h")
    check("$" not in text, "an unknown variable:", text)
    return text


def targets():
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            yield panel, target


def legend(target, labels):
    """What Grafana writes beside a line."""
    if target.get("format") == "table":
        return labels["run"]

    def label(match):
        check(match[1] in labels, "a legend names a label that is not there:", target["legendFormat"], labels)
        return labels[match[1]]

    return re.sub(r"\{\{(\w+)\}\}", label, target["legendFormat"])

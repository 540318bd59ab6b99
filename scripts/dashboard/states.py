"""What the panels about the whole run show of each of its states, by series that are made up."""

import json

from board import DASHBOARD, check, filled, targets
from processes import WORK, promtool


def states():
    exprs = {panel["title"]: filled(target["expr"], {}) for panel, target in targets()}

    def series(name, labels, values):
        return {"series": f'{name}{{{labels},scenario="s",job="j",instance="i"}}', "values": values}

    def sample(labels, value):
        return {"labels": f'{{{labels}scenario="s",job="j",instance="i"}}', "value": value}

    def at(title, minutes, *samples):
        return {"expr": exprs[title], "eval_time": f"{minutes}m", "exp_samples": list(samples)}

    info, verdict, state = "leadbench_run_info", "leadbench_measurement", "leadbench_run_state"
    limits = [series("leadbench_threshold_passed", f'metric="{one}",limit="< 1"', "1 1 0 1 1 1") for one in "pq"]
    limits[0]["values"] = "1 1 1 1 1 1"
    tests = [
        {
            "interval": "1m",
            "input_series": [
                series(info, 'run="a",status="running"', "1 1 1 stale"),
                series(info, 'run="a",status="ended"', "_ _ _ 1 1 stale"),
                series(info, 'run="b",status="running"', "_ _ _ _ _ _ 1 1 stale"),
            ],
            "promql_expr_test": [
                at("Runs", 2, sample('run="a",', 3)),
                at("Runs", 4, sample('run="a",', 2)),
                at("Runs", 7, sample('run="a",', 2), sample('run="b",', 3)),
                at("Runs", 9, sample('run="a",', 2), sample('run="b",', 1)),
            ],
        },
        {
            "interval": "1m",
            "input_series": [
                series(verdict, 'verdict="valid"', "1 0 0"),
                series(verdict, 'verdict="degraded"', "0 1 0"),
                series(verdict, 'verdict="invalid"', "0 0 1"),
            ],
            "promql_expr_test": [at("Measurement", n, sample("", n)) for n in range(3)],
        },
        {
            "interval": "1m",
            "input_series": [
                series(state, f'state="{name}"', " ".join(str(int(number == minute)) for minute in range(4)))
                for number, name in enumerate(("running", "finished", "interrupted", "stopped"))
            ],
            "promql_expr_test": [at("State", n, sample("", n + 1)) for n in range(4)],
        },
        {
            # Running, finished, broken, interrupted, invalid, stopped.
            "interval": "1m",
            "input_series": [
                series(state, 'state="running"', "1 0 0 0 0 0"),
                series(state, 'state="interrupted"', "0 0 0 1 0 0"),
                series(verdict, 'verdict="invalid"', "0 0 0 0 1 0"),
                *limits,
            ],
            "promql_expr_test": [at("Thresholds", n, sample("", value)) for n, value in enumerate((3, 1, 0, 2, 2, 1))],
        },
        {
            # Running, stopped and finished, and nothing is judged.
            "interval": "1m",
            "input_series": [
                series(state, f'state="{name}"', " ".join(str(int(number == minute)) for minute in range(3)))
                for number, name in enumerate(("running", "stopped", "finished"))
            ],
            "promql_expr_test": [at("Thresholds", n, sample("", 2)) for n in range(3)],
        },
    ]
    (WORK / "states.yml").write_text(json.dumps({"evaluation_interval": "1m", "tests": tests}))
    promtool("test", "rules", str(WORK / "states.yml"))
    for title, texts in (
        ("Measurement", {"0": "valid", "1": "degraded", "2": "invalid"}),
        ("Thresholds", {"0": "FAILED", "1": "PASSED", "2": "NOT JUDGED", "3": "all hold so far"}),
        ("State", {"1": "running", "2": "finished", "3": "interrupted", "4": "stopped"}),
        ("Runs", {"1": "no end seen", "2": "ended", "3": "running"}),
    ):
        (panel,) = (panel for panel in DASHBOARD["panels"] if panel["title"] == title)
        field = panel["fieldConfig"]
        mappings = field["defaults"].get("mappings") or field["overrides"][0]["properties"][0]["value"]
        check({key: one["text"] for key, one in mappings[0]["options"].items()} == texts, title, "maps otherwise")

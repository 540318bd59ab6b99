"""What summary.json says, as the series that must arrive."""

import math
import pathlib
import re


def outcomes():
    """All that docs/FORMATS.md lists."""
    text = pathlib.Path("docs/FORMATS.md").read_text()
    table = text.split("\n### Outcomes\n")[1].split("\n#")[0]
    return re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)


def one_of(label, words, holds):
    return {((label, word),): int(word == holds) for word in words.split()}


def spans(summary):
    """Each phase, and each metric of Server-Timing, with its distribution."""
    timing = (summary.get("server_timing") or {}).get("metrics", {})
    return summary["phases"] | {f"server.{name}": stats for name, stats in timing.items()}


def histogram(summary, phase, stats):
    below = summary["buckets"]["phases"].get(phase, [0] * len(summary["buckets"]["le_ns"]))
    counts = [*below, stats["count"]]
    within = tuple(count - before for before, count in zip([0, *counts[:-1]], counts, strict=True))
    return within, stats["mean_ns"] * stats["count"] / 1e9


def series(summary):
    """By name, then by attributes without the scenario."""
    counts, windows, wire = summary["counts"], summary["windows"], summary.get("wire")
    phases = spans(summary)
    own_cpu = [window["own_cpu"] for window in windows if window.get("own_cpu") is not None]
    found = {name: {(): counts[name]} for name in ("planned", "started", "dropped", "retried", "negative")}
    found |= {
        "warmup_iterations": {(): counts["warmup"]},
        "answered": {(): sum(window["answered"] for window in windows)},
        "tokens_minted": {(): summary["signing"]["tokens_minted"]},
        "iterations": {(("outcome", name),): summary["outcomes"].get(name, 0) for name in outcomes()},
        "in_flight": {(): 0},
        "run_state": one_of("state", "running finished interrupted stopped", summary["run"]["state"]),
        "measurement": one_of("verdict", "valid degraded invalid", summary["measurement"]["verdict"]),
        "threshold_passed": {
            (("limit", f"{one['comparison']} {one['limit_text']}"), ("metric", one["metric"])): int(one["passed"])
            for one in summary["thresholds"]
        },
        "phase": {(("phase", name),): histogram(summary, name, stats) for name, stats in phases.items()},
        "phase_max": {(("phase", name),): stats["max_ns"] / 1e9 for name, stats in phases.items()},
    }
    if own_cpu:
        found["own_cpu"] = {(): own_cpu[-1]}
    if wire:
        names = {"min": "min_rtt_ns", "smoothed_p50": "smoothed_rtt_p50_ns", "smoothed_max": "smoothed_rtt_max_ns"}
        trips = {(("statistic", key),): wire[name] / 1e9 for key, name in names.items() if wire.get(name) is not None}
        found |= {"tcp_retransmits": {(): wire["retransmits"]}, "tcp_round_trip": trips}
    scenario = ("scenario", summary["run"]["scenario"])
    return {
        (f"leadbench_{name}", frozenset((scenario, *labels))): value
        for name, points in found.items()
        for labels, value in points.items()
    }


def resource(summary):
    run = summary["run"]
    found = {
        "service.name": "leadbench",
        "service.version": run["version"],
        "service.instance.id": run["id"] + (f"/{run['shard']}" if run.get("shard") else ""),
        "leadbench.run": run["id"],
        "leadbench.scenario": run["scenario"],
    }
    if run.get("commit"):
        found["leadbench.commit"] = run["commit"]
    return found | {f"leadbench.label.{key}": value for key, value in (run.get("labels") or {}).items()}


def differences(found, expected):
    """Exact for counts; a float may differ in its last digits."""

    def same(a, b):
        if isinstance(a, tuple):
            return a[0] == b[0] and same(a[1], b[1])
        return math.isclose(a, b, rel_tol=1e-12) if isinstance(a, float) else a == b

    keys = found.keys() | expected.keys()
    wrong = [key for key in keys if key not in found or key not in expected or not same(found[key], expected[key])]
    return [(key[0], dict(key[1]), found.get(key), "and not", expected.get(key)) for key in wrong]

"""What summary.json says, for each query of the dashboard."""

import math

PARTS = "lag queue retry sign_wait exchange dns connect tls pickup".split()


def total(runs, *path):
    def value(summary):
        for key in path:
            summary = summary.get(key, {})
        return summary or 0

    return sum(value(run.summary) for run in runs)


def of_phase(runs, phase):
    """How many there are, and how long they are together, in seconds."""
    phases = [run.summary["phases"] for run in runs]
    if phase.startswith("server."):
        phase = phase.removeprefix("server.")
        phases = [run.summary["server_timing"]["metrics"] for run in runs]
    stats = [one[phase] for one in phases if phase in one]
    return sum(one["count"] for one in stats), sum(one["count"] * one["mean_ns"] for one in stats) / 1e9


def buckets(runs, phase):
    """Ends in seconds, and how many are not above each."""
    ends = [end / 1e9 for end in runs[0].summary["buckets"]["le_ns"]] + [math.inf]
    counts = [run.summary["buckets"]["phases"].get(phase, [0] * 19) for run in runs]
    return ends, [sum(column) for column in zip(*counts, strict=True)] + [of_phase(runs, phase)[0]]


def bucket_of(ends, value):
    return next(number for number, end in enumerate(ends) if value <= end)


def quantile(runs, q, phase):
    """As Prometheus defines it."""
    ends, counts = buckets(runs, phase)
    rank = q * counts[-1]
    at = next(number for number, count in enumerate(counts) if count >= rank)
    below, start = (counts[at - 1], ends[at - 1]) if at else (0, 0.0)
    return start + (ends[at] - start) * (rank - below) / (counts[at] - below)


def quantiles(phases):
    return lambda runs: {phase: quantile(runs, 0.99, phase) for phase in phases.split()}


def failures(runs):
    outcomes = {outcome for run in runs for outcome in run.summary["outcomes"]} - {"ok"}
    counts = {outcome: total(runs, "outcomes", outcome) for outcome in outcomes}
    return {outcome: count for outcome, count in counts.items() if count}


def share(phase):
    return lambda runs: of_phase(runs, phase)[1] / of_phase(runs, "latency")[0]


def parts(runs):
    known = [phase for phase in PARTS if of_phase(runs, phase)[0]]
    return {phase: share(phase)(runs) for phase in known}


def each(figure):
    return lambda runs: {f"{run.name} {run.address}": figure(run) for run in runs}


def measurement(run):
    return {"valid": 0, "degraded": 1, "invalid": 2}[run.summary["measurement"]["verdict"]]


def state(run):
    return {"running": 1, "finished": 2, "interrupted": 3, "stopped": 4}[run.summary["run"]["state"]]


def thresholds(run):
    if measurement(run) == 2:
        return 2
    return int(all(one["passed"] for one in run.summary["thresholds"]))


def wire(pick, field):
    return lambda runs: pick(run.summary["wire"][field] for run in runs) / 1e9


def last(run, field):
    """The figure of the last second that has it."""
    figures = [window.get(field) for window in run.summary["windows"]]
    return [figure for figure in figures if figure is not None][-1]


def failed(runs):
    return total(runs, "counts", "failed") / (total(runs, "counts", "ok") + total(runs, "counts", "failed"))


def heat(runs):
    ends, counts = buckets(runs, "latency")
    return {"+Inf" if end == math.inf else str(end): count for end, count in zip(ends, counts, strict=True)}


def per_s(*path):
    return lambda runs: total(runs, *path)


def answered(runs):
    return sum(window["answered"] for run in runs for window in run.summary["windows"])


# By title and legend: what the answer is after the runs, with totals in place of rates.
EXPECTED = {
    ("Measurement", "{{scenario}} {{instance}}"): each(measurement),
    ("Thresholds", "{{scenario}} {{instance}}"): each(thresholds),
    ("State", "{{scenario}} {{instance}}"): each(state),
    ("Runs", ""): lambda runs: {run.summary["run"]["id"]: 2 for run in runs},
    ("Generator: lateness at p99", "{{phase}}"): quantiles("lag sign_wait pickup"),
    ("Generator: CPU", "{{scenario}} {{instance}}"): each(lambda run: last(run, "own_cpu")),
    ("Callouts per second", "planned"): per_s("counts", "planned"),
    ("Callouts per second", "started"): per_s("counts", "started"),
    ("Callouts per second", "answered"): answered,
    ("Callouts per second", "ok"): per_s("counts", "ok"),
    ("Callouts per second", "dropped"): per_s("counts", "dropped"),
    ("Callouts per second", "bad token"): per_s("counts", "negative"),
    ("Callouts per second", "warm-up"): per_s("counts", "warmup"),
    ("Failures per second", "{{outcome}}"): failures,
    ("Failures per second", "retried"): per_s("counts", "retried"),
    ("Failed so far", "failed"): failed,
    ("Open callouts", "in flight"): lambda runs: 0,  # both have ended
    ("Latency percentiles", "p50"): lambda runs: quantile(runs, 0.5, "latency"),
    ("Latency percentiles", "p90"): lambda runs: quantile(runs, 0.9, "latency"),
    ("Latency percentiles", "p99"): lambda runs: quantile(runs, 0.99, "latency"),
    ("Latency over time", "{{le}}"): heat,
    ("Mean latency by part", "{{phase}}"): parts,
    ("Mean latency by part", "server"): share("server"),
    ("Mean latency by part", "outside the server"): lambda runs: share("network")(runs) - share("server")(runs),
    ("Mean latency by part", "other"): lambda runs: (
        share("latency")(runs) - share("network")(runs) - sum(parts(runs).values())
    ),
    ("Server, network and signing at p99", "{{phase}}"): quantiles("server network sign"),
    ("Round trips and retransmits", "shortest"): wire(min, "min_rtt_ns"),
    ("Round trips and retransmits", "smoothed median"): wire(max, "smoothed_rtt_p50_ns"),
    ("Round trips and retransmits", "smoothed maximum"): wire(max, "smoothed_rtt_max_ns"),
    ("Round trips and retransmits", "retransmits"): per_s("wire", "retransmits"),
    ("Tokens", "tokens"): per_s("signing", "tokens_minted"),
    ("Tokens", "CPU time of a signature"): lambda runs: of_phase(runs, "sign_cpu")[1] / of_phase(runs, "sign_cpu")[0],
}

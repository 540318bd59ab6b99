"""Asks a Prometheus that scrapes two runs every query of the dashboard.

Twice: during the runs each query must have an answer, and after them its answer must be what summary.json says.
"""

import math
import re
import signal
import subprocess
import sys
import time

from board import DASHBOARD, check, filled, legend, targets
from figures import EXPECTED, bucket_of, buckets
from processes import LEADBENCH, WORK, Process, Prometheus, Run, eventually, free_address, promtool
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from states import states
from structure import structure

# By title and legend: those that a good run may leave at zero throughout.
MAY_BE_ZERO = {
    ("Measurement", "smoke"): "this run is valid, which is 0",
    ("Thresholds", "smoke"): "a tenth of its leads fail, so it fails, which is 0",
    ("Failures per second", "retried"): "the target refuses no token",
    ("Mean latency by part", "sign_wait"): "tokens are ready in time",
    ("Mean latency by part", "connect"): "connections are opened once",
    ("Round trips and retransmits", "retransmits"): "the loopback loses no packet",
}
NOT_DRAWN = {"leadbench_phase_max_seconds": "one outlier would hide everything else"}


def formats(runs):
    """Both formats, each by its judge, and that they hold the same."""
    for run in runs:
        plain, open_ = run.scrape("text/plain"), run.scrape("application/openmetrics-text;version=1.0.0")
        promtool("check", "metrics", given=plain)
        kinds = {family.name: family.type for family in text_string_to_metric_families(open_)}
        for _, target in targets():
            for name in re.findall(r"rate\((\w+)", target["expr"]):
                family = re.sub("_(total|bucket|sum|count)$", "", name)
                kind = "counter" if name.endswith("_total") else "histogram"
                check(kinds.get(family) == kind, "the rate of", name, "which is a", kinds.get(family))
        samples = [{line for line in text.splitlines() if line[0] != "#"} for text in (plain, open_)]
        yield samples[0] == samples[1]


def during(prometheus, begin, end):
    """Every query has an answer while the runs go on, and lines are where they should be."""
    for panel, target in targets():
        expr = filled(target["expr"], {})
        found = prometheus.ask("query_range", query=expr, start=begin, end=end, step=1)["result"]
        check(found, "no answer to", panel["title"], target["legendFormat"], expr)
        for one in found:
            name = legend(target, one["metric"])
            values = [float(value) for _, value in one["values"] if math.isfinite(float(value))]
            check(values, "only NaN in", panel["title"], name)
            excuse = MAY_BE_ZERO.get((panel["title"], name.split(" 127.")[0]))
            # Few callouts are as long as the first and the last buckets.
            is_bucket = target.get("format") == "heatmap"
            check(any(values) or excuse or is_bucket, "only zeros in", panel["title"], name)
            if (panel["title"], name) == ("Callouts per second", "planned"):
                check(60 < max(values) < 150, "100/s were planned, and shown are", max(values))
    running = prometheus.query('max_over_time(count(leadbench_run_info{status="running"})[1m:1s])', end)
    check(running == [({}, 2.0)], "two runs were going on, and Prometheus knew of", running)


def before(prometheus, runs):
    """A scrape succeeds before the load, and finds nothing."""
    for run in runs:
        check(run.scrape() == "", "not an empty exposition:", run.scrape())
        check(run.scrape("application/openmetrics-text;version=1.0.0") == "# EOF\n", "not an empty exposition")
    eventually("a scrape before the load", lambda: len(prometheus.query("up == 1")) == len(runs))
    found = [value for _, value in prometheus.query("scrape_samples_scraped")]
    check(found == [0] * len(runs), "scraped before the load:", found)


def afterwards(prometheus, runs, at):
    """With totals in place of rates, each answer is what summary.json says."""
    names = {(panel["title"], target["legendFormat"]) for panel, target in targets()}
    check(names == set(EXPECTED), "without an expectation, or gone:", names ^ set(EXPECTED))
    first, second = runs
    cases = [
        ({}, runs),
        ({"scenario": f"({first.name}|{second.name})", "job": "leadbench"}, runs),
        ({"scenario": second.name}, [second]),
        ({"instance": first.address}, [first]),
        ({"job": "nowhere"}, []),
        ({"scenario": "nowhere"}, []),
        ({"instance": "nowhere"}, []),
    ]
    count = 0
    for panel, target in targets():
        name = (panel["title"], target["legendFormat"])
        totals = re.sub(r"rate\(([^()\[\]]+)\[\$__rate_interval\]\)", r"(\1)", target["expr"])
        check("rate" not in totals, "a rate that is not over $__rate_interval:", totals)
        for chosen, of in cases:
            pairs = [(legend(target, labels), value) for labels, value in prometheus.query(filled(totals, chosen), at)]
            found = dict(pairs)
            check(len(found) == len(pairs), name, "has two lines of one name:", pairs)
            expected = EXPECTED[name](of) if of else {}
            if not isinstance(expected, dict):
                expected = {target["legendFormat"]: expected}
            same = found.keys() == expected.keys() and all(
                math.isclose(found[key], expected[key], rel_tol=1e-9, abs_tol=1e-11) for key in found
            )
            check(same, name, chosen, "\nshows ", found, "\nand not", expected)
            count += 1
    return count


def added_up(prometheus, runs, at):
    """The histograms of the runs are added up without a loss, and p99 is where the summary has it."""
    for phase in runs[0].summary["buckets"]["phases"]:
        pairs = prometheus.query(f'sum by (le) (leadbench_phase_seconds_bucket{{phase="{phase}"}})', at)
        found = {float(labels["le"]): value for labels, value in pairs}
        check(found == dict(zip(*buckets(runs, phase), strict=True)), phase, found)
    for run in runs:
        latencies = f'leadbench_phase_seconds_bucket{{phase="latency", instance="{run.address}"}}'
        ((_, shown),) = prometheus.query(f"histogram_quantile(0.99, sum by (le) ({latencies}))", at)
        ends, exact = buckets([run], "latency")[0], run.summary["phases"]["latency"]["p99_ns"] / 1e9
        check(bucket_of(ends, shown) == bucket_of(ends, exact), run.name, "p99 is", exact, "and shown as", shown)
        print(f"{run.name}: p99 {exact * 1e3:.2f} ms, by buckets {shown * 1e3:.2f} ms")
    return prometheus.query('sum(leadbench_phase_seconds_count{phase="latency"})', at)[0][1]


def variables(prometheus, runs, begin, end):
    found = {}
    for one in DASHBOARD["templating"]["list"]:
        if one["type"] != "query":
            continue
        match = re.fullmatch(r"label_values\((.+), (\w+)\)", one["query"]["query"])
        check(match and match[2] == one["name"], "not a query of a variable:", one)
        series = filled(match[1], {})
        found[one["name"]] = set(
            prometheus.ask(f"label/{match[2]}/values", start=begin, end=end, **{"match[]": series})
        )
    expected = {"job": {"leadbench"}, "scenario": {run.name for run in runs}, "instance": {run.address for run in runs}}
    check(found == expected, "the variables offer", found)


def scraped_well(prometheus, begin, at):
    span = f"{math.ceil(at - begin)}s"
    for expr, wanted in (
        # All of them, also those before the load.
        ("min_over_time(up[1h])", lambda value: value == 1),
        (f"count_over_time(up[{span}])", lambda value: value >= 8),
        (f"max_over_time(scrape_samples_scraped[{span}])", lambda value: value > 100),
        (f"max_over_time(scrape_duration_seconds[{span}])", lambda value: value < 1),
    ):
        found = [value for _, value in prometheus.query(expr, at)]
        check(len(found) == 2 and all(map(wanted, found)), expr, "is", found)
    for name in prometheus.ask("label/__name__/values"):
        if re.fullmatch("leadbench_.*_(total|bucket|sum|count)", name):
            resets = prometheus.query(f"resets({name}[{span}]) > 0", at)
            check(not resets, "a counter that falls:", name, resets)
    for one in prometheus.ask("targets")["activeTargets"]:
        check(one["health"] == "up" and not one["lastError"], one)
    # Only OpenMetrics has infos.
    kinds = {one["type"] for one in prometheus.ask("targets/metadata", metric="leadbench_run")}
    check(kinds == {"info"}, "Prometheus did not negotiate OpenMetrics:", kinds)
    log = prometheus.process.said.read_text()
    check(not re.search(r"level=(warn|error)", log), log)
    known = {name for name in prometheus.ask("label/__name__/values") if name.startswith("leadbench_")}
    drawn = {name for _, target in targets() for name in re.findall(r"leadbench_\w+", target["expr"])}
    known = {re.sub("_seconds_(bucket|sum|count)$", "_seconds", name) for name in known}
    drawn = {re.sub("_seconds_(bucket|sum|count)$", "_seconds", name) for name in drawn}
    check(known - drawn == set(NOT_DRAWN) and not drawn - known, "not drawn, or not served:", known ^ drawn)


def main():
    begun = time.monotonic()
    subprocess.run(["rm", "-rf", WORK], check=True)
    WORK.mkdir(parents=True)
    structure()
    states()
    keys = ["keys", "generate", "lead_signing", "--keys", WORK / "keys"]
    subprocess.run([LEADBENCH, *keys], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # Some leads fail, and latencies lie in several buckets.
    address = free_address()
    target = [LEADBENCH, "target", "--listen", address, "--trust", WORK / "keys/lead_signing.crt.pem"]
    target += ["--latency", "lognormal p50=20ms p99=80ms", "--fault", "10%:503"]
    url = f"http://{address}/leads"
    # The second has one slot and drops what finds it taken, so its measurement is invalid.
    narrow = ["load.max_in_flight=1", "load.overflow=drop", "load.arrivals=poisson", "load.warmup=1s"]
    narrow.append("negative.expired=20%")
    runs = [Run("smoke", url), Run("smoke-narrow", url, *(word for one in narrow for word in ("--set", one)))]
    prometheus = Prometheus([run.address for run in runs])
    before(prometheus, runs)
    Process("target", *target).match("(listening on)")
    begin = time.time()
    eventually("the first figures", lambda: len(prometheus.query("leadbench_planned_total > 0")) == len(runs))
    list(formats(runs))
    for run in runs:
        run.read_summary()
    ended = time.time()
    last_scrape = "min(timestamp(leadbench_planned_total))"
    eventually("a scrape of the end", lambda: prometheus.query(f"{last_scrape} > {ended}"))
    check(all(formats(runs)), "the two formats have different samples")
    at = time.time()
    variables(prometheus, runs, begin, at)
    during(prometheus, begin, ended)
    count = afterwards(prometheus, runs, at)
    together = added_up(prometheus, runs, at)
    scraped_well(prometheus, begin, at)
    each = [run.summary["phases"]["latency"]["count"] for run in runs]
    check(together == sum(each), together, each)
    print(f"two runs add up: {each[0]} + {each[1]} = {together:.0f} successes")
    queries = len(list(targets()))
    print(f"{queries} queries of {len(DASHBOARD['panels'])} panels and rows, {count} answers as summary.json has them")
    print(f"the dashboard holds, in {time.monotonic() - begun:.0f} s")


signal.signal(signal.SIGALRM, lambda *_: sys.exit("error: not within 120 s"))
signal.signal(signal.SIGTERM, lambda *_: sys.exit("error: ended from outside"))
signal.alarm(120)
try:
    main()
finally:
    Process.end_all()

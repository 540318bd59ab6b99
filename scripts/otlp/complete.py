"""Whether all of a run arrives: at our own collector, through another one, and at an early end."""

import signal
import socket
from itertools import pairwise

from decode import never_fall, pushes
from expected import differences, resource, series
from processes import LEADBENCH, ROTEL, WORK, Process, Run, check, eventually, free_address
from receiver import Receiver
from served import served, translated

ENDPOINT = "/v1/metrics"
# A warm-up, bad tokens, failures, a threshold that holds and one that does not, labels, a commit.
RICH = ["--label", "build=1234", "--label", "team=réseau", "--commit", "0123456789abcdef"]
RICH += ["--set", "load.warmup=1s", "--set", "negative.expired=10%", "--set", "thresholds.latency.p99=< 10s"]


def request(got, scheme="http"):
    """The push of a request that leadbench itself has sent."""
    check(got.path == ENDPOINT, "sent to", got.path)
    check(got.headers.get_all("content-type") == ["application/x-protobuf"], got.headers)
    found = pushes(got.body)
    check(len(found) == 1, "more than a resource:", len(found))
    return found[0]


def equals_summary(run, values, attributes):
    wrong = differences(values, series(run.summary))
    check(not wrong, run.name, "differs from its summary:", *wrong)
    check(attributes == resource(run.summary), "the resource is", attributes, "and not", resource(run.summary))


def values(push):
    return {key: one.value for key, one in push.series.items()}


def target():
    words = [LEADBENCH, "target", "--listen", "127.0.0.1:0", "--trust", WORK / "keys/lead_signing.crt.pem"]
    process = Process("target", [*words, "--fault", "20%:503", "--latency", "lognormal p50=5ms p99=50ms"])
    return process.match(r"(http://127\.0\.0\.1:\d+)") + "/leads"


def direct():
    with Receiver() as receiver:
        watched = ("--metrics", "127.0.0.1:0", "--linger", "60s")
        run = Run("direct", receiver.url, "--target", target(), *RICH, *watched, duration="11s")
        run.match("(still serving)")
        got = [request(one) for one in receiver.got]
        check(len(got) >= 3, "two pushes and the last were due, and came:", len(got))
        for before, after in pairwise(got):
            never_fall(before, after)
            check(before.resource == after.resource, "the resource changes:", before.resource, after.resource)
        equals_summary(run, values(got[-1]), got[-1].resource)
        at_metrics = served(run.match(r"metrics at (\S+)"))
        infos = [key for key in at_metrics if key[0] == "leadbench_run_info"]
        ((_, info),) = infos
        for key in infos:
            del at_metrics[key]
        wrong = differences(translated(got[-1]), at_metrics)
        check(not wrong, "a push differs from /metrics:", *wrong)
        named = {f"leadbench.{key}": value for key, value in info if key != "status"}
        check(named.items() <= got[-1].resource.items(), "the run is named otherwise in /metrics:", info)
        run.process.send_signal(signal.SIGINT)
        check(run.code() == run.own_code() != 0, run.name, "ended with", run.process.returncode)
        counts = run.summary["counts"]
        check(counts["failed"] and counts["negative"] and counts["warmup"], "a run without what is to arrive:", counts)
        return f"{len(got)} pushes, the last one with {len(at_metrics)} samples as in summary.json and /metrics"


def interrupted():
    with Receiver() as receiver:
        run = Run("interrupted", receiver.url, duration="60s")
        receiver.wait_for(1)
        run.process.send_signal(signal.SIGINT)
        code = run.code()
        check(code == run.own_code() == 130, run.name, "ended with", code, run.summary["run"]["state"])
        last = request(receiver.got[-1])
        equals_summary(run, values(last), last.resource)
        return "an interrupted run arrives as such"


def through_rotel():
    if not ROTEL:
        return "SKIPPED: a run through the collector rotel"
    listens = free_address()
    with Receiver() as receiver:
        words = [ROTEL, "start", "--otlp-http-endpoint", listens, "--otlp-grpc-endpoint", free_address()]
        words += ["--exporter", "otlp", "--otlp-exporter-protocol", "http", "--otlp-exporter-endpoint", receiver.url]
        words += ["--pid-file", WORK / "rotel.pid", "--log-file", WORK / "rotel.log"]
        Process("rotel", words)
        host, port = listens.split(":")
        eventually("rotel listens", lambda: socket.socket().connect_ex((host, int(port))) == 0)
        run = Run("rotel-run", f"http://{listens}", "--label", "build=1", duration="6s")
        code = run.code()
        check(code == run.own_code() and not run.notes(), run.name, "ended with", code, run.notes())
        seen = {}

        def arrived():
            """The newest of each series; a collector may send several pushes as one."""
            for got in receiver.got[len(seen) :]:
                seen[len(seen)] = pushes(got.body)
            newest = {}
            for push in (push for found in seen.values() for push in found):
                for key, one in push.series.items():
                    if key not in newest or newest[key][0] <= one.point.time_unix_nano:
                        newest[key] = one.point.time_unix_nano, one.value, push.resource
            values = {key: one[1] for key, one in newest.items()}
            return values if values and not differences(values, series(run.summary)) else None

        values = eventually("rotel hands on the last figures", arrived)
        for push in (push for found in seen.values() for push in found):
            check(push.resource == resource(run.summary), "rotel changes the resource:", push.resource)
        return f"rotel hands on {len(values)} series"

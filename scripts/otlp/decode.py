"""Reads an export request with the published classes, and refuses what is not as the protocol says."""

import math

from google.protobuf.unknown_fields import UnknownFieldSet
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AGGREGATION_TEMPORALITY_CUMULATIVE as CUMULATIVE
from processes import check


class Push:
    """Attributes of the resource, and series by name and attributes."""

    def __init__(self, resource, series):
        self.resource, self.series = resource, series


class Series:
    """A value: a number, or a histogram as its counts, its sum and the ends of its buckets."""

    def __init__(self, metric, kind, point):
        self.unit, self.kind, self.point = metric.unit, kind, point
        if kind == "histogram":
            self.ends = [*point.explicit_bounds, math.inf]
            self.value = (tuple(point.bucket_counts), point.sum)
        else:
            self.value = getattr(point, point.WhichOneof("value"))


def known_only(message):
    check(not len(UnknownFieldSet(message)), "unknown fields in", message.DESCRIPTOR.full_name)
    for field, value in message.ListFields():
        if field.message_type:
            for one in value if field.is_repeated else [value]:
                known_only(one)


def texts(attributes):
    found = {one.key: one.value.string_value for one in attributes}
    check(len(found) == len(attributes), "two attributes of one name:", attributes)
    check(all(one.value.WhichOneof("value") == "string_value" for one in attributes), "not a text:", attributes)
    return found


def pushes(body):
    """The pushes in a request; from leadbench itself it is one."""
    request = ExportMetricsServiceRequest.FromString(body)
    known_only(request)
    return [push(one) for one in request.resource_metrics]


def is_last(body):
    """Whether the run has ended by then."""
    running = ("leadbench_run_state", "running")
    states = {(name, dict(labels).get("state")): one.value for (name, labels), one in pushes(body)[0].series.items()}
    return states[running] == 0


def push(of_resource):
    series = {}
    for of_scope in of_resource.scope_metrics:
        check(of_scope.scope.name == "leadbench" and of_scope.scope.version, "the scope is", of_scope.scope)
        names = [metric.name for metric in of_scope.metrics]
        check(len(set(names)) == len(names), "a metric twice:", names)
        for metric in of_scope.metrics:
            kind = metric.WhichOneof("data")
            data = getattr(metric, kind)
            check(metric.description and metric.unit in ("", "s", "1"), metric.name, metric.description, metric.unit)
            check(data.data_points, "a metric without points:", metric.name)
            if kind != "gauge":
                check(data.aggregation_temporality == CUMULATIVE, metric.name, "is not cumulative")
            check(kind != "sum" or data.is_monotonic, metric.name, "is not monotonic")
            for point in data.data_points:
                key = metric.name, frozenset(texts(point.attributes).items())
                check(key not in series, "a point twice:", key)
                check(0 < point.start_time_unix_nano <= point.time_unix_nano, "ends before its start:", key)
                if kind == "histogram":
                    check(sum(point.bucket_counts) == point.count, "buckets without a count:", key)
                    check(len(point.bucket_counts) == len(point.explicit_bounds) + 1, "an end too many:", key)
                    ends = list(point.explicit_bounds)
                    check(ends == sorted(set(ends)) and all(map(math.isfinite, ends)), "ends of buckets:", ends)
                series[key] = Series(metric, kind, point)
    return Push(texts(of_resource.resource.attributes), series)


def never_fall(before, after):
    """What counts only grows, with one start, and nothing that was there is gone."""
    for key, old in before.series.items():
        if old.kind == "gauge":
            continue
        check(key in after.series, "a counter is gone:", key)
        new = after.series[key]
        same = old.point.start_time_unix_nano == new.point.start_time_unix_nano
        check(same and old.point.time_unix_nano <= new.point.time_unix_nano, "another start, or back in time:", key)
        if old.kind == "sum":
            check(old.value <= new.value, "a counter falls:", key)
        else:
            check(old.ends == new.ends and old.value[1] <= new.value[1], "a sum falls:", key)
            check(all(a <= b for a, b in zip(old.value[0], new.value[0], strict=True)), "a bucket falls:", key)

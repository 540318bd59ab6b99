"""The samples of /metrics, and those that Prometheus' OTLP receiver makes of a push."""

import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families

# What this receiver puts behind a name for its unit; "_ratio" for gauges only.
UNITS = {"": "", "s": "_seconds", "1": "_ratio"}


def served(url):
    accept = {"Accept": "application/openmetrics-text;version=1.0.0"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=accept), timeout=10) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    samples = {}
    for family in families:
        for sample in family.samples:
            labels = dict(sample.labels)
            if "le" in labels:
                labels["le"] = float(labels["le"])
            samples[sample.name, frozenset(labels.items())] = sample.value
    return samples


def translated(push):
    samples = {}
    for (name, attributes), series in push.series.items():
        name += UNITS[series.unit]
        if series.kind == "sum":
            samples[f"{name}_total", attributes] = series.value
        elif series.kind == "gauge":
            samples[name, attributes] = series.value
        else:
            counts, total = series.value
            for number, end in enumerate(series.ends):
                samples[f"{name}_bucket", attributes | {("le", end)}] = sum(counts[: number + 1])
            samples[f"{name}_sum", attributes] = total
            samples[f"{name}_count", attributes] = sum(counts)
    return samples

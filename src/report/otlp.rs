//! A run's metrics as an export request of the OpenTelemetry protocol (OTLP 1.x, metrics, in protobuf).
//!
//! The numbers of fields are those of `opentelemetry/proto/metrics/v1/metrics.proto` and of the files that it
//! imports. Only the fields that leadbench fills are here.

mod messages;

use prost::Message as _;

use super::metrics::{Family, Kind, Metrics, Point, PointValue, Spans};
use crate::summary::Summary;
use crate::units::sum;
use messages::{
    AnyValue, ExportMetricsServiceRequest, ExportMetricsServiceResponse, Gauge, Histogram,
    HistogramDataPoint, InstrumentationScope, KeyValue, MetricData, MetricStream, NumberDataPoint,
    NumberValue, Resource, ResourceMetrics, ScopeMetrics, StringValue, Sum,
};

/// The media type of [`otlp`] (OTLP/HTTP, binary protobuf).
pub const OTLP: &str = "application/x-protobuf";

/// Each value is what was counted since the start (`AGGREGATION_TEMPORALITY_CUMULATIVE`).
const CUMULATIVE: i32 = 2;

/// What names the service that sends the metrics (semantic conventions of OpenTelemetry).
const SERVICE: &str = "leadbench";

/// When the counting began, and when it was read, in nanoseconds since the Unix epoch.
#[derive(Clone, Copy, Debug)]
pub struct CountedSpan {
    /// The start of the run.
    pub start_ns: u64,
    /// The present.
    pub now_ns: u64,
}

/// Encodes the metrics of a run, which may still go on.
///
/// The run's id, its scenario, commit and labels are attributes of the resource, so that they do not make
/// each metric a series of its own.
pub fn otlp(summary: &Summary, span: CountedSpan) -> Vec<u8> {
    let metrics = Metrics::of(summary);
    let version = env!("CARGO_PKG_VERSION");
    // Shards of one run count apart.
    let instance = match &summary.run.shard {
        Some(shard) => format!("{}/{shard}", summary.run.id),
        None => summary.run.id.clone(),
    };
    let named = [
        ("service.name", SERVICE),
        ("service.version", version),
        ("service.instance.id", &instance),
    ];
    let named = named.map(|(key, value)| attribute(key, value));
    // The state is a metric: a resource must not change.
    let of_run = metrics.run.iter().filter(|(key, _)| *key != "status");
    let of_run = of_run.map(|(key, value)| attribute(&format!("leadbench.{key}"), value));
    let labels = summary.run.labels.iter();
    let labels = labels.map(|(key, value)| attribute(&format!("leadbench.label.{key}"), value));
    let resource = Resource {
        attributes: named.into_iter().chain(of_run).chain(labels).collect(),
    };
    let scope = ScopeMetrics {
        scope: Some(InstrumentationScope {
            name: SERVICE.to_owned(),
            version: version.to_owned(),
        }),
        metrics: metrics
            .families
            .iter()
            .filter(|family| !family.points.is_empty())
            .map(|family| metric(family, span))
            .collect(),
    };
    let request = ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(resource),
            scope_metrics: vec![scope],
        }],
    };
    request.encode_to_vec()
}

/// How many data points a collector rejected, by its answer, and why; `None` if it took all of them.
pub fn otlp_rejection(answer: &[u8]) -> Option<(i64, String)> {
    let answer = ExportMetricsServiceResponse::decode(answer).ok()?;
    let partial = answer.partial_success?;
    (partial.rejected_data_points > 0)
        .then_some((partial.rejected_data_points, partial.error_message))
}

fn metric(family: &Family, span: CountedSpan) -> MetricStream {
    let numbers = || family.points.iter().filter_map(|point| number(point, span));
    let data = match family.kind {
        Kind::Counter => MetricData::Sum(Sum {
            data_points: numbers().collect(),
            aggregation_temporality: CUMULATIVE,
            is_monotonic: true,
        }),
        Kind::Gauge => MetricData::Gauge(Gauge {
            data_points: numbers().collect(),
        }),
        Kind::Histogram => {
            let points = family.points.iter();
            MetricData::Histogram(Histogram {
                data_points: points.filter_map(|point| histogram(point, span)).collect(),
                aggregation_temporality: CUMULATIVE,
            })
        }
    };
    // The names that Prometheus' receivers make of them are those of `/metrics`: `_seconds` is from the unit.
    let (name, unit) = match family.name.strip_suffix("_seconds") {
        Some(name) => (name, "s"),
        None => match family.name.strip_suffix("_ratio") {
            Some(name) => (name, "1"),
            None => (family.name, ""),
        },
    };
    MetricStream {
        name: format!("{SERVICE}_{name}"),
        description: family.help.to_owned(),
        unit: unit.to_owned(),
        data: Some(data),
    }
}

fn number(point: &Point, span: CountedSpan) -> Option<NumberDataPoint> {
    let value = match point.value {
        PointValue::Count(count) => NumberValue::AsInt(i64::try_from(count).unwrap_or(i64::MAX)),
        PointValue::Number(number) => NumberValue::AsDouble(number),
        PointValue::Spans(_) => return None,
    };
    Some(NumberDataPoint {
        attributes: attributes(point),
        start_time_unix_nano: span.start_ns,
        time_unix_nano: span.now_ns,
        value: Some(value),
    })
}

fn histogram(point: &Point, span: CountedSpan) -> Option<HistogramDataPoint> {
    let PointValue::Spans(Spans { sum_s, buckets }) = &point.value else {
        return None;
    };
    let ends = buckets.iter().map(|(end, _)| *end);
    Some(HistogramDataPoint {
        attributes: attributes(point),
        start_time_unix_nano: span.start_ns,
        time_unix_nano: span.now_ns,
        count: sum(buckets.iter().map(|(_, count)| *count)),
        sum: Some(*sum_s),
        bucket_counts: buckets.iter().map(|(_, count)| *count).collect(),
        // The last bucket has no end.
        explicit_bounds: ends.filter(|end| end.is_finite()).collect(),
    })
}

fn attributes(point: &Point) -> Vec<KeyValue> {
    let labels = point.labels.iter();
    labels.map(|(key, value)| attribute(key, value)).collect()
}

fn attribute(key: &str, value: &str) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue {
            value: Some(StringValue::StringValue(value.to_owned())),
        }),
    }
}

//! A run's metrics as OpenMetrics 1.0, for a scraper to watch the run while it goes on.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use super::metrics::{Family, Kind, Metrics, PointValue};
use crate::summary::Summary;
use crate::units::sum;

/// The media type of [`openmetrics`] (OpenMetrics 1.0).
pub const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Writes the metrics of a run, which may still go on; of none, while there is nothing to show yet.
///
/// # Errors
///
/// None that a run could cause.
pub fn openmetrics(summary: Option<&Summary>) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("leadbench");
    if let Some(summary) = summary {
        registry.register_collector(Box::new(Metrics::of(summary)));
    }
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

impl Collector for Metrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let help = "The run that these figures describe, and its state";
        let mut run = encoder.encode_descriptor("run", help, None, MetricType::Info)?;
        run.encode_info(&self.run)?;
        for family in &self.families {
            encode_family(family, &mut encoder)?;
        }
        Ok(())
    }
}

fn encode_family(family: &Family, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
    let kind = match family.kind {
        Kind::Counter => MetricType::Counter,
        Kind::Gauge => MetricType::Gauge,
        Kind::Histogram => MetricType::Histogram,
    };
    let mut encoder = encoder.encode_descriptor(family.name, family.help, None, kind)?;
    for point in &family.points {
        let encoder = encoder.encode_family(&point.labels)?;
        encode_value(family.kind, &point.value, encoder)?;
    }
    Ok(())
}

fn encode_value(
    kind: Kind,
    value: &PointValue,
    mut encoder: MetricEncoder<'_>,
) -> Result<(), fmt::Error> {
    match (kind, value) {
        (Kind::Counter, PointValue::Count(count)) => ConstCounter::new(*count).encode(encoder),
        (_, PointValue::Count(count)) => ConstGauge::new(*count).encode(encoder),
        (_, PointValue::Number(number)) => ConstGauge::new(*number).encode(encoder),
        (_, PointValue::Spans(spans)) => {
            // As many as the buckets hold together.
            let all = sum(spans.buckets.iter().map(|(_, count)| *count));
            encoder.encode_histogram::<NoLabelSet>(spans.sum_s, all, &spans.buckets, None)
        }
    }
}

//! A run's figures in Prometheus' own text format, for scrapers that do not ask for OpenMetrics.
//!
//! Both formats have the same samples and differ in what they say of a family: here it is named as
//! its samples are, and there are no units, no infos and no end.

use std::fmt;

use super::openmetrics::openmetrics;
use crate::summary::Summary;

/// The media type of [`prometheus_text`].
pub const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Writes the metrics of a run, which may still go on (Prometheus, "Exposition formats", version
/// 0.0.4).
///
/// # Errors
///
/// None that a run could cause.
pub fn prometheus_text(summary: Option<&Summary>) -> Result<String, fmt::Error> {
    openmetrics(summary).map(|text| translated(&text))
}

fn translated(text: &str) -> String {
    let mut lines = String::with_capacity(text.len());
    // What is said of a family comes before its type, and its name depends on that.
    let mut help = "";
    for line in text.lines() {
        let words = line.strip_prefix("# ").map(|rest| rest.splitn(3, ' '));
        let mut words = words.into_iter().flatten();
        match (words.next(), words.next(), words.next()) {
            (Some("HELP"), Some(_), Some(text)) => help = text,
            (Some("TYPE"), Some(name), Some(kind)) => {
                let (ending, kind) = match kind {
                    "counter" => ("_total", kind),
                    "info" => ("_info", "gauge"),
                    "unknown" => ("", "untyped"),
                    kind => ("", kind),
                };
                for part in [
                    "# HELP ",
                    name,
                    ending,
                    " ",
                    help,
                    "\n# TYPE ",
                    name,
                    ending,
                    " ",
                    kind,
                    "\n",
                ] {
                    lines += part;
                }
            }
            (Some(_), ..) => {}
            (None, ..) => {
                lines += line;
                lines.push('\n');
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_named_as_their_samples_are() {
        let text = "# HELP a_run The run.\n# TYPE a_run info\na_run_info{b=\"# c\"} 1\n\
                    # HELP a Words, and more.\n# TYPE a counter\na_total 1\n\
                    # HELP b_seconds Spans.\n# TYPE b_seconds histogram\n# UNIT b_seconds seconds\n\
                    b_seconds_sum 0.5\n# EOF\n";
        assert_eq!(
            translated(text),
            "# HELP a_run_info The run.\n# TYPE a_run_info gauge\na_run_info{b=\"# c\"} 1\n\
             # HELP a_total Words, and more.\n# TYPE a_total counter\na_total 1\n\
             # HELP b_seconds Spans.\n# TYPE b_seconds histogram\nb_seconds_sum 0.5\n"
        );
    }
}

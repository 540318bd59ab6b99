//! Where the time of a callout went.

use super::document::{Section, text};
use super::joined::joined;
use super::numbers::{grouped, millis, ratio, span};
use super::table::{Cell, Table};
use crate::phase::Phase;
use crate::summary::{Part, Split, SplitRow, Summary};

/// The section's place.
pub(crate) const ID: &str = "split";

/// Fewer successes than this have no 99th percentile worth a headline.
pub(super) const P99_SAMPLES_MIN: u64 = 100;

/// The row whose shares the headline names, of this many successes.
pub(super) fn headlined(split: &Split, successes: u64) -> (&'static str, &SplitRow) {
    let (place, row) = match successes {
        1 => ("the callout", &split.mean),
        ..P99_SAMPLES_MIN => ("near p50", &split.p50),
        _ => ("near p99", &split.p99),
    };
    if row.samples > 0 {
        (place, row)
    } else {
        ("mean", &split.mean)
    }
}

/// The parts of the latency at several places of the distribution, and the shares of the place
/// that the headline speaks of.
pub(super) fn section(summary: &Summary) -> Option<Section> {
    let rows = rows(summary);
    let successes = summary.phase(Phase::Latency).map_or(0, |stats| stats.count);
    let (place, _) = headlined(&summary.split, successes);
    let told = rows.iter().find(|(name, _)| *name == place);
    let (place, headlined) = told.or(rows.last())?;
    let mut table = Table::new("Where the time went (ms)", "part (ms)")
        .numbers(rows.iter().map(|(name, _)| *name))
        .numbers(["share"]);
    for part in summary.split.parts() {
        let mut cells = vec![part.name().to_owned().into()];
        cells.extend(
            rows.iter()
                .map(|(_, row)| Cell::Text(millis(row.part(part)))),
        );
        let share = ratio(headlined.part(part), headlined.latency_ns);
        cells.push(Cell::Share(share));
        table.push_cells(cells);
    }
    let mut total = vec!["latency".to_owned().into()];
    total.extend(
        rows.iter()
            .map(|(_, row)| Cell::Text(millis(row.latency_ns))),
    );
    table.push_total(total);
    let samples = rows.iter().map(|(_, row)| grouped(row.samples));
    table.push(std::iter::once("mean of callouts".to_owned()).chain(samples));
    let said = [
        Some(match rows.len() {
            1 => String::new(),
            // Where variants took turns, the headline is about their costs.
            _ if summary.matrix.is_some() => format!("Shares are of the column {place}."),
            _ => format!("The shares, here and in the headline, are those of the column {place}."),
        }),
        Some(parts(summary)),
        server(summary),
    ];
    let said = said.into_iter().flatten().filter(|one| !one.is_empty());
    let blocks = [table.into(), text(joined(said, " "))];
    Some(Section::new(ID, "Where the time went", blocks))
}

/// The rows that have samples, with their names.
pub(crate) fn rows(summary: &Summary) -> Vec<(&'static str, &SplitRow)> {
    if summary.split.mean.samples == 1 {
        return vec![("the callout", &summary.split.mean)];
    }
    summary.split.rows()
}

/// What the parts are, as far as the run has them.
fn parts(summary: &Summary) -> String {
    let parts = summary.split.parts();
    let has = |part| parts.contains(&part);
    let mut sentences = Vec::new();
    if has(Part::WireFloor) {
        sentences.push(
            "Wire (at least): one round trip, the shortest that the kernel saw, to the machine \
             that ends TCP."
                .to_owned(),
        );
    }
    if has(Part::Outside) {
        let beyond = if has(Part::WireFloor) {
            "the network beyond one round trip"
        } else {
            "the network"
        };
        sentences.push(format!(
            "Outside the server's account: queues before its handler, proxies, {beyond}."
        ));
    }
    if has(Part::BeyondWire) || has(Part::Network) {
        let why = match &summary.server_timing {
            None => "The API sends no Server-Timing".to_owned(),
            Some(told) if told.total_metrics.is_empty() => {
                "No Server-Timing of the API had a usable duration".to_owned()
            }
            Some(told) => format!(
                "The API's Server-Timing has no {}, which server_timing names",
                told.total_metrics.join(" and no ")
            ),
        };
        sentences.push(format!(
            "{why}, so its own time cannot be told from queues and proxies before it: \
             docs/SERVER-TIMING.md has ten lines that send it."
        ));
    }
    sentences.join(" ")
}

/// Metrics of the server that a line has room for.
const METRICS_TOLD: usize = 4;

/// What the server's own metrics took on average, the longest first; `None` if it has none.
fn server(summary: &Summary) -> Option<String> {
    let told = summary.server_timing.as_ref()?;
    let mut all: Vec<_> = told.metrics.iter().collect();
    all.sort_by(|left, right| right.1.mean_ns.total_cmp(&left.1.mean_ns));
    let words = all.iter().take(METRICS_TOLD);
    let words = words.map(|(name, stats)| format!("{name} {}", span(stats.mean_ns)));
    let words = joined(words, ", ")?;
    Some(format!(
        "The server's own metrics, on average: {words} (phases server.<name>)."
    ))
}

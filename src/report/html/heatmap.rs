//! Latency over time as a heatmap: what percentiles hide, such as two peaks, shows here.

use super::figure::{Figure, LegendPart};
use super::over_time::{ROWS_MAX, chart};
use super::pages::Pages;
use crate::report::chart::{Axis, Cells, Chart, Readout, Rectangle, Scale, buckets, seconds, time};
use crate::report::content::numbers::{grouped, span_of};
use crate::report::content::table::Table;
use crate::report::error::ReportError;
use crate::summary::{Heatmap, Summary};
use crate::units::{count, float, whole};

/// Shades of the map, palest first.
const SHADES: [&str; 5] = ["h1", "h2", "h3", "h4", "h5"];

/// Fewer successes than this make no map.
const SAMPLES_MIN: u64 = 20;

/// The heatmap; empty if too little succeeded for one.
pub(super) fn figure(pages: &Pages<'_>, summary: &Summary) -> Result<String, ReportError> {
    let Some(map) = summary.heatmap.as_ref().filter(|map| is_sound(map)) else {
        return Ok(String::new());
    };
    let most = map.counts.iter().flatten().max().copied().unwrap_or(0);
    let samples: u64 = map.counts.iter().flatten().sum();
    if map.counts.len() < 2 || samples < SAMPLES_MIN {
        return Ok(String::new());
    }
    let steps = (0..SHADES.len()).map(|shade| LegendPart {
        name: "cell of",
        class: SHADES[shade],
        detail: format!("{} and more callouts", grouped(least(shade, most))),
    });
    let note = format!(
        "The darker, the more callouts took that long. A column is {} s, by when a callout was \
         due; shades go by the logarithm of the count.",
        map.column_s
    );
    let svg = drawn(summary, map, most).svg();
    Figure {
        parts: steps.collect(),
        ..Figure::new("Latency of every success.", note, svg, table(map))
    }
    .html(pages)
}

/// Whether a run could have counted this: the file may come from anywhere.
fn is_sound(map: &Heatmap) -> bool {
    const MANY: usize = 1_000;
    let is_count = |count: &u64| *count < 1 << 40;
    (1..1 << 30).contains(&map.column_s)
        && map.counts.len() <= MANY
        && map.row_from_ns.len() <= MANY
        && map.counts.iter().all(|column| column.len() <= MANY)
        && map.counts.iter().flatten().all(is_count)
}

fn drawn(summary: &Summary, map: &Heatmap, most: u64) -> Chart {
    let edges = edges(map);
    let cells = SHADES.iter().enumerate().map(|(shade, class)| Cells {
        class,
        cells: cells(map, &edges, |count| shade_of(count, most) == Some(shade)),
    });
    let desc = format!(
        "How many callouts took how long, over time. The fullest cell holds {}.",
        grouped(most)
    );
    let axis = Axis::new(Scale::spanning(edges.iter().copied()), "latency", time);
    let mut drawn = chart(summary, "Latency heatmap", desc, 240.0, axis);
    drawn.plot.x.scale = Scale::seconds(float(count(map.counts.len()) * map.column_s));
    drawn.cells = cells.collect();
    drawn.readouts = readouts(map);
    drawn
}

/// Where the rows begin, and where the last one ends.
fn edges(map: &Heatmap) -> Vec<f64> {
    let mut edges: Vec<f64> = map.row_from_ns.iter().copied().map(float).collect();
    let step = 2_f64.powf(1.0 / 8.0);
    edges.extend(edges.last().map(|last| last * step));
    edges
}

/// The cells of a shade; neighbours in a row are one.
fn cells(map: &Heatmap, edges: &[f64], is_of_shade: impl Fn(u64) -> bool) -> Vec<Rectangle> {
    let mut cells: Vec<Rectangle> = Vec::new();
    for (row, y) in edges.windows(2).enumerate() {
        let [low, high] = y else { continue };
        for (column, counts) in map.counts.iter().enumerate() {
            if !counts.get(row).copied().is_some_and(&is_of_shade) {
                continue;
            }
            let at = |column: usize| float(count(column) * map.column_s);
            let from = at(column);
            match cells.last_mut() {
                Some(last) if last.y.0 >= *low && last.x.1 >= from => last.x.1 = at(column + 1),
                _ => cells.push(Rectangle {
                    x: (from, at(column + 1)),
                    y: (*low, *high),
                }),
            }
        }
    }
    cells
}

/// The shade of a count, by its logarithm.
fn shade_of(count: u64, most: u64) -> Option<usize> {
    (0..SHADES.len())
        .rev()
        .find(|shade| count >= least(*shade, most))
}

/// The least count of a shade.
fn least(shade: usize, most: u64) -> u64 {
    let share = float(shade) / float(SHADES.len());
    let least = float(most).max(1.0).powf(share).ceil();
    whole(least).max(1)
}

fn readouts(map: &Heatmap) -> Vec<Readout> {
    let columns = map.counts.iter().enumerate();
    columns
        .map(|(column, counts)| {
            let from = count(column) * map.column_s;
            Readout {
                from: float(from),
                to: float(from + map.column_s),
                text: format!("{}: {}", seconds(float(from)), told(map, counts)),
            }
        })
        .collect()
}

fn told(map: &Heatmap, counts: &[u64]) -> String {
    let [all, shortest, most, longest] = spread(map, counts);
    if most.is_empty() {
        return "none".to_owned();
    }
    format!("{all} from {shortest} to {longest} and more, most at {most}")
}

/// How many callouts took at least how long: all, the shortest, the most frequent, the longest.
fn spread(map: &Heatmap, counts: &[u64]) -> [String; 4] {
    let at = |row: Option<usize>| {
        let from = row.and_then(|row| map.row_from_ns.get(row));
        from.map_or_else(String::new, |ns| span_of(*ns))
    };
    let most = counts.iter().max().copied().filter(|most| *most > 0);
    [
        grouped(counts.iter().sum()),
        at(counts.iter().position(|count| *count > 0)),
        at(counts.iter().position(|count| Some(*count) == most)),
        at(counts.iter().rposition(|count| *count > 0)),
    ]
}

fn table(map: &Heatmap) -> Table {
    let mut table = Table::new("Latency heatmap, as a table", "from").numbers([
        "callouts",
        "shortest from",
        "most from",
        "longest from",
    ]);
    for bucket in buckets(map.counts.len(), ROWS_MAX) {
        let sum = |row: usize| {
            let counts = map.counts[bucket.clone()].iter();
            counts.filter_map(|counts| counts.get(row)).sum::<u64>()
        };
        let counts: Vec<u64> = (0..map.row_from_ns.len()).map(sum).collect();
        let from = seconds(float(count(bucket.start) * map.column_s));
        table.push(std::iter::once(from).chain(spread(map, &counts)));
    }
    table
}

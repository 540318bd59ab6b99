//! How latencies are spread over a run, in bounded memory.

use crate::record::Histogram;
use crate::summary::Heatmap;
use crate::units::{count, index};

/// More columns than this are put together in pairs: a picture shows no more.
const COLUMNS_MAX: usize = 120;

/// Rows of an octave.
const ROWS_PER_OCTAVE: u64 = 8;

/// Counts of successes by second and by eighths of an octave of the latency.
#[derive(Clone, Debug)]
pub(super) struct Heat {
    column_s: u64,
    columns: Vec<Vec<u64>>,
}

impl Default for Heat {
    fn default() -> Self {
        Self {
            column_s: 1,
            columns: Vec::new(),
        }
    }
}

impl Heat {
    /// Adds the latencies of callouts due in this second.
    pub(super) fn add(&mut self, second: u64, latencies: &Histogram) {
        while index(second / self.column_s) >= COLUMNS_MAX {
            self.halve();
        }
        let column = index(second / self.column_s);
        if self.columns.len() <= column {
            self.columns.resize(column + 1, Vec::new());
        }
        let rows = &mut self.columns[column];
        for (span_ns, count) in latencies.counts() {
            let row = row_of(span_ns);
            if rows.len() <= row {
                rows.resize(row + 1, 0);
            }
            rows[row] += count;
        }
    }

    /// What was counted; nothing where nothing succeeded.
    pub(super) fn result(&self) -> Option<Heatmap> {
        let filled = |column: &Vec<u64>| column.iter().position(|count| *count > 0);
        let first = self.columns.iter().filter_map(filled).min()?;
        let last = self.columns.iter().map(Vec::len).max()?;
        let cut = |column: &Vec<u64>| {
            if filled(column).is_none() {
                return Vec::new();
            }
            let at = |row| column.get(row).copied().unwrap_or_default();
            (first..last).map(at).collect()
        };
        Some(Heatmap {
            column_s: self.column_s,
            row_from_ns: (first..last).map(from_ns).collect(),
            counts: self.columns.iter().map(cut).collect(),
        })
    }

    fn halve(&mut self) {
        self.column_s *= 2;
        self.columns = self
            .columns
            .chunks(2)
            .map(|pair| {
                let rows = pair.iter().map(Vec::len).max().unwrap_or_default();
                let at = |row| pair.iter().filter_map(|column| column.get(row)).sum();
                (0..rows).map(at).collect()
            })
            .collect();
    }
}

/// The row of a span.
fn row_of(span_ns: u64) -> usize {
    let span = span_ns.max(ROWS_PER_OCTAVE);
    let octaves = u64::from(span.ilog2() - ROWS_PER_OCTAVE.ilog2());
    index(octaves * ROWS_PER_OCTAVE + (span >> octaves) % ROWS_PER_OCTAVE)
}

/// The shortest span of a row.
fn from_ns(row: usize) -> u64 {
    let row = count(row);
    (ROWS_PER_OCTAVE + row % ROWS_PER_OCTAVE) << (row / ROWS_PER_OCTAVE).min(60)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::units::Nanos;

    fn of(spans: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        for span in spans {
            histogram.record(Nanos(*span));
        }
        histogram
    }

    #[test]
    fn a_long_run_has_few_columns_and_loses_nothing() {
        let mut heat = Heat::default();
        for second in 0..5_000 {
            heat.add(second, &of(&[1_000_000, 9_000_000]));
        }
        let map = heat.result().unwrap();
        assert!(map.counts.len() <= COLUMNS_MAX, "{}", map.counts.len());
        assert_eq!(map.column_s, 64);
        assert_eq!(map.counts.iter().flatten().sum::<u64>(), 10_000);
        assert!(
            map.counts
                .iter()
                .all(|column| column.len() == map.row_from_ns.len())
        );
    }

    #[test]
    fn a_second_without_successes_is_an_empty_column() {
        let mut heat = Heat::default();
        assert_eq!(heat.result(), None);
        heat.add(2, &of(&[5]));
        let map = heat.result().unwrap();
        assert_eq!(map.counts, [vec![], vec![], vec![1]]);
    }

    proptest! {
        #[test]
        fn a_span_lies_in_its_row(span in 8_u64..3_600_000_000_000) {
            let row = row_of(span);
            prop_assert!((from_ns(row)..from_ns(row + 1)).contains(&span));
        }
    }
}

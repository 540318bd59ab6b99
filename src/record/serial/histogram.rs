//! A histogram by the buckets that hold anything.

use serde::{Deserialize, Serialize};

use super::NotRecorded;
use crate::record::Histogram;
use crate::record::a_second::A_SECOND_MAX;
use crate::units::Nanos;

/// A histogram as data.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct SerialHistogram {
    /// The shortest and the longest span, in nanoseconds; `None` if it is empty.
    ends: Option<(u64, u64)>,
    sum: u128,
    /// Each bucket that holds anything: how many places it is behind the one before, and its count.
    buckets: Vec<(u32, u32)>,
}

impl From<&Histogram> for SerialHistogram {
    fn from(histogram: &Histogram) -> Self {
        let mut next = 0;
        let places = histogram.places().map(|(place, count)| {
            let gap = place - next;
            next = place;
            (gap, count)
        });
        Self {
            buckets: places.collect(),
            ends: histogram.ends().map(|(min, max)| (min.0, max.0)),
            sum: histogram.sum(),
        }
    }
}

impl SerialHistogram {
    /// Adds these spans to others.
    ///
    /// # Errors
    ///
    /// No recorder records such a histogram.
    pub(crate) fn add_to(&self, histogram: &mut Histogram) -> Result<(), NotRecorded> {
        let Some((min, max)) = self.ends else {
            let is_empty = self.buckets.is_empty() && self.sum == 0;
            return if is_empty { Ok(()) } else { Err(BROKEN) };
        };
        let counted = self.buckets.iter().map(|(_, count)| u64::from(*count));
        let counted: u64 = counted.sum();
        let bounds = u128::from(min) * u128::from(counted)..=u128::from(max) * u128::from(counted);
        if counted == 0 || counted > A_SECOND_MAX || !bounds.contains(&self.sum) {
            return Err(BROKEN);
        }
        let mut place = 0_u32;
        for (gap, count) in &self.buckets {
            place = place.checked_add(*gap).ok_or(BROKEN)?;
            if *count == 0 || !histogram.add_place(place, *count) {
                return Err(BROKEN);
            }
        }
        histogram.add_sum((Nanos(min), Nanos(max)), self.sum);
        Ok(())
    }
}

const BROKEN: NotRecorded = NotRecorded("a histogram is broken");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(spans: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        for span in spans {
            histogram.record(Nanos(*span));
        }
        histogram
    }

    fn added(serial: &SerialHistogram) -> Result<Histogram, NotRecorded> {
        let mut histogram = Histogram::default();
        serial.add_to(&mut histogram).map(|()| histogram)
    }

    proptest! {
        #[test]
        fn data_adds_up_to_what_was_recorded(
            left in prop::collection::vec(any::<u64>(), 0..40),
            right in prop::collection::vec(0_u64..10_000_000_000, 0..40),
        ) {
            let mut sum = of(&left);
            SerialHistogram::from(&of(&right)).add_to(&mut sum).unwrap();
            let whole = of(&[left, right].concat());
            prop_assert_eq!(sum.stats(), whole.stats());
            prop_assert_eq!(SerialHistogram::from(&sum), SerialHistogram::from(&whole));
        }
    }

    #[test]
    fn what_no_recorder_records_is_refused() {
        let sound = SerialHistogram::from(&of(&[5, 7, 1_000_000]));
        assert_eq!(
            added(&sound).unwrap().stats(),
            of(&[5, 7, 1_000_000]).stats()
        );
        let broken = |change: fn(&mut SerialHistogram)| {
            let mut broken = sound.clone();
            change(&mut broken);
            assert!(added(&broken).is_err(), "{broken:?}");
        };
        broken(|one| one.ends = None);
        broken(|one| one.buckets.clear());
        broken(|one| one.sum = 4);
        broken(|one| one.sum = u128::MAX);
        broken(|one| one.buckets[0].1 = 0);
        broken(|one| one.buckets[1].0 = u32::MAX);
        broken(|one| one.buckets.push((40_000, 1)));
    }
}

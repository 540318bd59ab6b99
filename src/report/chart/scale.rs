//! From a value to a place between 0 and 1, and where the ticks stand.

use crate::units::float;

/// How values are spread along an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Spacing {
    Linear,
    Log,
    /// `log10(1 / (1 - q))`: each further nine takes the same room.
    Nines,
    /// Linear, with ticks at seconds and minutes.
    Seconds,
}

/// An axis's arithmetic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    spread: Spacing,
    low: f64,
    high: f64,
}

/// A wider ratio of largest to smallest than this is drawn on a log axis.
const LINEAR_RATIO_MAX: f64 = 30.0;

/// Steps of time that people count in, in seconds.
const TIME_STEPS: [f64; 15] = [
    0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0,
];

impl Scale {
    const fn new(spread: Spacing, low: f64, high: f64) -> Self {
        Self { spread, low, high }
    }

    /// From 0 to a round number at or above `high`.
    pub(crate) fn linear(high: f64) -> Self {
        let high = if high > 0.0 { high } else { 1.0 };
        let step = round_step(high / 4.0);
        Self::new(Spacing::Linear, 0.0, (high / step).ceil() * step)
    }

    /// On both sides of 0, far enough for all values.
    pub(crate) fn around_zero(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values.fold((0.0_f64, 0.0_f64), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let width = high - low;
        let step = round_step(if width > 0.0 { width / 5.0 } else { 0.01 });
        let low = ((low / step).floor() * step).min(-step);
        let high = ((high / step).ceil() * step).max(step);
        Self::new(Spacing::Linear, low, high)
    }

    /// Linear from 0, or log where the values differ too much for that to show anything.
    pub(crate) fn spanning(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = extent(values);
        if high <= low * LINEAR_RATIO_MAX || high <= 0.0 {
            return Self::linear(high);
        }
        Self::log(low, high)
    }

    /// Log whatever their ratio, for values that are multiples of one another; linear if all are the
    /// same.
    pub(crate) fn multiples_of(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = extent(values);
        if low < high {
            Self::log(low, high)
        } else {
            Self::linear(high)
        }
    }

    fn log(low: f64, high: f64) -> Self {
        Self::new(
            Spacing::Log,
            one_two_five_below(low),
            one_two_five_above(high),
        )
    }

    /// The time of a run, from 0 to `high` seconds.
    pub(crate) fn seconds(high: f64) -> Self {
        Self::new(Spacing::Seconds, 0.0, high.max(1.0))
    }

    /// Percentiles from 0 to `nines` nines; what lies past it stands at the end.
    pub(crate) fn nines(nines: f64) -> Self {
        Self::new(Spacing::Nines, 0.0, nines.max(1.0))
    }

    /// Where a value stands, 0 at the start of the axis and 1 at its end.
    pub(crate) fn place(self, value: f64) -> f64 {
        let place = match self.spread {
            Spacing::Linear | Spacing::Seconds => (value - self.low) / (self.high - self.low),
            Spacing::Log => (value / self.low).ln() / (self.high / self.low).ln(),
            Spacing::Nines => -(1.0 - value).log10() / self.high,
        };
        if place.is_nan() {
            0.0
        } else {
            place.clamp(0.0, 1.0)
        }
    }

    /// The largest value that the axis shows.
    pub(crate) const fn high(self) -> f64 {
        self.high
    }

    /// Round values along the axis, about five of them.
    pub(crate) fn ticks(self) -> Vec<f64> {
        match self.spread {
            Spacing::Linear => self.multiples(round_step((self.high - self.low) / 4.0)),
            Spacing::Seconds => {
                let least = self.high / 8.0;
                let step = TIME_STEPS.into_iter().find(|step| *step >= least);
                self.multiples(step.unwrap_or_else(|| round_step(least)))
            }
            Spacing::Log => self.log_ticks(),
            Spacing::Nines => [0.0, 0.5, 0.9, 0.99, 0.999, 0.999_9, 0.999_99, 0.999_999]
                .into_iter()
                .filter(|q: &f64| -(1.0 - q).log10() <= self.high)
                .collect(),
        }
    }

    fn multiples(self, step: f64) -> Vec<f64> {
        let mut ticks = Vec::new();
        // Counted and not added up, so that 0 is 0.
        let first = (self.low / step).ceil();
        let mut tick = first * step;
        while tick <= self.high * 1.000_001 && ticks.len() < 20 {
            ticks.push(tick);
            tick = (first + float(ticks.len())) * step;
        }
        ticks
    }

    fn log_ticks(self) -> Vec<f64> {
        let wide = (self.high / self.low).log10() > 2.0;
        let factors: &[f64] = if wide { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let mut ticks = Vec::new();
        let mut decade = 10_f64.powf(self.low.log10().floor());
        while decade <= self.high && ticks.len() < 20 {
            let inside = |tick: &f64| (self.low * 0.999..=self.high * 1.001).contains(tick);
            ticks.extend(factors.iter().map(|factor| factor * decade).filter(inside));
            decade *= 10.0;
        }
        ticks
    }
}

/// The smallest and the largest of the positive values; infinity and 0 if there are none.
fn extent(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let positive = values.filter(|value| *value > 0.0);
    positive.fold((f64::INFINITY, 0.0), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}

/// The first of these factors times a power of ten that suits a value of that size.
fn step(value: f64, factors: &[f64], suits: impl Fn(f64) -> bool) -> Option<f64> {
    let decade = 10_f64.powf(value.log10().floor());
    let mut steps = factors.iter().map(|factor| factor * decade);
    steps.find(|step| suits(*step))
}

/// The smallest of 1, 2, 2.5, 5 and 10 times a power of ten that is at least `least`.
fn round_step(least: f64) -> f64 {
    let is_enough = |step| step >= least * 0.999_999;
    step(least, &[1.0, 2.0, 2.5, 5.0, 10.0], is_enough).unwrap_or(least)
}

fn one_two_five_above(value: f64) -> f64 {
    step(value, &[1.0, 2.0, 5.0, 10.0], |edge| edge >= value).unwrap_or(value)
}

fn one_two_five_below(value: f64) -> f64 {
    step(value, &[5.0, 2.0, 1.0], |edge| edge <= value).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn stands(scale: Scale, value: f64, place: f64) {
        let actual = scale.place(value);
        assert!((actual - place).abs() < 1e-9, "{value} stands at {actual}");
    }

    #[test]
    fn values_stand_where_they_should() {
        stands(Scale::linear(100.0), 50.0, 0.5);
        stands(Scale::nines(2.0), 0.9, 0.5);
        stands(Scale::nines(2.0), 1.0, 1.0);
        let log = Scale::spanning([1.0, 100.0].into_iter());
        stands(log, 10.0, 0.5);
        stands(log, 0.0, 0.0);
        stands(Scale::multiples_of([50.0, 200.0].into_iter()), 100.0, 0.5);
        stands(Scale::multiples_of([100.0].into_iter()), 50.0, 0.5);
    }

    #[test]
    fn an_axis_without_values_still_has_ticks() {
        let scale = Scale::spanning([].into_iter());
        assert!(scale.high() > 0.0);
        assert!(!scale.ticks().is_empty());
    }

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(Scale::linear(7.1e6).ticks().len(), 5);
        for high in [1.0, 30.0, 600.0, 3600.0, 86_400.0] {
            let ticks = Scale::seconds(high).ticks().len();
            assert!((2..=9).contains(&ticks), "{ticks} ticks for {high} s");
        }
    }
}

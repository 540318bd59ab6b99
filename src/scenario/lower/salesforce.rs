//! A `[[load]]` of kind `salesforce` to what one org does.

use std::collections::BTreeSet;

use strum::VariantArray;

use super::required::{self, require};
use crate::plan::{
    ArrivalShape, Arrivals, CALLOUTS_MAX, FUTURE_CALLS_MAX, Preset, RateLoad, Release,
    SalesforceLoad, Stage,
};
use crate::scenario::text::complaints::Complaints;
use crate::scenario::written::load::LoadTable;
use crate::units::{Nanos, index};

/// Transactions at once where nothing limits them: an asynchronous job for each lead.
const UNLIMITED: u64 = 1_000;

/// Queueables that run at once in a large org.
const FANNED_OUT: u64 = 50;

/// Batch jobs that run at once.
const BATCH_JOBS: u64 = 5;

/// Leads that one call of `convertLead` takes.
const CONVERTED_AT_ONCE: u64 = 100;

/// Records that a trigger gets at a time.
const TRIGGERED_AT_ONCE: u64 = 200;

/// What a preset is made of.
struct Shape {
    /// The keys that it has beside `preset`, `for` and those of every load.
    keys: &'static [&'static str],
    workers: u64,
    callouts: u64,
}

const fn shape(preset: Preset) -> Shape {
    let (keys, workers, callouts): (&[&str], u64, u64) = match preset {
        Preset::UiConvert => (&["rate", "peak", "delay"], UNLIMITED, 1),
        Preset::FuturePerChunk => (&["leads", "every", "callouts"], UNLIMITED, CALLOUTS_MAX),
        Preset::FuturePerLead => (&["leads", "every"], UNLIMITED, 1),
        Preset::BulkConvert => (&["leads", "every"], UNLIMITED, CALLOUTS_MAX),
        Preset::QueueableFanout => (&["leads", "workers", "callouts"], FANNED_OUT, CALLOUTS_MAX),
        Preset::BatchApex => (&["leads", "workers", "callouts"], BATCH_JOBS, CALLOUTS_MAX),
        Preset::BacklogRelease => (
            &["leads", "quiet", "workers", "callouts"],
            FANNED_OUT,
            CALLOUTS_MAX,
        ),
        Preset::RetryStorm => (&["rate", "workers", "re_enqueue"], FANNED_OUT, 1),
    };
    Shape {
        keys,
        workers,
        callouts,
    }
}

pub(super) fn salesforce(table: &LoadTable, complaints: &Complaints) -> Option<SalesforceLoad> {
    require(table, "preset", "\"queueable-fanout\"", complaints);
    require(table, "for", "\"30s\"", complaints);
    let preset = table.preset.as_ref()?.0;
    let shape = shape(preset);
    refuse_keys_of_others(preset, &shape, table, complaints);
    refuse_impossible(preset, table, complaints);
    let (callouts, workers) = (table.callouts.as_ref(), table.workers.as_ref());
    let re_enqueue = u32::try_from(table.re_enqueue.0).unwrap_or(u32::MAX);
    Some(SalesforceLoad {
        preset,
        release: release(preset, table, complaints)?,
        workers: index(workers.map_or(shape.workers, |workers| workers.0)),
        callouts: callouts.map_or(shape.callouts, |most| most.0),
        re_enqueue: if preset == Preset::RetryStorm {
            re_enqueue
        } else {
            0
        },
        over: table.duration.as_ref()?.0,
        shard: None,
    })
}

fn release(preset: Preset, table: &LoadTable, complaints: &Complaints) -> Option<Release> {
    let leads = table.leads.as_ref().map(|leads| leads.0);
    let every = table.every.as_ref().map(|every| every.0);
    let conversions = |usual: u64, every: Option<Nanos>| Release::Conversions {
        leads: leads.unwrap_or(usual),
        every,
    };
    let backlog = |quiet: Nanos| Release::Backlog { quiet, leads };
    Some(match preset {
        Preset::UiConvert => Release::Stream {
            rate: stream(table, complaints, table.peak.0)?,
            delay: table.delay.0,
        },
        Preset::RetryStorm => Release::Stream {
            rate: stream(table, complaints, 1)?,
            delay: Nanos::ZERO,
        },
        Preset::FuturePerChunk => conversions(200, every),
        Preset::FuturePerLead => conversions(50, every),
        Preset::BulkConvert => conversions(
            CONVERTED_AT_ONCE,
            Some(every.unwrap_or(Nanos::from_secs(3))),
        ),
        Preset::QueueableFanout | Preset::BatchApex => backlog(Nanos::ZERO),
        Preset::BacklogRelease => backlog(table.quiet.0),
    })
}

/// Leads converted at random, most often in the middle of the load.
fn stream(table: &LoadTable, complaints: &Complaints, peak: u64) -> Option<RateLoad> {
    let rate = required::rate(table, "\"2.9/s\"", complaints)?;
    let over = table.duration.as_ref()?.0;
    let stages = if peak == 1 {
        vec![Stage::hold(Some(rate), over)]
    } else {
        // From a base to the peak and back, with the asked rate as the mean.
        let base = rate.times(2, 1 + peak);
        let height = rate.times(2 * peak, 1 + peak);
        let half = Nanos(over.0 / 2);
        vec![
            Stage {
                from: base,
                to: height,
                over: half,
            },
            Stage {
                from: height,
                to: base,
                over: over - half,
            },
        ]
    };
    Some(RateLoad {
        shape: ArrivalShape::Stages {
            stages,
            arrivals: Arrivals::Poisson,
        },
        ..RateLoad::constant(rate, over, Arrivals::Poisson)
    })
}

fn refuse_keys_of_others(
    preset: Preset,
    shape: &Shape,
    table: &LoadTable,
    complaints: &Complaints,
) {
    // Every key that some preset has and others do not.
    let presets = Preset::VARIANTS.iter();
    let known: BTreeSet<_> = presets
        .flat_map(|preset| self::shape(*preset).keys)
        .collect();
    for name in known {
        if !shape.keys.contains(name) {
            let why = format!("has no effect on the preset \"{preset}\"");
            let hint = format!("leave it out; this preset has {}", shape.keys.join(", "));
            table.header.refuse(name, &why, hint, complaints);
        }
    }
}

/// What no org can do, whoever asks for it.
fn refuse_impossible(preset: Preset, table: &LoadTable, complaints: &Complaints) {
    let leads = table.leads.as_ref().filter(|leads| match preset {
        Preset::BulkConvert => leads.0 > CONVERTED_AT_ONCE,
        Preset::FuturePerLead => leads.0 > TRIGGERED_AT_ONCE,
        _ => false,
    });
    if let Some(leads) = leads {
        let message = match preset {
            Preset::BulkConvert => {
                format!("`leads`: one call of convertLead takes {CONVERTED_AT_ONCE} leads at most")
            }
            _ => format!(
                "`leads`: a trigger gets {TRIGGERED_AT_ONCE} records at a time, and more than \
                 {FUTURE_CALLS_MAX} of them are rolled back"
            ),
        };
        complaints.add(leads.span, message);
    }
    if let (Preset::BatchApex, Some(workers)) = (preset, &table.workers)
        && workers.0 > BATCH_JOBS
    {
        let message = format!("`workers`: an org runs {BATCH_JOBS} batch jobs at once at most");
        complaints.add(workers.span, message);
    }
    let (quiet, duration) = (&table.quiet, &table.duration);
    if let (Preset::BacklogRelease, Some(duration)) = (preset, duration)
        && quiet.0 >= duration.0
    {
        let (span, origin) = if quiet.is_given() {
            (quiet.span.or_later(duration.span), "")
        } else {
            (duration.span, ", its default")
        };
        let message = format!(
            "`quiet` ({}{origin}) must be shorter than `for` ({})",
            quiet.0, duration.0
        );
        let hint = "write a shorter `quiet`, such as quiet = \"1s\", or a longer `for`";
        complaints.advise(span, message, hint);
    }
}

#[cfg(test)]
mod tests {
    use crate::units::Rate;

    #[test]
    fn a_stream_with_a_peak_keeps_its_mean() {
        let rate: Rate = "30/s".parse().unwrap();
        for peak in 2..=10 {
            let (base, height) = (rate.times(2, 1 + peak), rate.times(2 * peak, 1 + peak));
            let per_s = |rate: Option<Rate>| rate.unwrap().as_per_second();
            let mean = f64::midpoint(per_s(base), per_s(height));
            assert!((mean - 30.0).abs() < 0.01, "{peak}: {mean}");
        }
    }
}

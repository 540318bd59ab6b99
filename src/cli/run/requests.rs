//! Single callouts as rows: `requests.csv`, and `requests.jtl` with the columns of `JMeter`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::written::{Writing, csv_cell};
use crate::cli::exit::Failure;
use crate::clock::Clock;
use crate::engine::Seen;
use crate::phase::Phase;
use crate::plan::Plan;
use crate::sample::{Sample, Traces};
use crate::units::Nanos;

/// In which form rows are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(super) enum Form {
    /// requests.csv: nanoseconds, a column for each phase
    Csv,
    /// requests.jtl: the columns that `JMeter` and its tools read, in milliseconds
    Jtl,
}

/// The columns of `JMeter`, in its own order and case.
const JTL: &str = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,\
                   failureMessage,bytes,sentBytes,grpThreads,allThreads,Latency,IdleTime,Connect\n";

/// Writes callouts as rows, until the run ends.
pub(super) fn requests(
    folder: &Path,
    form: Form,
    plan: &Plan,
    clock: Clock,
    traces: Option<&Traces>,
) -> Result<Writing<Seen>, Failure> {
    let traces = traces.copied();
    let trace = move |seen: &Seen| {
        traces.map_or_else(String::new, |traces| {
            traces.of(seen.load, seen.sample.seq).to_string()
        })
    };
    let loads: Vec<_> = plan.loads.iter().map(|load| csv_cell(&load.name)).collect();
    let name = move |seen: &Seen| {
        let load = usize::try_from(seen.load).unwrap_or_default();
        loads.get(load).cloned().unwrap_or_default()
    };
    match form {
        Form::Csv => {
            let write = move |file: &mut BufWriter<File>, seen: &Seen| {
                row(file, (&name(seen), &trace(seen)), &seen.sample)
            };
            Writing::start(&folder.join("requests.csv"), write, &head())
        }
        Form::Jtl => {
            let scenario = csv_cell(&plan.name);
            let write = move |file: &mut BufWriter<File>, seen: &Seen| {
                let at = clock.unix(seen.sample.due);
                jtl_row(file, (&scenario, &name(seen)), at, &seen.sample)
            };
            Writing::start(&folder.join("requests.jtl"), write, JTL)
        }
    }
}

fn head() -> String {
    let phases = Phase::ALL.map(|phase| format!(",{phase}_ns"));
    format!(
        "load,seq,due_ns,started_ns,finished_ns,outcome,status,retried,resent,starved,expired,\
         signed_in_path,body_bytes,response_bytes{},trace_id\n",
        phases.concat()
    )
}

fn row(file: &mut impl Write, (load, trace): (&str, &str), sample: &Sample) -> std::io::Result<()> {
    let Sample {
        seq,
        due,
        started,
        finished,
        phases,
        outcome,
        status,
        signed_in_path,
        retried,
        resent,
        starved,
        expired,
        body_bytes,
        response_bytes,
        server_timing: _,
    } = sample;
    write!(
        file,
        "{load},{seq},{},{},{},{outcome},",
        due.0, started.0, finished.0
    )?;
    if let Some(status) = status {
        write!(file, "{status}")?;
    }
    write!(
        file,
        ",{retried},{resent},{starved},{expired},{signed_in_path},{body_bytes},{response_bytes}"
    )?;
    for phase in Phase::ALL {
        match phases.get(phase) {
            Some(span) => write!(file, ",{}", span.0)?,
            None => write!(file, ",")?,
        }
    }
    writeln!(file, ",{trace}")
}

/// `elapsed` is the latency, from the planned instant; `Latency` the same to the first byte of
/// the answer; `Connect` all of a new connection.
fn jtl_row(
    file: &mut impl Write,
    (scenario, load): (&str, &str),
    at: Nanos,
    sample: &Sample,
) -> std::io::Result<()> {
    let span = |phase| sample.phases.or_zero(phase);
    let latency = span(Phase::Latency);
    let first_byte = latency - span(Phase::Receive) - span(Phase::Pickup);
    let connect = span(Phase::Dns) + span(Phase::Connect) + span(Phase::Tls);
    let millis = |span: Nanos| span.0.saturating_add(500_000) / 1_000_000;
    let ok = sample.outcome.is_ok();
    let outcome = sample.outcome.to_string();
    let code = sample
        .status
        .map_or_else(|| outcome.clone(), |status| status.to_string());
    let failure = if ok { "" } else { outcome.as_str() };
    writeln!(
        file,
        "{},{},{load},{code},{outcome},{scenario} {load},text,{ok},{failure},{},{},1,1,{},{},{}",
        at.0 / 1_000_000,
        millis(latency),
        sample.response_bytes,
        sample.body_bytes,
        millis(first_byte),
        0,
        millis(connect)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Outcome, Phases};

    fn sample() -> Sample {
        let mut phases = Phases::default();
        phases.set(Phase::Latency, Nanos::from_millis(20));
        phases.set(Phase::Receive, Nanos::from_millis(3));
        phases.set(Phase::Connect, Nanos::from_millis(2));
        Sample {
            finished: Nanos::from_millis(1520),
            outcome: Outcome::Ok,
            status: Some(201),
            body_bytes: 860,
            response_bytes: 50,
            ..Sample::begun(
                7,
                Nanos::from_millis(1500),
                Nanos::from_millis(1500),
                phases,
            )
        }
    }

    #[test]
    fn a_row_has_a_cell_for_each_column() {
        let mut bytes = Vec::new();
        row(&mut bytes, ("load", ""), &sample()).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text.matches(',').count(), head().matches(',').count());
        assert!(text.starts_with("load,7,1500000000,1500000000,1520000000,ok,201,false,"));
    }

    #[test]
    fn jmeter_reads_milliseconds_in_its_own_columns() {
        let mut bytes = Vec::new();
        let at = Nanos(1_700_000_000_123_456_789);
        jtl_row(&mut bytes, ("converted-lead", "load"), at, &sample()).unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "1700000000123,20,load,201,ok,converted-lead load,text,true,,50,860,1,1,17,0,2\n"
        );
        assert_eq!(JTL.matches(',').count(), 15);
    }
}

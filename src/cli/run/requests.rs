//! Single callouts as rows: `requests.csv`, and `requests.jtl` with the columns of `JMeter`.

use std::fs::File;
use std::io::{self, BufWriter};

use super::event_file::{EventFile, EventWriter, FileRows, REQUESTS, REQUESTS_JTL};
use crate::cli::exit::Failure;
use crate::cli::files::Folder;
use crate::clock::Clock;
use crate::engine::SampleEvent;
use crate::phase::Phase;
use crate::plan::Plan;
use crate::report::{Rows, csv_text};
use crate::sample::{Sample, Traces};
use crate::summary::Warning;
use crate::units::Nanos;

/// The format of the rows.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(in crate::cli) enum RowFormat {
    /// requests.csv: times in nanoseconds, a column for each phase
    Csv,
    #[value(help = "requests.jtl: JMeter's columns, times in milliseconds")]
    Jtl,
}

/// The columns of `JMeter`, in its own order and case.
const JTL: &str = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,\
    failureMessage,bytes,sentBytes,grpThreads,allThreads,Latency,IdleTime,Connect";

/// The columns before those of the phases.
const COLUMNS: &str = "load,seq,due_ns,started_ns,finished_ns,outcome,status,retried,resent,starved,expired,\
    signed_in_path,body_bytes,response_bytes";

/// Writes callouts as rows, until the run ends.
pub(super) fn requests(
    folder: &Folder,
    run_id: &str,
    form: RowFormat,
    plan: &Plan,
    clock: Clock,
    traces: Option<&Traces>,
) -> Result<EventFile<SampleEvent>, Failure> {
    let loads: Vec<_> = plan.loads.iter().map(|load| csv_text(&load.name)).collect();
    let traces = traces.copied();
    match form {
        RowFormat::Csv => EventFile::start(folder, REQUESTS, |file: BufWriter<File>| {
            Ok(Requests {
                rows: begin(file, (run_id, &plan.name))?,
                loads,
                traces,
            })
        }),
        RowFormat::Jtl => EventFile::start(folder, REQUESTS_JTL, |file: BufWriter<File>| {
            Ok(Jtl {
                rows: Rows::begin_plain(file, &jtl_columns())?,
                scenario: csv_text(&plan.name),
                loads,
                clock,
            })
        }),
    }
}

fn begin<W: io::Write>(writer: W, run: (&str, &str)) -> io::Result<Rows<W>> {
    let phases = Phase::ALL.map(|phase| format!("{phase}_ns"));
    let columns = format!("{COLUMNS},{},trace_id", phases.join(","));
    let columns: Vec<_> = columns.split(',').collect();
    Rows::begin(writer, &columns, run)
}

fn jtl_columns() -> Vec<&'static str> {
    JTL.split(',').collect()
}

/// `requests.csv`.
struct Requests {
    rows: FileRows,
    loads: Vec<String>,
    traces: Option<Traces>,
}

impl EventWriter<SampleEvent> for Requests {
    fn put(&mut self, seen: &SampleEvent) -> io::Result<()> {
        let trace = self.traces.map_or_else(String::new, |traces| {
            traces.of(seen.load, seen.sample.seq).to_string()
        });
        let names = (name(&self.loads, seen), trace.as_str());
        row(&mut self.rows, names, &seen.sample)
    }

    fn finish(&mut self) -> io::Result<Vec<Warning>> {
        self.rows.flush()?;
        Ok(Vec::new())
    }
}

/// `requests.jtl`.
struct Jtl {
    rows: FileRows,
    scenario: String,
    loads: Vec<String>,
    clock: Clock,
}

impl EventWriter<SampleEvent> for Jtl {
    fn put(&mut self, seen: &SampleEvent) -> io::Result<()> {
        let at = self.clock.unix(seen.sample.due);
        let names = (self.scenario.as_str(), name(&self.loads, seen));
        jtl_row(&mut self.rows, names, at, &seen.sample)
    }

    fn finish(&mut self) -> io::Result<Vec<Warning>> {
        self.rows.flush()?;
        Ok(Vec::new())
    }
}

fn name<'l>(loads: &'l [String], seen: &SampleEvent) -> &'l str {
    let load = usize::try_from(seen.load).unwrap_or_default();
    loads.get(load).map_or("", String::as_str)
}

fn row<W: io::Write>(
    rows: &mut Rows<W>,
    (load, trace): (&str, &str),
    sample: &Sample,
) -> io::Result<()> {
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
    let optional = |value: Option<String>| value.unwrap_or_default();
    let mut cells = vec![load.to_owned()];
    cells.extend([*seq, due.0, started.0, finished.0].map(|number| number.to_string()));
    cells.push(outcome.to_string());
    cells.push(optional(status.map(|status| status.to_string())));
    cells.extend([retried, resent, starved, expired, signed_in_path].map(ToString::to_string));
    cells.extend([body_bytes, response_bytes].map(ToString::to_string));
    cells
        .extend(Phase::ALL.map(|phase| optional(phases.get(phase).map(|span| span.0.to_string()))));
    cells.push(trace.to_owned());
    rows.row(cells)
}

/// `elapsed` is the latency, from the planned instant; `Latency` the same to the first byte of
/// the answer; `Connect` all of a new connection.
fn jtl_row<W: io::Write>(
    rows: &mut Rows<W>,
    (scenario, load): (&str, &str),
    at: Nanos,
    sample: &Sample,
) -> io::Result<()> {
    let span = |phase| sample.phases.or_zero(phase);
    let latency = span(Phase::Latency);
    let first_byte = latency - span(Phase::Receive) - span(Phase::Pickup);
    let connect = span(Phase::Dns) + span(Phase::Connect) + span(Phase::Tls);
    let millis = |span: Nanos| (span.0.saturating_add(500_000) / 1_000_000).to_string();
    let ok = sample.outcome.is_ok();
    let outcome = sample.outcome.to_string();
    let code = sample
        .status
        .map_or_else(|| outcome.clone(), |status| status.to_string());
    let failure = if ok { "" } else { outcome.as_str() };
    rows.row([
        (at.0 / 1_000_000).to_string().as_str(),
        &millis(latency),
        load,
        &code,
        &outcome,
        &format!("{scenario} {load}"),
        "text",
        if ok { "true" } else { "false" },
        failure,
        &sample.response_bytes.to_string(),
        &sample.body_bytes.to_string(),
        "1",
        "1",
        &millis(first_byte),
        "0",
        &millis(connect),
    ])
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
        let mut rows = begin(&mut bytes, ("run", "scenario")).unwrap();
        // A row of more or fewer cells is an error.
        row(&mut rows, ("load", ""), &sample()).unwrap();
        drop(rows);
        let text = String::from_utf8(bytes).unwrap();
        let (head, row) = text.split_once("\r\n").unwrap();
        assert!(head.starts_with("load,seq,due_ns,started_ns,finished_ns,outcome,status,retried,"));
        assert!(
            head.ends_with("residual_ns,trace_id,run_id,scenario,measurement"),
            "{head}"
        );
        assert!(row.starts_with("load,7,1500000000,1500000000,1520000000,ok,201,false,"));
        assert!(row.ends_with(",,run,scenario,\r\n"), "{row}");
    }

    #[test]
    fn jmeter_reads_milliseconds_in_its_own_columns() {
        let mut bytes = Vec::new();
        let at = Nanos(1_700_000_000_123_456_789);
        let mut rows = Rows::begin_plain(&mut bytes, &jtl_columns()).unwrap();
        jtl_row(&mut rows, ("converted-lead", "load"), at, &sample()).unwrap();
        drop(rows);
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(
            text.split_once('\n').unwrap().1,
            "1700000000123,20,load,201,ok,converted-lead load,text,true,,50,860,1,1,17,0,2\n"
        );
    }
}

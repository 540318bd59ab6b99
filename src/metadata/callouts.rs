//! An Event Monitoring export of the type `ApexCallout`, cut down to the callouts that matter.

use std::collections::BTreeMap;

use super::scenario_text::host;

/// Stands for the host where a row has none.
const UNKNOWN_HOST: &str = "an unknown host";

/// What a file of callouts holds.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Callouts {
    /// The rows that were chosen, as a file of the same kind.
    pub csv: Vec<u8>,
    /// How many were chosen.
    pub chosen: u64,
    /// How many there are.
    pub all: u64,
    /// How often each host was called, of all of them; without users, passwords and ports.
    pub hosts: BTreeMap<String, u64>,
    /// How long the chosen callouts took in Salesforce's own eyes, in milliseconds, sorted.
    pub times_ms: Vec<u64>,
}

/// Why it cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{line}: {problem}")]
pub struct CalloutsError {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong.
    pub problem: String,
}

/// Chooses the callouts whose URL holds `url` and whose method is `method`.
///
/// # Errors
///
/// A file that is not CSV, or that lacks a column that a filter needs.
pub fn apex_callouts(
    bytes: &[u8],
    url: Option<&str>,
    method: Option<&str>,
) -> Result<Callouts, CalloutsError> {
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
    let head = reader.headers().map_err(|error| fault(&error))?.clone();
    let place = |name: &str| head.iter().position(|cell| cell.trim() == name);
    let (urls, methods, times) = (place("URL"), place("METHOD"), place("TIME"));
    for (column, wanted, name) in [(urls, url, "URL"), (methods, method, "METHOD")] {
        if wanted.is_some() && column.is_none() {
            let problem = format!("the column {name} is missing, and a filter needs it");
            return Err(in_head(problem));
        }
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let unwritten = || in_head("could not write the chosen rows".to_owned());
    writer.write_record(&head).map_err(|_| unwritten())?;
    let mut callouts = Callouts::default();
    for record in reader.records() {
        let record = record.map_err(|error| fault(&error))?;
        let cell = |column: Option<usize>| column.and_then(|at| record.get(at)).unwrap_or_default();
        callouts.all += 1;
        let host = host(cell(urls)).unwrap_or(UNKNOWN_HOST).to_owned();
        *callouts.hosts.entry(host).or_default() += 1;
        let has_url = url.is_none_or(|wanted| cell(urls).contains(wanted));
        let has_method = method.is_none_or(|wanted| cell(methods).eq_ignore_ascii_case(wanted));
        if has_url && has_method {
            callouts.chosen += 1;
            callouts.times_ms.extend(cell(times).trim().parse::<u64>());
            writer.write_record(&record).map_err(|_| unwritten())?;
        }
    }
    if callouts.all == 0 {
        let problem = "it contains no callouts: it has a header, and no rows".to_owned();
        return Err(in_head(problem));
    }
    callouts.times_ms.sort_unstable();
    callouts.csv = writer.into_inner().map_err(|_| unwritten())?;
    Ok(callouts)
}

const fn in_head(problem: String) -> CalloutsError {
    CalloutsError { line: 1, problem }
}

fn fault(error: &csv::Error) -> CalloutsError {
    let problem = match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("the row has {len} cells, but the header has {expected_len}"),
        csv::ErrorKind::Utf8 { .. } => "it is not UTF-8".to_owned(),
        _ => "it is not valid CSV (RFC 4180)".to_owned(),
    };
    CalloutsError {
        line: error.position().map_or(1, csv::Position::line),
        problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "EVENT_TYPE,TIMESTAMP,METHOD,URL,TIME\n\
        ApexCallout,20261123141500.250,POST,https://api.example.com/leads,80\n\
        ApexCallout,20261123141501.000,GET,https://api.example.com/health,5\n\
        ApexCallout,20261123141502.000,POST,https://other.example.com/x,12\n";

    #[test]
    fn callouts_are_chosen_by_url_and_method() {
        let chosen = apex_callouts(LOG.as_bytes(), Some("api.example.com"), Some("post")).unwrap();
        assert_eq!((chosen.chosen, chosen.all), (1, 3));
        assert_eq!(chosen.hosts["api.example.com"], 2);
        assert_eq!(chosen.times_ms, [80]);
        let text = String::from_utf8(chosen.csv).unwrap();
        assert_eq!(text.lines().count(), 2);
        assert_eq!(apex_callouts(LOG.as_bytes(), None, None).unwrap().chosen, 3);
    }

    #[test]
    fn of_a_url_only_the_host_is_kept() {
        let log = "URL\nhttps://user:hunter2@api.example.com:8443/leads?key=hunter2\n\
            https://api.example.com#hunter2\n/leads/hunter2\n";
        let chosen = apex_callouts(log.as_bytes(), None, None).unwrap();
        let hosts = [("an unknown host", 1), ("api.example.com", 2)];
        let hosts = hosts.map(|(host, calls)| (host.to_owned(), calls));
        assert_eq!(chosen.hosts, BTreeMap::from(hosts));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let short = format!("{LOG}ApexCallout,1\n");
        assert_eq!(
            apex_callouts(short.as_bytes(), None, None)
                .unwrap_err()
                .line,
            5
        );
        let without = "TIMESTAMP\n1\n";
        let error = apex_callouts(without.as_bytes(), Some("x"), None).unwrap_err();
        assert!(error.problem.contains("column URL is missing"));
        let error = apex_callouts(b"hello\n", None, None).unwrap_err();
        assert!(error.problem.contains("no callouts"), "{error}");
    }
}

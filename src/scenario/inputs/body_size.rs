//! How large the bodies become that a feed and a template make, before any is made.

use serde_json::Value;

use super::feed::{Read, json_bytes};
use super::file_text::{FileFault, megabytes};
use crate::plan::{Content, PREPARED_BYTES_MAX, Segment, Sizes};
use crate::units::{count, float, index, whole};

/// The most bytes of one body: what Salesforce sends in a callout from asynchronous Apex (Apex
/// Developer Guide, Callout Limits: 12 MB, and 6 MB from synchronous Apex).
pub(super) const BODY_BYTES_MAX: usize = 12_000_000;

/// What the fields take, in bytes, that a feed does not give.
const FIELDS_BYTES: usize = 1_100;

/// The most bytes that a field of a synthetic person takes, or nearly so.
const FIELD_BYTES: usize = 64;

/// Bytes that are kept for each place that differs from lead to lead.
const GAP_BYTES: usize = 64;

/// The largest mean of sizes that are drawn: a `Description` ends at 32,000 characters.
const DRAWN_BYTES_MAX: f64 = 36_000.0;

/// Checks the bodies of the sObject's own shape, one for each row.
///
/// # Errors
///
/// A row whose body is too large, and rows that are too many for what they hold.
pub(in crate::scenario) fn of_fields(read: &Read, size: Option<Sizes>) -> Result<(), FileFault> {
    let columns = &read.feed.columns;
    let names: Vec<usize> = columns.iter().map(|name| name.len() + 4).collect();
    let size = size.map_or(0, mean);
    let rows = read.feed.rows.iter().map(|row| {
        let fields = row.iter().zip(&names).filter(|(value, _)| !value.is_null());
        let own: usize = fields.map(|(value, name)| name + json_bytes(value)).sum();
        (own + FIELDS_BYTES).max(size)
    });
    all(rows, Some(read))
}

/// Checks the bodies of a template, one for each row of a feed or one alone.
///
/// # Errors
///
/// A row whose body is too large, and rows that are too many for what they hold.
pub(in crate::scenario) fn of_template(
    segments: &[Segment],
    read: Option<&Read>,
) -> Result<(), FileFault> {
    let mut fixed = 0_usize;
    // For each column how often it stands alone and within a string.
    let columns = read.map_or(0, |read| read.feed.columns.len());
    let mut uses = vec![(0_usize, 0_usize); columns];
    for segment in segments {
        match segment {
            Segment::Text(text) => fixed += text.len(),
            Segment::Placeholder {
                content: Content::Feed(column),
                in_string,
            } => {
                if let Some((alone, within)) = uses.get_mut(*column) {
                    *if *in_string { within } else { alone } += 1;
                }
            }
            Segment::Placeholder { content, .. } => fixed += bytes_of(content),
        }
    }
    let uses: Vec<_> = (0..)
        .zip(uses)
        .filter(|(_, uses)| *uses != (0, 0))
        .collect();
    let rows = read.map_or(&[][..], |read| &read.feed.rows);
    let of_row = |row: &Vec<Value>| {
        let of_column = |(column, (alone, within)): &(usize, (usize, usize))| {
            let Some(value) = row.get(*column) else {
                return 0;
            };
            let bytes = json_bytes(value);
            // Within a string the quotes of an object are written with a backslash.
            let quoted = if value.is_string() { bytes } else { 2 * bytes };
            alone
                .saturating_mul(bytes)
                .saturating_add(within.saturating_mul(quoted))
        };
        let sizes = uses.iter().map(of_column);
        sizes.fold(fixed, usize::saturating_add)
    };
    if rows.is_empty() {
        return all(std::iter::once(fixed), None);
    }
    all(rows.iter().map(of_row), read)
}

fn all(bodies: impl Iterator<Item = usize>, read: Option<&Read>) -> Result<(), FileFault> {
    let mut together = 0_usize;
    for (row, bytes) in bodies.enumerate() {
        if bytes > BODY_BYTES_MAX {
            let line = read.and_then(|read| read.lines.get(row).copied().flatten());
            let [makes, most] = [bytes, BODY_BYTES_MAX].map(megabytes);
            let message =
                format!("this makes a body of {makes}; a callout of Salesforce has at most {most}");
            return Err(FileFault::of_line(line.unwrap_or(1), message));
        }
        together = together.saturating_add(bytes);
        if together > PREPARED_BYTES_MAX {
            let rows = read.map_or(1, |read| read.feed.rows.len());
            let message = format!(
                "its {rows} leads make bodies of more than {} together, and the run prepares all \
                 of them first",
                megabytes(PREPARED_BYTES_MAX)
            );
            let hint = "use fewer or smaller leads; after its last lead a feed starts again";
            return Err(FileFault::of_line(1, message).hint(hint));
        }
    }
    Ok(())
}

/// The most bytes that a placeholder takes, or nearly so.
fn bytes_of(content: &Content) -> usize {
    match content {
        Content::Seq | Content::Serial | Content::ExternalId | Content::Uuid => GAP_BYTES,
        Content::Pick(choices) => choices.iter().map(String::len).max().unwrap_or_default(),
        Content::Digits(digits) => digits + 2,
        Content::Feed(_) => 0,
        Content::Field(_)
        | Content::RunId
        | Content::Now
        | Content::NowIso
        | Content::NowDate
        | Content::NowUnixMs
        | Content::Int(..) => FIELD_BYTES,
    }
}

/// The mean of sizes.
fn mean(sizes: Sizes) -> usize {
    index(match sizes {
        Sizes::Constant(size) => size.0,
        Sizes::Uniform { min, max } => min.0.midpoint(max.0),
        Sizes::LogNormal { p50, p99 } => {
            // 2.326 is the 99th percentile of the normal distribution.
            let sigma = (float(p99.0) / float(p50.0)).ln() / 2.326;
            let mean = float(p50.0) * (sigma * sigma / 2.0).exp();
            whole(mean.min(DRAWN_BYTES_MAX))
        }
    })
    .min(index(count(BODY_BYTES_MAX)))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use crate::scenario::parse_with;

    /// What a scenario with this `[lead]` says of its files.
    fn checked(lead: &str, files: &[(&str, &str)]) -> String {
        let text = format!(
            "schema = 1\nname = \"x\"\n[target]\nurl = \"embedded\"\n[auth]\nsource = \"none\"\n\
             [lead]\n{lead}\n[[load]]\nkind = \"rate\"\nrate = \"5/s\"\nfor = \"1s\"\n"
        );
        let files = |_: usize, name: &str| {
            let found = files.iter().find(|(known, _)| *known == name);
            found
                .map(|(_, text)| text.as_bytes().to_vec())
                .ok_or_else(|| "none".to_owned())
        };
        parse_with("x.toml", &text, &[], &files)
            .map_or_else(|told| told.to_string(), |_| String::new())
    }

    fn cells(columns: usize, bytes: usize) -> String {
        let mut head = String::new();
        for column in 0..columns {
            write!(head, "c{column}__c,").unwrap();
        }
        let row = vec!["x".repeat(bytes); columns].join(",");
        format!("{}\n{row}\n", head.trim_end_matches(','))
    }

    #[test]
    fn bodies_beyond_a_limit_are_refused_before_they_are_made() {
        let many = format!("{{\"a\": [{}0]}}", "{{feed.c0__c}},".repeat(10_000));
        let large = format!("{{\"a\": \"{}\"}}", "x".repeat(12_000_000));
        let uuids = format!("{{\"a\": [{}0]}}", "{{uuid}},".repeat(400_000));
        let rows = |bytes: usize, rows: usize| {
            format!(
                "LastName\n{}",
                format!("{}\n", "x".repeat(bytes)).repeat(rows)
            )
        };
        for (lead, files, says) in [
            (
                "feed = \"f.csv\"",
                &[("f.csv", cells(25, 500_000).as_str())][..],
                "f.csv:2: this makes a body of 12.5 MB; a callout of Salesforce has at most \
                 12.0 MB",
            ),
            (
                "feed = \"f.csv\"\ntemplate = \"t.json\"",
                &[("f.csv", &cells(1, 100_000)), ("t.json", &many)],
                "f.csv:2: this makes a body of 1000.0 MB",
            ),
            (
                "template = \"t.json\"",
                &[("t.json", &large)],
                "t.json:1: it has 12.0 MB; a callout of Salesforce has at most 12.0 MB",
            ),
            (
                "template = \"t.json\"",
                &[("t.json", &uuids)],
                "t.json:1: this makes a body of 26.0 MB",
            ),
            (
                "feed = \"f.csv\"\nsize = \"32KB\"",
                &[("f.csv", &rows(1, 10_000))],
                "f.csv:1: its 10000 leads make bodies of more than 256.0 MB together",
            ),
            (
                "feed = \"f.csv\"\nsize = { p50 = \"1KB\", p99 = \"36KB\" }",
                &[("f.csv", &rows(1, 90_000))],
                "f.csv:1: its 90000 leads make bodies of more than 256.0 MB",
            ),
            ("feed = \"f.csv\"", &[("f.csv", &rows(500, 1_000))], ""),
            ("feed = \"f.csv\"", &[("f.csv", &cells(2, 500_000))], ""),
        ] {
            let told = checked(lead, files);
            assert!(told.contains(says), "{says}: {told}");
            assert_eq!(told.is_empty(), says.is_empty(), "{told}");
        }
    }
}

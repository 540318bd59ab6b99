//! A line as an error may show it, whatever it was meant to be: a scenario that cannot be read does
//! not say which of its values are secrets, so they are known by what stands beside them.

use std::ops::Range;

/// How alike a word must be to `headers` to be taken for it (Jaro-Winkler): a typo of it is what
/// errors are about.
const ALIKE: f64 = 0.85;

/// Names of parameters whose values are secrets.
const SECRET_NAMES: [&str; 12] = [
    "access_token",
    "api_key",
    "apikey",
    "assertion",
    "client_secret",
    "key",
    "password",
    "pin",
    "secret",
    "sig",
    "signature",
    "token",
];

/// A line with stars for what may be secret in it, as many as there were characters; `before` is the
/// text above it, which says in what table it stands.
pub(in crate::scenario) fn masked(before: &str, line: &str) -> String {
    let mut hidden: Vec<Range<usize>> = Vec::new();
    let header = before.lines().rev().map(str::trim_start);
    let header = header.clone().find(|line| line.starts_with('['));
    let is_header = line.trim_start().starts_with('[');
    if !is_header && header.is_some_and(|header| words(header).any(|(_, word)| is_headers(word))) {
        hidden.extend(after_sign(line, 0));
    }
    for (place, word) in words(line) {
        let end = place + word.len();
        if is_headers(word) && !is_header {
            hidden.extend(after_sign(line, end));
        }
        if word == "secret" && line[end..].trim_start().starts_with('=') {
            hidden.extend(after_sign(line, end));
        }
        if SECRET_NAMES.contains(&word.to_ascii_lowercase().as_str())
            && line[end..].starts_with('=')
            && !is_named(&line[end + 1..])
        {
            hidden.push(end + 1..value_end(line, end + 1, &['&', '"', '\'']));
        }
    }
    // What follows the question mark of a URL, with a scheme or without.
    for (place, _) in line.match_indices('?') {
        let end = value_end(line, place + 1, &['"', '\'', '`', ' ', '\t']);
        if line[place + 1..end].contains('=') {
            hidden.push(place + 1..end);
        }
    }
    starred(line, &hidden)
}

/// The words of a line, with their places; a minus or an underscore parts none.
fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + line[rest..].find(is_of_word)?;
        let length = line[start..].find(|c| !is_of_word(c));
        rest = length.map_or(line.len(), |length| start + length);
        Some((start, &line[start..rest]))
    })
}

fn is_headers(word: &str) -> bool {
    let is_as_long = (5..=9).contains(&word.len()) && !word.contains('_');
    is_as_long && strsim::jaro_winkler(&word.to_ascii_lowercase(), "headers") >= ALIKE
}

/// What follows the next `=` or `:`, but where it only names where a secret comes from.
fn after_sign(line: &str, from: usize) -> Option<Range<usize>> {
    let sign = from + line[from..].find(['=', ':'])? + 1;
    let blanks = line[sign..].len() - line[sign..].trim_start().len();
    let start = sign + blanks;
    (!is_named(&line[start..])).then_some(start..line.trim_end().len().max(start))
}

/// Whether a value only names where it comes from.
fn is_named(value: &str) -> bool {
    let mut value = value.chars().filter(|c| !c.is_whitespace());
    let start: String = value.by_ref().take("{file=".len()).collect();
    start.starts_with("{env=") || start.starts_with("{file=")
}

/// Where a value ends: at the first of these characters.
fn value_end(line: &str, from: usize, ends: &[char]) -> usize {
    let end = line[from..].find(ends);
    end.map_or(line.len(), |end| from + end)
}

fn starred(line: &str, hidden: &[Range<usize>]) -> String {
    let star = |(place, c): (usize, char)| {
        let is_hidden = hidden.iter().any(|range| range.contains(&place));
        if is_hidden { '*' } else { c }
    };
    line.char_indices().map(star).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_although_the_line_is_wrong() {
        const IN_HEADERS: &str = "[target]\nurl = \"x\"\n[target.request.haeders]\n";
        for (before, line) in [
            (IN_HEADERS, "X-A = \"SEKRET\""),
            (IN_HEADERS, "X-A: SEKRET"),
            (IN_HEADERS, "X-A = { secret = \"SEKRET\""),
            ("", "request = { haeders = { X-A = \"SEKRET\" } }"),
            ("", "name = { secret = \"SEKRET\" }"),
            ("", "audience = {secret=[\"SEKRET\"]}"),
            (
                "",
                "from = \"grant_type=x&client_secret=SEKRET&assertion={{assertion}}\"",
            ),
            ("", "url = \"127.0.0.1/?k=SEKRET\""),
            ("", "url = \"http://h/o k?k=SEKRET\""),
            ("", "target.request.heders.X-A=SEKRET"),
            ("", "target.request={headers={X-A=\"SEKRET\""),
        ] {
            let shown = masked(before, line);
            assert!(!shown.contains("SEKRET"), "{shown}");
            assert_eq!(shown.chars().count(), line.chars().count());
        }
    }

    #[test]
    fn what_is_no_secret_is_shown() {
        for line in [
            "rate = \"200/s\"",
            "X-A = { env = \"NAME\" }",
            "freeze = \"every=10s for=1s\"",
            "key = \"lead_signing\"",
            "[target.request.headers]",
            "header_order = [\"kid\", \"typ\"]",
            "header_claims = { kid = \"2026\" }",
            "\"latency.p99\" = \"< 250ms\"",
        ] {
            assert_eq!(masked("[target.request.headers]\n[load]\n", line), line);
        }
    }
}

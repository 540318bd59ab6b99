//! Which of the two formats of metrics a scraper wants.

use hyper::HeaderMap;
use hyper::header::ACCEPT;

/// Whether the request prefers OpenMetrics to plain text, or accepts both alike (RFC 9110, section
/// 12.5.1).
///
/// A request that accepts anything gets plain text, which every scraper reads.
pub(super) fn wants_openmetrics(headers: &HeaderMap) -> bool {
    let (mut openmetrics, mut plain) = (0.0, 0.0);
    let values = headers.get_all(ACCEPT).iter();
    for range in values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
    {
        let mut parts = range.split(';').map(str::trim);
        let weight = match parts.next().map(str::to_ascii_lowercase).as_deref() {
            Some("application/openmetrics-text") => &mut openmetrics,
            Some("text/plain" | "text/*") => &mut plain,
            _ => continue,
        };
        let given = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f64>().ok());
        *weight = given.unwrap_or(1.0).max(*weight);
    }
    openmetrics > 0.0 && openmetrics >= plain
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn who_prefers_openmetrics_gets_it_and_all_others_plain_text() {
        for (accept, expected) in [
            ("application/openmetrics-text", true),
            (
                "Application/OpenMetrics-Text; version=1.0.0; charset=utf-8",
                true,
            ),
            // Prometheus 2.42.
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;\
                 version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                true,
            ),
            (
                "text/plain;version=0.0.4,application/openmetrics-text;q=0.5",
                false,
            ),
            ("application/openmetrics-text;q=0", false),
            ("application/openmetrics-text;q=0,text/plain;q=0", false),
            ("text/plain", false),
            ("*/*", false),
            ("text/html,application/xhtml+xml,*/*;q=0.8", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(wants_openmetrics(&headers), expected, "{accept}");
        }
        assert!(!wants_openmetrics(&HeaderMap::new()));
    }
}

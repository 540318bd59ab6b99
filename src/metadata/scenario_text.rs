//! The text of a scenario, piece by piece.

use std::fmt::Write as _;

use serde_json::Value;

/// What a credential says of a scenario.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) url: Option<String>,
    pub(super) client_certificate: Option<String>,
    pub(super) source: &'static str,
    /// Keys of `[auth]` with their values as TOML, in order.
    pub(super) auth: Vec<(&'static str, String)>,
    pub(super) claims: Vec<(String, String)>,
    pub(super) header_claims: Vec<(String, String)>,
    /// Keys of `[auth.exchange]`.
    pub(super) exchange: Vec<(&'static str, String)>,
}

impl Draft {
    /// The scenario, with a load to begin with.
    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "# Made from Salesforce metadata. Choose a load, and check the target before you run it.\n\n\
             schema = 1\nname = {}\n\n[target]\n",
            quoted(&self.name)
        );
        let mut line = |key: &str, value: &str| {
            // Writing to a string cannot fail.
            writeln!(text, "{key} = {value}").unwrap_or_default();
        };
        line("url", &quoted(self.url.as_deref().unwrap_or("embedded")));
        let mut hosts: Vec<_> = self.url.iter().filter_map(|url| host(url)).collect();
        let desk = self.exchange.iter().find(|(key, _)| *key == "url");
        hosts.extend(desk.and_then(|(_, url)| host(url.trim_matches('"'))));
        hosts.dedup();
        let hosts: Vec<_> = hosts.into_iter().map(quoted).collect();
        line("allowed_hosts", &format!("[{}]", hosts.join(", ")));
        if let Some(name) = &self.client_certificate {
            line(
                "connections",
                &format!("{{ client_certificate = {} }}", quoted(name)),
            );
        }
        text += "\n[auth]\n";
        let mut line = |key: &str, value: &str| {
            writeln!(text, "{} = {value}", bare(key)).unwrap_or_default();
        };
        line("source", &quoted(self.source));
        for (key, value) in &self.auth {
            line(key, value);
        }
        for (table, entries) in [
            ("claims", &self.claims),
            ("header_claims", &self.header_claims),
        ] {
            if !entries.is_empty() {
                writeln!(text, "\n[auth.{table}]").unwrap_or_default();
                for (key, value) in entries {
                    writeln!(text, "{} = {value}", bare(key)).unwrap_or_default();
                }
            }
        }
        if !self.exchange.is_empty() {
            text += "\n[auth.exchange]\n";
            for (key, value) in &self.exchange {
                writeln!(text, "{key} = {value}").unwrap_or_default();
            }
        }
        text + "\n[[load]]\nkind = \"rate\"\nrate = \"5/s\"\nfor = \"30s\"\n"
    }
}

/// A text as a basic string of TOML, which reads every string of JSON.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// A key, in quotes where it needs them.
fn bare(key: &str) -> String {
    let is_bare = !key.is_empty()
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if is_bare { key.to_owned() } else { quoted(key) }
}

/// The host of a URL, without its port; loopback needs no leave.
fn host(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = match authority.rfind(':') {
        Some(colon) if !authority.ends_with(']') => &authority[..colon],
        _ => authority,
    };
    (!host.is_empty()).then_some(host)
}

/// A name that a scenario may have, made of a label.
pub(super) fn scenario_name(label: &str) -> String {
    let mut name: String = label
        .chars()
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() || c == '_' => c.to_ascii_lowercase(),
            _ => '-',
        })
        .take(64)
        .collect();
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        name.insert(0, 'x');
    }
    name
}

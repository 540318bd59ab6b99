//! The text of a scenario, piece by piece.

use std::fmt::Write as _;

use super::Note;
use super::parameters::Parameter;
use super::toml_text::{self, quoted};
use super::value;
use super::xml::{Position, note};

/// What a credential says of a scenario.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) url: Option<String>,
    /// Whether code may add a path to that URL: `callout:NAME/path`.
    pub(super) is_base_url: bool,
    pub(super) client_certificate: Option<String>,
    pub(super) source: &'static str,
    /// Keys of `[auth]`, in order.
    pub(super) auth: Vec<Line>,
    pub(super) claims: Vec<Line>,
    pub(super) header_claims: Vec<Line>,
    /// Keys of `[auth.exchange]`, and whether there is one.
    pub(super) exchange: Option<Vec<Line>>,
    /// The token endpoint, which stands among the keys too.
    pub(super) token_url: Option<String>,
    /// Keys of `[target.request]`.
    pub(super) request: Vec<Line>,
    pub(super) headers: Vec<Line>,
    /// What the file says that the scenario cannot.
    pub(super) notes: Vec<Note>,
}

/// A key with its value as TOML, and what stands above it.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) key: String,
    pub(super) value: String,
    /// Comments, a line each.
    pub(super) remarks: Vec<String>,
}

impl Line {
    /// A key whose value is TOML already.
    pub(super) fn new(key: &str, value: impl Into<String>) -> Self {
        Self {
            key: key.to_owned(),
            value: value.into(),
            remarks: Vec::new(),
        }
    }

    /// A key whose value is a text.
    pub(super) fn text(key: &str, text: &str) -> Self {
        Self::new(key, quoted(text))
    }

    /// A key whose value is a formula that a scenario refuses until someone replaces it.
    pub(super) fn unevaluated(key: &str, parameter: &Parameter) -> Self {
        let Position { line, column } = parameter.place;
        Self::text(key, &value::refused(parameter.text())).remark(format!(
            "Line {line}, column {column}: leadbench cannot evaluate this formula. Replace it by \
             the value that your org sends."
        ))
    }

    /// Puts a comment above it, of one line.
    #[must_use]
    pub(super) fn remark(mut self, remark: impl Into<String>) -> Self {
        self.remarks.push(remark.into());
        self
    }
}

impl Draft {
    /// The name of the key pair, as TOML.
    pub(super) fn key(&self) -> Option<String> {
        let line = self.auth.iter().find(|line| line.key == "key");
        line.map(|line| line.value.clone())
    }

    /// Notes something on a place of the file.
    pub(super) fn note(&mut self, place: Position, text: impl AsRef<str>) {
        self.notes.push(note(place, text));
    }

    /// The scenario, with a load to begin with.
    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "# Made from Salesforce metadata. Choose a load, and check the target before you run it.\n\n\
             schema = 1\nname = {}\n",
            quoted(&self.name)
        );
        let hosts = [self.url.as_deref(), self.token_url.as_deref()];
        let mut hosts: Vec<_> = hosts.into_iter().flatten().filter_map(host).collect();
        hosts.dedup();
        let hosts: Vec<_> = hosts.into_iter().map(quoted).collect();
        let url = Line::text("url", self.url.as_deref().unwrap_or("embedded"));
        let url = if self.is_base_url {
            url.remark("The URL of the Named Credential. Add the path that your code adds: callout:NAME/path.")
        } else {
            url
        };
        let mut target = vec![
            url,
            Line::new("allowed_hosts", format!("[{}]", hosts.join(", "))),
        ];
        if let Some(name) = &self.client_certificate {
            let table = format!("{{ client_certificate = {} }}", quoted(name));
            target.push(Line::new("connections", table));
        }
        let mut auth = vec![Line::text("source", self.source)];
        auth.extend(self.auth.iter().cloned());
        let none = Vec::new();
        for (table, lines, is_there) in [
            ("target", &target, true),
            ("target.request", &self.request, false),
            ("target.request.headers", &self.headers, false),
            ("auth", &auth, true),
            ("auth.claims", &self.claims, false),
            ("auth.header_claims", &self.header_claims, false),
            (
                "auth.exchange",
                self.exchange.as_ref().unwrap_or(&none),
                self.exchange.is_some(),
            ),
        ] {
            if lines.is_empty() && !is_there {
                continue;
            }
            // Writing to a string cannot fail.
            writeln!(text, "\n[{table}]").unwrap_or_default();
            for line in lines {
                for remark in &line.remarks {
                    writeln!(text, "# {remark}").unwrap_or_default();
                }
                let key = toml_text::key(&line.key);
                writeln!(text, "{key} = {}", line.value).unwrap_or_default();
            }
        }
        text + "\n[[load]]\nkind = \"rate\"\nrate = \"5/s\"\nfor = \"30s\"\n"
    }
}

/// The host of a URL without user and port; `None` if there is none, or if it is a formula.
pub(super) fn host(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit('@').next()?;
    let host = match authority.rfind(':') {
        Some(colon) if !authority.ends_with(']') => &authority[..colon],
        _ => authority,
    };
    (!host.is_empty() && !host.contains('{')).then_some(host)
}

/// A name that a scenario may have, made of a label: 64 characters at most.
pub(super) fn scenario_name(label: &str) -> String {
    let mut name: String = label
        .chars()
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() || c == '_' => c.to_ascii_lowercase(),
            _ => '-',
        })
        .collect();
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        name.insert(0, 'x');
    }
    name.truncate(64);
    name
}

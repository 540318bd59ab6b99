//! What is fuzzed: functions of bytes that panic where a law is broken.
//!
//! They use nothing but the public library, so that `fuzz/` includes this very file.

#[path = "targets/answers.rs"]
mod answers;
#[path = "targets/archives.rs"]
mod archives;
#[path = "targets/claims.rs"]
mod claims;
#[path = "targets/keys.rs"]
mod keys;
#[path = "targets/metadata.rs"]
mod metadata;
#[path = "targets/reports.rs"]
mod reports;
#[path = "targets/scenarios.rs"]
mod scenarios;

/// A reader of bytes, and the laws that it must keep.
pub(crate) struct Target {
    /// Its name, which is also that of its folder under `tests/fuzz/corpus`.
    pub(crate) name: &'static str,
    /// What is done with the bytes.
    pub(crate) run: fn(&[u8]),
    /// Folders beside its corpus that hold files of its kind.
    pub(crate) more: &'static [&'static str],
    /// Words that its files are made of.
    pub(crate) words: &'static [&'static str],
}

/// Every target, in the order of the alphabet.
pub(crate) const TARGETS: &[Target] = &[
    Target {
        name: "answer",
        run: answers::answer,
        more: &[],
        words: answers::WORDS,
    },
    Target {
        name: "answer_http2",
        run: answers::answer_http2,
        more: &[],
        words: &[],
    },
    Target {
        name: "bearer",
        run: claims::bearer,
        more: &[],
        words: &[".", "eyJ", "==", "none", "RS256"],
    },
    Target {
        name: "callouts",
        run: metadata::callouts,
        more: &["tests/fixtures/scenarios/valid"],
        words: &["URL", "METHOD", "TIME", ",", "\"", "\"\"", "\r\n"],
    },
    Target {
        name: "claims",
        run: claims::claims,
        more: &[],
        words: &["\0", "\"", "\\", "iss", "exp", "kid", "\u{2028}", "\",\""],
    },
    Target {
        name: "csv",
        run: reports::csv,
        more: &[],
        words: reports::WORDS,
    },
    Target {
        name: "feed",
        run: scenarios::feed,
        more: &[],
        words: &[
            "Id",
            "Company",
            "AnnualRevenue",
            ",",
            "\"",
            "{",
            "null",
            "1e400",
        ],
    },
    Target {
        name: "hlog",
        run: archives::hlog,
        more: &[],
        words: archives::LOG_WORDS,
    },
    Target {
        name: "html",
        run: reports::html,
        more: &[],
        words: reports::WORDS,
    },
    Target {
        name: "keys",
        run: keys::pair,
        more: &["tests/fixtures/keys"],
        words: keys::WORDS,
    },
    Target {
        name: "metadata",
        run: metadata::credential,
        more: &[],
        words: metadata::WORDS,
    },
    Target {
        name: "page",
        run: archives::page,
        more: &[],
        words: archives::WORDS,
    },
    Target {
        name: "scenario",
        run: scenarios::scenario,
        more: &["tests/fixtures/scenarios/valid", "scenarios"],
        words: scenarios::WORDS,
    },
    Target {
        name: "summary",
        run: archives::summary,
        more: &[],
        words: archives::WORDS,
    },
    Target {
        name: "template",
        run: scenarios::template,
        more: &[],
        words: scenarios::TEMPLATE_WORDS,
    },
    Target {
        name: "trace",
        run: scenarios::trace,
        more: &["tests/fixtures/scenarios/valid"],
        words: &["due_ns", "due_s", "TIMESTAMP", ",", "-1", "1e9", "\r\n"],
    },
    Target {
        name: "trust",
        run: keys::trust,
        more: &["tests/fixtures/keys"],
        words: keys::WORDS,
    },
];

/// The target of a name.
#[track_caller]
pub(crate) fn named(name: &str) -> &'static Target {
    let found = TARGETS.iter().find(|target| target.name == name);
    found.unwrap_or_else(|| panic!("there is no target {name}"))
}

//! `created.csv`: the Ids that the API gave to leads, for the clean-up of a test system.

use std::fs::File;
use std::io::{self, BufWriter};

use super::event_file::{CREATED, EventFile, EventWriter, FileRows};
use crate::cli::exit::Failure;
use crate::cli::files::Folder;
use crate::cli::{secrets, wall};
use crate::clock::Clock;
use crate::engine::{CREATED_BYTES_MAX, CreatedAccount, CreatedLead, Missing, NoId};
use crate::ids::Id;
use crate::lead::Leads;
use crate::report::{Rows, harmless, is_formula};
use crate::secret::Returned;
use crate::summary::{ReasonCode, Warning};

/// Replaces a token.
const STRUCK: &str = "REDACTED";

/// The longest Id that is written, in characters; longer ones are useless as Ids.
const ID_CHARS_MAX: usize = 1_000;

/// Characters of an answer that are shown.
const SHOWN_MAX: usize = 120;

/// The columns; those of the run follow.
const COLUMNS: &str = "lead_id,created_id,status,at,duplicate,created_id_form";

/// How an Id is written in its cell.
#[derive(Clone, Copy, Debug, Eq, PartialEq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
enum IdForm {
    /// As the API gave it.
    Exact,
    /// With a quote before it, because a spreadsheet would compute it.
    Quoted,
    /// With control characters or tokens replaced.
    Changed,
    /// Left out: it is too long.
    LeftOut,
}

/// Writes the created Ids; `run` is the id and the scenario of the run.
pub(super) fn created(
    folder: &Folder,
    run: (&str, &str),
    leads: Vec<Leads>,
    clock: Clock,
) -> Result<EventFile<CreatedLead>, Failure> {
    EventFile::start(folder, CREATED, |file: BufWriter<File>| {
        Ok(Created {
            rows: Rows::begin(file, &COLUMNS.split(',').collect::<Vec<_>>(), run)?,
            leads,
            clock,
            changed: 0,
            left_out: 0,
        })
    })
}

struct Created {
    rows: FileRows,
    leads: Vec<Leads>,
    clock: Clock,
    changed: u64,
    left_out: u64,
}

impl EventWriter<CreatedLead> for Created {
    fn put(&mut self, created: &CreatedLead) -> io::Result<()> {
        let load = usize::try_from(created.load).ok();
        let leads = load.and_then(|load| self.leads.get(load));
        let lead = leads.map(|leads| leads.id(created.seq));
        let (id, form) = cell(&created.id);
        self.changed += u64::from(form == IdForm::Changed);
        self.left_out += u64::from(form == IdForm::LeftOut);
        self.rows.row([
            lead.as_ref().map_or("", Id::as_str),
            &id,
            &created.status.to_string(),
            &wall::stamp(self.clock.unix(created.at)),
            &created.is_duplicate.to_string(),
            form.into(),
        ])
    }

    fn finish(&mut self) -> io::Result<Vec<Warning>> {
        self.rows.flush()?;
        let Self {
            changed, left_out, ..
        } = *self;
        let mut warnings = Vec::new();
        if changed > 0 {
            let text = format!(
                "{changed} Ids in {CREATED} differ from those that the API sent, because they \
                 contained a token or control characters"
            );
            warnings.push(Warning::new(ReasonCode::CreatedIdsChanged, text));
        }
        if left_out > 0 {
            let text = format!(
                "{left_out} Ids are not in {CREATED}: they are longer than {ID_CHARS_MAX} characters"
            );
            warnings.push(Warning::new(ReasonCode::CreatedIdsLeftOut, text));
        }
        Ok(warnings)
    }
}

/// An Id as a cell: exact if that is safe.
fn cell(id: &Returned) -> (String, IdForm) {
    if id.as_it_came().chars().nth(ID_CHARS_MAX).is_some() {
        return (String::new(), IdForm::LeftOut);
    }
    let text = harmless(&secrets::strike(&id.without_tokens(STRUCK)));
    let is_formula = is_formula(&text);
    let form = match (text == id.as_it_came(), is_formula) {
        (false, _) => IdForm::Changed,
        (true, true) => IdForm::Quoted,
        (true, false) => IdForm::Exact,
    };
    let quote = if is_formula { "'" } else { "" };
    (format!("{quote}{text}"), form)
}

/// Warnings about answers in which no Id was found.
pub(super) fn missing(path: &str, found: &CreatedAccount) -> Vec<Warning> {
    let Some(first) = &found.first else {
        return Vec::new();
    };
    let all = found.with + found.without;
    let how_many = if found.with == 0 {
        format!("in none of the {all} successes")
    } else {
        format!(
            "in {} of the {all} successes and not in {}",
            found.with, found.without
        )
    };
    let near = first.near.as_ref().map_or_else(String::new, |near| {
        format!(" (did you mean created_id = {:?}?)", harmless(near))
    });
    let text = format!(
        "created_id = {path:?} was found {how_many}{near}; {}",
        sample(first)
    );
    vec![Warning::new(ReasonCode::CreatedIdsMissing, text)]
}

fn sample(first: &Missing) -> String {
    let why = match first.why {
        NoId::Empty => "is empty".to_owned(),
        NoId::NoJson => "is not JSON".to_owned(),
        NoId::NoMember => "has nothing there".to_owned(),
        NoId::NoText => "has neither text nor a number there".to_owned(),
        NoId::TooLong => format!("is longer than {} KiB", CREATED_BYTES_MAX / 1024),
        NoId::Coded => "has a Content-Encoding that is not read".to_owned(),
    };
    let told = format!("the first answer without one ({}) {why}", first.status);
    if first.why == NoId::Empty || first.why == NoId::Coded {
        return told;
    }
    let text = harmless(&secrets::strike(&first.body.without_tokens(STRUCK)));
    let shown: String = text.chars().take(SHOWN_MAX).collect();
    let more = if shown == text { "" } else { "…" };
    format!("{told}: {shown}{more}")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::secret::Bearer;

    const TOKEN: &str = "00D5g000001abcd!AQ8AQPxxyy_secret~part.of-it";

    fn returned(text: &str) -> Returned {
        let bearer = Bearer::new(Bytes::from(format!("Bearer {TOKEN}")));
        Returned::new(text.to_owned(), [Some(bearer), None])
    }

    #[test]
    fn an_id_is_kept_as_it_is_or_it_is_said_that_it_is_not() {
        let long = "x".repeat(ID_CHARS_MAX + 1);
        for (id, shown, form) in [
            ("a00-1", "a00-1", IdForm::Exact),
            ("/leads/a b=é,\"", "/leads/a b=é,\"", IdForm::Exact),
            ("'a", "'a", IdForm::Exact),
            ("=1+1", "'=1+1", IdForm::Quoted),
            ("-5", "'-5", IdForm::Quoted),
            ("@a", "'@a", IdForm::Quoted),
            ("a\nb\u{202e}", "a b ", IdForm::Changed),
            (&TOKEN[4..], "REDACTED", IdForm::Changed),
            (&long, "", IdForm::LeftOut),
            (&long[1..], &long[1..], IdForm::Exact),
        ] {
            assert_eq!(cell(&returned(id)), (shown.to_owned(), form), "{id}");
        }
    }

    #[test]
    fn the_first_answer_without_an_id_is_shown_without_its_token() {
        let body = format!("{{\"data\":\"{TOKEN}\",\"x\":\"{}\"}}", "y".repeat(200));
        let mut found = CreatedAccount {
            with: 0,
            without: 3,
            first: Some(Missing {
                status: 201,
                why: NoId::NoMember,
                body: returned(&body),
                near: Some("data.Id".to_owned()),
            }),
        };
        let told = missing("id", &found);
        assert_eq!(told.len(), 1);
        let text = &told[0].text;
        let start = "created_id = \"id\" was found in none of the 3 successes (did you mean \
                     created_id = \"data.Id\"?); the first answer without one (201) has nothing \
                     there: {\"data\":\"REDACTED\",";
        assert!(text.starts_with(start) && text.ends_with('…'), "{text}");
        assert!(text.chars().count() < 300);
        found.with = 2;
        assert!(
            missing("id", &found)[0]
                .text
                .contains("in 2 of the 5 successes and not in 3")
        );
        found.first = None;
        assert!(missing("id", &found).is_empty());
    }
}

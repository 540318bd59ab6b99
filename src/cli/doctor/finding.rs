//! One thing that was checked, and what to do about it.

use std::fmt;

use serde::Serialize;

use crate::cli::exit::Failure;
use crate::cli::run::limits::Shortage;

/// How good something is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, strum::IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
enum Grade {
    /// Good enough.
    Ok,
    /// A run may go on, with worse figures or with a surprise.
    Note,
    /// No run could be valid, or none could begin.
    Fault,
}

/// What was checked, what was found, and what to do.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(super) struct Finding {
    grade: Grade,
    what: &'static str,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

impl Finding {
    /// Something is good enough.
    pub(super) fn ok(what: &'static str, found: impl Into<String>) -> Self {
        Self {
            grade: Grade::Ok,
            what,
            found: found.into(),
            remedy: None,
        }
    }

    /// A run may go on, but the user should know this.
    pub(super) fn note(what: &'static str, found: impl Into<String>, remedy: &str) -> Self {
        Self {
            grade: Grade::Note,
            remedy: Some(remedy.to_owned()),
            ..Self::ok(what, found)
        }
    }

    /// No run could be valid, or none could begin.
    pub(super) fn fault(what: &'static str, found: impl Into<String>, remedy: &str) -> Self {
        Self {
            grade: Grade::Fault,
            ..Self::note(what, found, remedy)
        }
    }

    /// A step that a run would fail at.
    pub(super) fn failed(what: &'static str, failure: &Failure) -> Self {
        Self {
            grade: Grade::Fault,
            remedy: failure.remedy().map(str::to_owned),
            ..Self::ok(what, failure.line())
        }
    }

    /// What there may not be enough of for a load.
    pub(super) fn of_shortage(what: &'static str, shortage: Option<Shortage>) -> Self {
        match shortage {
            None => Self::ok(what, "enough for this load"),
            Some(Shortage::Close(note)) => Self {
                grade: Grade::Note,
                ..Self::ok(what, note)
            },
            Some(Shortage::TooLittle {
                what: need,
                way_out,
            }) => Self::fault(what, need, &way_out),
        }
    }

    pub(super) fn is_note(&self) -> bool {
        self.grade == Grade::Note
    }

    pub(super) fn is_fault(&self) -> bool {
        self.grade == Grade::Fault
    }
}

impl fmt::Display for Finding {
    /// Writes `  ok     processors       2`, and the remedy on a line of its own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grade: &str = self.grade.into();
        writeln!(f, "  {grade:<7}{:<17}{}", self.what, self.found)?;
        if let Some(remedy) = &self.remedy {
            writeln!(f, "{:26}try: {remedy}", "")?;
        }
        Ok(())
    }
}

/// What belongs together.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Section {
    pub(super) title: String,
    pub(super) findings: Vec<Finding>,
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        self.findings.iter().try_for_each(|one| write!(f, "{one}"))
    }
}

/// The last line.
pub(super) fn conclusion(faults: usize, notes: usize) -> String {
    let counted = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        many => format!("{many} {word}s"),
    };
    match (faults, notes) {
        (0, 0) => "READY\n".to_owned(),
        (0, notes) => format!("READY, with {}\n", counted(notes, "note")),
        (faults, 0) => format!("NOT READY: {}\n", counted(faults, "fault")),
        (faults, notes) => format!(
            "NOT READY: {} and {}\n",
            counted(faults, "fault"),
            counted(notes, "note")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_faults_and_notes() {
        for (faults, notes, line) in [
            (0, 0, "READY\n"),
            (0, 2, "READY, with 2 notes\n"),
            (1, 0, "NOT READY: 1 fault\n"),
            (2, 1, "NOT READY: 2 faults and 1 note\n"),
        ] {
            assert_eq!(conclusion(faults, notes), line);
        }
    }
}

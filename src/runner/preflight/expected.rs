//! What answers must contain, converted from the plan for the client.

use std::sync::Arc;

use anyhow::anyhow;
use regex_lite::Regex;

use crate::client::{Check, Expectation};
use crate::plan::{ExpectedAnswer, Wanted};
use crate::runner::failure::{FailureKind, RunFailure};

/// What answers must contain besides a status of success; `None` if nothing.
pub(in crate::runner) fn expectation(
    expect: &ExpectedAnswer,
) -> Result<Option<Arc<Expectation>>, RunFailure> {
    if *expect == ExpectedAnswer::default() {
        return Ok(None);
    }
    let expectation = Expectation::new(
        expect.statuses.clone(),
        checks(&expect.headers)?,
        checks(&expect.members)?,
    );
    Ok(Some(Arc::new(expectation)))
}

fn checks(parts: &[(String, Wanted)]) -> Result<Vec<(String, Check)>, RunFailure> {
    let check = |(name, wanted): &(String, Wanted)| Ok((name.clone(), check(wanted)?));
    parts.iter().map(check).collect()
}

fn check(wanted: &Wanted) -> Result<Check, RunFailure> {
    Ok(match wanted {
        Wanted::Is(value) => Check::Is(value.clone()),
        Wanted::Present => Check::Present,
        Wanted::Absent => Check::Absent,
        Wanted::Matches(pattern) => Check::Matches(
            Regex::new(pattern)
                .map_err(|error| RunFailure::new(FailureKind::Internal, anyhow!("{error}")))?,
        ),
    })
}

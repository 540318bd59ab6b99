//! What answers must contain, converted from the plan for the client.

use std::sync::Arc;

use anyhow::anyhow;
use regex_lite::Regex;

use crate::client::{Check, Expectation};
use crate::plan::{ExpectedAnswer, Wanted};
use crate::runner::failure::{Failure, FailureKind};

/// What answers must contain besides a status of success; `None` if nothing.
pub(in crate::runner) fn expectation(
    expect: &ExpectedAnswer,
) -> Result<Option<Arc<Expectation>>, Failure> {
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

fn checks(parts: &[(String, Wanted)]) -> Result<Vec<(String, Check)>, Failure> {
    let check = |(name, wanted): &(String, Wanted)| Ok((name.clone(), check(wanted)?));
    parts.iter().map(check).collect()
}

fn check(wanted: &Wanted) -> Result<Check, Failure> {
    Ok(match wanted {
        Wanted::Is(value) => Check::Is(value.clone()),
        Wanted::Present => Check::Present,
        Wanted::Absent => Check::Absent,
        Wanted::Matches(pattern) => Check::Matches(
            Regex::new(pattern)
                .map_err(|error| Failure::new(FailureKind::Internal, anyhow!("{error}")))?,
        ),
    })
}

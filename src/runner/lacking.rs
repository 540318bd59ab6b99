//! What this build of leadbench lacks for a plan.

use crate::plan::Plan;
use crate::runner::failure::RunFailure;

/// Refuses a plan with virtual users in a build without goose, which owns them.
///
/// # Errors
///
/// The plan has virtual users, and this build lacks the feature `goose`.
pub(super) fn check(plan: &Plan) -> Result<(), RunFailure> {
    if cfg!(feature = "goose") || plan.users() == 0 {
        return Ok(());
    }
    let lacks = anyhow::anyhow!(
        "this scenario has virtual users, and this build of leadbench has none: it lacks the feature `goose`"
    );
    Err(RunFailure::environment(lacks).hint(
        "build it with the feature: cargo build --release --features full; releases have it (docs/INSTALL.md)",
    ))
}

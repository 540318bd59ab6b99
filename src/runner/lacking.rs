//! What this build of leadbench lacks for a plan.

use crate::plan::Plan;
use crate::runner::failure::RunFailure;

/// How to get what a build lacks.
pub const WITH_ALL_FEATURES: &str = "build it with the feature: cargo build --release --features full; releases have it (docs/INSTALL.md)";

/// Refuses a plan with virtual users in a build without goose, which owns them.
///
/// # Errors
///
/// The plan has virtual users, and this build lacks the feature `goose`.
pub fn check_features(plan: &Plan) -> Result<(), RunFailure> {
    if cfg!(feature = "goose") || plan.users() == 0 {
        return Ok(());
    }
    let lacks = anyhow::anyhow!(
        "this scenario has virtual users, and this build of leadbench has none: it lacks the feature `goose`"
    );
    Err(RunFailure::environment(lacks).hint(WITH_ALL_FEATURES))
}

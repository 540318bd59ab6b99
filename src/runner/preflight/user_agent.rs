//! The `User-Agent` that tells a target's owner who sends.

use crate::plan::Contact;

/// The `User-Agent` of a run with a contact (RFC 9110, section 10.1.5):
/// `leadbench/0.1.0 (+mailto:load@example.com; run 0123456789abcdef)`.
pub(in crate::runner) fn user_agent(contact: &Contact, run: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!("leadbench/{version} (+{contact}; run {run})")
}

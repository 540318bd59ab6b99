//! Tokens that are signed before the start.

use crate::plan::{Load, LoadModel, SigningMode};
use crate::scenario::text::complaints::Complaints;
use crate::scenario::text::span::Span;

/// Tokens that may be signed before the start: with about 700 bytes each as much memory as
/// a small machine can spare.
const TOKENS_MAX: f64 = 1_000_000.0;

/// What is signed before the start must be known, and fit into memory.
pub(super) fn check(signing: SigningMode, span: Span, loads: &[Load], complaints: &Complaints) {
    if signing != SigningMode::Presign {
        return;
    }
    let complain = |message: String| {
        let hint = "write signing = \"pipeline\", or \"reuse\" for one token at a time";
        complaints.advise(span, format!("`signing`: {message}"), hint);
    };
    let mut tokens = 0.0;
    for load in loads {
        match &load.model {
            LoadModel::Rate(rate) => tokens += rate.expected(),
            LoadModel::Users(_) | LoadModel::Salesforce(_) => complain(format!(
                "\"presign\" needs to know how many tokens the load {:?} takes, and its callouts \
                 depend on the answers",
                load.name
            )),
        }
    }
    if tokens > TOKENS_MAX {
        complain(format!(
            "\"presign\" would keep about {tokens:.0} tokens in memory; the limit is {TOKENS_MAX}"
        ));
    }
}

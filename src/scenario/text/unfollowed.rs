//! Formulas of Salesforce that stand in a scenario as texts, and would be sent as they stand.

use super::complaints::Complaints;
use super::tree::Node;

/// The one key that takes a formula.
const TAKES_A_FORMULA: [&str; 2] = ["auth", "subject_formula"];

/// The key beside it, which takes a text.
const SUBJECT: [&str; 2] = ["auth", "subject"];

/// Where a value is often a secret, which is better not written down.
const HEADERS: &str = "headers";

/// Complains of every text with a formula in it (`{!...}`), in place of what else is wrong with it.
pub(in crate::scenario) fn complain(root: &Node, complaints: &Complaints) {
    root.each_string(&mut Vec::new(), &mut |path, node, text| {
        if has_formula(text) && *path != TAKES_A_FORMULA {
            let key = path.last().copied().unwrap_or_default();
            let why = if *path == SUBJECT {
                "which this key does not take"
            } else {
                "which only an org can evaluate"
            };
            let message = format!("`{key}` is a formula of Salesforce, {why}");
            complaints.replace(node.span, message, hint(path));
        }
    });
}

/// Whether a text has a merge field or an expression of Salesforce's formula language in it.
fn has_formula(text: &str) -> bool {
    let inside = text.split_once("{!");
    inside.is_some_and(|(_, after)| after.contains('}'))
}

fn hint(path: &[&str]) -> String {
    if *path == SUBJECT {
        return "write it as `subject_formula` instead of `subject`: leadbench evaluates the \
                formulas of subjects"
            .to_owned();
    }
    let is_bare = |key: &&str| {
        key.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    };
    if path.iter().rev().nth(1) == Some(&HEADERS) {
        return "replace it with the value that your org sends; a secret comes from outside: \
                { env = \"NAME\" }"
            .to_owned();
    }
    if !path.iter().all(is_bare) {
        return "replace it with the value that your org sends".to_owned();
    }
    format!(
        "replace it with the value that your org sends, or run with --set {}=VALUE",
        path.join(".")
    )
}

//! Plans for the tests of these estimates.

use crate::plan::Plan;

/// A plan with one load; the target is the embedded one unless its table says otherwise.
pub(super) fn plan(load: &str, target: &str) -> Plan {
    let url = if target.contains("url = ") {
        ""
    } else {
        "url = \"embedded\"\n"
    };
    let text = format!(
        "schema = 1\nname = \"limits\"\n[target]\n{url}{target}\n\
         [auth]\nsource = \"named-credential\"\nkey = \"k\"\nissuer = \"i\"\nsubject = \"s\"\n\
         audience = \"a\"\n[[load]]\n{load}\n"
    );
    crate::scenario::parse("limits", &text, &[]).unwrap_or_else(|problems| panic!("{problems}"))
}

//! The unique names of key pairs, wherever a scenario has one.

use crate::ids::broken_name_rule;
use crate::scenario::table::at::At;
use crate::scenario::table::value::Text;
use crate::scenario::text::complaints::Complaints;

/// The name that a key of the scenario has, if Salesforce accepts it.
pub(super) fn unique_name(
    key: &str,
    name: At<Text<1, 80>>,
    complaints: &Complaints,
) -> Option<String> {
    let Text(text) = name.value;
    match checked(text) {
        Ok(name) => Some(name),
        Err(problem) => {
            let hint = "use letters, digits and single underscores; start with a letter, and do not end with an underscore";
            complaints.advise(name.span, format!("`{key}`: {problem}"), hint);
            None
        }
    }
}

/// A name that Salesforce accepts; the error says which of its rules is broken.
pub(super) fn checked(name: String) -> Result<String, String> {
    match broken_name_rule(&name) {
        None => Ok(name),
        Some(rule) => Err(format!("{name:?} is not a valid unique name: {rule}")),
    }
}

//! The rules of Certificate and Key Management for the unique name of a key pair.

/// The longest unique name, in characters: Salesforce's limit for developer names.
pub const UNIQUE_NAME_MAX: usize = 80;

/// The rule that a unique name breaks; `None` if Salesforce accepts it.
///
/// A name that it accepts is also safe as part of a file name.
pub fn broken_name_rule(name: &str) -> Option<&'static str> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() {
        Some("it is empty")
    } else if !name.chars().all(is_allowed) {
        Some("only letters, digits and _ are allowed")
    } else if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        Some("it must start with a letter")
    } else if name.contains("__") {
        Some("it must not contain two _ in a row")
    } else if name.ends_with('_') {
        Some("it must not end with _")
    } else if name.len() > UNIQUE_NAME_MAX {
        Some("it must not be longer than 80 characters")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_salesforce_accepts_break_no_rule() {
        for name in ["a", "lead_signing", "Key2", &"x".repeat(80)] {
            assert_eq!(broken_name_rule(name), None, "{name}");
        }
    }

    #[test]
    fn each_rule_is_named() {
        for (name, says) in [
            ("", "empty"),
            ("a-b", "only letters"),
            ("../x", "only letters"),
            ("ключ", "only letters"),
            ("1key", "start with a letter"),
            ("_key", "start with a letter"),
            ("a__b", "two _"),
            ("key_", "end with _"),
            (&"x".repeat(81), "80 characters"),
        ] {
            let rule = broken_name_rule(name).unwrap();
            assert!(rule.contains(says), "{name}: {rule}");
        }
    }
}

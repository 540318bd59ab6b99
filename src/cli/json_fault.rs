//! What is wrong with a file of JSON that leadbench wrote once, in words for people.

use serde_json::error::Category;

/// Where it is wrong, and in what way.
pub(super) fn in_words(error: &serde_json::Error) -> String {
    let at = format!("line {}, column {}", error.line(), error.column());
    match error.classify() {
        Category::Io => "it cannot be read".to_owned(),
        Category::Syntax => format!("it is not JSON: error at {at}"),
        Category::Eof => format!("it is cut off at {at}"),
        Category::Data => match missing(&error.to_string()) {
            Some(name) => format!("it lacks the member `{name}` ({at})"),
            None => format!("a value at {at} is not of the kind that leadbench writes there"),
        },
    }
}

/// The member that is missing, if one is.
fn missing(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.split('`').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct One {
        #[expect(dead_code, reason = "it is only read")]
        count: u32,
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, told) in [
            ("not json", "it is not JSON: error at line 1, column 2"),
            ("{\"count\":", "it is cut off at line 1, column 9"),
            ("{}", "it lacks the member `count` (line 1, column 2)"),
            (
                "{\"count\":\"x\"}",
                "a value at line 1, column 12 is not of the kind that leadbench writes there",
            ),
        ] {
            let error = serde_json::from_str::<One>(text).unwrap_err();
            assert_eq!(in_words(&error), told);
        }
    }
}

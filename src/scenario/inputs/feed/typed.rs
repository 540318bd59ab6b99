//! A cell, which is text, as the value that Salesforce's JSON has.

use serde_json::Value;

use super::super::lead_fields::FieldType;

/// The signs of money that a report may put before a number.
const MONEY: [char; 4] = ['$', '\u{20ac}', '\u{a3}', '\u{a5}'];

/// What Data Loader takes for nothing.
const NOTHING: &str = "#N/A";

/// The value of a cell in a column of this type; an empty one is null.
///
/// # Errors
///
/// A cell that is not a value of this type, in words.
pub(super) fn value(kind: FieldType, cell: &str) -> Result<Value, &'static str> {
    if cell.is_empty() || cell == NOTHING {
        return Ok(Value::Null);
    }
    let text = cell.trim();
    match kind {
        FieldType::Flag => flag(text).map(Value::from).ok_or("must be true or false"),
        FieldType::Whole | FieldType::Number => {
            number(text).ok_or("must be a number such as 1234.5, without a unit")
        }
        FieldType::Text | FieldType::Date | FieldType::Datetime => Ok(Value::from(cell)),
    }
}

/// Whether a value has the form that Salesforce sends of a type; only dates can have another.
pub(super) fn has_form(kind: FieldType, value: &Value) -> bool {
    let Some(text) = value.as_str() else {
        return true;
    };
    let is_date = |date: &str| {
        let digits = |(place, byte): (usize, u8)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        };
        date.len() == 10 && date.bytes().enumerate().all(digits)
    };
    match kind {
        FieldType::Date => is_date(text),
        FieldType::Datetime => {
            let date = text.get(..10).is_some_and(is_date);
            date && text.as_bytes().get(10) == Some(&b'T')
        }
        FieldType::Text | FieldType::Flag | FieldType::Whole | FieldType::Number => true,
    }
}

/// Whether a text of a column of unknown type would be another value in JSON.
pub(super) fn looks_typed(text: &str) -> bool {
    let is_flag = ["true", "false"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word));
    // A number with a zero before it is a code.
    let is_code = text.starts_with('0') && text.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    is_flag || !is_code && serde_json::from_str::<serde_json::Number>(text).is_ok()
}

/// A checkbox as Data Loader, a spreadsheet or a report writes it.
fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// A number, perhaps with commas between thousands and a currency before it: `USD 1,250.50`.
fn number(text: &str) -> Option<Value> {
    let text = text.strip_prefix(MONEY).unwrap_or(text);
    let text = match text.split_once(' ') {
        Some((code, rest)) if code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()) => {
            rest.trim_start()
        }
        _ => text,
    };
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    let (whole, rest) = digits.split_at(digits.find(['.', 'e', 'E']).unwrap_or(digits.len()));
    let is_number = |group: &str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit());
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let is_grouped = whole.contains(',');
    if !is_number(first)
        || is_grouped && first.len() > 3
        || !groups.all(|group| group.len() == 3 && is_number(group))
    {
        return None;
    }
    let whole = whole.replace(',', "");
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        significant => significant,
    };
    let number: serde_json::Number = serde_json::from_str(&format!("{sign}{whole}{rest}")).ok()?;
    Some(Value::Number(number))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_become_what_salesforce_sends() {
        for (kind, cell, expected) in [
            (FieldType::Flag, "TRUE", Some(json!(true))),
            (FieldType::Flag, "0", Some(json!(false))),
            (FieldType::Flag, "maybe", None),
            (FieldType::Flag, "", Some(json!(null))),
            (FieldType::Number, "1000", Some(json!(1000))),
            (FieldType::Number, "-12.50", Some(json!(-12.5))),
            (FieldType::Number, "1E+06", Some(json!(1e6))),
            (FieldType::Number, "0007", Some(json!(7))),
            (FieldType::Number, "1,250,000.50", Some(json!(1_250_000.5))),
            (FieldType::Number, "USD 1,000", Some(json!(1000))),
            (FieldType::Number, "$5", Some(json!(5))),
            (FieldType::Number, "1.000.000,00", None),
            (FieldType::Number, "1,00", None),
            (FieldType::Number, "1 000", None),
            (FieldType::Number, "many", None),
            (FieldType::Whole, "12", Some(json!(12))),
            (FieldType::Whole, "#N/A", Some(json!(null))),
            (FieldType::Text, "1000", Some(json!("1000"))),
            (FieldType::Text, "true", Some(json!("true"))),
            (FieldType::Date, "1/5/2026", Some(json!("1/5/2026"))),
        ] {
            assert_eq!(value(kind, cell).ok(), expected, "{cell}");
        }
    }

    #[test]
    fn dates_have_a_form() {
        for (kind, text, has) in [
            (FieldType::Date, "2026-01-31", true),
            (FieldType::Date, "31.01.2026", false),
            (FieldType::Date, "2026-01-31T00:00:00Z", false),
            (FieldType::Datetime, "2026-01-31T00:00:00.000+0000", true),
            (FieldType::Datetime, "1/31/2026 9:00 AM", false),
        ] {
            assert_eq!(has_form(kind, &json!(text)), has, "{text}");
        }
    }

    #[test]
    fn only_what_json_would_show_otherwise_looks_typed() {
        for text in ["1", "-2.5", "TRUE", "1e3"] {
            assert!(looks_typed(text), "{text}");
        }
        for text in ["", "01", "+1", "1,000", "yes", "1 2"] {
            assert!(!looks_typed(text), "{text}");
        }
    }
}

//! Formulas of Salesforce as far as they can be followed without an org: texts, numbers, and
//! arithmetic on the current time.
//!
//! The expiry of a token is such a formula (Connect REST API, External Credential Input):
//! `Text(FLOOR((NOW() - DATETIMEVALUE("1970-01-01 00:00:00")) * 86400 + 120))`. A difference of
//! two points in time is a number of days. Fractions are exact here; Salesforce's decimals may
//! come out one second apart.

mod date;
mod functions;
mod linear;
mod operators;
mod ratio;
mod words;

use linear::Linear;
use ratio::Ratio;
use words::{Token, Words};

/// How deep brackets may lie in one another, so that no text uses up the stack.
const DEPTH_MAX: u32 = 64;

/// What a formula comes to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Evaluation {
    /// The same text at any time.
    Text(String),
    /// This many seconds after the instant of evaluation: a `NumericDate` (RFC 7519, section 2).
    AfterNow(i64),
}

/// A value while a formula is evaluated.
#[derive(Clone, Debug)]
enum Value {
    Number(Linear),
    /// A point in time, in days since 1970.
    Instant(Linear),
    Text(String),
    /// The digits of a number that goes along with the clock.
    Digits(Linear),
}

/// Evaluates a formula, without the `{!` and `}` around it.
///
/// # Errors
///
/// Why it cannot be evaluated, as the end of a sentence whose subject is the formula.
pub(super) fn evaluate(formula: &str) -> Result<Evaluation, String> {
    let mut reader = Reader {
        words: Words::of(formula)?,
        depth: 0,
    };
    let value = reader.expression()?;
    match reader.words.next() {
        Token::End => outcome(value),
        other => Err(format!("has {other} where it should end")),
    }
}

fn outcome(value: Value) -> Result<Evaluation, String> {
    let number = match value {
        Value::Text(text) => return Ok(Evaluation::Text(text)),
        Value::Number(number) | Value::Digits(number) => number,
        Value::Instant(_) => {
            return Err("is a point in time and not a number of seconds since 1970".to_owned());
        }
    };
    if let Some(constant) = number.as_constant() {
        return digits(constant).map(Evaluation::Text);
    }
    let per_day = Ratio::new(1, date::DAY_S);
    if number.slope != Ratio::ONE {
        return Err(match number.slope {
            slope if slope == Ratio::whole(1000) => {
                "counts milliseconds; a token counts seconds (RFC 7519, section 2)".to_owned()
            }
            slope if Some(slope) == per_day => {
                "counts days; a token counts seconds (RFC 7519, section 2)".to_owned()
            }
            _ => "does not advance one second for each second".to_owned(),
        });
    }
    number
        .base
        .as_whole()
        .and_then(|seconds| i64::try_from(seconds).ok())
        .map(Evaluation::AfterNow)
        .ok_or_else(|| "is not a whole number of seconds".to_owned())
}

/// A number as text.
fn digits(number: Ratio) -> Result<String, String> {
    number
        .as_whole()
        .map(|whole| whole.to_string())
        .ok_or_else(|| "comes to a fraction".to_owned())
}

/// Reads an expression and evaluates it on the way.
struct Reader<'f> {
    words: Words<'f>,
    depth: u32,
}

impl Reader<'_> {
    /// Terms joined by `&`, which binds least.
    fn expression(&mut self) -> Result<Value, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("nests brackets more than {DEPTH_MAX} deep"));
        }
        let mut left = self.sum()?;
        while self.words.take('&') {
            left = operators::joined(&left, &self.sum()?)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn sum(&mut self) -> Result<Value, String> {
        let mut left = self.product()?;
        loop {
            if self.words.take('+') {
                left = operators::sum(&left, &self.product()?)?;
            } else if self.words.take('-') {
                left = operators::difference(&left, &self.product()?)?;
            } else {
                return Ok(left);
            }
        }
    }

    fn product(&mut self) -> Result<Value, String> {
        let mut left = self.signed()?;
        loop {
            if self.words.take('*') {
                left = operators::product(&left, &self.signed()?)?;
            } else if self.words.take('/') {
                left = operators::quotient(&left, &self.signed()?)?;
            } else {
                return Ok(left);
            }
        }
    }

    fn signed(&mut self) -> Result<Value, String> {
        let mut is_negative = false;
        loop {
            if self.words.take('-') {
                is_negative = !is_negative;
            } else if !self.words.take('+') {
                break;
            }
        }
        let value = self.power()?;
        if is_negative {
            return operators::negative(&value);
        }
        Ok(value)
    }

    fn power(&mut self) -> Result<Value, String> {
        let base = self.atom()?;
        if self.words.take('^') {
            return operators::power(&base, &self.atom()?);
        }
        Ok(base)
    }

    fn atom(&mut self) -> Result<Value, String> {
        match self.words.next() {
            Token::Number(text) => Ratio::parse(text)
                .map(|number| Value::Number(Linear::constant(number)))
                .ok_or_else(|| format!("has {text}, which is too large or not a number")),
            Token::Text(text) => Ok(Value::Text(text)),
            Token::Name(name) if self.words.take('(') => {
                let arguments = self.arguments()?;
                functions::call(name, arguments)
            }
            Token::Name(name) => functions::named(name),
            Token::Mark('(') => {
                let value = self.expression()?;
                self.closed()?;
                Ok(value)
            }
            Token::End => Err("ends where a value should be".to_owned()),
            Token::Mark(mark) => Err(format!("has {mark} where a value should be")),
        }
    }

    fn arguments(&mut self) -> Result<Vec<Value>, String> {
        let mut arguments = Vec::new();
        if self.words.take(')') {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.expression()?);
            if !self.words.take(',') {
                self.closed()?;
                return Ok(arguments);
            }
        }
    }

    fn closed(&mut self) -> Result<(), String> {
        match self.words.next() {
            Token::Mark(')') => Ok(()),
            Token::End => Err("has a ( that is not closed".to_owned()),
            other => Err(format!("has {other} where a ) should be")),
        }
    }
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn after(formula: &str) -> i64 {
        match evaluate(formula) {
            Ok(Evaluation::AfterNow(seconds)) => seconds,
            other => panic!("{formula}: {other:?}"),
        }
    }

    #[test]
    fn an_expiry_is_so_many_seconds_after_now() {
        for (formula, seconds) in [
            // As Setup writes it.
            (
                "Text(FLOOR((NOW() - DATETIMEVALUE( \"1970-01-01 00:00:00\" )) * 86400 + 3600))",
                3_600,
            ),
            (
                "TEXT(floor(( now( ) - datetimevalue('1970-01-01 00:00:00Z') )*86400))",
                0,
            ),
            (
                "Text(FLOOR((NOW() - DATETIMEVALUE(\"1970-01-01 00:00:00\")) * 86400 - 60))",
                -60,
            ),
            (
                "TEXT(ROUND((NOW() - DATETIMEVALUE('1970-01-01 00:00:00')) * 86400, 0) + 60*60)",
                3_600,
            ),
            (
                "VALUE(TEXT(FLOOR((NOW()-DATETIMEVALUE('1970-01-01 00:00:00'))*24*60*60)))+120",
                120,
            ),
            (
                "120 + (NOW() - DATETIMEVALUE(\"1970-01-01 00:00:00\")) * 86400",
                120,
            ),
            (
                "FLOOR((NOW() + 1/24 - DATETIMEVALUE(\"1970-01-01 00:00:00\")) * 86400)",
                3_600,
            ),
            (
                "FLOOR(86400 * (5/(24*60) + NOW() - DATETIMEVALUE(DATE(1970,1,1))))",
                300,
            ),
            (
                "TEXT(FLOOR((NOW() - $System.OriginDateTime) * 86400) - 2208988800 + 600)",
                600,
            ),
            (
                "(NOW() - DATETIMEVALUE('2000-01-01 00:00:00')) * 86400 + 946684800",
                0,
            ),
            ("UNIXTIMESTAMP(NOW()) + 2 ^ 3", 8),
            ("/* an hour */ UNIXTIMESTAMP(NOW() + 1 / 24)", 3_600),
            (
                "CEILING(UNIXTIMESTAMP(NOW()) * 1000 / 1000 + -(-0.5) - +1)",
                0,
            ),
        ] {
            assert_eq!(after(formula), seconds, "{formula}");
        }
    }

    #[test]
    fn texts_and_numbers_that_never_change_are_texts() {
        for (formula, text) in [
            ("'application/json'", "application/json"),
            ("\"a\" & 'b' + 'c'", "abc"),
            ("60 * 60", "3600"),
            ("'it\\'s a \\\\'", "it's a \\"),
            ("TEXT(7) & ' days'", "7 days"),
            ("FLOOR(5/2)", "2"),
            (
                "FLOOR(-2.5) & MFLOOR(-2.5) & CEILING(-2.5) & MCEILING(-2.5)",
                "-2-3-3-2",
            ),
            ("ROUND(2.5, 0) & ROUND(-2.5, 0) & TRUNC(-2.5)", "3-3-2"),
            ("TRUE", "true"),
        ] {
            assert_eq!(
                evaluate(formula),
                Ok(Evaluation::Text(text.to_owned())),
                "{formula}"
            );
        }
    }

    #[test]
    fn what_cannot_be_followed_is_said() {
        for (formula, says) in [
            ("$User.Email", "$User.Email"),
            (
                "'Bearer ' & $Credential.Leads.Key",
                "a secret that only the org knows",
            ),
            ("HOUR(TIMENOW())", "TIMENOW"),
            ("LOWER('A')", "the function LOWER"),
            ("TODAY()", "changes once a day"),
            (
                "FLOOR(NOW() - $System.OriginDateTime)",
                "rounds days or hours",
            ),
            ("NOW()", "is a point in time"),
            ("NOW() - $System.OriginDateTime", "counts days"),
            ("UNIXTIMESTAMP(NOW()) * 1000", "counts milliseconds"),
            ("UNIXTIMESTAMP(NOW()) * 2", "does not advance one second"),
            (
                "UNIXTIMESTAMP(NOW()) + 0.5",
                "not a whole number of seconds",
            ),
            ("UNIXTIMESTAMP(NOW()) * UNIXTIMESTAMP(NOW())", "multiplies"),
            ("1 / UNIXTIMESTAMP(NOW())", "divides"),
            ("1 / 0", "divides by zero"),
            ("1 / 3", "a fraction"),
            ("DATETIMEVALUE('1970')", "\"1970\""),
            ("NOW() + NOW()", "adds"),
            ("'a' * 2", "multiplies"),
            ("'a' - 2", "subtracts"),
            (
                "'at ' & TEXT(UNIXTIMESTAMP(NOW()))",
                "changes with the clock",
            ),
            ("VALUE('soon')", "\"soon\""),
            ("2 ^ 99999", "too large"),
            ("99999999999999999999999999999999999999999", "too large"),
            ("(1", "not closed"),
            ("1)", "where it should end"),
            ("", "ends where a value"),
            ("1 +", "ends where a value"),
            ("'a", "not closed"),
            ("1 = 1", "where it should end"),
            ("'it''s'", "where it should end"),
            ("A__c", "A__c"),
            ("FLOOR()", "FLOOR with 0"),
        ] {
            let error = evaluate(formula).unwrap_err();
            assert!(error.contains(says), "{formula}: {error}");
        }
        let deep = "(".repeat(100_000);
        assert!(evaluate(&deep).unwrap_err().contains("more than 64 deep"));
        let signs = format!("{}1", "-".repeat(100_000));
        assert_eq!(evaluate(&signs), Ok(Evaluation::Text("1".to_owned())));
    }
}

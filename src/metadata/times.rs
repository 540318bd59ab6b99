//! The claims `exp`, `iat` and `nbf`, which go along with the clock, as the keys of a scenario
//! that place them: `clock_skew` moves the time by which tokens are dated, `nbf_clock_skew` puts
//! `nbf` before `iat`, and `valid_for` puts `exp` after it.

use std::ops::RangeInclusive;

use super::formula::{Evaluation, evaluate};
use super::parameters::Parameter;
use super::scenario_text::{Draft, Line};
use super::toml_text::shown;
use super::value;
use super::xml::Position;

/// The ranges of the scenario's keys, in seconds.
const VALID_FOR: RangeInclusive<i64> = 1..=86_400;
const BACKDATED: RangeInclusive<i64> = 0..=3_600;
const SKEW: RangeInclusive<i64> = -86_400..=86_400;

/// What was read of the three claims.
#[derive(Debug, Default)]
pub(super) struct Times {
    exp: Option<Time>,
    iat: Option<Time>,
    nbf: Option<Time>,
}

#[derive(Debug)]
struct Time {
    when: When,
    value: String,
    place: Position,
}

#[derive(Debug)]
enum When {
    /// This many seconds after the token is made.
    AfterNow(i64),
    /// A number that stands there as it is.
    Number(String),
    Unfollowed(String),
}

impl Times {
    /// Takes in a claim, if it is one of the three.
    pub(super) fn take(&mut self, parameter: &Parameter) -> bool {
        let slot = match parameter.name.as_str() {
            "exp" => &mut self.exp,
            "iat" => &mut self.iat,
            "nbf" => &mut self.nbf,
            _ => return false,
        };
        *slot = Some(Time {
            when: When::of(value::without_quotes(parameter.text())),
            value: parameter.text().to_owned(),
            place: parameter.place,
        });
        true
    }

    /// Adds the keys that say the same; a formula that cannot be evaluated becomes the value of its
    /// key.
    pub(super) fn add(&self, draft: &mut Draft) {
        let skew = self.iat.as_ref().map_or(Ok(0), Time::skew);
        let issued = skew.clone().unwrap_or_default();
        let before = self.nbf.as_ref().map(|nbf| nbf.before(issued));
        let validity = self.exp.as_ref().map(|exp| exp.validity(issued));
        for (time, claim, key, found) in [
            (&self.iat, "iat", "clock_skew", Some(skew)),
            (&self.nbf, "nbf", "nbf_clock_skew", before),
            (&self.exp, "exp", "valid_for", validity),
        ] {
            let Some((time, found)) = time.as_ref().zip(found) else {
                continue;
            };
            match found {
                Ok(0) => {}
                Ok(seconds) => draft.auth.push(Line::text(key, &format!("{seconds}s"))),
                Err(why) => {
                    let text = format!(
                        "`{claim}` {why}; write `{key}` in [auth] yourself, or run with --set \
                         auth.{key}=..."
                    );
                    draft.note(time.place, text);
                    draft.auth.push(time.refused(claim, key));
                }
            }
        }
        if let (Some(time), None, true) = (&self.iat, &self.nbf, issued != 0) {
            let text = format!(
                "`iat` lies {issued} s from now. The scenario puts `nbf` at the same instant; \
                 Salesforce does not document where it puts it"
            );
            draft.note(time.place, text);
        }
    }
}

impl Time {
    /// How many seconds after the token is made it lies.
    fn after_now(&self) -> Result<i64, String> {
        match &self.when {
            When::AfterNow(after) => Ok(*after),
            When::Number(_) => Err("is a fixed number, the same in every token".to_owned()),
            When::Unfollowed(why) => Err(why.clone()),
        }
    }

    /// How far an `iat` lies from the instant at which a token is made.
    fn skew(&self) -> Result<i64, String> {
        let after = self.after_now()?;
        within(&SKEW, after, || "lies more than a day from now".to_owned())
    }

    /// How far an `nbf` lies before `iat`.
    fn before(&self, issued: i64) -> Result<i64, String> {
        let after = self.after_now()?;
        let before = issued.saturating_sub(after);
        within(&BACKDATED, before, || {
            let after = after.saturating_sub(issued);
            format!("lies {after} s after `iat`; a scenario can put it up to an hour before")
        })
    }

    /// How far an `exp` lies after `iat`. A number is that already: the field of Setup, for how
    /// many seconds a token is valid.
    fn validity(&self, issued: i64) -> Result<i64, String> {
        if let When::Number(number) = &self.when {
            let seconds = number.parse().ok();
            let seconds = seconds.filter(|seconds| VALID_FOR.contains(seconds));
            return seconds.ok_or_else(|| {
                "is a fixed number outside 1 s to 24 h, and not a time after `iat`".to_owned()
            });
        }
        let seconds = self.after_now()?.saturating_sub(issued);
        within(&VALID_FOR, seconds, || {
            format!("lies {seconds} s after `iat`; a scenario can have 1 s to 24 h")
        })
    }

    /// The key with the formula as it stands, which a scenario refuses.
    fn refused(&self, claim: &str, key: &str) -> Line {
        Line::text(key, &value::refused(&self.value)).remark(format!(
            "Line {}, column {}: leadbench cannot use this formula of `{claim}`. Write `{key}` yourself.",
            self.place.line, self.place.column
        ))
    }
}

/// A number of seconds that a key of the scenario can have, or why it cannot.
fn within(
    range: &RangeInclusive<i64>,
    seconds: i64,
    why: impl FnOnce() -> String,
) -> Result<i64, String> {
    range.contains(&seconds).then_some(seconds).ok_or_else(why)
}

impl When {
    fn of(value: &str) -> Self {
        let plain = value.trim_matches(['"', '\'']);
        let digits = plain.strip_prefix('-').unwrap_or(plain);
        if !plain.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
            return Self::Number(plain.to_owned());
        }
        let reading = if value::is_formula(value) {
            value::read(value)
        } else {
            evaluate(value)
        };
        match reading {
            Err(why) => Self::Unfollowed(why),
            Ok(Evaluation::AfterNow(seconds)) => Self::AfterNow(seconds),
            Ok(Evaluation::Text(text))
                if text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() =>
            {
                Self::Number(text)
            }
            Ok(Evaluation::Text(text)) => {
                Self::Unfollowed(format!("is the string {:?}", shown(&text)))
            }
        }
    }
}

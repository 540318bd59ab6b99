//! `[negative]` to a mix of bad tokens.

use std::borrow::Cow;

use strum::VariantNames;

use super::unique_name::checked;
use crate::plan::{
    Auth, Comparator, Expect, Fault, Limit, Negative, NegativeFault, Profile, Threshold,
    ThresholdMetric,
};
use crate::scenario::table::value::{One, Single, Text, unit};
use crate::scenario::text::closest::{as_key, suggestion};
use crate::scenario::text::complaints::Complaints;
use crate::scenario::text::span::Span;
use crate::scenario::text::tree::{Entry, Node, Tree};
use crate::units::{Nanos, Percent, float};

/// Keys that are not faults.
const KEYS: [&str; 4] = ["all", "alternate", "other_key", "profile"];

/// How long bad tokens are sent, and not sent, where nothing is said.
const ALTERNATE: Nanos = Nanos::from_secs(2);

/// The most of the traffic that may be bad: in half of the time it is twice as much.
const SHARE_MAX: f64 = 0.5;

/// What `all` leaves out: these cost seconds of traffic each, or need another key.
const NAMED_ONLY: [Fault; 2] = [Fault::KidSwapped, Fault::Oversize];

/// Reads the mix; faults are complained of.
pub(super) fn negative(
    entries: &[Entry],
    span: Span,
    auth: Option<&Auth>,
    complaints: &Complaints,
) -> Option<Negative> {
    let Some(auth) = auth else {
        let message = "[negative] makes bad tokens, but this scenario sends no token";
        let hint = "add [auth] with a source, or leave [negative] out";
        complaints.advise(span, message, hint);
        return None;
    };
    let mut mix = Negative {
        faults: Vec::new(),
        alternate: ALTERNATE,
        other_key: None,
    };
    let mut all = None;
    let mut is_whole = true;
    // The other keys are read as it says, wherever it stands.
    let named = entries.iter().find(|entry| entry.key == "profile");
    let profile = named.and_then(|entry| One::read(&entry.node).ok());
    let profile = profile.map_or(Profile::default(), |One(profile)| profile);
    for entry in entries {
        let read = match entry.key.as_str() {
            "all" => share(&entry.node).map(|share| all = Some(share)),
            "alternate" => alternate(&entry.node).map(|span| mix.alternate = span),
            "other_key" => other_key(&entry.node).map(|name| mix.other_key = Some(name)),
            "profile" => One::<Profile>::read(&entry.node).map(drop),
            name => {
                let Ok(fault) = name.parse() else {
                    unknown(entry, complaints);
                    is_whole = false;
                    continue;
                };
                fault_of(fault, profile, &entry.node).map(|one| mix.faults.push(one))
            }
        };
        if let Err(message) = read {
            complaints.add(entry.node.span, format!("`{}`: {message}", entry.key));
            is_whole = false;
        }
    }
    if let Some(all) = all {
        let others = others(&mix, auth);
        let share = all / float(others.len().max(1));
        let fault = |fault| NegativeFault {
            fault,
            share,
            expect: profile.expect(fault),
        };
        mix.faults.extend(others.into_iter().map(fault));
    }
    is_whole = is_whole && judge(&mix, span, auth, complaints);
    is_whole.then_some(mix)
}

/// The faults that `all` means: those that are not named themselves.
fn others(mix: &Negative, auth: &Auth) -> Vec<Fault> {
    let is_named = |fault| mix.faults.iter().any(|named| named.fault == fault);
    let is_legal = |fault| fault == Fault::AlgRs512 && auth.algorithm.to_string() == "RS512";
    let has = |fault| match fault {
        Fault::WrongAud | Fault::AudArray | Fault::NoAud => auth.audience.is_some(),
        Fault::WrongIss | Fault::NoIss | Fault::NoClaims => auth.issuer.is_some(),
        Fault::WrongSub | Fault::NoSub => auth.subject.is_some(),
        Fault::UnknownKid | Fault::MissingKid => auth.has_kid(),
        Fault::KidSwapped => auth.has_kid() && mix.other_key.is_some(),
        other => !NAMED_ONLY.contains(&other),
    };
    let all = Fault::ALL.iter().copied();
    all.filter(|fault| has(*fault) && !is_named(*fault) && !is_legal(*fault))
        .collect()
}

fn judge(mix: &Negative, span: Span, auth: &Auth, complaints: &Complaints) -> bool {
    let mut faults = mix.faults.iter().map(|named| named.fault);
    let of_kid = faults.clone().find(|fault| fault.is_of_kid());
    let whole: f64 = mix.faults.iter().map(|fault| fault.share).sum();
    let (message, hint) = if let (Some(fault), false) = (of_kid, auth.has_kid()) {
        (
            format!("`{fault}` has no effect on tokens without a kid").into(),
            "leave it out, or add kid to `header_order` in [auth]",
        )
    } else if mix.faults.is_empty() || whole <= 0.0 {
        (
            Cow::from("[negative] names no fault"),
            "write all = \"5%\", or a fault such as expired = \"1%\"",
        )
    } else if whole > SHARE_MAX {
        (
            format!("[negative]: {:.1} % of the traffic is bad", whole * 100.0).into(),
            "write shares of 50 % at most together, so that the good traffic can be measured",
        )
    } else if mix.other_key.is_none() && faults.any(|fault| fault == Fault::KidSwapped) {
        (
            "`kid-swapped` requires another key that the target trusts".into(),
            "name its key pair in `other_key`, or leave the fault out",
        )
    } else {
        return true;
    };
    complaints.advise(span, message, hint);
    false
}

fn other_key(node: &Node) -> Result<String, String> {
    let Text(name) = Text::<1, 80>::read(node)?;
    checked(name)
}

fn unknown(entry: &Entry, complaints: &Complaints) {
    let known = Fault::VARIANTS.iter().copied().chain(KEYS);
    let hint = suggestion(&entry.key, known, as_key, || {
        let (faults, keys) = (Fault::VARIANTS.join(", "), KEYS.join(", "));
        format!("write one of the faults {faults}, or one of the other keys {keys}")
    });
    let message = format!(
        "`{}` is neither a fault nor another key of [negative]",
        entry.key
    );
    complaints.advise(entry.key_span, message, hint);
}

/// `"1%"`, or `{ share = "1%", expect = [401, "2xx"] }`.
fn fault_of(fault: Fault, profile: Profile, node: &Node) -> Result<NegativeFault, String> {
    let mut read = NegativeFault {
        fault,
        share: 0.0,
        expect: profile.expect(fault),
    };
    let Tree::Table(entries) = &node.value else {
        read.share = share(node)?;
        return Ok(read);
    };
    for entry in entries {
        match entry.key.as_str() {
            "share" => read.share = share(&entry.node)?,
            "expect" => read.expect = expect(fault, &entry.node.value)?,
            other => return Err(format!("has no key `{other}`; write `share` and `expect`")),
        }
    }
    if read.share <= 0.0 {
        return Err("lacks its share: write share = \"1%\"".to_owned());
    }
    Ok(read)
}

fn share(node: &Node) -> Result<f64, String> {
    unit::<Percent>(node, "a share such as \"1%\"").map(Percent::as_fraction)
}

fn alternate(node: &Node) -> Result<Nanos, String> {
    let span: Nanos = unit(node, "a string such as \"2s\"")?;
    if !span.0.is_multiple_of(Nanos::SECOND.0) || span > Nanos::from_secs(3600) {
        return Err(format!(
            "must be a whole number of seconds up to an hour, not {span}; \"0s\" sends them all \
             the time"
        ));
    }
    Ok(span)
}

fn expect(fault: Fault, value: &Tree) -> Result<Expect, String> {
    const FORM: &str = "write statuses from 300 to 599 and \"2xx\", such as [401, \"2xx\"]";
    let Tree::Array(items) = value else {
        let kind = value.kind();
        return Err(format!("`expect` must be an array, not {kind}; {FORM}"));
    };
    if items.is_empty() {
        return Err(format!("`expect` is empty; {FORM}"));
    }
    let mut expect = Expect {
        may_accept: false,
        statuses: Vec::new(),
        ..fault.expect()
    };
    for item in items {
        match &item.value {
            Tree::String(word) if word == "2xx" => expect.may_accept = true,
            Tree::Integer(Some(status @ 300..=599)) => {
                expect.statuses.extend(u16::try_from(*status));
            }
            Tree::Integer(Some(number)) => {
                return Err(format!("`expect`: {number} is not possible here; {FORM}"));
            }
            Tree::String(word) => {
                return Err(format!("`expect`: {word:?} is not a status; {FORM}"));
            }
            other => {
                return Err(format!("`expect` holds {}; {FORM}", other.kind()));
            }
        }
    }
    Ok(expect)
}

/// A false accept fails the run, whether or not the scenario says so.
pub(super) fn with_own_threshold(mut thresholds: Vec<Threshold>) -> Vec<Threshold> {
    let metric = ThresholdMetric::FalseAccepts;
    if thresholds.iter().all(|known| known.metric != metric) {
        thresholds.push(Threshold {
            metric,
            comparison: Comparator::AtMost,
            limit: Limit::Count(0),
            implied: true,
            abort_after: None,
        });
    }
    thresholds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;

    fn plan(negative: &str) -> Result<Plan, String> {
        let text = format!(
            "schema = 1\nname = \"n\"\n[target]\nurl = \"embedded\"\n[auth]\n\
             source = \"named-credential\"\nkey = \"k\"\nissuer = \"i\"\nsubject = \"s\"\n\
             audience = \"a\"\n[negative]\n{negative}\n\
             [[load]]\nkind = \"rate\"\nrate = \"5/s\"\nfor = \"2s\"\n"
        );
        crate::scenario::parse("n.toml", &text, &[]).map_err(|problems| problems.to_string())
    }

    fn may_be_taken(negative: &str, fault: Fault) -> bool {
        let mix = plan(negative).unwrap().negative.unwrap();
        let one = mix.faults.iter().find(|one| one.fault == fault);
        one.unwrap().expect.may_accept
    }

    #[test]
    fn a_profile_says_what_is_no_fault_of_an_api() {
        for kid in [Fault::UnknownKid, Fault::MissingKid] {
            for (mix, expected) in [
                ("all = \"5%\"", false),
                ("all = \"5%\"\nprofile = \"key-set\"", false),
                ("all = \"5%\"\nprofile = \"one-key\"", true),
                ("profile = \"one-key\"\nall = \"5%\"", true),
            ] {
                assert_eq!(may_be_taken(mix, kid), expected, "{mix}");
            }
        }
        let named = "unknown-kid = \"1%\"\nprofile = \"one-key\"";
        assert!(may_be_taken(named, Fault::UnknownKid));
        // What is said of one fault counts more than the profile.
        let said = "unknown-kid = { share = \"1%\", expect = [401] }\nprofile = \"one-key\"";
        assert!(!may_be_taken(said, Fault::UnknownKid));
        assert!(!may_be_taken(
            "all = \"5%\"\nprofile = \"one-key\"",
            Fault::WrongKey
        ));
    }

    #[test]
    fn a_profile_that_nobody_knows_is_refused() {
        for (value, words) in [
            ("\"one-keys\"", "did you mean \"one-key\"?"),
            ("\"jwks\"", "this version knows \"key-set\", \"one-key\""),
            ("1", "must be \"key-set\", \"one-key\""),
        ] {
            let said = plan(&format!("all = \"5%\"\nprofile = {value}")).unwrap_err();
            assert!(
                said.contains("`profile`: ") && said.contains(words),
                "{said}"
            );
        }
    }
}

//! What limits: whose phase grew most between the lowest load and one that fails, or which callouts failed.

use super::growth::Growth;
use super::verdict::Judged;
use crate::summary::{LimitingParty, SearchLimit, Summary};

/// What limits between the lowest load and a trial that failed.
pub(super) fn limit(lowest: &Summary, failing: &Summary, judged: &Judged) -> SearchLimit {
    let saturation = failing.saturation.as_ref().map(|saturation| {
        format!(
            "; it answered {:.0}/s while {:.0}/s were due",
            saturation.answered_per_s, saturation.due_per_s
        )
    });
    let saturation = saturation.unwrap_or_default();
    // Where callouts failed, the times of those that succeeded say nothing.
    let growth = Growth::between(lowest, failing).filter(|_| judged.is_of_time);
    let Some(growth) = growth else {
        let failures = most_failures(failing).unwrap_or_default();
        return SearchLimit {
            who: LimitingParty::Target,
            phase: None,
            lowest_p99_ns: None,
            failing_p99_ns: None,
            text: format!(
                "the target is the limit: {}{failures}{saturation}",
                judged.why
            ),
        };
    };
    SearchLimit {
        who: growth.party,
        phase: Some(growth.phase),
        lowest_p99_ns: Some(growth.before.0),
        failing_p99_ns: Some(growth.after.0),
        text: format!("{} the limit: {growth}{saturation}", name(growth.party)),
    }
}

/// How most of the failed callouts failed: `; most failures: server_error (503)`.
fn most_failures(failing: &Summary) -> Option<String> {
    let failures = failing.failures.iter();
    let most = failures.max_by_key(|failure| failure.count)?;
    let status = most.status.map(|status| format!(" ({status})"));
    let status = status.unwrap_or_default();
    Some(format!("; most failures: {}{status}", most.outcome))
}

const fn name(party: LimitingParty) -> &'static str {
    match party {
        LimitingParty::Target => "the target is",
        LimitingParty::Network => "the network is",
        LimitingParty::TokenEndpoint => "the token endpoint is",
        LimitingParty::Signing => "the signers of this generator are",
        LimitingParty::Generator => "this generator is",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phase::Phase;
    use crate::search::TrialVerdict;
    use crate::summary::FailureExample;

    fn example() -> Summary {
        serde_json::from_str(include_str!("../../../reports/example/summary.json")).unwrap()
    }

    fn judged(is_of_time: bool) -> Judged {
        Judged {
            verdict: TrialVerdict::Fail,
            why: "failed was 77 %".to_owned(),
            is_of_time,
        }
    }

    #[test]
    fn the_phase_that_grew_most_says_who_limits() {
        for (phase, who) in [
            (Phase::Wait, LimitingParty::Target),
            (Phase::Connect, LimitingParty::Network),
            (Phase::Exchange, LimitingParty::TokenEndpoint),
            (Phase::SignWait, LimitingParty::Signing),
            (Phase::Lag, LimitingParty::Generator),
        ] {
            let (lowest, mut failing) = (example(), example());
            failing.phases.entry(phase).or_default().p99_ns += 500_000_000;
            let limit = limit(&lowest, &failing, &judged(true));
            assert_eq!((limit.who, limit.phase), (who, Some(phase)));
        }
    }

    // The quick answers of those that succeeded say nothing of why the others failed.
    #[test]
    fn failed_callouts_are_named_and_no_phase_is_blamed() {
        let (lowest, mut failing) = (example(), example());
        failing.phases.entry(Phase::Send).or_default().p99_ns += 1_000;
        failing.failures = vec![FailureExample {
            outcome: "server_error".to_owned(),
            status: Some(503),
            message: "overloaded".to_owned(),
            first_at_ns: 0,
            count: 9,
        }];
        let limit = limit(&lowest, &failing, &judged(false));
        assert_eq!((limit.who, limit.phase), (LimitingParty::Target, None));
        assert_eq!(
            limit.text,
            "the target is the limit: failed was 77 %; most failures: server_error (503)"
        );
    }
}

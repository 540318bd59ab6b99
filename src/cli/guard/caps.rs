//! How much a remote host gets at most, whatever a scenario asks for.

use super::hosts::RemoteHost;
use super::{Permissions, refused};
use crate::cli::callouts::counted;
use crate::cli::exit::Failure;
use crate::plan::{Host, Load, Plan, Release, SalesforceLoad};
use crate::units::{Nanos, count, float, whole};

/// Callouts a second of all loads together, at their peak.
///
/// Fifty queueables of an org against an API that answers in 200 ms make 250 a second, so this
/// is eight orgs at the height of a backfill: enough for a staging system, and less than what
/// one generator can do to the wrong host by a factor of ten.
const PEAK_PER_S_MAX: u64 = 2_000;

/// Virtual users, and transactions of orgs that work off a backlog, at once: those that begin
/// again as soon as they are answered. A thousand is also what one org load may have.
const AT_ONCE_MAX: u64 = 1_000;

/// Callouts of one run: more than forty minutes at the highest rate, or all the asynchronous
/// executions that twenty orgs may make in a day.
const CALLOUTS_MAX: u64 = 5_000_000;

/// The longest run: a soak test over a day and a night.
const DURATION_MAX: Nanos = Nanos::from_secs(24 * 60 * 60);

/// Refuses a plan that exceeds a limit for a remote host, unless the user owns the host.
pub(super) fn check(
    place: &RemoteHost<'_>,
    plan: &Plan,
    permissions: Permissions<'_>,
) -> Result<(), Failure> {
    let host = place.host;
    if permissions.owned.contains(host) {
        return Ok(());
    }
    let Some(excess) = Figures::of(plan).excess("the plan", host) else {
        return Ok(());
    };
    Err(refused(
        &format!("{excess}, and a scenario cannot raise it"),
        format!("ask for less, or, if {host} is yours to load, pass --i-own-this-target {host}"),
    ))
}

/// How much a plan sends, as far as it is known before the run, or how much a run has sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Figures {
    pub(super) peak_per_s: u64,
    pub(super) at_once: u64,
    /// Without the loads that end at a time and not at a count.
    pub(super) callouts: u64,
    pub(super) lasts: Nanos,
}

impl Figures {
    fn of(plan: &Plan) -> Self {
        let released = plan.orgs().map(|(_, _, org)| released_per_s(org));
        let at_work = plan.orgs().map(|(_, _, org)| match org.release {
            Release::Backlog { .. } => org.workers,
            Release::Conversions { .. } | Release::Stream { .. } => 0,
        });
        let ends = plan.loads.iter().filter_map(Load::latest_end);
        Self {
            peak_per_s: whole((plan.peak_per_s() + released.sum::<f64>()).ceil()),
            at_once: count(plan.users() + at_work.sum::<usize>()),
            callouts: whole(plan.loads.iter().filter_map(counted).sum()),
            lasts: ends.max().unwrap_or_default(),
        }
    }

    /// The first limit of a host that is exceeded: by how much, and the limit.
    pub(super) fn excess(self, who: &str, host: &Host) -> Option<String> {
        let checks = [
            (
                self.peak_per_s,
                PEAK_PER_S_MAX,
                "makes",
                "callouts a second at its peak",
            ),
            (
                self.at_once,
                AT_ONCE_MAX,
                "has",
                "virtual users or transactions at once",
            ),
            (self.callouts, CALLOUTS_MAX, "makes", "callouts"),
            (
                self.lasts.as_secs(),
                DURATION_MAX.as_secs(),
                "runs for",
                "seconds",
            ),
        ];
        let passed = checks.into_iter().find(|(figure, most, ..)| figure > most);
        passed.map(|(figure, most, does, what)| {
            format!("{who} {does} {figure} {what}; the limit for {host} is {most}")
        })
    }
}

/// Leads a second that an org begins to send at its peak, as far as that does not depend on answers.
fn released_per_s(org: &SalesforceLoad) -> f64 {
    match &org.release {
        Release::Stream { rate, .. } => rate.peak_per_s(),
        Release::Conversions {
            leads,
            every: Some(every),
        } => float(*leads) / every.as_secs_f64(),
        Release::Conversions { every: None, .. } | Release::Backlog { .. } => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{host, plan, refusal};
    use super::*;
    use crate::plan::Scheme;

    const URL: &str = "https://staging.example.com/";

    fn excess(loads: &str) -> Option<String> {
        Figures::of(&plan(URL, "", loads)).excess("the plan", &host("staging.example.com"))
    }

    fn rate(rate: &str, over: &str) -> String {
        format!("[[load]]\nkind = \"rate\"\nrate = \"{rate}\"\nfor = \"{over}\"\n")
    }

    #[test]
    fn what_is_asked_for_is_counted_over_all_loads() {
        let two = rate("5/s", "10s") + &rate("7/s", "20s");
        let users = "[[load]]\nkind = \"users\"\nusers = 3\niterations = 10\n";
        let org = "[[load]]\nkind = \"salesforce\"\npreset = \"future-per-chunk\"\nleads = 200\n\
                   every = \"10s\"\nfor = \"30s\"\n";
        let fanout = "[[load]]\nkind = \"salesforce\"\npreset = \"queueable-fanout\"\n\
                      for = \"30s\"\n";
        assert_eq!(
            Figures::of(&plan(URL, "", &format!("{two}{users}{org}{fanout}"))),
            Figures {
                peak_per_s: 12 + 20,
                at_once: 3 + 50,
                callouts: 50 + 140 + 30 + 600,
                lasts: Nanos::from_secs(30),
            }
        );
    }

    #[test]
    fn the_most_there_is_may_be_asked_for() {
        for loads in [
            rate("2000/s", "40m"),
            rate("50/s", "24h"),
            "[[load]]\nkind = \"users\"\nusers = 1000\nfor = \"24h\"\n".to_owned(),
            "[[load]]\nkind = \"users\"\nusers = 1000\niterations = 5_000\n".to_owned(),
        ] {
            assert_eq!(excess(&loads), None, "{loads}");
        }
    }

    #[test]
    fn more_is_too_much_by_whichever_figure() {
        for (loads, words) in [
            (rate("2001/s", "1s"), "2001 callouts a second at its peak"),
            (
                rate("1500/s", "1s") + &rate("600/s", "1s"),
                "2100 callouts a second at its peak",
            ),
            (rate("100000000/s", "1s"), "100000000 callouts a second"),
            (rate("2000/s", "42m"), "5040000 callouts"),
            (
                rate("1/s", "20h") + "name = \"day\"\n" + &rate("1/s", "20h") + "after = \"day\"\n",
                "the plan runs for 144000 seconds",
            ),
            (
                "[[load]]\nkind = \"users\"\nusers = 1001\nfor = \"1s\"\n".to_owned(),
                "1001 virtual users",
            ),
            (
                "[[load]]\nkind = \"users\"\nusers = 2\niterations = 1_000_000_000\n".to_owned(),
                "2000000000 callouts",
            ),
        ] {
            let said = excess(&loads).unwrap();
            assert!(said.contains(words), "{said}");
        }
    }

    #[test]
    fn only_the_owner_of_the_host_may_lift_a_cap() {
        let hosts = [host("staging.example.com")];
        let place = RemoteHost {
            scheme: Scheme::Https,
            host: &hosts[0],
            has_token: false,
        };
        let plan = plan(URL, "", &rate("3000/s", "1s"));
        let others = [host("example.com")];
        let permissions = |owned| Permissions {
            allowed: &hosts,
            plaintext: &hosts,
            owned,
        };
        let said = refusal(check(&place, &plan, permissions(&others)));
        for words in [
            "3000 callouts a second at its peak; the limit for staging.example.com is 2000",
            "--i-own-this-target staging.example.com",
        ] {
            assert!(said.contains(words), "{said}");
        }
        assert!(check(&place, &plan, permissions(&hosts)).is_ok());
    }
}

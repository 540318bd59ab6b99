//! The caps of loads whose callouts cannot be counted before the run: checked during the run.

use super::caps::Figures;
use super::{Permissions, hosts};
use crate::plan::{Host, Plan};
use crate::units::{Nanos, float, whole};

/// The shortest span over which the rate is measured, so that a burst after a stall of the target does
/// not count as a rate.
const SPAN: Nanos = Nanos::from_secs(10);

/// The limits of a run, checked once a second.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Ceiling {
    host: Host,
    /// When the rate began to be taken, and how many callouts had ended by then.
    since: (Nanos, u64),
}

impl Ceiling {
    /// The ceiling of a plan. `None` if all its callouts were counted before the run, or if it sends
    /// only to this machine or to hosts that the user owns.
    pub(in crate::cli) fn of(plan: &Plan, permissions: Permissions<'_>) -> Option<Self> {
        let is_known = plan.closed_loads().next().is_none() && plan.orgs().next().is_none();
        let places = hosts::beyond_loopback(plan);
        let place = places
            .iter()
            .find(|place| !permissions.owned.contains(place.host))?;
        (!is_known).then(|| Self {
            host: place.host.clone(),
            since: (Nanos::ZERO, 0),
        })
    }

    /// Why the run must end, if it must: this many callouts have ended by now.
    pub(in crate::cli) fn passed(&mut self, now: Nanos, ended: u64) -> Option<String> {
        let (since, before) = self.since;
        let mut per_s = 0.0;
        if now - since >= SPAN {
            per_s = float(ended - before) / (now - since).as_secs_f64();
            self.since = (now, ended);
        }
        let host = &self.host;
        let sent = Figures {
            peak_per_s: whole(per_s.ceil()),
            at_once: 0,
            callouts: ended,
            lasts: now,
        };
        let excess = sent.excess("the run", host)?;
        Some(format!(
            "{excess}, unless you pass --i-own-this-target {host}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{host, plan};
    use super::*;

    const URL: &str = "https://staging.example.com/";
    const USERS: &str = "[[load]]\nkind = \"users\"\nusers = 2\nfor = \"60s\"\n";
    const RATE: &str = "[[load]]\nkind = \"rate\"\nrate = \"5/s\"\nfor = \"60s\"\n";
    const ORG: &str = "[[load]]\nkind = \"salesforce\"\npreset = \"batch-apex\"\nfor = \"60s\"\n";

    fn ceiling() -> Ceiling {
        Ceiling::of(&plan(URL, "", USERS), Permissions::default()).unwrap()
    }

    #[test]
    fn only_what_cannot_be_counted_beforehand_is_watched() {
        let is_watched = |url: &str, loads: &str, owned: &[Host]| {
            let permissions = Permissions {
                owned,
                ..Permissions::default()
            };
            Ceiling::of(&plan(url, "", loads), permissions).is_some()
        };
        assert!(is_watched(URL, USERS, &[]));
        assert!(is_watched(URL, ORG, &[]));
        assert!(is_watched(URL, &format!("{RATE}{USERS}"), &[]));
        assert!(!is_watched(URL, RATE, &[]));
        assert!(!is_watched("http://localhost:1/", USERS, &[]));
        assert!(!is_watched("embedded", USERS, &[]));
        assert!(!is_watched(URL, USERS, &[host("staging.example.com")]));
    }

    #[test]
    fn a_rate_counts_where_it_lasts() {
        let mut ceiling = ceiling();
        for second in 1..=9 {
            assert_eq!(ceiling.passed(Nanos::from_secs(second), 30_000), None);
        }
        // 3,000 a second, were it over the first ten seconds, and 2,000 over the next ten.
        let said = ceiling.passed(Nanos::from_secs(10), 30_000).unwrap();
        assert!(
            said.contains("the run makes 3000 callouts a second"),
            "{said}"
        );
        assert!(
            said.contains("--i-own-this-target staging.example.com"),
            "{said}"
        );
        assert_eq!(ceiling.passed(Nanos::from_secs(20), 50_000), None);
    }

    #[test]
    fn what_goes_on_for_too_long_is_ended() {
        let at = |second| Nanos::from_secs(second);
        let said = ceiling().passed(at(5), 5_000_001).unwrap();
        assert!(said.contains("5000001 callouts"), "{said}");
        assert_eq!(ceiling().passed(at(5), 5_000_000), None);
        let said = ceiling().passed(at(86_401), 1).unwrap();
        assert!(said.contains("86401 seconds"), "{said}");
    }
}

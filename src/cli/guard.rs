//! The checks before anything is sent: which hosts, over what, and how much.
//!
//! The guard decides by names alone, before it resolves any: a refused run does not even send a DNS
//! query.

mod arguments;
mod caps;
mod ceiling;
mod hosts;
mod kill_switch;
mod plaintext;
mod production;

pub(super) use arguments::GuardArgs;
pub(super) use ceiling::Ceiling;
pub(super) use kill_switch::KillSwitch;

use super::exit::{Code, Failure};
use crate::plan::{Host, Plan};

/// What the command line permits, each host by its exact name.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Permissions<'a> {
    /// Hosts that may be sent to.
    pub(super) allowed: &'a [Host],
    /// Hosts that may be sent a token over plain HTTP.
    pub(super) plaintext: &'a [Host],
    /// Hosts that the user owns: they are allowed, may look like production, and have no caps.
    pub(super) owned: &'a [Host],
}

/// Refuses a plan that would send to a host that is not allowed, a token over plain HTTP, or too much.
pub(super) fn check(plan: &Plan, permissions: Permissions<'_>) -> Result<(), Failure> {
    let places = hosts::beyond_loopback(plan);
    for place in &places {
        hosts::admit(place.host, &plan.target.allowed_hosts, permissions)?;
        production::check(place, permissions)?;
        plaintext::check(place, &plan.target.allow_plaintext, permissions)?;
    }
    for place in &places {
        caps::check(place, plan, permissions)?;
    }
    Ok(())
}

/// A refusal: what is wrong, and the way out.
fn refused(what: &str, way_out: String) -> Failure {
    let error = anyhow::anyhow!("{what}; nothing was sent");
    Failure::new(Code::GuardRefused, error).hint(way_out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario;

    pub(super) fn host(text: &str) -> Host {
        Host::parse(text).unwrap()
    }

    /// A plan with this url, these tables before the loads, and these loads.
    pub(super) fn plan(url: &str, tables: &str, loads: &str) -> Plan {
        let text = format!(
            "schema = 1\nname = \"guarded\"\n[target]\nurl = \"{url}\"\n\
             allowed_hosts = [\"staging.example.com\", \"login.example.com\"]\n{tables}\n{loads}"
        );
        scenario::parse("guarded.toml", &text, &[]).unwrap()
    }

    #[track_caller]
    pub(super) fn refusal(result: Result<(), Failure>) -> String {
        let refused = result.unwrap_err();
        assert_eq!(refused.code(), Code::GuardRefused);
        refused.to_string()
    }

    const LOAD: &str = "[[load]]\nkind = \"rate\"\nrate = \"5/s\"\nfor = \"2s\"\n";

    #[test]
    fn what_is_allowed_and_says_nothing_is_let_through() {
        for url in [
            "embedded",
            "http://localhost:1/",
            "https://staging.example.com/",
        ] {
            assert!(check(&plan(url, "", LOAD), Permissions::default()).is_ok());
        }
    }

    // Whoever owns a host need not say twice that it may be sent to.
    #[test]
    fn a_host_that_is_owned_is_allowed() {
        let owned = [host("www.example.com")];
        let permissions = Permissions {
            owned: &owned,
            ..Permissions::default()
        };
        let plan = plan("https://www.example.com/", "", LOAD);
        assert!(check(&plan, permissions).is_ok());
        let allowed = Permissions {
            allowed: &owned,
            ..Permissions::default()
        };
        let said = refusal(check(&plan, allowed));
        assert!(said.contains("looks like production"), "{said}");
    }
}

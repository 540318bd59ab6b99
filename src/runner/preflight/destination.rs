//! A server that is reached before the load: the target, or a token endpoint.

use std::fmt;

use crate::plan::{Address, Host, Plan};

/// Where connections go, and how the user calls it.
#[derive(Clone, Copy, Debug)]
pub(in crate::runner) struct Destination<'p> {
    role: Role,
    pub(in crate::runner) address: &'p Address,
    /// The host that is connected to in place of the address's, and its port.
    pub(in crate::runner) connect_to: Option<&'p (Host, Option<u16>)>,
}

#[derive(Clone, Copy, Debug)]
enum Role {
    Target,
    TokenEndpoint,
}

impl<'p> Destination<'p> {
    /// The target of a plan, which may be reached by `connect_to`.
    pub(in crate::runner) const fn target(plan: &'p Plan) -> Self {
        Self {
            role: Role::Target,
            address: &plan.target.address,
            connect_to: plan.target.connect_to.as_ref(),
        }
    }

    /// A token endpoint; `connect_to` applies only to the target.
    pub(in crate::runner) const fn token_endpoint(address: &'p Address) -> Self {
        Self {
            role: Role::TokenEndpoint,
            address,
            connect_to: None,
        }
    }

    /// What it is called in messages.
    pub(super) const fn noun(self) -> &'static str {
        match self.role {
            Role::Target => "target",
            Role::TokenEndpoint => "token endpoint",
        }
    }

    /// What to try when its name is unknown.
    pub(super) const fn if_unknown(self) -> &'static str {
        match (self.role, self.connect_to) {
            (Role::Target, None) => "check the target's url",
            (Role::Target, Some(_)) => "check [target] connect_to",
            (Role::TokenEndpoint, _) => "check the url of [auth.exchange]",
        }
    }

    /// What to try when nothing answers.
    pub(super) const fn if_down(self) -> &'static str {
        match self.role {
            Role::Target => {
                "start it first, check the host and the port, or try the scenario with --target \
                 embedded"
            }
            Role::TokenEndpoint => "start it first, or check the url of [auth.exchange]",
        }
    }
}

impl fmt::Display for Destination<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} {}", self.noun(), self.address)?;
        match self.connect_to {
            Some((host, _)) => write!(f, " (connect_to {host})"),
            None => Ok(()),
        }
    }
}

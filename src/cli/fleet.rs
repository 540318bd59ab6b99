//! Runs that agents make: what a coordinator tells them, how it follows them, and what each of them makes.

mod args;
mod frames;
mod judgement;
mod local;
pub(super) mod local_broker;
mod recordings;
mod running;
pub(super) mod share;
mod shared_scenario;
mod spec;

pub(super) use args::FleetArgs;
pub(super) use local::LocalAgents;
pub(super) use running::{AgentRun, AgentRunFailure, AgentSeconds, Agents};
pub(super) use shared_scenario::{SharedScenario, check_shares};
pub(super) use spec::spec;

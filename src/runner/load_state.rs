//! What one load of a run works with.

use std::sync::Arc;

use crate::client::LateAnswers;
use crate::engine::{AccessTokens, Negatives, Observers, TransactionTally};
use crate::lead::Leads;
use crate::plan::{Load, LoadModel, Plan, SalesforceLoad};
use crate::record::Recorder;
use crate::summarize::LoadRecorders;
use crate::token::TokenProvider;

/// What one load of the run works with.
pub(super) struct LoadState {
    pub(super) leads: Leads,
    pub(super) late: LateAnswers,
    /// One for each I/O worker.
    pub(super) recorders: Vec<Arc<Recorder>>,
    /// One for each I/O worker.
    pub(super) providers: Vec<TokenProvider>,
    /// What the load's org has done, if it is one.
    pub(super) org: Arc<TransactionTally>,
    /// The access tokens of its org, if it exchanges tokens.
    pub(super) access: Option<Arc<AccessTokens>>,
    /// Its bad tokens, if it sends any.
    pub(super) negatives: Option<Arc<Negatives>>,
    /// Who else sees its callouts.
    pub(super) observers: Observers,
}

impl LoadState {
    /// What each load of a plan works with; bad tokens and observers are added later.
    pub(super) fn of_all(
        plan: &Plan,
        leads: Vec<Leads>,
        providers: Vec<Vec<TokenProvider>>,
        io_workers: usize,
    ) -> Vec<Self> {
        let loads = plan.loads.iter().zip(leads).zip(providers);
        let state = |((load, leads), providers): ((&Load, Leads), Vec<TokenProvider>)| Self {
            leads,
            late: LateAnswers::default(),
            recorders: (0..io_workers).map(|_| Arc::new(recorder(load))).collect(),
            providers,
            org: Arc::default(),
            access: None,
            negatives: None,
            observers: Observers::default(),
        };
        let mut loads: Vec<_> = loads.map(state).collect();
        share_access_tokens(plan, &mut loads);
        loads
    }
}

/// A recorder for one worker of a load.
fn recorder(load: &Load) -> Recorder {
    let recorder = Recorder::new(load.measured_from()).ending(load.end());
    match &load.turns {
        Some(turns) => recorder.in_turns(turns.clone()),
        None => recorder,
    }
}

/// The recorders of all loads, for the collector.
pub(super) fn recorders(plan: &Plan, loads: &[LoadState]) -> Vec<LoadRecorders> {
    let of_load = |(load, state): (&Load, &LoadState)| LoadRecorders {
        name: load.name.clone(),
        recorders: state.recorders.clone(),
        turns: load.turns.clone(),
    };
    plan.loads.iter().zip(loads).map(of_load).collect()
}

/// Gives loads the access tokens of their org; loads that sign alike belong to one org.
fn share_access_tokens(plan: &Plan, loads: &mut [LoadState]) {
    for load in 0..loads.len() {
        let auth = plan.auth_of(load);
        let Some((auth, exchange)) = auth.and_then(|auth| Some((auth, auth.exchange.as_ref()?)))
        else {
            continue;
        };
        let alike = (0..load).find(|other| {
            plan.auth_of(*other)
                .is_some_and(|other| other.mints_like(auth))
        });
        let known = alike.and_then(|other| loads[other].access.clone());
        let fresh = || Arc::new(AccessTokens::new(exchange, auth.users(), plan.lead.seed));
        loads[load].access = Some(known.unwrap_or_else(fresh));
    }
}

/// The access tokens of each org.
pub(super) fn distinct_access(loads: &[LoadState]) -> Vec<Arc<AccessTokens>> {
    let mut orgs: Vec<Arc<AccessTokens>> = Vec::new();
    for access in loads.iter().filter_map(|load| load.access.as_ref()) {
        if !orgs.iter().any(|known| Arc::ptr_eq(known, access)) {
            orgs.push(Arc::clone(access));
        }
    }
    orgs
}

/// The plan and the tally of each load that is an org.
pub(super) fn orgs(
    plan: &Plan,
    loads: &[LoadState],
) -> Vec<Option<(SalesforceLoad, Arc<TransactionTally>)>> {
    let org = |(load, state): (&Load, &LoadState)| match &load.model {
        LoadModel::Salesforce(org) => Some((org.clone(), Arc::clone(&state.org))),
        LoadModel::Rate(_) | LoadModel::Users(_) => None,
    };
    plan.loads.iter().zip(loads).map(org).collect()
}

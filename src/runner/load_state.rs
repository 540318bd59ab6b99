//! What one load of a run works with.

use std::sync::Arc;

use crate::client::LateAnswers;
use crate::engine::{AccessTokens, Negatives, Observers, TransactionTally};
use crate::lead::Leads;
use crate::record::Recorder;
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

//! What one load of a run works with.

use std::sync::Arc;

use crate::client::LateAnswers;
use crate::engine::{AccessTokens, Negatives, Observers, TransactionTally};
use crate::lead::Leads;
use crate::record::Recorder;
use crate::token::TokenProvider;

/// What one load of the run works with.
pub(in crate::runner) struct LoadState {
    pub(in crate::runner) leads: Leads,
    pub(in crate::runner) late: LateAnswers,
    /// One for each I/O worker.
    pub(in crate::runner) recorders: Vec<Arc<Recorder>>,
    /// One for each I/O worker.
    pub(in crate::runner) providers: Vec<TokenProvider>,
    /// What the load's org has done, if it is one.
    pub(in crate::runner) org: Arc<TransactionTally>,
    /// The access tokens of its org, if it exchanges tokens.
    pub(in crate::runner) access: Option<Arc<AccessTokens>>,
    /// Its bad tokens, if it sends any.
    pub(in crate::runner) negatives: Option<Arc<Negatives>>,
    /// Who else sees its callouts.
    pub(in crate::runner) observers: Observers,
}

//! What changes of the facts of a run while it goes on.

use serde::{Deserialize, Serialize};

use super::RunFacts;
use crate::summary::{FailureExample, OrgResult, RunState, Signing, TokenEndpointResult, Warning};
use crate::units::Nanos;
use crate::validity::Health;

/// What was known at the end of a second besides what the recorders know.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LatestFacts {
    /// Whether the run has ended.
    pub state: RunState,
    /// How long it has lasted.
    pub elapsed: Nanos,
    /// Each load, in the order of the head.
    pub loads: Vec<LatestLoad>,
    /// How tokens were made.
    pub signing: Signing,
    /// What was asked of a token endpoint.
    pub token_endpoint: Option<TokenEndpointResult>,
    /// How the generator fared.
    pub health: Health,
    /// What the reader should know of the load.
    pub warnings: Vec<Warning>,
    /// The failures of this second, in words.
    #[serde(default)]
    pub failures: Vec<FailureExample>,
}

/// What changes of one load.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LatestLoad {
    /// When it ends, or did.
    pub end: Option<Nanos>,
    /// Answers that came after the caller had given up.
    pub late: u64,
    /// What the org did and lost.
    pub salesforce: Option<OrgResult>,
}

impl RunFacts {
    /// What of them changes, and failures in words.
    pub fn latest(&self, failures: Vec<FailureExample>) -> LatestFacts {
        let loads = self.loads.iter().map(|load| LatestLoad {
            end: load.end,
            late: load.late,
            salesforce: load.salesforce.clone(),
        });
        LatestFacts {
            state: self.run.state,
            elapsed: self.elapsed,
            loads: loads.collect(),
            signing: self.signing.clone(),
            token_endpoint: self.token_endpoint,
            health: self.health,
            warnings: self.warnings.clone(),
            failures,
        }
    }

    /// Puts what has changed into them.
    pub fn update(&mut self, latest: LatestFacts) {
        self.run.state = latest.state;
        self.elapsed = latest.elapsed;
        for (load, latest) in self.loads.iter_mut().zip(latest.loads) {
            load.end = latest.end;
            load.late = latest.late;
            load.salesforce = latest.salesforce;
        }
        self.signing = latest.signing;
        self.token_endpoint = latest.token_endpoint;
        self.health = latest.health;
        self.warnings = latest.warnings;
    }
}

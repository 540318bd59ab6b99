//! A run as a value: a plan, keys, a clock and a sink go in; seconds and a result come out.
//!
//! First comes everything that can fail before the load (`preflight`): the target is reached, asked
//! whether it is ready, and tried with one callout; the signers are calibrated. Then every thread
//! starts, the collector summarizes once a second, and the sink gets each summary. Raising the
//! [`Stop`](crate::engine::Stop) ends a run early.
//!
//! Nothing here reads a file, prints, or depends on the process. Two runs may go on side by side, if at
//! most one of them has virtual users: goose runs those, and has state of the whole process.

mod bad_tokens;
mod collector_thread;
mod describe;
mod failpoint;
mod failure;
mod job;
mod lacking;
mod load_state;
mod orgs;
mod preflight;
mod probe;
mod readiness;
mod rehearsal;
mod running;
mod signers;
mod sink;
mod so_far;
mod threads;
mod tokens;
mod unfinished;
mod wakeup;

pub use describe::{in_words, schedule};
pub use failpoint::Failpoint;
pub use failure::{FailureKind, Refusal, RunFailure};
pub use job::{Credential, Identity, Job, Keys, OtherKey, Setting};
pub use lacking::{WITH_ALL_FEATURES, check_features};
pub use preflight::{SingleCallout, embedded_target, named, template, tls_trust};
pub use probe::{Probed, probe};
pub use readiness::{idle_health, signing_capacity};
pub use rehearsal::{Rehearsal, rehearse};
pub use running::{RunResult, run};
pub use signers::minter;
pub use sink::{Begun, Outlets, RunStart, Seconds, SecondsFile, Silent, Sink};
pub use so_far::SoFar;

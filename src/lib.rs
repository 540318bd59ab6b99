//! leadbench load-tests an API the way Salesforce will hit it.
//!
//! When a lead is converted, a Salesforce org posts it to a third-party API with a JWT
//! that it signs itself. leadbench drives that traffic from a scenario file and tells
//! signing cost apart from network latency.
//!
//! Data flows one way, and no room knows the next:
//!
//! ```text
//! scenario text -> plan -> due instants -> samples -> recording -> summary -> bytes
//!                                          (engine)   (record)   (summarize)  (report)
//! ```
//!
//! The modules below are in reading order. `ARCHITECTURE.md` says what each must not know.

#[cfg(not(target_os = "linux"))]
compile_error!(
    "leadbench runs on Linux only: it uses timerfd, the kernel's time stamps of packets and /proc. On another \
     system, use the container image or a virtual machine: docs/INSTALL.md"
);

pub mod units;

pub mod phase;

pub mod clock;

pub mod secret;

pub mod on_panic;

pub mod ids;

pub mod plan;

pub mod sample;

pub mod statistics;

pub mod search;

pub mod summary;

pub mod scenario;

pub mod metadata;

pub mod keys;

pub mod token;

pub mod lead;

pub mod client;

pub mod engine;

pub mod record;

pub mod validity;

pub mod recording;

pub mod summarize;

#[cfg(feature = "fleet")]
pub mod fleet;

pub mod compare;

pub mod history;

pub mod report;

pub mod live;

pub mod machine;

pub mod target;

pub mod runner;

pub mod cli;

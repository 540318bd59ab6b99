//! A recording: what a run recorded in each of its seconds, in a form to write, to send and to add up.
//!
//! `leadbench.recording/v1` is a line with that name, and frames. The first frame says what is run, each
//! further one holds a second, and the last one marks the end. From the frames up to any second the
//! summary of the run until then can be made, and the seconds of several shards of a run add up to
//! those of the whole run. A frame counts as a whole or not at all.
//!
//! A recording may come from anywhere, so all that is read is bounded and checked. It holds no token and no
//! key.

mod error;
mod facts;
mod frame;
mod head;
mod latest;
mod reader;
mod second;
mod shards;
mod wire;
mod writer;

pub use error::RecordingError;
pub use facts::{LoadFacts, RunFacts};
pub use head::{RecordingEnd, RecordingHead};
pub use latest::{LatestFacts, LatestLoad};
pub use reader::RecordingReader;
pub use second::Second;
pub use shards::{ShardFault, ShardSet, shard_set};
pub use wire::WireTally;
pub use writer::RecordingWriter;

/// The name of this version of the format.
pub const SCHEMA: &str = "leadbench.recording/v1";

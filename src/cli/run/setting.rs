//! What a run takes from this process.

use crate::cli::{failpoint, stdio, wall};
use crate::engine::Stop;
use crate::runner::Setting;

/// What a run takes from this process.
pub(in crate::cli) fn setting(stop: Stop) -> Setting {
    Setting {
        stop,
        wall: wall::since_epoch,
        note: stdio::note,
        failpoint: failpoint::asked(),
    }
}

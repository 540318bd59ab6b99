//! How the parts of a latency are coloured.

use crate::report::chart::Segment;
use crate::summary::Part;

/// A part as a piece of a bar.
pub(super) fn segment(part: Part, share: f64, detail: String) -> Segment {
    Segment {
        name: part.name(),
        class: class(part),
        share,
        detail,
    }
}

/// The class of a part in the style sheet.
pub(super) const fn class(part: Part) -> &'static str {
    match part {
        Part::Lag => "c-lag",
        Part::Queue => "c-queue",
        Part::Retry => "c-retry",
        Part::SignWait => "c-signwait",
        Part::Sign => "c-sign",
        Part::Connection => "c-conn",
        Part::WireFloor => "c-wire",
        Part::Server => "c-server",
        Part::Outside | Part::BeyondWire | Part::Network => "c-net",
        Part::Pickup => "c-pickup",
        Part::Exchange | Part::Other => "c-other",
    }
}

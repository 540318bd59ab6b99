//! Overlays: what another file says in place of, or beside, the scenario.

use crate::scenario::text::tree::{Node, Tree};

/// Puts an overlay over a scenario: tables are merged key by key, all else is replaced, also lists
/// and with them `[[load]]`.
pub(in crate::scenario) fn over(base: &mut Node, overlay: Node) {
    match (&mut base.value, overlay.value) {
        (Tree::Table(known), Tree::Table(entries)) => {
            for entry in entries {
                match known.iter_mut().find(|one| one.key == entry.key) {
                    Some(one) => {
                        one.key_span = entry.key_span;
                        over(&mut one.node, entry.node);
                    }
                    None => known.push(entry),
                }
            }
        }
        (value, other) => {
            *value = other;
            base.span = overlay.span;
            base.bare = overlay.bare;
        }
    }
}

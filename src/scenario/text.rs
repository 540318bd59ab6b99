//! The text of a scenario: its tree, where everything stood in it, and what is wrong with it.

pub(super) mod closest;
pub(super) mod complaints;
mod masked;
pub(super) mod parse;
pub(super) mod problem;
pub(super) mod secret_places;
pub(super) mod snippet;
pub(super) mod span;
mod syntax;
pub(super) mod tree;
pub(super) mod unfollowed;

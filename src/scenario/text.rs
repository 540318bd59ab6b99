//! The text of a scenario: its tree, where everything stood in it, and what is wrong with it.

pub(super) mod closest;
mod masked;
pub(super) mod problem;
pub(super) mod secret_places;
mod syntax;
pub(super) mod tree;
pub(super) mod unfollowed;

//! The tables of a scenario as they are written, one file for each, and as editors know them.

pub(super) mod auth;
pub(super) mod connections;
pub(super) mod engine;
pub(super) mod exchange;
pub(super) mod expect;
pub(super) mod lead;
pub(super) mod load;
pub(super) mod matrix;
pub(super) mod request;
pub(super) mod scenario;
pub(super) mod target;

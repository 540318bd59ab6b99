//! The files that a scenario names: a trace of arrivals, a feed of leads, a template of their JSON.

pub(super) mod body_size;
pub(super) mod feed;
pub(super) mod file_text;
mod lead_fields;
mod strict;
pub(super) mod template;
pub(super) mod trace;

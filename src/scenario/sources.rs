//! What a scenario is read from: the file, overlays, the command line, the environment, other files.

pub(super) mod given;
pub(super) mod outside;
pub(super) mod overlay;
pub(super) mod overrides;

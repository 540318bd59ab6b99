//! The architecture as a test: who may import whom, and what the documents must list.
//!
//! The tables in the files below are the ones that ARCHITECTURE.md explains. Sources are read by
//! a parser, not compiled, so every branch of a `cfg` counts, and nothing here slows a build.

#![expect(
    clippy::disallowed_methods,
    reason = "a test of the sources reads the sources"
)]

#[cfg(test)]
#[path = "tidy/circles.rs"]
mod circles;
#[cfg(test)]
#[path = "tidy/documents.rs"]
mod documents;
#[cfg(test)]
#[path = "tidy/nouns.rs"]
mod nouns;
#[cfg(test)]
#[path = "tidy/owners.rs"]
mod owners;
#[cfg(test)]
#[path = "tidy/paths.rs"]
mod paths;
#[cfg(test)]
#[path = "tidy/rooms.rs"]
mod rooms;
#[cfg(test)]
#[path = "tidy/source.rs"]
mod source;
#[cfg(test)]
#[path = "tidy/structure.rs"]
mod structure;

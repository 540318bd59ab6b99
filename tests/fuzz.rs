//! Every reader of strangers' bytes, fed with damaged files; the same targets as `fuzz/` has for
//! cargo-fuzz.
//!
//! A target is a function of bytes that panics where a law is broken. Here each is run on its
//! corpus and on a fixed number of damaged copies, the same ones on every machine.
//! `LEADBENCH_FUZZ_SECONDS` goes on by the clock (`just fuzz-stable`), `LEADBENCH_FUZZ_SEED`
//! damages otherwise.

#[cfg(test)]
#[path = "fuzz/mutator.rs"]
mod mutator;
#[cfg(test)]
#[path = "fuzz/smoke.rs"]
mod smoke;
#[cfg(test)]
#[path = "fuzz/targets.rs"]
mod targets;

//! Every reader of strangers' bytes, fed with damaged files; the same targets as `fuzz/` has for
//! cargo-fuzz.
//!
//! A target is a function of bytes that panics where a law is broken. Here each is run for a
//! moment on its corpus and on damaged copies, the same ones every time.
//! `LEADBENCH_FUZZ_SECONDS` makes a run longer, `LEADBENCH_FUZZ_SEED` another one.

#[cfg(test)]
#[path = "fuzz/mutator.rs"]
mod mutator;
#[cfg(test)]
#[path = "fuzz/smoke.rs"]
mod smoke;
#[cfg(test)]
#[path = "fuzz/targets.rs"]
mod targets;

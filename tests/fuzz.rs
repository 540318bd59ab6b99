//! Every reader of strangers' bytes, fed with damaged files; the same targets as `fuzz/` has for
//! cargo-fuzz.
//!
//! A target is a function of bytes that panics where a law is broken. Here each is run for a
//! moment on its corpus and on damaged copies, the same ones every time.
//! `LEADBENCH_FUZZ_SECONDS` makes a run longer, `LEADBENCH_FUZZ_SEED` another one.

#[path = "fuzz/mutator.rs"]
mod mutator;
#[path = "fuzz/smoke.rs"]
mod smoke;
#[path = "fuzz/targets.rs"]
mod targets;

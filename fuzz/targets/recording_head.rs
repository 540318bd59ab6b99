//! The target `recording_head` of tests/fuzz/targets.rs, for libFuzzer.

#![no_main]

#[expect(
    dead_code,
    reason = "libFuzzer needs neither the other targets nor the words"
)]
#[path = "../../tests/fuzz/targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| (targets::named("recording_head").run)(data));

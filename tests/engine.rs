//! The engine against arithmetic: a clock moved by hand and scripted targets, so that hours
//! of load pass in milliseconds and every figure is known beforehand.

#[cfg(test)]
#[path = "engine/ground_truth.rs"]
mod ground_truth;
#[cfg(test)]
#[cfg(target_os = "linux")]
#[path = "engine/memory.rs"]
mod memory;
#[cfg(test)]
#[path = "engine/open.rs"]
mod open;
#[cfg(test)]
#[path = "engine/org.rs"]
mod org;
#[cfg(test)]
#[path = "engine/panics.rs"]
mod panics;
#[cfg(test)]
#[path = "engine/queues.rs"]
mod queues;
#[cfg(test)]
#[path = "engine/support.rs"]
mod support;
#[cfg(test)]
#[path = "engine/targets.rs"]
mod targets;

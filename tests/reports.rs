//! Every report of every fixture: what a reader sees, and what a hostile target cannot do.
//!
//! The fixtures are summaries as a run writes them, so they also prove that summaries of
//! this version still load.

#[cfg(test)]
#[path = "reports/browser.rs"]
mod browser;
#[cfg(test)]
#[path = "reports/comparison.rs"]
mod comparison;
#[cfg(test)]
#[path = "reports/devtools.rs"]
mod devtools;
#[cfg(test)]
#[path = "reports/example.rs"]
mod example;
#[cfg(test)]
#[path = "reports/fixed_recording.rs"]
mod fixed_recording;
#[cfg(test)]
#[path = "reports/fixtures.rs"]
mod fixtures;
#[cfg(test)]
#[path = "reports/page.rs"]
mod page;
#[cfg(test)]
#[path = "reports/schema.rs"]
mod schema;
#[cfg(test)]
#[path = "reports/search.rs"]
mod search;
#[cfg(test)]
#[path = "reports/searches.rs"]
mod searches;
#[cfg(test)]
#[path = "reports/sharded_recordings.rs"]
mod sharded_recordings;
#[cfg(test)]
#[path = "reports/tables.rs"]
mod tables;
#[cfg(test)]
#[path = "reports/text.rs"]
mod text;

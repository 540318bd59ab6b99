//! Every report of every fixture: what a reader sees, and what a hostile target cannot do.
//!
//! The fixtures are summaries as a run writes them, so they also prove that summaries of
//! this version still load.

#[path = "reports/browser.rs"]
mod browser;
#[path = "reports/fixtures.rs"]
mod fixtures;
#[path = "reports/page.rs"]
mod page;
#[path = "reports/schema.rs"]
mod schema;
#[path = "reports/tables.rs"]
mod tables;
#[path = "reports/text.rs"]
mod text;

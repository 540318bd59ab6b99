//! Tidy CSV (RFC 4180): units in the names, an absent value is an empty cell.

mod cell;
mod history;
mod phases;
mod rows;
mod search;
mod sheet;
mod slowest;
mod timeline;

pub use cell::{is_formula, text};
pub(super) use history::history;
pub(super) use phases::phases;
pub use rows::{Lacking, Rows, judge_rows};
pub(super) use search::search;
pub(super) use slowest::slowest;
pub(super) use timeline::timeline;

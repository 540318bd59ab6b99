//! The conversion that a lead reports.

/// When and by whom a lead is converted, and what the run says of itself.
pub(super) struct Occasion<'o> {
    pub(super) run: u64,
    pub(super) owner: &'o str,
    pub(super) date: &'o str,
    /// The datetime in the form of this lead.
    pub(super) stamp: &'o str,
    pub(super) sobject_stamp: &'o str,
    pub(super) iso_stamp: &'o str,
    pub(super) unix_ms: i64,
}

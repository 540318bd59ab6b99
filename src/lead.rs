//! Converted leads as Salesforce would post them: coherent Ids, synthetic people.
//!
//! The people are made before the run; on the hot path a lead is a copy of bytes with
//! its Ids and its serial number written into the gaps.

mod person;
mod record;

pub use record::{LeadWriter, Leads};

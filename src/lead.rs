//! Converted leads as Salesforce would post them: coherent Ids, synthetic people.
//!
//! The people are made before the run; on the hot path a lead is a copy of bytes with
//! its Ids and its serial number written into the gaps.

mod body;
mod drawn;
mod form;
mod occasion;
mod person;
mod prepared;
mod sobject;
mod template;

pub use body::Leads;

//! The Ids that an API gives to leads: which lead each belongs to.
//!
//! An API that takes a lead for a duplicate of another and says nothing answers 201 or 200 with the
//! Id of the other. That is no success, and shows only when Ids are compared.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::witness::{CreatedLead, Witness};
use crate::units::index;

/// How many parts the map has, so that workers seldom meet.
const SHARDS: u64 = 64;

/// Ids that are told apart, over all parts; past it no duplicate is found any more.
const IDS_MAX: usize = 4_000_000;

/// Bytes of an answer that an Id is looked for in.
pub const CREATED_BYTES_MAX: usize = 16 * 1024;

/// The Ids of one run.
#[derive(Debug)]
pub struct CreatedIds {
    /// The members that lead to the Id in an answer.
    path: Vec<String>,
    shards: Vec<Mutex<HashMap<u64, (u64, u64)>>>,
    witness: Arc<Witness<CreatedLead>>,
}

impl CreatedIds {
    /// None yet; an Id stands at `path`, names with points between.
    pub fn new(path: &str, witness: Arc<Witness<CreatedLead>>) -> Self {
        Self {
            path: path.split('.').map(str::to_owned).collect(),
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            witness,
        }
    }

    /// The Id in an answer.
    pub(super) fn find(&self, body: &[u8]) -> Option<String> {
        let mut value: Value = serde_json::from_slice(body).ok()?;
        for name in &self.path {
            value = match value {
                Value::Object(mut members) => members.remove(name)?,
                Value::Array(mut items) => {
                    let place: usize = name.parse().ok()?;
                    (place < items.len()).then(|| items.swap_remove(place))?
                }
                _ => return None,
            };
        }
        match value {
            Value::String(id) => Some(id),
            Value::Number(id) => Some(id.to_string()),
            _ => None,
        }
    }

    /// Whether an Id was given to another lead before; else it is this one's from now on.
    pub(super) fn is_anothers(&self, id: &str, lead: (u64, u64)) -> bool {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(id);
        let shard = &self.shards[index(hash % SHARDS)];
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(first) = shard.get(&hash) {
            return *first != lead;
        }
        if shard.len() < IDS_MAX / index(SHARDS) {
            shard.insert(hash, lead);
        }
        false
    }

    pub(super) fn saw(&self, created: CreatedLead) {
        self.witness.saw(created);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(path: &str) -> CreatedIds {
        CreatedIds::new(path, Arc::new(Witness::new().0))
    }

    #[test]
    fn an_id_is_found_where_it_was_said_to_be() {
        for (path, body, found) in [
            ("id", r#"{"id":"a00"}"#, Some("a00")),
            ("data.0.key", r#"{"data":[{"key":7}]}"#, Some("7")),
            ("id", r#"{"Id":"a00"}"#, None),
            ("id", r#"{"id":null}"#, None),
            ("id", "not json", None),
            ("data.5", r#"{"data":[]}"#, None),
        ] {
            assert_eq!(ids(path).find(body.as_bytes()).as_deref(), found, "{body}");
        }
    }

    #[test]
    fn an_id_belongs_to_its_first_lead() {
        let ids = ids("id");
        assert!(!ids.is_anothers("a", (0, 1)));
        assert!(!ids.is_anothers("a", (0, 1)));
        assert!(ids.is_anothers("a", (0, 2)));
        assert!(ids.is_anothers("a", (1, 1)));
    }
}

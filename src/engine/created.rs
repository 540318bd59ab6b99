//! The Ids that an API gives to leads: which lead each belongs to.
//!
//! An API that silently treats a lead as a duplicate answers 201 or 200 with the Id of another
//! lead. That is not a success, and only comparing the Ids shows it.

mod pointer;

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use self::pointer::Pointer;
use super::events::{CreatedLead, Observer};
use crate::client::{Attempt, BodyCapture};
use crate::secret::{Bearer, Returned};
use crate::units::{Counter, index};

pub use self::pointer::NoId;

/// How many parts the map has, so that workers seldom meet.
const SHARDS: u64 = 64;

/// The most Ids that are remembered, over all parts; beyond it, duplicates are not found.
const IDS_MAX: usize = 4_000_000;

/// Bytes of an answer that an Id is looked for in.
pub const CREATED_BYTES_MAX: usize = 16 * 1024;

/// The tokens that a callout has sent: one, and a second one if it was retried.
pub(super) type Sent = [Option<Bearer>; 2];

/// The Ids of one run.
#[derive(Debug)]
pub struct CreatedIds {
    /// The members that lead to the Id in an answer.
    pointer: Pointer,
    shards: Vec<Mutex<HashMap<u64, (u64, u64)>>>,
    observer: Arc<Observer<CreatedLead>>,
    found: Counter,
    missing: Counter,
    first: OnceLock<Missing>,
}

/// An answer without an Id.
#[derive(Clone, Debug)]
pub struct Missing {
    /// Its HTTP status.
    pub status: u16,
    /// Why there is none.
    pub why: NoId,
    /// How it begins.
    pub body: Returned,
    /// Where a member of the name that was asked for stands instead, whatever its case.
    pub near: Option<String>,
}

/// What was found in the answers.
#[derive(Clone, Debug)]
pub struct CreatedAccount {
    /// Successes that gave an Id.
    pub with: u64,
    /// Successes that gave none.
    pub without: u64,
    /// The first of these.
    pub first: Option<Missing>,
}

impl CreatedIds {
    /// No Ids yet; `path` names the member with the Id, its steps joined by dots.
    pub fn new(path: &str, observer: Arc<Observer<CreatedLead>>) -> Self {
        Self {
            pointer: Pointer::parse(path),
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            observer,
            found: Counter::default(),
            missing: Counter::default(),
            first: OnceLock::new(),
        }
    }

    /// The Id in the answer to a success; a missing one is counted.
    pub(super) fn find(&self, attempt: &Attempt, sent: &Sent) -> Option<Returned> {
        let found = match attempt.kept {
            BodyCapture::Whole => self.pointer.find(&attempt.body),
            BodyCapture::Cut => Err(NoId::TooLong),
            BodyCapture::Coded => Err(NoId::Coded),
        };
        match found {
            Ok(id) => {
                self.found.count();
                Some(Returned::new(id, sent.clone()))
            }
            Err(why) => {
                self.missing.count();
                self.first.get_or_init(|| Missing {
                    status: attempt.status.unwrap_or_default(),
                    why,
                    body: Returned::new(
                        String::from_utf8_lossy(&attempt.body).into_owned(),
                        sent.clone(),
                    ),
                    near: self.pointer.near(&attempt.body),
                });
                None
            }
        }
    }

    /// What was found so far.
    pub fn account(&self) -> CreatedAccount {
        CreatedAccount {
            with: self.found.get(),
            without: self.missing.get(),
            first: self.first.get().cloned(),
        }
    }

    /// Whether an Id was given to another lead before; else it is this one's from now on.
    pub(super) fn is_anothers(&self, id: &str, lead: (u64, u64)) -> bool {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(id);
        let shard = &self.shards[index(hash % SHARDS)];
        let mut shard = shard.lock();
        if let Some(first) = shard.get(&hash) {
            return *first != lead;
        }
        if shard.len() < IDS_MAX / index(SHARDS) {
            shard.insert(hash, lead);
        }
        false
    }

    pub(super) fn notify(&self, created: CreatedLead) {
        self.observer.notify(created);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(path: &str) -> CreatedIds {
        CreatedIds::new(path, Arc::new(Observer::new().0))
    }

    #[test]
    fn the_first_answer_without_an_id_is_kept() {
        let ids = ids("id");
        let attempt = |body: &'static str| Attempt {
            status: Some(201),
            body: bytes::Bytes::from_static(body.as_bytes()),
            ..Attempt::begun(crate::units::Nanos::ZERO)
        };
        let sent = [None, None];
        assert!(ids.find(&attempt(r#"{"id":"a"}"#), &sent).is_some());
        assert!(
            ids.find(&attempt(r#"{"data":{"Id":"b"}}"#), &sent)
                .is_none()
        );
        let cut = Attempt {
            kept: BodyCapture::Cut,
            ..attempt(r#"{"id":"c"}"#)
        };
        assert!(ids.find(&cut, &sent).is_none());
        let found = ids.account();
        assert_eq!((found.with, found.without), (1, 2));
        let first = found.first.unwrap();
        assert_eq!((first.status, first.why), (201, NoId::NoMember));
        assert_eq!(first.near.as_deref(), Some("data.Id"));
        assert_eq!(first.body.as_it_came(), r#"{"data":{"Id":"b"}}"#);
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

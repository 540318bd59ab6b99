//! Bad tokens that are ready to send. A thread of their own makes them again every second, so that
//! they do not burden the signers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::Mutex;

use super::{Forger, TokenError};
use crate::clock::Clock;
use crate::plan::Fault;
use crate::secret::Bearer;

/// How often tokens are made again. A token that expires within this second must be fresh.
const EVERY: Duration = Duration::from_secs(1);

/// The bad tokens of one load.
#[derive(Debug)]
pub struct BadTokenCache {
    tokens: Arc<Mutex<Tokens>>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

type Tokens = [Option<Bearer>; Fault::ALL.len()];

impl BadTokenCache {
    /// Forges these faults, and goes on until it is dropped.
    pub fn start(forger: Forger, faults: Vec<Fault>, clock: Clock) -> Result<Self, BadTokenError> {
        let tokens = Arc::new(Mutex::new(all(&forger, &faults, &clock)?));
        let is_over = Arc::new(AtomicBool::new(false));
        let thread = thread::Builder::new().name("forger".to_owned()).spawn({
            let (tokens, is_over) = (Arc::clone(&tokens), Arc::clone(&is_over));
            move || {
                while !is_over.load(Relaxed) {
                    thread::park_timeout(EVERY);
                    // If this fails, the previous ones stay.
                    if let Ok(fresh) = all(&forger, &faults, &clock) {
                        *tokens.lock() = fresh;
                    }
                }
            }
        })?;
        Ok(Self {
            tokens,
            is_over,
            thread: Some(thread),
        })
    }

    /// The token that is sent for a fault; `None` if none is sent.
    pub fn take(&self, fault: Fault) -> Option<Bearer> {
        let tokens = self.tokens.lock();
        tokens.get(fault.index()).cloned().flatten()
    }
}

impl Drop for BadTokenCache {
    fn drop(&mut self) {
        self.is_over.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            drop(thread.join());
        }
    }
}

/// Why bad tokens could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BadTokenError {
    /// None could be signed.
    #[error(transparent)]
    Unsigned(#[from] TokenError),
    /// The system refused a thread.
    #[error("could not start a thread")]
    Thread(#[from] std::io::Error),
}

fn all(forger: &Forger, faults: &[Fault], clock: &Clock) -> Result<Tokens, TokenError> {
    let now = clock.unix_seconds(clock.now());
    let mut tokens = Tokens::default();
    for fault in faults {
        if let Some(place) = tokens.get_mut(fault.index()) {
            *place = forger.forge(*fault, now)?;
        }
    }
    Ok(tokens)
}

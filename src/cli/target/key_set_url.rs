//! Key sets that somebody serves: fetched at the start, and again when a token names a key that
//! nobody knows.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use tokio::time::Instant;

use crate::cli::exit::Failure;
use crate::cli::guard;
use crate::keys::TrustedKey;
use crate::plan::Host;

/// More than any key set has.
const BYTES_MAX: u64 = 1024 * 1024;

/// How long a fetch may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether an argument is the URL of a key set and no file.
pub(super) fn is_one(argument: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| argument.starts_with(scheme))
}

/// Fetches a key set; of this machine only, for whoever is asked may not want to be.
pub(super) fn fetch(url: &str) -> Result<Vec<TrustedKey>, Failure> {
    admit(url)?;
    let failed = |error: anyhow::Error| {
        Failure::environment(error.context(format!("could not fetch the key set {url}")))
    };
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .max_redirects(0)
        // The library would ask HTTP_PROXY and its like, and what is fetched from this machine
        // alone would be fetched by another.
        .proxy(None)
        .build();
    let mut answer = ureq::Agent::new_with_config(config)
        .get(url)
        .call()
        .map_err(|error| failed(error.into()))?;
    let bytes = answer
        .body_mut()
        .with_config()
        .limit(BYTES_MAX)
        .read_to_vec()
        .context("its body could not be read")
        .map_err(failed)?;
    TrustedKey::read(&bytes).map_err(|error| failed(error.into()))
}

fn admit(url: &str) -> Result<(), Failure> {
    if url.starts_with("https://") {
        return Err(
            Failure::environment(anyhow!("{url}: a key set is fetched over http alone"))
                .hint("download it, and name the file"),
        );
    }
    let authority = url
        .strip_prefix("http://")
        .and_then(|rest| rest.split(['/', '?']).next())
        .unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    match Host::parse(host) {
        Some(host) if guard::is_loopback(&host) => Ok(()),
        _ => Err(Failure::environment(anyhow!(
            "{url}: a key set is fetched from this machine alone"
        ))
        .hint("download it, and name the file")),
    }
}

/// When a key set is fetched again.
pub(super) struct Refetch {
    /// So that unknown kids make no storm of fetches.
    apart: Duration,
    unknown_kids: u64,
    last: Instant,
}

impl Refetch {
    /// Fetches are `apart` at least; the first was now.
    pub(super) fn new(apart: Duration) -> Self {
        Self {
            apart,
            unknown_kids: 0,
            last: Instant::now(),
        }
    }

    /// Whether tokens have named unknown keys since the last fetch, and it is not too soon.
    pub(super) fn is_due(&mut self, unknown_kids: u64) -> bool {
        let is_due = unknown_kids > self.unknown_kids && self.last.elapsed() >= self.apart;
        if is_due {
            self.unknown_kids = unknown_kids;
            self.last = Instant::now();
        }
        is_due
    }
}

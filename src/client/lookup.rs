//! Looking a name up for each connection, without letting the load move.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::lookup_host;

/// A host that is looked up again for each new connection, and the addresses that it had
/// before the load.
#[derive(Clone, Debug)]
pub struct Lookup {
    host: Arc<str>,
    port: u16,
    known: Arc<[SocketAddr]>,
}

/// Why a lookup gave no address to connect to.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    /// The resolver failed.
    #[error(transparent)]
    Resolver(io::Error),
    /// The name leads elsewhere now.
    #[error("{host} no longer resolves to an address that it had before the load")]
    Moved {
        /// The name.
        host: Arc<str>,
    },
}

impl Lookup {
    /// A host that may lead to these addresses and to no others.
    pub fn new(host: &str, port: u16, known: &[SocketAddr]) -> Self {
        Self {
            host: host.into(),
            port,
            known: known.into(),
        }
    }

    /// Looks the host up. Of its addresses that were known before the load, `usual` is
    /// taken if it is among them: a change of DNS in mid-run cannot move the load.
    pub(super) async fn again(&self, usual: SocketAddr) -> Result<SocketAddr, LookupError> {
        let found = lookup_host((&*self.host, self.port))
            .await
            .map_err(LookupError::Resolver)?;
        let known = found.filter(|address| self.known.contains(address));
        known
            .min_by_key(|address| *address != usual)
            .ok_or_else(|| LookupError::Moved {
                host: Arc::clone(&self.host),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn a_host_that_leads_elsewhere_is_refused() {
        let lookup = Lookup::new("127.0.0.1", 80, &[address("127.0.0.2:80")]);
        let refused = lookup.again(address("127.0.0.2:80")).await;
        assert!(matches!(refused, Err(LookupError::Moved { .. })));
    }

    #[tokio::test]
    async fn a_known_address_is_taken() {
        let known = [address("127.0.0.2:80"), address("127.0.0.1:80")];
        let lookup = Lookup::new("127.0.0.1", 80, &known);
        assert_eq!(lookup.again(known[0]).await.unwrap(), known[1]);
    }
}

//! Who may watch a run from outside: `--serve` and `--metrics`.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::cli::exit::Failure;
use crate::cli::stdio;
use crate::live::{Board, LiveError, LiveServer, Offer};
use crate::summary::Summary;

/// How long a browser gets to fetch the last page: a little more than it waits between two.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where a run is watched.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Addresses {
    pub(super) serve: Option<SocketAddr>,
    pub(super) metrics: Option<SocketAddr>,
}

/// The servers of a run; nothing where nobody may watch.
#[derive(Debug)]
pub(super) struct Watchers {
    board: Arc<Board>,
}

impl Watchers {
    /// Listens, and says where.
    pub(super) fn start(addresses: Addresses) -> Result<Option<Self>, Failure> {
        let board = Arc::new(Board::default());
        let Addresses { serve, metrics } = addresses;
        // One server does for both at one address.
        let metrics = metrics.filter(|address| address.port() == 0 || serve != Some(*address));
        for (address, offer) in [(serve, Offer::Page), (metrics, Offer::Metrics)] {
            let Some(address) = address else { continue };
            let server = LiveServer::start(address, offer, &board).map_err(not_served)?;
            let at = server.addr();
            stdio::note(&match offer {
                Offer::Page => format!("the run shows itself at http://{at}/"),
                Offer::Metrics => format!("metrics at http://{at}/metrics"),
            });
        }
        let is_any = serve.is_some() || metrics.is_some();
        Ok(is_any.then_some(Self { board }))
    }

    /// Where summaries are put up.
    pub(super) fn board(&self) -> Arc<Board> {
        Arc::clone(&self.board)
    }

    /// Shows how it ended to whoever has watched.
    pub(super) fn conclude(self, summary: Summary) {
        self.board.conclude(summary, PATIENCE);
    }
}

/// Reads `PORT`, which is one of this machine's alone, or `ADDRESS:PORT`.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    text.parse()
        .map_err(|_| "write a port, 8090, or an address with one, 0.0.0.0:8090".to_owned())
}

fn not_served(error: LiveError) -> Failure {
    Failure::environment(error).hint("choose another port; 0 takes a free one")
}

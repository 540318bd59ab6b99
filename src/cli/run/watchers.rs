//! The servers of a run: `--serve` and `--metrics`.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::time::{Instant, timeout};

use super::telemetry::{CollectorUrl, Telemetry};
use crate::cli::exit::{Code, Failure};
use crate::cli::interrupt;
use crate::cli::listen::listen_hint;
use crate::cli::span::span;
use crate::cli::stdio;
use crate::engine::Stop;
use crate::live::{Board, DESCRIPTORS, LiveError, LiveServer, Offer};
use crate::plan::Host;
use crate::summary::Summary;
use crate::units::{Nanos, count};

/// How long a browser gets to fetch the last page: a little more than it waits between two.
const PATIENCE: Duration = Duration::from_secs(3);

/// The arguments of the servers.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct WatchArgs {
    /// Serve the report as a page during the run, at this port or address
    #[arg(long, value_name = "[ADDRESS:]PORT", value_parser = address)]
    serve: Option<SocketAddr>,
    /// Serve metrics during the run, at this port or address, under /metrics: OpenMetrics or
    /// Prometheus' text
    #[arg(long, value_name = "[ADDRESS:]PORT", value_parser = address)]
    metrics: Option<SocketAddr>,
    /// Accept requests to --metrics and --serve by this host name, such as that of a service; may
    /// be repeated
    #[arg(long, value_name = "NAME", value_parser = name)]
    metrics_host: Vec<Host>,
    /// Send metrics to a collector of OpenTelemetry during the run and at its end (OTLP over HTTP):
    /// `http://127.0.0.1:4318`
    ///
    /// The variable `OTEL_EXPORTER_OTLP_HEADERS` may have header fields, such as a token.
    #[arg(long, value_name = "URL")]
    otlp: Option<CollectorUrl>,
    /// Keep serving for this long after the end, so that the last figures are scraped: 20s
    #[arg(long, value_name = "DURATION", value_parser = span)]
    linger: Option<Nanos>,
}

impl WatchArgs {
    /// The file descriptors that the servers need.
    pub(super) fn descriptors(&self) -> u64 {
        let sending = usize::from(self.otlp.is_some());
        count(self.offers().count() * DESCRIPTORS + sending)
    }

    /// What is served where.
    fn offers(&self) -> impl Iterator<Item = (SocketAddr, Offer)> {
        let serve = self.serve;
        // One server serves both at the same address.
        let metrics = self
            .metrics
            .filter(|address| address.port() == 0 || serve != Some(*address));
        let page = serve.map(|address| (address, Offer::Page));
        let metrics = metrics.map(|address| (address, Offer::Metrics));
        page.into_iter().chain(metrics)
    }
}

/// The servers of a run.
#[derive(Debug)]
pub(super) struct Watchers {
    board: Arc<Board>,
    telemetry: Option<Telemetry>,
    linger: Nanos,
}

impl Watchers {
    /// Listens, and says where.
    pub(super) fn start(args: &WatchArgs) -> Result<Option<Self>, Failure> {
        let board = Arc::new(Board::default());
        let mut is_any = false;
        for (address, offer) in args.offers() {
            let names = args.metrics_host.iter().map(Host::to_string).collect();
            let server = LiveServer::start(address, offer, names, &board).map_err(not_served)?;
            let at = server.addr();
            stdio::note(&match offer {
                Offer::Page if args.metrics == Some(address) => format!(
                    "the page of this run is at http://{at}/, and metrics at http://{at}/metrics"
                ),
                Offer::Page => format!("the page of this run is at http://{at}/"),
                Offer::Metrics => format!("metrics at http://{at}/metrics"),
            });
            is_any = true;
        }
        if !is_any && (args.linger.is_some() || !args.metrics_host.is_empty()) {
            let idle = anyhow::anyhow!("--linger and --metrics-host need --metrics or --serve");
            return Err(Failure::new(Code::Usage, idle).hint("add --metrics 9090, or --serve 8090"));
        }
        let telemetry = args.otlp.as_ref();
        let telemetry = telemetry
            .map(|url| Telemetry::start(url, &board))
            .transpose()?;
        Ok((is_any || telemetry.is_some()).then_some(Self {
            board,
            telemetry,
            linger: args.linger.unwrap_or_default(),
        }))
    }

    /// Where the servers get summaries.
    pub(super) fn board(&self) -> Arc<Board> {
        Arc::clone(&self.board)
    }

    /// Shows the final summary, and keeps serving for the time of `--linger` or until `stop` is raised.
    /// A run that was ended by a signal does not linger.
    pub(super) fn conclude(self, summary: Summary, stop: &Stop) -> Result<(), Failure> {
        let ended = Instant::now();
        interrupt::has_reported();
        self.board.conclude(summary, PATIENCE);
        if let Some(telemetry) = self.telemetry {
            telemetry.conclude(stop);
        }
        let left = self.linger.as_duration().saturating_sub(ended.elapsed());
        if left.is_zero() || stop.is_raised() {
            return Ok(());
        }
        let linger = self.linger;
        stdio::note(&format!("still serving for {linger}; press Ctrl-C to end"));
        let runtime = Builder::new_current_thread().enable_time().build();
        let runtime = runtime.map_err(Failure::environment)?;
        drop(runtime.block_on(async { timeout(left, stop.raised()).await }));
        Ok(())
    }
}

/// Reads a host name of this machine.
fn name(text: &str) -> Result<Host, String> {
    Host::parse(text).ok_or_else(|| "write only the name, without scheme, port and path".to_owned())
}

/// Reads `PORT`, on loopback, or `ADDRESS:PORT`.
fn address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    text.parse()
        .map_err(|_| "write a port, 8090, or an address with one, 0.0.0.0:8090".to_owned())
}

fn not_served(error: LiveError) -> Failure {
    let hint = match &error {
        LiveError::Bind { source, .. } => listen_hint(source.kind()),
        LiveError::Thread(_) => None,
    };
    Failure::environment(error).maybe_hint(hint)
}

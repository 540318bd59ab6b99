//! `--nats`: where the broker of a run of several machines is, and with what credentials.

use std::path::PathBuf;

use anyhow::anyhow;

use super::exit::{Code, Failure};
use super::{files, secret_file};
use crate::fleet::{Broker, BusError};
use crate::plan::Host;

/// The largest credentials file.
const CREDENTIALS_MAX: u64 = 64 * 1024;

/// Arguments of a broker.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct BrokerArgs {
    /// The URL of the NATS server between coordinator and agents, such as `tls://broker.example.com` or
    /// `nats://127.0.0.1`
    #[arg(long, value_name = "URL")]
    pub(super) nats: Option<String>,
    /// A NATS credentials file (.creds), or a file with the seed of an nkey
    #[arg(long, value_name = "FILE", requires = "nats")]
    nats_creds: Option<PathBuf>,
    /// Certificates to trust for the broker, in PEM, beside those of the system
    #[arg(long, value_name = "FILE", requires = "nats")]
    nats_ca: Option<PathBuf>,
    /// A client certificate for the broker, in PEM
    #[arg(long, value_name = "FILE", requires = "nats_key")]
    nats_cert: Option<PathBuf>,
    /// The private key of that certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "nats_cert")]
    nats_key: Option<PathBuf>,
}

impl BrokerArgs {
    /// The broker at this URL.
    ///
    /// # Errors
    ///
    /// The URL is invalid, names another machine without TLS, or the credentials cannot be read.
    pub(super) fn broker(&self, url: &str) -> Result<Broker, Failure> {
        let wrong = |what: String, hint: &str| {
            Failure::new(Code::Usage, anyhow!("--nats {url}: {what}")).hint(hint)
        };
        let parts = url.split_once("://");
        let Some((scheme @ ("nats" | "tls"), rest)) = parts else {
            let hint = "write tls://HOST[:PORT], or nats://127.0.0.1[:PORT]";
            return Err(wrong("it is not the URL of a NATS server".to_owned(), hint));
        };
        if rest.contains('@') {
            let hint = "put the credentials into a file: --nats-creds FILE";
            let what = anyhow!("--nats: a URL with a password would stand in the command line");
            return Err(Failure::new(Code::Usage, what).hint(hint));
        }
        let host = host_of(rest);
        if host.is_empty() || rest.contains(',') || !has_good_port(rest) {
            let hint = "write one server: tls://HOST[:PORT], with a port from 1 to 65535";
            return Err(wrong("it does not name a server".to_owned(), hint));
        }
        let is_local = Host::parse(host).is_some_and(|host| host.is_loopback());
        if scheme == "nats" && !is_local {
            let hint =
                format!("write tls://{rest}, and --nats-ca FILE if its certificate is your own");
            let what = "beyond this machine the connection must have TLS".to_owned();
            return Err(wrong(what, &hint));
        }
        let read = |path: &PathBuf| {
            let (bytes, about) = files::read_secret(path, CREDENTIALS_MAX)?;
            secret_file::check("the credentials file", path, &about)?;
            Ok::<_, Failure>(String::from_utf8_lossy(&bytes).into_owned())
        };
        Ok(Broker {
            url: url.to_owned(),
            credentials: self.nats_creds.as_ref().map(read).transpose()?,
            ca: self.nats_ca.clone(),
            certificate: self.nats_cert.clone().zip(self.nats_key.clone()),
            needs_tls: scheme == "tls",
        })
    }
}

/// The host of what follows the scheme of a URL.
fn host_of(rest: &str) -> &str {
    let authority = rest.split('/').next().unwrap_or_default();
    if let Some(inner) = authority.strip_prefix('[') {
        return inner.split(']').next().unwrap_or_default();
    }
    authority.split(':').next().unwrap_or_default()
}

/// Whether the port in a URL is from 1 to 65535. `rest` is the URL after its scheme; it need not have a port.
fn has_good_port(rest: &str) -> bool {
    let authority = rest.split('/').next().unwrap_or_default();
    let after_host = authority.rsplit(']').next().unwrap_or_default();
    let port = after_host.rsplit_once(':').map(|(_, port)| port);
    port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// The failure of a broker that cannot be used.
pub(super) fn unusable(error: BusError) -> Failure {
    let hint = match &error {
        BusError::Connect { .. } => {
            "check the address and the credentials; to start a server: nats-server -js"
        }
        BusError::TooOld { .. } => {
            "use a newer server: https://github.com/nats-io/nats-server/releases"
        }
        BusError::Refused { .. } => {
            "JetStream must be on (nats-server -js), and the credentials must allow it: docs/FLEET.md has the \
             rights of both roles"
        }
        BusError::Thread(_) => "end other processes, or raise the limit of processes",
    };
    Failure::environment(error).hint(hint)
}

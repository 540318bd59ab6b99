//! `sign`: measures signing alone.

use std::thread;

use tokio::time::Instant;

use super::exit::{Code, CommandResult, Failure};
use super::number::from_to;
use super::{stdio, wall};
use crate::clock::date;
use crate::keys::{KeySize, PrivateKey, UniqueName, generate};
use crate::machine;
use crate::plan::{Audience, Auth, Subject, TokenSource};
use crate::record::Histogram;
use crate::token::{Claims, Minter};
use crate::units::{Nanos, float};

/// Arguments of `sign`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Key sizes in bits
    #[arg(long, value_delimiter = ',', default_value = "2048,3072,4096", value_parser = size)]
    bits: Vec<KeySize>,
    /// Numbers of threads [default: 1 and the number of cores]
    #[arg(long, value_delimiter = ',', value_parser = from_to(1_u16, 256))]
    threads: Vec<u16>,
    /// How long each row signs
    #[arg(long = "for", value_name = "DURATION", default_value = "1s", value_parser = span)]
    span: Nanos,
}

/// How the key is used.
#[derive(Clone, Copy, Debug, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
enum Key {
    /// Parsed for each signature, as simple programs do.
    Cold,
    /// Parsed once.
    Prepared,
}

/// Measures the rows, and prints each as soon as it is measured.
pub fn run(args: &Args) -> CommandResult {
    let threads = if args.threads.is_empty() {
        let cores = u16::try_from(machine::cores()).unwrap_or(1);
        let mut both = vec![1, cores];
        both.dedup();
        both
    } else {
        args.threads.clone()
    };
    stdio::print(
        "algorithm  bits  threads  key        tokens/s   per thread      p50      p99      max\n",
    )?;
    for &size in &args.bits {
        let key = fresh_key(size)?;
        for &threads in &threads {
            for state in [Key::Cold, Key::Prepared] {
                let (spans, rate) = measure(&key, state, threads, args.span)?;
                stdio::print(&row(size, threads, state, &spans, rate))?;
            }
        }
    }
    Ok(Code::Passed)
}

/// Tokens a second of threads with a prepared key of 2048 bits, for each of these numbers of threads.
pub(super) fn rates<const N: usize>(threads: [u16; N], span: Nanos) -> Result<[f64; N], Failure> {
    let key = fresh_key(KeySize::default())?;
    let mut rates = [0.0; N];
    for (rate, threads) in rates.iter_mut().zip(threads) {
        (_, *rate) = measure(&key, Key::Prepared, threads, span)?;
    }
    Ok(rates)
}

fn fresh_key(size: KeySize) -> Result<PrivateKey, Failure> {
    let name = UniqueName::parse("sign_bench").map_err(Failure::internal)?;
    let now = date(wall::since_epoch());
    let pair = generate(&name, size, now).map_err(Failure::internal)?;
    PrivateKey::from_pem(pair.private_key_pem.as_bytes()).map_err(Failure::internal)
}

/// Signs on this many threads for a span; returns all durations and the tokens a second.
fn measure(
    key: &PrivateKey,
    state: Key,
    threads: u16,
    span: Nanos,
) -> Result<(Histogram, f64), Failure> {
    let results: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|_| scope.spawn(move || sign_for(key, state, span)))
            .collect();
        running
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect()
    });
    let mut all = Histogram::default();
    let mut rate = 0.0;
    for result in results {
        let (spans, took) = result
            .map_err(|_| Failure::internal(anyhow::anyhow!("a signing thread panicked")))??;
        rate += float(spans.len()) / took.as_secs_f64();
        all.merge(&spans);
    }
    Ok((all, rate))
}

fn sign_for(key: &PrivateKey, state: Key, span: Nanos) -> Result<(Histogram, Nanos), Failure> {
    let mut spans = Histogram::default();
    let mut minter = prepare(key)?;
    minter.warm_up().map_err(Failure::environment)?;
    let began = Instant::now();
    let mut iat = 0;
    loop {
        let started = Instant::now();
        if let Key::Cold = state {
            minter = prepare(key)?;
        }
        minter.mint(iat, 0).map_err(Failure::environment)?;
        spans.record(Nanos::from(started.elapsed()));
        iat += 1;
        let took = Nanos::from(began.elapsed());
        if took >= span {
            return Ok((spans, took));
        }
    }
}

fn prepare(key: &PrivateKey) -> Result<Minter, Failure> {
    let claims = Claims::new(&Auth {
        issuer: Some("https://acme.my.salesforce.com".to_owned()),
        subject: Some(Subject::Fixed("integration@acme.example".to_owned())),
        audience: Some(Audience::One("https://api.example.com/leads".to_owned())),
        ..Auth::of(TokenSource::NamedCredential, "sign_bench")
    });
    let prepared = key.prepare().map_err(Failure::environment)?;
    Ok(Minter::new(prepared, claims))
}

fn row(size: KeySize, threads: u16, state: Key, spans: &Histogram, rate: f64) -> String {
    let state: &str = state.into();
    let at = |fraction| spans.at(fraction).unwrap_or_default().to_string();
    format!(
        "RS256      {:<5} {threads:<8} {state:<9} {rate:>9.0} {:>12.0} {:>8} {:>8} {:>8}\n",
        size.bits(),
        rate / f64::from(threads),
        at(0.5),
        at(0.99),
        at(1.0),
    )
}

fn size(text: &str) -> Result<KeySize, String> {
    text.parse()
        .map_err(|error: crate::keys::KeyError| error.to_string())
}

fn span(text: &str) -> Result<Nanos, String> {
    match text.parse::<Nanos>() {
        Ok(span) if (Nanos::from_millis(10)..=Nanos::from_secs(60)).contains(&span) => Ok(span),
        Ok(_) => Err("write a span from 10ms to 60s".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

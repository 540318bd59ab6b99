//! What kind of failure an error is.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::iter::successors;

use super::ConnectError;
use super::answer::Broken;
use super::malformed::Malformed;
use super::tls::{alert_in_words, tls_error};
use crate::sample::Outcome;

/// `EMFILE` and `ENFILE`: no descriptor left in this process, or in the system.
const NO_DESCRIPTORS: [i32; 2] = [24, 23];

/// The outcome of a connection that was not opened.
pub(super) fn connecting(error: &ConnectError) -> Outcome {
    match error {
        ConnectError::Lookup(_) => Outcome::Dns,
        ConnectError::NoHttp2 => Outcome::Protocol,
        ConnectError::Tcp(cause) => system(cause),
        ConnectError::Tls(_) => Outcome::Tls,
        ConnectError::TlsIo(cause) => match system(cause) {
            Outcome::Io | Outcome::Closed | Outcome::Protocol => Outcome::Tls,
            other => other,
        },
    }
}

/// The outcome of a callout that was under way.
pub(super) fn calling(error: &Broken) -> Outcome {
    match error {
        Broken::Closed => Outcome::Closed,
        Broken::Io(error) => system(error),
        Broken::Malformed(
            Malformed::HeadTooLarge | Malformed::ImpossibleLength | Malformed::BodyTooLarge,
        ) => Outcome::TooLarge,
        Broken::Malformed(_) => Outcome::Protocol,
        Broken::Http2(error) => calling_http2(error),
    }
}

fn calling_http2(error: &hyper::Error) -> Outcome {
    if error.is_parse_too_large() {
        return Outcome::TooLarge;
    }
    if error.is_parse() {
        return Outcome::Protocol;
    }
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return find_system(error).map_or(Outcome::Closed, system);
    }
    match find_system(error) {
        Some(error) => system(error),
        None if alert_in_words(&in_words(error)).is_some() => Outcome::Tls,
        None => Outcome::Protocol,
    }
}

/// A TLS alert that the HTTP/2 library reports only as text, turned back into the stream's error.
pub(super) fn hidden_alert(error: &Broken) -> Option<io::Error> {
    let alert = alert_in_words(&in_words(error))?;
    let error = tokio_rustls::rustls::Error::AlertReceived(alert);
    Some(io::Error::new(ErrorKind::InvalidData, error))
}

/// The error of the stream behind another error.
pub(super) fn find_system<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e io::Error> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// The errors that led to this one, the nearest first.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    successors(error.source(), |cause| (*cause).source())
}

fn system(error: &io::Error) -> Outcome {
    let code = error.raw_os_error();
    if code.is_some_and(|code| NO_DESCRIPTORS.contains(&code)) {
        return Outcome::LocalFiles;
    }
    match error.kind() {
        ErrorKind::ConnectionRefused => Outcome::Refused,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => Outcome::Reset,
        ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof | ErrorKind::NotConnected => {
            Outcome::Closed
        }
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => {
            Outcome::Unreachable
        }
        ErrorKind::AddrNotAvailable | ErrorKind::AddrInUse => Outcome::LocalPorts,
        ErrorKind::TimedOut => Outcome::Timeout,
        // rustls reports a bad record or an alert as InvalidData.
        ErrorKind::InvalidData if tls_error(error).is_some() => Outcome::Tls,
        _ => Outcome::Io,
    }
}

/// An error and its causes, in one line, cut to what a report has room for.
pub(super) fn in_words(error: &(dyn Error + 'static)) -> String {
    const LONGEST: usize = 200;
    let mut words = error.to_string();
    for cause in causes(error) {
        let text = cause.to_string();
        if !words.contains(&text) {
            words = format!("{words}: {text}");
        }
    }
    words.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // EADDRNOTAVAIL and EADDRINUSE, by their numbers on Linux.
    #[test]
    fn a_port_that_is_not_to_be_had_is_ours() {
        for code in [99, 98] {
            let error = ConnectError::Tcp(io::Error::from_raw_os_error(code));
            assert_eq!(connecting(&error), Outcome::LocalPorts, "{code}");
        }
        for code in NO_DESCRIPTORS {
            let error = ConnectError::Tcp(io::Error::from_raw_os_error(code));
            assert_eq!(connecting(&error), Outcome::LocalFiles, "{code}");
        }
    }
}

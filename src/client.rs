//! HTTP connections with stamps at the socket.
//!
//! There is no redirect, no proxy and no retry but one: a request of which not
//! one byte has left is sent again on a new connection. Everything else is the caller's
//! to see.

mod answer;
mod cased;
mod challenge;
mod classify;
mod connect;
mod connection;
mod exchange;
mod expectation;
mod http;
mod in_turn;
mod kept;
mod late;
mod link;
mod lookup;
mod misdirected;
mod multiplexed;
mod refusal;
mod request;
mod server_timing;
mod session;
mod socket;
mod stamps;
mod stream;
mod tcp_info;
mod tls;
mod transport;

pub use challenge::Challenge;
pub use connect::{ConnectError, Endpoint, Preflight};
pub use expectation::{Check, Expectation};
pub use http::{HttpTransport, Keep};
pub use kept::Kept;
pub use late::LateWatch;
pub use link::SharedPool;
pub use lookup::{Lookup, LookupError};
pub use misdirected::Misdirected;
pub use request::{RequestForm, RequestFormError};
pub use session::TlsSession;
pub use tcp_info::{OpenSockets, Place, TcpInfoError};
pub use tls::{Alpn, ClientIdentity, TlsCause, TlsError, TlsForm, TlsTrust, TlsVersion};
pub use transport::{Attempt, Callout, Failed, Spent, Transport, Twist};

//! One HTTP/1.1 connection with stamps at the socket.
//!
//! There is no pool, no redirect, no proxy and no retry but one: a request of which not
//! one byte has left is sent again on a new connection. Everything else is the caller's
//! to see.

mod classify;
mod connect;
mod connection;
mod http;
mod lookup;
mod request;
mod server_timing;
mod stamps;
mod stream;
mod tls;
mod transport;

pub use connect::{ConnectError, Endpoint, Preflight};
pub use http::{HttpTransport, LateWatch};
pub use lookup::{Lookup, LookupError};
pub use request::{RequestForm, RequestFormError};
pub use tls::{TlsError, TlsTrust};
pub use transport::{Attempt, Callout, Failed, Spent, Transport};

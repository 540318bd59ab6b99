//! HTTP connections with stamps at the socket.
//!
//! It follows no redirect and uses no proxy. It retries in one case only: a request of which no
//! byte has left is sent again on a new connection. The caller sees everything else.

mod answer;
mod body_capture;
mod challenge;
mod classify;
mod connect;
mod deadline_timer;
mod expectation;
mod fields;
mod http;
mod http1;
mod in_turn;
mod late_answers;
mod lookup;
mod malformed;
mod misdirected;
mod multiplexed;
mod pending_answer;
mod pool;
mod prepared_request;
mod refusal;
mod request_body;
mod request_template;
mod server_timing;
mod session;
mod socket;
mod stamps;
mod stream;
mod tcp_info;
mod tls;
mod transport;

pub use body_capture::BodyCapture;
pub use challenge::Challenge;
pub use connect::{ConnectError, Endpoint, Preflight};
pub use expectation::{Check, Expectation};
pub use http::{HttpTransport, Keep};
pub use late_answers::LateAnswers;
pub use lookup::{Lookup, LookupError};
pub use misdirected::Misdirected;
pub use pool::SharedPool;
pub use prepared_request::PreparedRequest;
pub use request_body::{RequestBody, WriteBody};
pub use request_template::{RequestTemplate, RequestTemplateError};
pub use session::TlsSession;
pub use tcp_info::{OpenSockets, Registration, TcpInfoError};
pub use tls::{
    Alpn, ClientIdentity, TlsCause, TlsError, TlsForm, TlsTrust, TlsVersion, crypto_provider,
    system_roots,
};
pub use transport::{Attempt, Callout, ConnectTimings, Defect, Failed, Transport};

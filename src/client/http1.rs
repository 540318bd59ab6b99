//! HTTP/1.1 for callouts: one request and its answer at a time on a connection of its caller.
//!
//! What is sent is rendered once, but for the token, the trace and the lead. What comes back is read
//! by a state machine that knows nothing of sockets. In between, a connection notes when bytes moved.

mod answer_reader;
mod body_length;
mod buffers;
mod chunked;
mod connection;
#[cfg(test)]
mod oracle;
mod request_head;

pub(super) use connection::Connection;
pub(super) use request_head::RequestHead;

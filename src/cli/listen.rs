//! What to try if an address cannot be listened on.

use std::io::ErrorKind;

/// What to try, by the system's reason; `None` if that says nothing about the address.
pub(super) const fn listen_hint(reason: ErrorKind) -> Option<&'static str> {
    match reason {
        ErrorKind::AddrInUse => Some(
            "another program already listens there; choose another port (0 chooses a free one)",
        ),
        ErrorKind::AddrNotAvailable => Some(
            "this machine has no such address; listen on 127.0.0.1, or on 0.0.0.0 for all \
             addresses",
        ),
        ErrorKind::PermissionDenied => {
            Some("ports below 1024 need a privilege; choose one from 1024 on")
        }
        _ => None,
    }
}

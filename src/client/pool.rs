//! An open connection of either version of HTTP, and where it waits for its next callout.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use parking_lot::Mutex;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use super::answer::{Answer, CallError, Reading};
use super::http1::Connection;
use super::multiplexed::Multiplexed;
use super::stamps::Stamps;
use super::stream::Stream;
use super::{Callout, PreparedRequest};
use crate::clock::Clock;
use crate::secret::opaque_debug;

/// An open connection; boxed, for it moves from callout to callout as a whole.
pub(super) enum Link {
    Http1(Box<Connection>),
    Http2(Box<Multiplexed>),
}

impl Link {
    /// Speaks HTTP on a stream; nothing is sent yet.
    pub(super) async fn open(
        stream: Stream,
        is_http2: bool,
        clock: Clock,
    ) -> Result<Self, hyper::Error> {
        if is_http2 {
            let opened = Multiplexed::open(stream, clock).await?;
            Ok(Self::Http2(Box::new(opened)))
        } else {
            Ok(Self::Http1(Box::new(Connection::new(stream, clock))))
        }
    }

    /// The stamps of the last request.
    pub(super) fn stamps(&self) -> &Stamps {
        match self {
            Self::Http1(connection) => connection.stamps(),
            Self::Http2(multiplexed) => multiplexed.stamps(),
        }
    }

    /// Whether the connection could take a request when it was last looked at; a close that
    /// came since is seen before a byte of the request leaves.
    pub(super) fn is_ready(&self) -> bool {
        match self {
            Self::Http1(connection) => connection.is_ready(),
            Self::Http2(multiplexed) => multiplexed.is_open(),
        }
    }

    /// Whether the connection can take a request: sees a close that came while it was idle.
    pub(super) async fn is_open(&mut self) -> bool {
        match self {
            Self::Http1(connection) => connection.is_open().await,
            Self::Http2(multiplexed) => multiplexed.is_open(),
        }
    }

    /// Takes a request, whose answer is then to be asked for.
    pub(super) fn begin(&mut self, request: &PreparedRequest, callout: &Callout) {
        match self {
            Self::Http1(connection) => {
                connection.begin(|out| request.write_http1(callout, out));
            }
            Self::Http2(multiplexed) => multiplexed.begin(request.http2(callout)),
        }
    }

    /// Sends the request and reads its whole answer, of which `reading` is kept.
    pub(super) fn poll_answer(
        &mut self,
        cx: &mut Context<'_>,
        reading: &mut Reading,
    ) -> Poll<Result<Answer, CallError>> {
        match self {
            Self::Http1(connection) => connection.poll_answer(cx, reading),
            Self::Http2(multiplexed) => multiplexed.poll_answer(cx, reading),
        }
    }

    /// The same, to be waited for, with nothing kept.
    pub(super) async fn answer(&mut self) -> Result<Answer, CallError> {
        let mut reading = Reading::default();
        poll_fn(|cx| self.poll_answer(cx, &mut reading)).await
    }
}

/// Connections that many callers use: of HTTP/1.1 whichever is free, of HTTP/2 one at once.
#[derive(Clone)]
pub struct SharedPool(ConnectionPool);

impl SharedPool {
    /// An empty pool.
    pub fn new(is_http2: bool) -> Self {
        Self(if is_http2 {
            ConnectionPool::One(Arc::default())
        } else {
            ConnectionPool::Free(Arc::default())
        })
    }

    /// A caller's view of it.
    pub(super) fn pool(&self) -> ConnectionPool {
        self.0.clone()
    }
}

/// The same pool; of a caller's own place an empty one.
impl Clone for ConnectionPool {
    fn clone(&self) -> Self {
        match self {
            Self::Own(_) => Self::Own(None),
            Self::Free(free) => Self::Free(Arc::clone(free)),
            Self::One(one) => Self::One(Arc::clone(one)),
        }
    }
}

opaque_debug!(SharedPool);

/// Where connections wait for their next callout.
pub(super) enum ConnectionPool {
    /// One caller's own.
    Own(Option<Link>),
    /// Free ones of many callers; the last to be put back goes first, so that few are used.
    Free(Arc<Mutex<Vec<Link>>>),
    /// The one that all share; a caller that finds none opens it while the others wait.
    One(Arc<AsyncMutex<Option<Multiplexed>>>),
}

/// What a caller finds in the pool.
pub(super) enum Checkout {
    /// An open connection, and whether this caller waited for another to open it.
    Kept { link: Link, waited: bool },
    /// None; the caller opens one for itself.
    Nothing,
    /// None; the caller opens one for all, and the others wait until it has succeeded or given up.
    Vacant(OwnedMutexGuard<Option<Multiplexed>>),
}

impl Checkout {
    const fn kept(link: Link) -> Self {
        Self::Kept {
            link,
            waited: false,
        }
    }
}

impl ConnectionPool {
    /// Finds an open connection, or that there is none.
    pub(super) async fn take(&mut self) -> Checkout {
        match self {
            Self::Own(own) => {
                if let Some(mut link) = own.take()
                    && (link.is_ready() || link.is_open().await)
                {
                    return Checkout::kept(link);
                }
                Checkout::Nothing
            }
            Self::Free(free) => {
                // The lock is not held while a connection is looked at.
                let next = || free.lock().pop();
                while let Some(mut link) = next() {
                    if link.is_open().await {
                        return Checkout::kept(link);
                    }
                }
                Checkout::Nothing
            }
            Self::One(one) => {
                let at_once = Arc::clone(one).try_lock_owned();
                let waited = at_once.is_err();
                let place = match at_once {
                    Ok(place) => place,
                    Err(_) => Arc::clone(one).lock_owned().await,
                };
                match place.as_ref().filter(|one| one.is_open()) {
                    Some(one) => Checkout::Kept {
                        link: Link::Http2(Box::new(one.share())),
                        waited,
                    },
                    None => Checkout::Vacant(place),
                }
            }
        }
    }

    /// Keeps a connection for the next callout.
    pub(super) fn put(&mut self, link: Link) {
        match self {
            Self::Own(own) => *own = Some(link),
            Self::Free(free) => free.lock().push(link),
            // It never left.
            Self::One(_) => {}
        }
    }

    /// Closes the caller's own connection.
    pub(super) fn clear(&mut self) {
        if let Self::Own(own) = self {
            *own = None;
        }
    }
}

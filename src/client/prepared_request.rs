//! A request of which all is rendered that is the same in every callout.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;

use super::http1::RequestHead;
use super::{Callout, RequestTemplate};
use crate::secret::opaque_debug;

/// A template with what it renders to, shared by the callers that send it.
#[derive(Clone)]
pub struct PreparedRequest(Arc<Rendered>);

struct Rendered {
    template: RequestTemplate,
    head: RequestHead,
}

opaque_debug!(PreparedRequest);

impl PreparedRequest {
    /// Renders a template.
    pub fn new(template: RequestTemplate) -> Self {
        let head = RequestHead::of(&template);
        Self(Arc::new(Rendered { template, head }))
    }

    /// The template.
    pub(super) fn template(&self) -> &RequestTemplate {
        &self.0.template
    }

    /// Writes a request of HTTP/1.1.
    pub(super) fn write_http1(&self, callout: &Callout, out: &mut Vec<u8>) {
        self.0.head.write(&self.0.template, callout, out);
    }

    /// Makes a request of HTTP/2.
    pub(super) fn http2(&self, callout: &Callout) -> Request<Full<Bytes>> {
        self.0.template.fill(callout)
    }
}

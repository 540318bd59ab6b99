//! The body of a request: bytes that exist already, or bytes that are written when they are sent.

use std::sync::Arc;

use bytes::Bytes;

use crate::secret::opaque_debug;

/// Writes bodies by number, straight into the request that carries them: no body is kept while its
/// answer is awaited.
pub trait WriteBody: Send + Sync {
    /// Bytes of the body with this number.
    fn size(&self, number: u64) -> usize;

    /// Appends that body, which is the same each time.
    fn write(&self, number: u64, out: &mut Vec<u8>);
}

/// What a callout carries.
#[derive(Clone)]
pub enum RequestBody {
    /// These bytes.
    Bytes(Bytes),
    /// What the writer writes for this number.
    Written(Arc<dyn WriteBody>, u64),
}

// It may be a form that holds a token.
opaque_debug!(RequestBody);

impl Default for RequestBody {
    fn default() -> Self {
        Self::Bytes(Bytes::new())
    }
}

impl From<Bytes> for RequestBody {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl RequestBody {
    /// Its length in bytes.
    pub fn size(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Written(writer, number) => writer.size(*number),
        }
    }

    /// Appends it.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Bytes(bytes) => out.extend_from_slice(bytes),
            Self::Written(writer, number) => writer.write(*number, out),
        }
    }

    /// A copy of it, or the bytes themselves.
    pub fn to_bytes(&self) -> Bytes {
        match self {
            Self::Bytes(bytes) => bytes.clone(),
            Self::Written(writer, number) => {
                let mut out = Vec::with_capacity(writer.size(*number));
                writer.write(*number, &mut out);
                out.into()
            }
        }
    }
}

//! A value and where it stood, and what is known of a table beside its values.

use std::borrow::Cow;
use std::ops::Deref;

use crate::scenario::text::complaints::Complaints;
use crate::scenario::text::span::Span;

/// A value and where it stood.
#[derive(Clone, Debug)]
pub(in crate::scenario) struct At<T> {
    pub(in crate::scenario) value: T,
    pub(in crate::scenario) span: Span,
}

/// Where a table stood, and which keys it had, readable or not.
#[derive(Debug, Default)]
pub(in crate::scenario) struct Header {
    pub(in crate::scenario) span: Span,
    pub(super) keys: Vec<(String, Span)>,
}

impl<T> At<T> {
    /// A default, which stands nowhere.
    pub(super) fn usual(value: T) -> Self {
        let span = Span::default();
        Self { value, span }
    }

    /// Whether it was written, and is not a default.
    pub(in crate::scenario) fn is_given(&self) -> bool {
        self.span != Span::default()
    }
}

impl<T> Deref for At<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl Header {
    /// Where a key stood, if it is there at all.
    pub(in crate::scenario) fn key(&self, name: &str) -> Option<Span> {
        self.keys
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, span)| *span)
    }

    /// Whether a key is there.
    pub(in crate::scenario) fn has(&self, name: &str) -> bool {
        self.key(name).is_some()
    }

    /// Complains of a key that may not be here, and says whether it was there.
    pub(in crate::scenario) fn refuse(
        &self,
        name: &str,
        why: &str,
        hint: impl Into<Cow<'static, str>>,
        complaints: &Complaints,
    ) -> bool {
        if let Some(span) = self.key(name) {
            complaints.advise(span, format!("`{name}` {why}"), hint);
        }
        self.has(name)
    }

    /// Complains of a key that has no effect without something else, and says whether it was there.
    pub(in crate::scenario) fn requires(
        &self,
        name: &str,
        what: &str,
        hint: impl Into<Cow<'static, str>>,
        complaints: &Complaints,
    ) -> bool {
        self.refuse(name, &format!("requires {what}"), hint, complaints)
    }

    /// Complains of two keys that are both there; true where they are.
    pub(in crate::scenario) fn exclude(
        &self,
        name: &str,
        other: &str,
        hint: impl Into<Cow<'static, str>>,
        complaints: &Complaints,
    ) -> bool {
        let why = format!("cannot be combined with `{other}`");
        self.has(other) && self.refuse(name, &why, hint, complaints)
    }
}

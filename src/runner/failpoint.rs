//! Places that panic on purpose, for tests alone: a release build has none.

/// Where a panic is wanted, and with which message; nowhere by default.
#[derive(Clone, Debug, Default)]
pub struct Failpoint {
    #[cfg(debug_assertions)]
    at: Option<std::sync::Arc<(String, String)>>,
}

impl Failpoint {
    /// Reads `PLACE:MESSAGE`.
    #[cfg(debug_assertions)]
    pub fn parse(text: &str) -> Self {
        let at = text.split_once(':');
        Self {
            at: at.map(|(place, message)| (place.to_owned(), message.to_owned()).into()),
        }
    }

    /// Panics if a panic is wanted here.
    ///
    /// # Panics
    ///
    /// A test wants it.
    #[cfg(debug_assertions)]
    #[expect(clippy::panic, reason = "a panic is what is asked for")]
    pub fn reach(&self, place: &str) {
        if let Some(at) = self.at.as_deref()
            && at.0 == place
        {
            panic!("{}", at.1);
        }
    }

    /// Does nothing.
    #[cfg(not(debug_assertions))]
    pub const fn reach(&self, _place: &str) {}
}

//! In place of the screen, in a build without the feature `tui`.

use std::io::{Error, ErrorKind};

use crate::summarize::Progress;
use crate::summary::Summary;
use crate::units::Nanos;

/// No screen is in use.
pub(in crate::cli) const fn give_back() {}

/// A screen that cannot be taken.
#[derive(Debug)]
pub(super) enum Screen {}

impl Screen {
    /// Refuses.
    pub(super) fn take(_: Option<Nanos>) -> std::io::Result<Self> {
        Err(Error::from(ErrorKind::Unsupported))
    }

    /// Is never called.
    pub(super) const fn show(&mut self, _: &Progress, _: &Summary) {
        match *self {}
    }
}

//! What is done if a thread panics, so that the others learn of it.

use std::thread;

/// Calls a function when it is dropped by a panic, and only then.
#[derive(Debug)]
pub struct OnPanic<F: Fn()>(pub F);

impl<F: Fn()> Drop for OnPanic<F> {
    fn drop(&mut self) {
        if thread::panicking() {
            (self.0)();
        }
    }
}

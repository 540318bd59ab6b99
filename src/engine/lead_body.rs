//! Leads as the bodies of callouts.

use crate::client::WriteBody;
use crate::lead::Leads;

impl WriteBody for Leads {
    fn size(&self, number: u64) -> usize {
        self.size(number)
    }

    fn write(&self, number: u64, out: &mut Vec<u8>) {
        self.write(number, out);
    }
}

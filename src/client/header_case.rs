//! Header names in the case that Salesforce writes them in.
//!
//! HTTP does not care (RFC 9110, section 5.1), but rules of firewalls and lines of logs do.
//! hyper writes `Content-Type` when asked to, and has no way to write `SFDC_STACK_DEPTH`: that
//! one name is put right in the bytes, whose number stays.

/// The name as hyper writes it, and as it should be.
const WRITTEN: &[u8] = b"\r\nSfdc_stack_depth:";
const MEANT: &[u8] = b"\r\nSFDC_STACK_DEPTH:";

/// Puts the name right in one connection's requests.
#[derive(Debug, Default)]
pub(super) struct Cased {
    /// Where the name was last; the same form has it in the same place.
    place: usize,
    room: Vec<u8>,
}

impl Cased {
    /// The bytes of a request, from its first on, with the name put right.
    pub(super) fn put_right<'b>(&'b mut self, bytes: &'b [u8]) -> &'b [u8] {
        let is_at = |place: usize| {
            let end = place + WRITTEN.len();
            bytes.get(place..end).is_some_and(|found| found == WRITTEN)
        };
        if !is_at(self.place) {
            let Some(place) = bytes
                .windows(WRITTEN.len())
                .position(|found| found == WRITTEN)
            else {
                return bytes;
            };
            self.place = place;
        }
        self.room.clear();
        self.room.extend_from_slice(bytes);
        self.room[self.place..self.place + MEANT.len()].copy_from_slice(MEANT);
        &self.room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_changes_wherever_it_stands() {
        let mut cased = Cased::default();
        for host in ["a", "staging.example.com", "b"] {
            let request = format!("POST / HTTP/1.1\r\nHost: {host}\r\nSfdc_stack_depth: 1\r\n\r\n");
            let right = request.replace("Sfdc_stack_depth", "SFDC_STACK_DEPTH");
            assert_eq!(cased.put_right(request.as_bytes()), right.as_bytes());
        }
        let other = b"rest of a body";
        assert_eq!(cased.put_right(other), other);
    }
}

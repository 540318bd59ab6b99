//! When bytes moved.

use super::socket::Read;
use crate::units::Nanos;

/// The stamps of the request now under way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stamps {
    /// When the first byte was handed to the socket.
    pub(super) first_write: Option<Nanos>,
    /// When the socket had taken the last byte.
    pub(super) last_write: Option<Nanos>,
    /// When the first byte had been read.
    pub(super) first_read: Option<Nanos>,
    /// When the last byte had been read.
    pub(super) last_read: Option<Nanos>,
    /// When the first byte had arrived by the kernel's stamp, or had been read if there is no
    /// stamp.
    pub(super) first_arrival: Option<Nanos>,
    /// When the last byte had arrived, by the kernel's stamp.
    pub(super) last_arrival: Option<Nanos>,
    /// The first two bytes of the answer; zeros until they are there.
    pub(super) opening: [u8; 2],
}

impl Stamps {
    /// Notes how the answer begins.
    pub(super) fn open(&mut self, bytes: &[u8]) {
        if let [first, second, ..] = bytes
            && self.first_read.is_none()
        {
            self.opening = [*first, *second];
        }
    }

    /// Notes that the request is being handed over, unless that is known.
    pub(super) fn begin_write(&mut self, now: impl FnOnce() -> Nanos) {
        self.first_write.get_or_insert_with(now);
    }

    /// Notes that some of the answer has been read. A stamp that cannot be, for the request had
    /// not begun by then, is none: the wall clock was set, or the bytes answer nothing.
    pub(super) fn read(&mut self, read: Read) {
        let begun = self.first_write.unwrap_or_default();
        let arrived = read.arrived.filter(|arrived| *arrived >= begun);
        if self.first_read.is_none() {
            self.first_read = Some(read.at);
            self.first_arrival = Some(arrived.unwrap_or(read.at));
        }
        self.last_read = Some(read.at);
        self.last_arrival = arrived;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(stamps: &mut Stamps, at: u64, arrived: Option<u64>) {
        stamps.read(Read {
            at: Nanos(at),
            arrived: arrived.map(Nanos),
        });
    }

    #[test]
    fn the_kernels_stamps_are_kept_beside_the_reads() {
        let mut stamps = Stamps::default();
        stamps.begin_write(|| Nanos(100));
        read(&mut stamps, 500, Some(300));
        read(&mut stamps, 900, Some(700));
        let kept = [stamps.first_arrival, stamps.last_arrival];
        assert_eq!(kept, [Some(Nanos(300)), Some(Nanos(700))]);
        assert_eq!(stamps.last_read, Some(Nanos(900)));
    }

    // The wall clock was set meanwhile, or the bytes answer nothing.
    #[test]
    fn a_stamp_from_before_the_request_is_none() {
        let mut stamps = Stamps::default();
        stamps.begin_write(|| Nanos(400));
        read(&mut stamps, 500, Some(300));
        assert_eq!(stamps.first_arrival, Some(Nanos(500)));
        assert_eq!(stamps.last_arrival, None);
    }
}

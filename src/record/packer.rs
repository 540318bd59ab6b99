//! Packs histograms for the interval log: HdrHistogram's encoding V2, deflated.
//!
//! The crate's own packer makes a compressor of 300 KiB for each histogram. This one keeps one, and gives
//! the same bytes.

use std::io;

use flate2::{Compress, Compression, FlushCompress, Status};
use hdrhistogram::Histogram as Hdr;
use hdrhistogram::serialization::{Serializer as _, V2Serializer};

use super::counts::empty_hdr;
use super::histogram::Histogram;

/// How a packed histogram begins.
pub(super) const PACKED_COOKIE: u32 = 0x1c84_9314;

/// Packs one histogram after the other, in the same memory.
pub(super) struct Packer {
    hdr: Hdr<u32>,
    serializer: V2Serializer,
    plain: Vec<u8>,
    compress: Compress,
    packed: Vec<u8>,
}

impl Packer {
    pub(super) fn new() -> Self {
        Self {
            hdr: empty_hdr(),
            serializer: V2Serializer::new(),
            plain: Vec::new(),
            compress: Compress::new(Compression::default(), true),
            packed: Vec::new(),
        }
    }

    /// The histogram as other readers of interval logs know it.
    pub(super) fn pack(&mut self, histogram: &Histogram) -> io::Result<&[u8]> {
        histogram.copy_to(&mut self.hdr);
        self.plain.clear();
        let written = self.serializer.serialize(&self.hdr, &mut self.plain);
        self.hdr.reset();
        written.map_err(io::Error::other)?;
        self.deflate()?;
        Ok(&self.packed)
    }

    /// Deflates what is plain, after its cookie and its length.
    fn deflate(&mut self) -> io::Result<()> {
        let Self {
            plain,
            compress,
            packed,
            ..
        } = self;
        packed.clear();
        packed.extend(PACKED_COOKIE.to_be_bytes());
        packed.extend([0; 4]);
        compress.reset();
        loop {
            packed.reserve(plain.len() / 2 + 64);
            let read = usize::try_from(compress.total_in()).map_err(io::Error::other)?;
            let rest = plain.get(read..).unwrap_or_default();
            match compress.compress_vec(rest, packed, FlushCompress::Finish)? {
                Status::StreamEnd => break,
                Status::Ok | Status::BufError => {}
            }
        }
        let length = u32::try_from(packed.len() - 8).map_err(io::Error::other)?;
        packed[4..8].copy_from_slice(&length.to_be_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use hdrhistogram::serialization::V2DeflateSerializer;
    use proptest::prelude::*;

    use super::*;
    use crate::units::Nanos;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn the_bytes_are_those_of_the_crates_packer(
            all in prop::collection::vec(prop::collection::vec(1_u64..20_000_000, 0..400), 1..4),
        ) {
            let mut packer = Packer::new();
            for spans in all {
                let mut histogram = Histogram::default();
                for span in spans {
                    histogram.record(Nanos(span));
                }
                let mut expected = Vec::new();
                V2DeflateSerializer::new().serialize(&histogram.to_hdr(), &mut expected).unwrap();
                prop_assert_eq!(packer.pack(&histogram).unwrap(), &expected);
            }
        }
    }
}

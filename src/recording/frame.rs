//! A frame of a recording: its kind, its length, a check of both, and its content, packed.
//!
//! The content is a zlib stream, which ends with a checksum of its own. So a frame that is cut off is
//! told from one that is damaged.

use std::io::{self, Read, Write};

use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

/// What a frame holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum FrameKind {
    /// What is run, as JSON.
    Head = 1,
    /// A second, as postcard.
    Second = 2,
    /// How the run ended, as JSON.
    End = 3,
}

/// What a frame begins with: one byte of kind, four of length and four of check.
const HEADER_BYTES: usize = 9;

/// The most that a packed frame may have. A second of a load has a few kilobytes.
const PACKED_MAX: u32 = 16 * 1024 * 1024;

/// The most that it may have unpacked.
const UNPACKED_MAX: u64 = 32 * 1024 * 1024;

/// A frame as it was read.
pub(super) enum FrameRead {
    /// Its kind, its content, and how many bytes it takes.
    Frame(FrameKind, Vec<u8>, u64),
    /// The recording ends here, or in the middle of a frame: so many bytes are left.
    Cut(u64),
}

/// Packs a frame, behind what is in `out`.
pub(super) fn pack(kind: FrameKind, content: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    let begin = out.len();
    out.extend([0; HEADER_BYTES]);
    let mut encoder = ZlibEncoder::new(&mut *out, Compression::default());
    encoder.write_all(content)?;
    encoder.finish()?;
    let packed = u32::try_from(out.len() - begin - HEADER_BYTES).unwrap_or(u32::MAX);
    let is_small = content.len() as u64 <= UNPACKED_MAX && packed <= PACKED_MAX;
    if !is_small {
        return Err(io::Error::other("a second is too large for a recording"));
    }
    out[begin..begin + HEADER_BYTES].copy_from_slice(&header(kind, packed));
    Ok(())
}

fn header(kind: FrameKind, packed: u32) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[0] = kind as u8;
    header[1..5].copy_from_slice(&packed.to_le_bytes());
    let check = check(&header[..5]);
    header[5..].copy_from_slice(&check);
    header
}

fn check(bytes: &[u8]) -> [u8; 4] {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum().to_le_bytes()
}

/// Reads the next frame.
///
/// # Errors
///
/// What is wrong with it; `Ok(Err(_))` is an error of the reader itself.
pub(super) fn read(from: &mut impl Read) -> io::Result<Result<FrameRead, &'static str>> {
    let mut header = Vec::with_capacity(HEADER_BYTES);
    from.by_ref()
        .take(HEADER_BYTES as u64)
        .read_to_end(&mut header)?;
    if header.len() < HEADER_BYTES {
        return Ok(Ok(FrameRead::Cut(header.len() as u64)));
    }
    if header.iter().all(|byte| *byte == 0) {
        return Ok(zeros(from)?.map(|more| FrameRead::Cut(more + HEADER_BYTES as u64)));
    }
    let length = [header[1], header[2], header[3], header[4]];
    let length = u32::from_le_bytes(length);
    let kind = [FrameKind::Head, FrameKind::Second, FrameKind::End];
    let kind = kind.into_iter().find(|kind| *kind as u8 == header[0]);
    let Some(kind) = kind.filter(|_| header[5..] == check(&header[..5])) else {
        return Ok(Err("no frame begins here"));
    };
    if length > PACKED_MAX {
        return Ok(Err("a frame is longer than any that a run writes"));
    }
    let mut packed = Vec::new();
    from.by_ref().take(length.into()).read_to_end(&mut packed)?;
    if (packed.len() as u64) < u64::from(length) {
        return Ok(Ok(FrameRead::Cut((HEADER_BYTES + packed.len()) as u64)));
    }
    let content = unpack(&packed);
    let bytes = HEADER_BYTES as u64 + u64::from(length);
    Ok(content.map(|content| FrameRead::Frame(kind, content, bytes)))
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut content = Vec::new();
    let mut decoder = ZlibDecoder::new(packed).take(UNPACKED_MAX + 1);
    let read = decoder.read_to_end(&mut content);
    if content.len() as u64 > UNPACKED_MAX {
        return Err("a frame unpacks to more than any that a run writes");
    }
    let is_whole = decoder.into_inner().total_in() == packed.len() as u64;
    if read.is_err() || !is_whole {
        return Err("the content of a frame is damaged");
    }
    Ok(content)
}

/// The zeros that are left: a file system may leave some behind what was written before the power was cut.
fn zeros(from: &mut impl Read) -> io::Result<Result<u64, &'static str>> {
    let mut all = 0;
    let mut some = [0; 4096];
    loop {
        let read = from.read(&mut some)?;
        if read == 0 {
            return Ok(Ok(all));
        }
        if some[..read].iter().any(|byte| *byte != 0) {
            return Ok(Err("no frame begins here"));
        }
        all += read as u64;
    }
}

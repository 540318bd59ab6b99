//! A body in chunks (RFC 9112, section 7.1).

use crate::client::malformed::Malformed;

/// Bytes of all extensions together, and of all trailer fields, that are read.
const BESIDES_MAX: usize = 16 * 1024;

/// Trailer fields that are read.
const TRAILERS_MAX: usize = 100;

/// Reads the chunks of one body, as their bytes come.
#[derive(Debug)]
pub(super) struct Chunked {
    at: ChunkPart,
    extension_bytes: usize,
    trailer: Vec<u8>,
}

/// What comes next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum ChunkPart {
    /// The first digit of a size.
    Size,
    /// Another digit of a size, or its end.
    MoreSize(u64),
    /// Blanks after a size.
    Blank(u64),
    /// Extensions, which are ignored.
    Extension(u64),
    /// The line feed after a size.
    SizeEnd(u64),
    /// This many bytes of a chunk.
    Data(u64),
    /// The carriage return after a chunk.
    DataReturn,
    /// The line feed after a chunk.
    DataEnd,
    /// Trailer fields, up to an empty line.
    Trailer,
    /// Nothing.
    Done,
}

impl Chunked {
    pub(super) const fn new() -> Self {
        Self {
            at: ChunkPart::Size,
            extension_bytes: 0,
            trailer: Vec::new(),
        }
    }

    /// Whether the body is whole.
    pub(super) fn is_done(&self) -> bool {
        self.at == ChunkPart::Done
    }

    /// Takes bytes up to the end of the body, gives out those that are data, and returns how many it
    /// took.
    pub(super) fn read(
        &mut self,
        input: &[u8],
        mut data: impl FnMut(&[u8]),
    ) -> Result<usize, Malformed> {
        let mut rest = input;
        while let Some((&first, after)) = rest.split_first() {
            match self.at {
                ChunkPart::Done => break,
                ChunkPart::Data(left) => {
                    let length = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    let (chunk, after) = rest.split_at(length);
                    data(chunk);
                    rest = after;
                    self.at = match left - crate::units::count(length) {
                        0 => ChunkPart::DataReturn,
                        left => ChunkPart::Data(left),
                    };
                }
                _ => {
                    self.at = self.step(first)?;
                    rest = after;
                }
            }
        }
        Ok(input.len() - rest.len())
    }

    /// Takes one byte of what is around the data.
    fn step(&mut self, byte: u8) -> Result<ChunkPart, Malformed> {
        let next = match (self.at, byte) {
            (ChunkPart::Size, _) => ChunkPart::MoreSize(digit(0, byte)?),
            (ChunkPart::MoreSize(size) | ChunkPart::Blank(size), b' ' | b'\t') => {
                ChunkPart::Blank(size)
            }
            (ChunkPart::MoreSize(size) | ChunkPart::Blank(size), b';') => {
                ChunkPart::Extension(size)
            }
            (
                ChunkPart::MoreSize(size) | ChunkPart::Blank(size) | ChunkPart::Extension(size),
                b'\r',
            ) => ChunkPart::SizeEnd(size),
            (ChunkPart::MoreSize(size), _) => ChunkPart::MoreSize(digit(size, byte)?),
            (ChunkPart::Extension(size), _) if byte != b'\n' => {
                self.extension_bytes += 1;
                if self.extension_bytes >= BESIDES_MAX {
                    return Err(Malformed::Chunk("its extensions are over 16 KiB"));
                }
                ChunkPart::Extension(size)
            }
            (ChunkPart::SizeEnd(0), b'\n') => ChunkPart::Trailer,
            (ChunkPart::SizeEnd(size), b'\n') => ChunkPart::Data(size),
            (ChunkPart::DataReturn, b'\r') => ChunkPart::DataEnd,
            (ChunkPart::DataEnd, b'\n') => ChunkPart::Size,
            (ChunkPart::Trailer, _) => self.trailer(byte)?,
            (ChunkPart::DataReturn | ChunkPart::DataEnd, _) => {
                return Err(Malformed::Chunk("it does not end where its size says"));
            }
            _ => return Err(Malformed::Chunk("the line with its size is not valid")),
        };
        Ok(next)
    }

    /// Takes one byte of the trailer, which must be header fields.
    fn trailer(&mut self, byte: u8) -> Result<ChunkPart, Malformed> {
        self.trailer.push(byte);
        if self.trailer.len() > BESIDES_MAX {
            return Err(Malformed::Chunk("the trailer fields are over 16 KiB"));
        }
        let ends = self.trailer == b"\r\n" || self.trailer.ends_with(b"\r\n\r\n");
        if !ends {
            return Ok(ChunkPart::Trailer);
        }
        let mut fields = [httparse::EMPTY_HEADER; TRAILERS_MAX];
        match httparse::parse_headers(&self.trailer, &mut fields) {
            Ok(httparse::Status::Complete(_)) => Ok(ChunkPart::Done),
            _ => Err(Malformed::Chunk("its trailer fields are not valid")),
        }
    }
}

/// A size with one more hexadecimal digit.
fn digit(size: u64, byte: u8) -> Result<u64, Malformed> {
    let wrong = Malformed::Chunk("its size is not a hexadecimal number with CR LF behind it");
    let digit = char::from(byte).to_digit(16).ok_or(wrong)?;
    size.checked_mul(16)
        .and_then(|size| size.checked_add(digit.into()))
        .ok_or(Malformed::Chunk("its size is too large"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &[u8], piece: usize) -> Result<(Vec<u8>, usize, bool), Malformed> {
        let mut chunked = Chunked::new();
        let (mut data, mut taken) = (Vec::new(), 0);
        for piece in body.chunks(piece) {
            taken += chunked.read(piece, |bytes| data.extend_from_slice(bytes))?;
        }
        Ok((data, taken, chunked.is_done()))
    }

    #[test]
    fn chunks_are_joined_however_they_are_cut() {
        let body =
            b"3 ;name=\"v\"\r\nabc\r\n0A\r\n0123456789\r\n0\r\nExpires: 0\r\nA: b\r\n\r\nrest";
        for piece in [1, 2, 7, 1000] {
            let (data, taken, is_done) = read(body, piece).unwrap();
            assert_eq!(data, b"abc0123456789", "{piece}");
            assert_eq!((taken, is_done), (body.len() - 4, true), "{piece}");
        }
    }

    #[test]
    fn what_is_not_a_chunk_is_refused() {
        for wrong in [
            "\r\n",
            "g\r\n",
            "3\n",
            "3 3\r\n",
            "-1\r\n",
            "3\r\nabcd",
            "3\r\nabc\n",
            "3;a\nb\r\n",
            "fffffffffffffffff\r\n",
            "0\r\nno field\r\n\r\n",
            "0\r\n x: y\r\n\r\n",
        ] {
            assert!(read(wrong.as_bytes(), 3).is_err(), "{wrong:?}");
        }
        let long = format!("3;{}\r\n", "x".repeat(BESIDES_MAX));
        assert!(read(long.as_bytes(), 1000).is_err());
        let long = format!("0\r\na: {}", "x".repeat(BESIDES_MAX));
        assert!(read(long.as_bytes(), 1000).is_err());
    }
}

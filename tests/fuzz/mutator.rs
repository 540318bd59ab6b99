//! Damages bytes as files get damaged: bits, cuts, doubled parts, parts of other files, numbers at
//! the edge.
//!
//! Nothing but its seed decides what it does, so that a finding comes back.

/// Numbers that arithmetic trips over.
const EDGES: [&str; 14] = [
    "0",
    "-1",
    "1",
    "127",
    "255",
    "65536",
    "2147483648",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "18446744073709551615",
    "1e308",
    "1e-320",
    "0.1",
];

/// The longest input that is made; what is larger is cut.
const BYTES_MAX: usize = 256 * 1024;

/// A source of damaged copies.
pub(crate) struct Mutator {
    state: u64,
}

impl Mutator {
    /// One whose every step follows from its seed.
    pub(crate) const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A copy of `original` with one to six faults.
    pub(crate) fn damage(
        &mut self,
        original: &[u8],
        others: &[Vec<u8>],
        words: &[&str],
    ) -> Vec<u8> {
        let mut bytes = original.to_vec();
        for _ in 0..=self.below(6) {
            self.step(&mut bytes, others, words);
        }
        bytes.truncate(BYTES_MAX);
        bytes
    }

    fn step(&mut self, bytes: &mut Vec<u8>, others: &[Vec<u8>], words: &[&str]) {
        let range = self.range(bytes.len());
        match self.below(9) {
            0 => self.change(bytes, |byte, random| byte ^ (1 << (random % 8))),
            1 => self.change(bytes, |_, random| random.to_le_bytes()[0]),
            2 => drop(bytes.drain(range)),
            3 => {
                let part = bytes[range].to_vec();
                let at = self.below(bytes.len() + 1);
                bytes.splice(at..at, part);
            }
            4 => bytes.truncate(range.start),
            5 if !others.is_empty() => {
                let other = &others[self.below(others.len())];
                let part = self.range(other.len());
                bytes.splice(range, other[part].to_vec());
            }
            6 | 7 if !words.is_empty() => {
                let word = words[self.below(words.len())];
                let end = if self.below(2) == 0 {
                    range.start
                } else {
                    range.end
                };
                bytes.splice(range.start..end, word.bytes());
            }
            _ => self.renumber(bytes),
        }
    }

    fn change(&mut self, bytes: &mut [u8], to: impl Fn(u8, u64) -> u8) {
        if !bytes.is_empty() {
            let at = self.below(bytes.len());
            bytes[at] = to(bytes[at], self.next());
        }
    }

    /// Puts another number in place of one that is there.
    fn renumber(&mut self, bytes: &mut Vec<u8>) {
        let from = self.below(bytes.len() + 1);
        let Some(start) = (from..bytes.len()).find(|at| bytes[*at].is_ascii_digit()) else {
            return;
        };
        let end = (start..bytes.len())
            .find(|at| !bytes[*at].is_ascii_digit())
            .unwrap_or(bytes.len());
        bytes.splice(start..end, EDGES[self.below(EDGES.len())].bytes());
    }

    /// A part of so many bytes; mostly a short one.
    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        let longest = if self.below(4) == 0 { length } else { 16 };
        let end = start + self.below(longest.min(length - start) + 1);
        start..end
    }

    /// A number below a limit that is not zero.
    fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        usize::try_from(self.next() % limit).unwrap_or_default()
    }

    /// `SplitMix64` (Steele, Lea and Flood 2014).
    const fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

//! A body whose gaps are all of known length: writing one is a copy and a few patches.

use serde_json::Value;

use crate::ids::{Id, Number, RecordKind};
use crate::units::{index, scrambled};

/// Digits of a lead's serial number, zeros in front; enough for every number of an Id.
pub(super) const SERIAL_DIGITS: usize = 17;

/// `<run>-<load>-<number>`: 16 hexadecimal digits, and 2 and 12 decimal ones.
pub(super) const EXTERNAL_ID_BYTES: usize = 16 + 1 + 2 + 1 + 12;

/// A body with gaps.
#[derive(Clone, Debug, Default)]
pub(super) struct Form {
    pub(super) bytes: Vec<u8>,
    gaps: Vec<(usize, Gap)>,
}

/// What differs from lead to lead.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Gap {
    Id(RecordKind),
    /// A number that no other lead has.
    Serial,
    /// The lead's number within its load: in a string with zeros in front, else with blanks.
    Seq {
        in_string: bool,
    },
    /// The run's own number of the lead.
    ExternalId,
    /// A UUID that no other lead has.
    Uuid,
}

/// What fills the gaps of one lead.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filling {
    pub(super) serial: u64,
    pub(super) seq: u64,
    pub(super) load: u64,
    pub(super) run: u64,
}

impl Gap {
    pub(super) const fn bytes(self) -> usize {
        match self {
            Self::Id(_) => 18,
            Self::Serial | Self::Seq { .. } => SERIAL_DIGITS,
            Self::ExternalId => EXTERNAL_ID_BYTES,
            Self::Uuid => 36,
        }
    }

    fn fill(self, filling: &Filling, number: &Number, room: &mut [u8]) {
        match self {
            Self::Id(kind) => room.copy_from_slice(Id::new(kind, number).as_bytes()),
            Self::Serial => write_digits(filling.serial, b'0', room),
            Self::Seq { in_string: true } => write_digits(filling.seq, b'0', room),
            Self::Seq { in_string: false } => write_digits(filling.seq, b' ', room),
            Self::ExternalId => external_id(filling, room),
            Self::Uuid => uuid(filling.serial, room),
        }
    }
}

impl Form {
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.bytes.extend_from_slice(text.as_bytes());
        self
    }

    /// `,"name":value`
    pub(super) fn field(&mut self, name: &str, value: impl Into<Value>) -> &mut Self {
        self.member(name, &value.into())
    }

    /// The same with a value that is kept.
    pub(super) fn member(&mut self, name: &str, value: &Value) -> &mut Self {
        self.text(&format!(",{}:{value}", Value::from(name)))
    }

    /// The bytes that it takes in memory.
    pub(super) fn footprint(&self) -> usize {
        self.bytes.len() + self.gaps.len() * size_of::<(usize, Gap)>()
    }

    /// Gives back the room that it does not need.
    pub(super) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
        self.gaps.shrink_to_fit();
    }

    /// `,"name":"<gap>"`
    pub(super) fn gap_field(&mut self, name: &str, gap: Gap) -> &mut Self {
        self.text(&format!(",{}:\"", Value::from(name)))
            .gap(gap)
            .text("\"")
    }

    pub(super) fn gap(&mut self, gap: Gap) -> &mut Self {
        self.gaps.push((self.bytes.len(), gap));
        self.bytes.resize(self.bytes.len() + gap.bytes(), b'0');
        self
    }

    /// Fills the gaps of a copy of it.
    pub(super) fn fill(&self, filling: &Filling, copy: &mut [u8]) {
        let number = Number::new(filling.serial);
        for &(place, gap) in &self.gaps {
            if let Some(room) = copy.get_mut(place..place + gap.bytes()) {
                gap.fill(filling, &number, room);
            }
        }
    }
}

/// The run's own number of a lead, as text.
pub(super) fn external_id_text(filling: &Filling) -> String {
    let mut room = [0; EXTERNAL_ID_BYTES];
    external_id(filling, &mut room);
    String::from_utf8_lossy(&room).into_owned()
}

fn external_id(filling: &Filling, room: &mut [u8]) {
    let (run, rest) = room.split_at_mut(16);
    hexadecimal(filling.run, run);
    rest[0] = b'-';
    let (load, number) = rest[1..].split_at_mut(2);
    write_digits(filling.load % 100, b'0', load);
    number[0] = b'-';
    write_digits(filling.seq, b'0', &mut number[1..]);
}

/// A UUID of version 4 in form, made of a number that no other lead has.
fn uuid(serial: u64, room: &mut [u8]) {
    let high = scrambled(serial) & !0xF000 | 0x4000;
    let low = scrambled(!serial) & !(0b11 << 62) | 0b10 << 62;
    let mut digits = [0; 32];
    hexadecimal(high, &mut digits[..16]);
    hexadecimal(low, &mut digits[16..]);
    let mut digits = digits.iter();
    for (place, byte) in room.iter_mut().enumerate() {
        *byte = match place {
            8 | 13 | 18 | 23 => b'-',
            _ => digits.next().copied().unwrap_or(b'0'),
        };
    }
}

fn hexadecimal(number: u64, room: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut rest = number;
    for byte in room.iter_mut().rev() {
        *byte = DIGITS[index(rest & 15)];
        rest >>= 4;
    }
}

/// Writes a number, padded in front; only its last digits if there is not enough room.
fn write_digits(number: u64, front: u8, room: &mut [u8]) {
    let mut digits = itoa::Buffer::new();
    let digits = digits.format(number).as_bytes();
    let (before, rest) = room.split_at_mut(room.len().saturating_sub(digits.len()));
    before.fill(front);
    rest.copy_from_slice(&digits[digits.len() - rest.len()..]);
}

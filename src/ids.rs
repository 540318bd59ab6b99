//! Salesforce record Ids: 15 characters that distinguish upper and lower case, and 3 that keep them
//! unique if case is lost; and the rules for the unique names of key pairs.

mod unique_name;

pub use unique_name::{UNIQUE_NAME_MAX, broken_name_rule};

/// The letters of the three check characters (Salesforce, record Id reference).
const CHECK: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// The digits of the number in an Id.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// How many numbers nine digits can write: 62^9.
pub(crate) const NUMBERS: u64 = 13_537_086_546_263_552;

/// The instance and the reserved digit that follow the key prefix.
const INSTANCE: &[u8; 3] = b"5f0";

/// A kind of record, by its key prefix.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RecordKind {
    /// `001`
    Account,
    /// `003`
    Contact,
    /// `00Q`
    Lead,
    /// `006`
    Opportunity,
    /// `005`
    User,
}

impl RecordKind {
    const fn prefix(self) -> &'static [u8; 3] {
        match self {
            Self::Account => b"001",
            Self::Contact => b"003",
            Self::Lead => b"00Q",
            Self::Opportunity => b"006",
            Self::User => b"005",
        }
    }
}

/// The check character of five: which of them are capitals, lowest bit first.
fn check(five: [u8; 5]) -> u8 {
    let capitals = five
        .iter()
        .enumerate()
        .filter(|(_, character)| character.is_ascii_uppercase())
        .fold(0, |bits, (place, _)| bits | 1 << place);
    CHECK[capitals]
}

/// An 18-character record Id, in ASCII.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Id([u8; 18]);

/// The number of a record, as its Ids write it. One lead's four Ids share it, so its
/// digits are worked out once.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    digits: [u8; 9],
    /// The check characters of the second and third five characters.
    checks: [u8; 2],
}

impl Number {
    /// A number; numbers wrap after 62^9.
    pub fn new(number: u64) -> Self {
        let mut digits = [0; 9];
        let mut rest = number % NUMBERS;
        for place in digits.iter_mut().rev() {
            *place = DIGITS[crate::units::index(rest % 62)];
            rest /= 62;
        }
        let [d0, d1, d2, d3, last @ ..] = digits;
        let checks = [check([INSTANCE[2], d0, d1, d2, d3]), check(last)];
        Self { digits, checks }
    }
}

impl Id {
    /// The Id of a record of this kind with this number.
    pub fn new(kind: RecordKind, number: &Number) -> Self {
        let [p0, p1, p2] = *kind.prefix();
        let mut id = [0; 18];
        id[..3].copy_from_slice(kind.prefix());
        id[3..6].copy_from_slice(INSTANCE);
        id[6..15].copy_from_slice(&number.digits);
        id[15] = check([p0, p1, p2, INSTANCE[0], INSTANCE[1]]);
        id[16..].copy_from_slice(&number.checks);
        Self(id)
    }

    /// The Id as bytes of ASCII.
    pub const fn as_bytes(&self) -> &[u8; 18] {
        &self.0
    }

    /// The Id as text.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // Ids that Salesforce itself published, with their check characters.
    #[test]
    fn check_characters_equal_the_published_ones() {
        for (short, checks) in [
            ("0015f00002JUX1J", "AAX"),
            ("0055f000005mc66", "AAA"),
            ("00550000001N45j", "AAC"),
            ("001D000000Jsm0W", "IAR"),
            ("00DRL00000TTINR", "2A5"),
            ("a0D30000001n7Pi", "EAI"),
            ("0019000000B98de", "AAB"),
        ] {
            let computed: Vec<u8> = short
                .as_bytes()
                .chunks(5)
                .map(|five| check(five.try_into().unwrap()))
                .collect();
            assert_eq!(computed, checks.as_bytes(), "{short}");
        }
    }

    proptest! {
        #[test]
        fn two_numbers_never_share_an_id(a in 0..NUMBERS, b in 0..NUMBERS) {
            let id = |number| Id::new(RecordKind::Lead, &Number::new(number));
            prop_assert_eq!(a == b, id(a) == id(b));
        }

        #[test]
        fn an_id_carries_the_checks_of_its_own_characters(number: u64) {
            let id = Id::new(RecordKind::Lead, &Number::new(number));
            let checks: Vec<u8> = id.as_bytes()[..15]
                .chunks(5)
                .map(|five| check(five.try_into().unwrap()))
                .collect();
            prop_assert_eq!(&id.as_bytes()[15..], checks);
        }
    }
}

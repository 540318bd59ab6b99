//! Salesforce record Ids: 15 characters that tell upper from lower case, and the 3 that
//! make them safe where case is lost.

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
pub enum Kind {
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

impl Kind {
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

/// An 18-character record Id, in ASCII.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Id([u8; 18]);

impl Id {
    /// The Id of the `number`-th record of a kind; numbers wrap after 62^9.
    pub fn new(kind: Kind, number: u64) -> Self {
        let mut short = [0; 15];
        short[..3].copy_from_slice(kind.prefix());
        short[3..6].copy_from_slice(INSTANCE);
        let mut rest = number % NUMBERS;
        for place in short[6..].iter_mut().rev() {
            *place = DIGITS[crate::units::index(rest % 62)];
            rest /= 62;
        }
        Self::from_short(short)
    }

    /// Adds the check characters: for each five characters, five bits that say which
    /// of them are capitals.
    fn from_short(short: [u8; 15]) -> Self {
        let mut id = [0; 18];
        id[..15].copy_from_slice(&short);
        for (check, five) in id[15..].iter_mut().zip(short.chunks(5)) {
            let capitals = five
                .iter()
                .enumerate()
                .filter(|(_, character)| character.is_ascii_uppercase())
                .fold(0, |bits, (place, _)| bits | 1 << place);
            *check = CHECK[capitals];
        }
        Self(id)
    }

    /// The Id as bytes of ASCII.
    pub const fn as_bytes(&self) -> &[u8; 18] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // Ids that Salesforce itself published, with their check characters.
    #[test]
    fn check_characters_equal_the_published_ones() {
        for (short, check) in [
            ("0015f00002JUX1J", "AAX"),
            ("0055f000005mc66", "AAA"),
            ("00550000001N45j", "AAC"),
            ("001D000000Jsm0W", "IAR"),
            ("00DRL00000TTINR", "2A5"),
            ("a0D30000001n7Pi", "EAI"),
            ("0019000000B98de", "AAB"),
        ] {
            let id = Id::from_short(short.as_bytes().try_into().unwrap());
            assert_eq!(&id.as_bytes()[15..], check.as_bytes(), "{short}");
        }
    }

    proptest! {
        #[test]
        fn two_numbers_never_share_an_id(a in 0..NUMBERS, b in 0..NUMBERS) {
            prop_assert_eq!(a == b, Id::new(Kind::Lead, a) == Id::new(Kind::Lead, b));
        }
    }
}

//! How long a key is.

use std::fmt;
use std::str::FromStr;

use super::KeyError;

/// The key sizes that Certificate and Key Management offers.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd, strum::FromRepr)]
#[repr(u32)]
pub enum KeySize {
    /// 2048 bits, Salesforce's default.
    #[default]
    Rsa2048 = 2048,
    /// 3072 bits.
    Rsa3072 = 3072,
    /// 4096 bits.
    Rsa4096 = 4096,
}

impl KeySize {
    /// The modulus in bits.
    pub const fn bits(self) -> u32 {
        self as u32
    }

    /// The size with this number of bits, if Salesforce offers it.
    pub const fn from_bits(bits: u32) -> Option<Self> {
        Self::from_repr(bits)
    }

    /// How many days a self-signed certificate of this size is valid in Salesforce:
    /// one year for 2048 and 3072 bits, two for 4096.
    pub const fn validity_days(self) -> i64 {
        match self {
            Self::Rsa2048 | Self::Rsa3072 => 365,
            Self::Rsa4096 => 730,
        }
    }
}

impl FromStr for KeySize {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let size = text.parse().ok().and_then(Self::from_bits);
        size.ok_or_else(|| KeyError::NotASize(text.chars().take(20).collect()))
    }
}

impl fmt::Display for KeySize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bits().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_written_as_bits() {
        for size in [KeySize::Rsa2048, KeySize::Rsa3072, KeySize::Rsa4096] {
            assert_eq!(size.to_string().parse(), Ok(size));
        }
        assert!("1024".parse::<KeySize>().is_err());
    }
}

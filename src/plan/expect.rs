//! What an answer must say to count as a success.

/// What an answer must say; of what is not named nothing is expected but a status of success.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ExpectedAnswer {
    /// The statuses that are right; where none is named, any from 200 to 299.
    pub statuses: Vec<u16>,
    /// Header fields, by their names in lower case.
    pub headers: Vec<(String, Wanted)>,
    /// Members of the body's JSON, by their JSON Pointers (RFC 6901).
    pub members: Vec<(String, Wanted)>,
}

/// What a part of an answer must be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Wanted {
    /// This very value.
    Is(serde_json::Value),
    /// A text in which this pattern is found, in the syntax of Rust's `regex-lite`.
    Matches(String),
    /// There, whatever it is.
    Present,
    /// Not there.
    Absent,
}

impl ExpectedAnswer {
    /// Whether the body is looked at.
    pub const fn reads_body(&self) -> bool {
        !self.members.is_empty()
    }
}

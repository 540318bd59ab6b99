//! What is posted.

use std::sync::Arc;

use strum::{EnumString, IntoStaticStr, VariantArray, VariantNames};

use serde_json::Value;

use crate::units::{ByteSize, Seed};

/// Bytes of all bodies that are prepared before a run and kept until its end: twice what 100,000
/// leads of the usual size take.
pub const PREPARED_BYTES_MAX: usize = 256_000_000;

/// The converted leads that are posted.
#[derive(Clone, Debug, PartialEq)]
pub struct LeadPlan {
    /// The shape of the body.
    pub shape: LeadShape,
    /// Where the leads' and the arrivals' randomness starts.
    pub seed: Seed,
    /// In which form datetimes are written.
    pub dates: Dates,
    /// How large a body is; as it comes where nothing is said.
    pub size: Option<Sizes>,
    /// The share of leads that are sent a second time, 0 to 1.
    pub duplicates: f64,
    /// The field that holds the run's own number of a lead.
    pub external_id: Option<String>,
    /// Data of the user's own.
    pub feed: Option<Arc<LeadFeed>>,
    /// What of the feed's file was read otherwise than it stands, in words for the user.
    pub notes: Vec<String>,
}

/// The shape of a lead's body.
#[derive(Clone, Debug, PartialEq)]
pub enum LeadShape {
    /// What `JSON.serialize(lead)` writes in Apex: an `attributes` block, nulls omitted.
    Sobject,
    /// What the user's template says.
    Template(Arc<[Segment]>),
}

/// In which form datetimes are written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Dates {
    /// As an sObject has them: `2017-01-28T16:17:31.000+0000`.
    #[default]
    Sobject,
    /// As a class of one's own has them: `2018-06-24T21:05:07.899Z`.
    Iso,
    /// Some leads in one form, some in the other.
    Mixed,
}

/// How large bodies are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sizes {
    /// All alike.
    Constant(ByteSize),
    /// Evenly spread.
    Uniform {
        /// The smallest.
        min: ByteSize,
        /// The largest.
        max: ByteSize,
    },
    /// Log-normal, by its median and its 99th percentile.
    LogNormal {
        /// The median.
        p50: ByteSize,
        /// The 99th percentile, above the median.
        p99: ByteSize,
    },
}

/// Data of the user's own: columns, and a value for each in every row.
#[derive(Clone, Debug, PartialEq)]
pub struct LeadFeed {
    /// The names of the columns. Where the sObject's own shape is posted, they are the keys of the
    /// body, and no two are alike but for their case.
    pub columns: Vec<String>,
    /// The rows, one at least; a value that is null is left out.
    pub rows: Vec<Vec<Value>>,
    /// Whether rows are taken in an order drawn from the seed.
    pub shuffled: bool,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Segment {
    /// Text as it is.
    Text(String),
    /// A placeholder.
    Placeholder {
        /// What takes its place.
        content: Content,
        /// Whether it stands within a string of JSON, or is a value itself.
        in_string: bool,
    },
}

/// What takes the place of a placeholder.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A field of the lead, by its name.
    Field(LeadField),
    /// The lead's number within its load, from 0.
    Seq,
    /// A number that no other lead has, of 17 digits.
    Serial,
    /// The run's own number of the lead.
    ExternalId,
    /// The run's Id, 16 hexadecimal digits.
    RunId,
    /// A UUID that no other lead has.
    Uuid,
    /// When the run started, as an sObject has it.
    Now,
    /// When the run started, as a class of one's own has it.
    NowIso,
    /// The date of the start.
    NowDate,
    /// Milliseconds since the Unix epoch at the start.
    NowUnixMs,
    /// A whole number from the first to the second, drawn for each of the prepared bodies.
    Int(i64, i64),
    /// One of several texts.
    Pick(Vec<String>),
    /// So many digits.
    Digits(usize),
    /// A column of the feed, by its place.
    Feed(usize),
}

/// A field of a lead, under Salesforce's name.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, EnumString, IntoStaticStr, VariantArray)]
#[expect(missing_docs, reason = "the names are Salesforce's own")]
pub enum LeadField {
    Id,
    FirstName,
    LastName,
    Company,
    Title,
    Email,
    Phone,
    Street,
    City,
    State,
    PostalCode,
    Country,
    LeadSource,
    Industry,
    Rating,
    AnnualRevenue,
    NumberOfEmployees,
    Status,
    IsConverted,
    ConvertedDate,
    ConvertedAccountId,
    ConvertedContactId,
    ConvertedOpportunityId,
    OwnerId,
    CreatedDate,
    LastModifiedDate,
}

impl LeadField {
    /// Every field.
    pub const ALL: &[Self] = <Self as VariantArray>::VARIANTS;

    /// Its name.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl Default for LeadPlan {
    fn default() -> Self {
        Self {
            shape: LeadShape::Sobject,
            seed: Seed(1),
            dates: Dates::default(),
            size: None,
            duplicates: 0.0,
            external_id: None,
            feed: None,
            notes: Vec::new(),
        }
    }
}

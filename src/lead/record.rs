//! The body of a callout: one converted lead.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use rand::RngExt;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::person::Person;
use crate::ids::{Id, Kind, NUMBERS, Number};
use crate::plan::{LeadPlan, LeadShape};
use crate::units::{count, index};

/// People made before the run; leads take them in turn, each with Ids of its own. As many
/// as stay in a core's own cache, for each callout copies one.
const PEOPLE: usize = 128;

/// Room that a writer asks for at a time: a few bodies share one allocation, which is
/// taken back when they have been sent. Little enough that hundreds of callers stay in
/// the processor's cache.
const BUFFER_BYTES: usize = 2 * 1024;

/// Bits of a lead's number within its load: a load of a trillion leads takes years.
const LOAD_BITS: u32 = 40;

/// Digits of a lead's serial number, zeros in front; enough for every number of an Id.
const SERIAL_DIGITS: usize = 17;

/// The stream of the seed that people are drawn from.
const PEOPLE_STREAM: u64 = 2;

/// The version of the REST API in an sObject's `url` (Winter '26).
const API_VERSION: &str = "v65.0";

const DATE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
/// An sObject's own form of a datetime: milliseconds, and an offset without a colon.
const DATETIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].000+0000");

/// All leads of a run, by number.
#[derive(Clone, Debug)]
pub struct Leads {
    forms: Arc<[Form]>,
    first_number: u64,
}

/// A lead whose gaps are all of known length: a body is one copy and a few patches.
#[derive(Debug)]
struct Form {
    bytes: Vec<u8>,
    gaps: Vec<(usize, Gap)>,
}

#[derive(Clone, Copy, Debug)]
enum Gap {
    Id(Kind),
    Serial,
}

impl Gap {
    const fn bytes(self) -> usize {
        match self {
            Self::Id(_) => 18,
            Self::Serial => SERIAL_DIGITS,
        }
    }
}

/// Writes the bodies of one caller.
#[derive(Debug)]
pub struct LeadWriter {
    leads: Leads,
    buffer: BytesMut,
}

impl Leads {
    /// The leads of one run.
    ///
    /// `run` tells runs apart: the same seed gives the same people in every run, but with
    /// a random `run` almost surely Ids that no other run has used. `now` dates the conversions.
    pub fn new(plan: LeadPlan, run: u64, now: OffsetDateTime) -> Self {
        let mut rng = plan.seed.rng(PEOPLE_STREAM);
        let forms = (0..PEOPLE)
            .map(|_| {
                let person = Person::new(&mut rng);
                let owner = Id::new(Kind::User, &Number::new(rng.random_range(0..1_000)));
                match plan.shape {
                    LeadShape::Sobject => Form::sobject(&person, owner, now),
                }
            })
            .collect();
        Self {
            forms,
            // An odd factor spreads neighbouring run numbers over the whole space of Ids.
            first_number: run.wrapping_mul(0x9E37_79B9_7F4A_7C15) % NUMBERS,
        }
    }

    /// The Id of the lead with this number in its load.
    pub fn id(&self, seq: u64) -> Id {
        Id::new(Kind::Lead, &Number::new(self.first_number + seq))
    }

    /// The leads of one load of a run: no two loads share a number.
    #[must_use]
    pub fn of_load(mut self, load: u64) -> Self {
        self.first_number += load << LOAD_BITS;
        self
    }

    /// A writer for one caller.
    pub fn writer(&self) -> LeadWriter {
        LeadWriter {
            leads: self.clone(),
            buffer: BytesMut::with_capacity(BUFFER_BYTES),
        }
    }
}

impl LeadWriter {
    /// The body of the lead with this number in its load; the same number gives the same
    /// bytes, whoever writes them.
    pub fn body(&mut self, seq: u64) -> Bytes {
        let Some(form) = self
            .leads
            .forms
            .get(index(seq % count(self.leads.forms.len())))
        else {
            return Bytes::new();
        };
        let serial = (self.leads.first_number + seq) % NUMBERS;
        let number = Number::new(serial);
        // Takes the old allocation back when its bodies have all been sent.
        self.buffer.reserve(form.bytes.len());
        self.buffer.extend_from_slice(&form.bytes);
        for &(place, gap) in &form.gaps {
            let room = &mut self.buffer[place..place + gap.bytes()];
            match gap {
                Gap::Id(kind) => room.copy_from_slice(Id::new(kind, &number).as_bytes()),
                Gap::Serial => write_digits(serial, room),
            }
        }
        self.buffer.split().freeze()
    }
}

impl Form {
    /// What `JSON.serialize(lead)` writes: an `attributes` block, then the fields that
    /// were queried; a field that is null is left out (API 28 and later).
    fn sobject(person: &Person, owner: Id, now: OffsetDateTime) -> Self {
        let mut form = Self::new();
        form.text(r#"{"attributes":{"type":"Lead","url":"/services/data/"#)
            .text(API_VERSION)
            .text("/sobjects/Lead/")
            .gap(Gap::Id(Kind::Lead))
            .text(r#""},"Id":""#)
            .gap(Gap::Id(Kind::Lead))
            .text("\"")
            .field("FirstName", person.first_name.as_str())
            .field("LastName", person.last_name.as_str())
            .field("Company", person.company.as_str())
            .field("Title", person.title.as_str())
            .text(r#","Email":""#)
            .text(&mailbox(person))
            .text(".")
            .gap(Gap::Serial)
            .text("@example.com\"")
            .field("Phone", person.phone.as_str())
            .field("Street", person.street.as_str())
            .field("City", person.city.as_str())
            .field("State", person.state.as_str())
            .field("PostalCode", person.postal_code.as_str())
            .field("Country", "United States")
            .field("LeadSource", person.source)
            .field("Industry", person.industry)
            .field("Rating", person.rating)
            .field("AnnualRevenue", person.annual_revenue)
            .field("NumberOfEmployees", person.employees)
            .field("Status", "Closed - Converted")
            .field("IsConverted", true)
            .field("ConvertedDate", now.format(DATE).unwrap_or_default())
            .text(r#","ConvertedAccountId":""#)
            .gap(Gap::Id(Kind::Account))
            .text(r#"","ConvertedContactId":""#)
            .gap(Gap::Id(Kind::Contact))
            .text("\"");
        if person.has_opportunity {
            form.text(r#","ConvertedOpportunityId":""#)
                .gap(Gap::Id(Kind::Opportunity))
                .text("\"");
        }
        let stamp = now.format(DATETIME).unwrap_or_default();
        form.field("OwnerId", String::from_utf8_lossy(owner.as_bytes()))
            .field("CreatedDate", stamp.clone())
            .field("LastModifiedDate", stamp)
            .text("}");
        form
    }
}

impl Form {
    const fn new() -> Self {
        Self {
            bytes: Vec::new(),
            gaps: Vec::new(),
        }
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.bytes.extend_from_slice(text.as_bytes());
        self
    }

    fn field(&mut self, name: &str, value: impl Into<Value>) -> &mut Self {
        let value = value.into();
        self.text(&format!(",\"{name}\":{value}"))
    }

    fn gap(&mut self, gap: Gap) -> &mut Self {
        self.gaps.push((self.bytes.len(), gap));
        self.bytes.resize(self.bytes.len() + gap.bytes(), b'0');
        self
    }
}

/// Writes a number with zeros in front.
fn write_digits(number: u64, room: &mut [u8]) {
    let mut digits = itoa::Buffer::new();
    let digits = digits.format(number).as_bytes();
    let (zeros, rest) = room.split_at_mut(room.len().saturating_sub(digits.len()));
    zeros.fill(b'0');
    rest.copy_from_slice(&digits[digits.len() - rest.len()..]);
}

/// The letters of a name that may stand in a mailbox without quotes.
fn mailbox(person: &Person) -> String {
    format!("{}.{}", person.first_name, person.last_name)
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '.')
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::units::Seed;

    const PLAN: LeadPlan = LeadPlan {
        shape: LeadShape::Sobject,
        seed: Seed(1),
    };

    fn leads(run: u64) -> Leads {
        Leads::new(PLAN, run, OffsetDateTime::UNIX_EPOCH)
    }

    fn parsed(body: &Bytes) -> Value {
        serde_json::from_slice(body).unwrap()
    }

    #[test]
    fn a_lead_is_a_converted_sobject() {
        let leads = leads(7);
        let lead = parsed(&leads.writer().body(3));
        let id = String::from_utf8(leads.id(3).as_bytes().to_vec()).unwrap();
        assert_eq!(lead["Id"], id);
        assert_eq!(lead["attributes"]["type"], "Lead");
        assert_eq!(
            lead["attributes"]["url"],
            format!("/services/data/v65.0/sobjects/Lead/{id}")
        );
        assert_eq!(lead["IsConverted"], true);
        assert_eq!(lead["ConvertedDate"], "1970-01-01");
        assert_eq!(lead["CreatedDate"], "1970-01-01T00:00:00.000+0000");
        assert!(lead["Email"].as_str().unwrap().ends_with("@example.com"));
        assert!(lead["Phone"].as_str().unwrap().contains(" 555-01"));
    }

    // Coherent: the account, contact and opportunity of a lead carry its own number.
    #[test]
    fn converted_ids_belong_to_the_lead() {
        let leads = leads(7);
        let lead = parsed(&leads.writer().body(11));
        let number = &lead["Id"].as_str().unwrap()[3..15];
        for (field, prefix) in [("ConvertedAccountId", "001"), ("ConvertedContactId", "003")] {
            let id = lead[field].as_str().unwrap();
            assert_eq!(&id[..3], prefix);
            assert_eq!(&id[3..15], number);
        }
    }

    #[test]
    fn null_fields_are_omitted() {
        let mut writer = leads(7).writer();
        let with = (0..128)
            .filter(|&seq| {
                parsed(&writer.body(seq))
                    .get("ConvertedOpportunityId")
                    .is_some()
            })
            .count();
        assert!((80..128).contains(&with), "{with}");
        for seq in 0..128 {
            let lead = parsed(&writer.body(seq));
            assert!(lead.as_object().unwrap().values().all(|v| !v.is_null()));
        }
    }

    #[test]
    fn every_lead_of_a_run_is_unique_and_no_other_run_has_it() {
        let (one, other) = (leads(1), leads(2));
        let ids: HashSet<Id> = (0..2_000)
            .flat_map(|seq| [one.id(seq), other.id(seq)])
            .collect();
        assert_eq!(ids.len(), 4_000);
    }

    proptest! {
        #[test]
        fn a_body_depends_on_its_number_alone(seq in 0_u64..1_000_000, before in 0_u64..100) {
            let leads = leads(5);
            let mut busy = leads.writer();
            for other in 0..before {
                busy.body(other);
            }
            prop_assert_eq!(leads.writer().body(seq), busy.body(seq));
        }
    }
}

//! A converted lead as Apex serializes it: `JSON.serialize(lead)`.

use serde_json::Value;

use super::form::{Form, Gap};
use super::person::Person;
use super::record::Occasion;
use crate::ids::Kind;

/// The version of the REST API in an sObject's `url` (Winter '26).
const API_VERSION: &str = "v65.0";

/// Fields that a small body can do without, in the order in which they go.
const DISPENSABLE: [&str; 12] = [
    "Street",
    "Country",
    "State",
    "PostalCode",
    "City",
    "Title",
    "Industry",
    "Rating",
    "NumberOfEmployees",
    "AnnualRevenue",
    "LeadSource",
    "Phone",
];

/// The most characters of a `Description` (Salesforce object reference, Lead).
pub(super) const DESCRIPTION_MAX: usize = 32_000;

/// What a description says again and again.
const SENTENCES: &str = "Asked for a demonstration of the second product line. Prefers to be \
    called in the morning. Compares three offers and decides by the end of the quarter. Wants the \
    data migrated by the vendor. Has a budget and no date. ";

/// A body of so many bytes, or as it comes: an `attributes` block, then the fields that were
/// queried; a field that is null is left out (API 28 and later). The user's own data stand in
/// for fields of the same name, and behind them where there is none.
pub(super) fn sobject(
    person: &Person,
    occasion: &Occasion<'_>,
    own: &[(&str, &Value)],
    bytes: Option<usize>,
) -> Form {
    let whole = write(person, occasion, own, 0, None);
    let Some(wanted) = bytes else {
        return whole;
    };
    let mut left_out = 0;
    let mut form = whole;
    while form.bytes.len() > wanted && left_out < DISPENSABLE.len() {
        left_out += 1;
        form = write(person, occasion, own, left_out, None);
    }
    // `,"Description":""` has 17 bytes.
    match wanted.checked_sub(form.bytes.len() + 17) {
        Some(room) if room > 0 => {
            let text: String = SENTENCES
                .chars()
                .cycle()
                .take(room.min(DESCRIPTION_MAX))
                .collect();
            write(person, occasion, own, left_out, Some(&text))
        }
        _ => form,
    }
}

fn write(
    person: &Person,
    occasion: &Occasion<'_>,
    own: &[(&str, &Value)],
    left_out: usize,
    description: Option<&str>,
) -> Form {
    let mut form = Form::default();
    form.text(r#"{"attributes":{"type":"Lead","url":"/services/data/"#)
        .text(API_VERSION)
        .text("/sobjects/Lead/")
        .gap(Gap::Id(Kind::Lead))
        .text(r#""},"Id":""#)
        .gap(Gap::Id(Kind::Lead))
        .text("\"");
    let gone = &DISPENSABLE[..left_out.min(DISPENSABLE.len())];
    let is_own = |name: &str| own.iter().any(|(known, _)| *known == name);
    for (name, value) in person.fields() {
        match value {
            _ if is_own(name) || gone.contains(&name) => {}
            Value::Null => {}
            value => {
                form.field(name, value);
            }
        }
        if name == "Title" && !is_own("Email") {
            form.text(",\"Email\":\"")
                .text(&person.mailbox())
                .text(".")
                .gap(Gap::Serial)
                .text("@example.com\"");
        }
    }
    for (name, value) in own
        .iter()
        .filter(|(name, value)| !value.is_null() && *name != "Id")
    {
        form.field(name, (*value).clone());
    }
    if let Some(text) = description.filter(|_| !is_own("Description")) {
        form.field("Description", text);
    }
    form.field("Status", "Closed - Converted")
        .field("IsConverted", true)
        .field("ConvertedDate", occasion.date)
        .gap_field("ConvertedAccountId", Gap::Id(Kind::Account))
        .gap_field("ConvertedContactId", Gap::Id(Kind::Contact));
    if person.has_opportunity {
        form.gap_field("ConvertedOpportunityId", Gap::Id(Kind::Opportunity));
    }
    form.field("OwnerId", occasion.owner)
        .field("CreatedDate", occasion.stamp)
        .field("LastModifiedDate", occasion.stamp);
    if let Some(name) = occasion.external_id {
        form.gap_field(name, Gap::ExternalId);
    }
    form.text("}");
    form
}

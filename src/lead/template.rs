//! A body by the user's template.

use rand::{Rng, RngExt};
use serde_json::Value;

use super::form::{Form, Gap};
use super::occasion::Occasion;
use super::person::Person;
use crate::ids::RecordKind;
use crate::plan::{Content, LeadField, Segment};

/// Fills in what does not differ from lead to lead, and leaves gaps for what does.
pub(super) fn filled(
    segments: &[Segment],
    person: &Person,
    occasion: &Occasion<'_>,
    row: &[Value],
    rng: &mut impl Rng,
) -> Form {
    let mut form = Form::default();
    for segment in segments {
        match segment {
            Segment::Text(text) => {
                form.text(text);
            }
            Segment::Placeholder { content, in_string } => {
                place(&mut form, content, *in_string, person, occasion, row, rng);
            }
        }
    }
    form
}

fn place(
    form: &mut Form,
    content: &Content,
    in_string: bool,
    person: &Person,
    occasion: &Occasion<'_>,
    row: &[Value],
    rng: &mut impl Rng,
) {
    let value = match content {
        Content::Seq => return put_gap(form, Gap::Seq { in_string }, true),
        Content::Serial => return put_gap(form, Gap::Serial, in_string),
        Content::ExternalId => return put_gap(form, Gap::ExternalId, in_string),
        Content::Uuid => return put_gap(form, Gap::Uuid, in_string),
        Content::Field(field) => match field_of(*field, person, occasion) {
            Ok(value) => value,
            Err(kind) => return put_gap(form, Gap::Id(kind), in_string),
        },
        Content::RunId => Value::from(format!("{:016x}", occasion.run)),
        Content::Now => Value::from(occasion.sobject_stamp),
        Content::NowIso => Value::from(occasion.iso_stamp),
        Content::NowDate => Value::from(occasion.date),
        Content::NowUnixMs => Value::from(occasion.unix_ms),
        Content::Int(low, high) => Value::from(rng.random_range(*low..=*high)),
        Content::Pick(choices) => {
            let place = rng.random_range(0..choices.len().max(1));
            choices
                .get(place)
                .map_or(Value::Null, |choice| Value::from(choice.as_str()))
        }
        Content::Digits(count) => {
            let digits = (0..*count).map(|_| char::from(rng.random_range(b'0'..=b'9')));
            Value::from(digits.collect::<String>())
        }
        Content::Feed(column) => row.get(*column).cloned().unwrap_or(Value::Null),
    };
    put(form, &value, in_string);
    // Each lead has its own address; those of one person would be the same.
    if *content == Content::Field(LeadField::Email) {
        unique_mailbox(form, in_string);
    }
}

/// A field of the lead; one that is a record's Id differs from lead to lead.
fn field_of(
    field: LeadField,
    person: &Person,
    occasion: &Occasion<'_>,
) -> Result<Value, RecordKind> {
    Ok(match field {
        LeadField::Id => return Err(RecordKind::Lead),
        LeadField::ConvertedAccountId => return Err(RecordKind::Account),
        LeadField::ConvertedContactId => return Err(RecordKind::Contact),
        LeadField::ConvertedOpportunityId if person.has_opportunity => {
            return Err(RecordKind::Opportunity);
        }
        LeadField::ConvertedOpportunityId => Value::Null,
        LeadField::OwnerId => Value::from(occasion.owner),
        LeadField::Status => Value::from("Closed - Converted"),
        LeadField::IsConverted => Value::from(true),
        LeadField::ConvertedDate => Value::from(occasion.date),
        LeadField::CreatedDate | LeadField::LastModifiedDate => Value::from(occasion.stamp),
        LeadField::Email => Value::from(format!("{}.", person.mailbox)),
        other => {
            let mut fields = person.fields.iter();
            let found = fields.find(|(name, _)| *name == other.as_str());
            found.map_or(Value::Null, |(_, value)| value.clone())
        }
    })
}

/// A value as JSON, or as a part of a string of it.
fn put(form: &mut Form, value: &Value, in_string: bool) {
    let quoted = match value {
        value if !in_string => {
            form.text(&value.to_string());
            return;
        }
        Value::Null => return,
        Value::String(_) => value.to_string(),
        value => Value::from(value.to_string()).to_string(),
    };
    form.text(&quoted[1..quoted.len() - 1]);
}

fn put_gap(form: &mut Form, gap: Gap, is_bare: bool) {
    if is_bare {
        form.gap(gap);
    } else {
        form.text("\"").gap(gap).text("\"");
    }
}

/// Puts the serial number behind a mailbox, within the quotes that it may have.
fn unique_mailbox(form: &mut Form, in_string: bool) {
    if !in_string {
        form.bytes.pop();
    }
    form.gap(Gap::Serial).text("@example.com");
    if !in_string {
        form.text("\"");
    }
}

//! A converted lead as Apex serializes it: `JSON.serialize(lead)`.

use std::collections::HashSet;

use serde_json::Value;

use super::form::{Form, Gap};
use super::occasion::Occasion;
use super::person::Person;
use crate::ids::RecordKind;
use crate::plan::{LeadField, LeadPlan};

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

const DESCRIPTION: &str = "Description";

/// What a description says again and again.
const SENTENCES: &str = "Asked for a demonstration of the second product line. Prefers to be \
    called in the morning. Compares three offers and decides by the end of the quarter. Wants the \
    data migrated by the vendor. Has a budget and no date. ";

/// The keys of a body beside those of every lead: whatever the user's data are called, none is
/// there twice. As in Salesforce the case of a name does not count.
#[derive(Debug, Default)]
pub(super) struct BodyKeys<'p> {
    /// The user's columns that are sent, each with its place.
    own: Vec<(usize, &'p str)>,
    /// Where the run's own number stands.
    external_id: Option<&'p str>,
    /// Fields of a lead that one of these stands in for.
    displaced: HashSet<&'static str>,
}

impl<'p> BodyKeys<'p> {
    pub(super) fn new(plan: &'p LeadPlan) -> Self {
        // Every lead has these two already.
        let mut known: HashSet<String> = ["attributes", "id"].map(ToOwned::to_owned).into();
        let mut is_new = |name: &str| known.insert(name.to_lowercase());
        let external_id = plan.external_id.as_deref().filter(|name| is_new(name));
        let columns = plan.feed.as_ref().map_or(&[][..], |feed| &feed.columns);
        let own = (0..).zip(columns.iter().map(String::as_str));
        let own = own.filter(|(_, name)| is_new(name)).collect();
        let fields = LeadField::ALL.iter().map(|field| field.as_str());
        Self {
            own,
            external_id,
            displaced: fields
                .chain([DESCRIPTION])
                .filter(|field| known.contains(&field.to_lowercase()))
                .collect(),
        }
    }

    /// The members that the user's data give, each with a comma before it; what is null is left out.
    fn members(&self, row: &[Value]) -> Form {
        let mut members = Form::default();
        for (place, name) in &self.own {
            if let Some(value) = row.get(*place).filter(|value| !value.is_null()) {
                members.member(name, value);
            }
        }
        members
    }
}

/// A body of this many bytes, or of its natural size: an `attributes` block, then the fields that
/// were queried; a field that is null is left out (API 28 and later). The user's own data replace
/// fields of the same name; the others follow the fields.
pub(super) fn sobject(
    person: &Person,
    occasion: &Occasion<'_>,
    keys: &BodyKeys<'_>,
    row: &[Value],
    bytes: Option<usize>,
) -> Form {
    let own = keys.members(row);
    let write = |left_out, description| write(person, occasion, keys, &own, left_out, description);
    let whole = write(0, None);
    let Some(wanted) = bytes else {
        return whole;
    };
    let mut left_out = 0;
    let mut form = whole;
    while form.bytes.len() > wanted && left_out < DISPENSABLE.len() {
        left_out += 1;
        form = write(left_out, None);
    }
    // `,"Description":""` has 17 bytes.
    match wanted.checked_sub(form.bytes.len() + 17) {
        Some(room) if room > 0 => {
            let text: String = SENTENCES
                .chars()
                .cycle()
                .take(room.min(DESCRIPTION_MAX))
                .collect();
            write(left_out, Some(&text))
        }
        _ => form,
    }
}

/// The `attributes` block and the Id.
fn begun() -> Form {
    let mut form = Form::default();
    form.text(r#"{"attributes":{"type":"Lead","url":"/services/data/"#)
        .text(API_VERSION)
        .text("/sobjects/Lead/")
        .gap(Gap::Id(RecordKind::Lead))
        .text(r#""},"Id":""#)
        .gap(Gap::Id(RecordKind::Lead))
        .text("\"");
    form
}

fn write(
    person: &Person,
    occasion: &Occasion<'_>,
    keys: &BodyKeys<'_>,
    own: &Form,
    left_out: usize,
    description: Option<&str>,
) -> Form {
    let mut form = begun();
    let gone = &DISPENSABLE[..left_out.min(DISPENSABLE.len())];
    let is_free = |name: &str| !keys.displaced.contains(name);
    for (name, value) in &person.fields {
        if is_free(name) && !gone.contains(name) && !value.is_null() {
            form.member(name, value);
        }
        if *name == "Title" && is_free("Email") {
            form.text(",\"Email\":\"")
                .text(&person.mailbox)
                .text(".")
                .gap(Gap::Serial)
                .text("@example.com\"");
        }
    }
    form.bytes.extend_from_slice(&own.bytes);
    let mut field = |name, value: Value| {
        if is_free(name) {
            form.field(name, value);
        }
    };
    if let Some(description) = description {
        field(DESCRIPTION, description.into());
    }
    field("Status", "Closed - Converted".into());
    field("IsConverted", true.into());
    field("ConvertedDate", occasion.date.into());
    let opportunity = person.has_opportunity.then_some(RecordKind::Opportunity);
    for (name, kind) in [
        ("ConvertedAccountId", Some(RecordKind::Account)),
        ("ConvertedContactId", Some(RecordKind::Contact)),
        ("ConvertedOpportunityId", opportunity),
    ] {
        if let Some(kind) = kind.filter(|_| is_free(name)) {
            form.gap_field(name, Gap::Id(kind));
        }
    }
    let mut field = |name, text: &str| {
        if is_free(name) {
            form.field(name, text);
        }
    };
    field("OwnerId", occasion.owner);
    field("CreatedDate", occasion.stamp);
    field("LastModifiedDate", occasion.stamp);
    if let Some(name) = keys.external_id {
        form.gap_field(name, Gap::ExternalId);
    }
    form.text("}");
    form
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;

    use proptest::prelude::*;
    use time::OffsetDateTime;

    use super::super::Leads;
    use super::*;
    use crate::plan::{LeadFeed, Sizes};
    use crate::units::ByteSize;

    fn leads(columns: &[String], row: Vec<Value>, change: impl FnOnce(&mut LeadPlan)) -> Leads {
        let mut plan = LeadPlan {
            feed: Some(Arc::new(LeadFeed {
                columns: columns.to_vec(),
                rows: vec![row],
                shuffled: false,
            })),
            ..LeadPlan::default()
        };
        change(&mut plan);
        Leads::new(&plan, 7, OffsetDateTime::UNIX_EPOCH)
    }

    #[test]
    fn the_users_data_stand_in_for_what_a_conversion_sets() {
        let columns = [
            "isconverted",
            "Status",
            "OWNERID",
            "ConvertedAccountId",
            "Id",
            "attributes",
        ]
        .map(ToOwned::to_owned);
        let row = vec![
            false.into(),
            "Open".into(),
            "005000000000001AAA".into(),
            Value::Null,
            "00Q".into(),
            7.into(),
        ];
        let leads = leads(&columns, row, |plan| {
            plan.external_id = Some("company".to_owned());
        });
        let lead: Value = serde_json::from_slice(&leads.body(3)).unwrap();
        let lead = lead.as_object().unwrap();
        assert_eq!(lead["isconverted"], false);
        assert_eq!(lead["Status"], "Open");
        assert_eq!(lead["OWNERID"], "005000000000001AAA");
        assert_eq!(lead["company"], leads.external_id(3));
        assert_eq!(lead["Id"], leads.id(3).as_str());
        assert_eq!(lead["attributes"]["type"], "Lead");
        for gone in ["IsConverted", "OwnerId", "ConvertedAccountId", "Company"] {
            assert!(!lead.contains_key(gone), "{gone}");
        }
    }

    /// Names as files have them: those of a lead in any case, and any other.
    fn names() -> impl Strategy<Value = String> {
        let fields = || {
            let names = LeadField::ALL.iter().map(|field| field.as_str());
            let names: Vec<_> = names.chain(["Description", "attributes", "x__c"]).collect();
            prop::sample::select(names)
        };
        prop_oneof![
            fields().prop_map(str::to_owned),
            fields().prop_map(str::to_lowercase),
            fields().prop_map(str::to_uppercase),
            any::<String>(),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_key_is_there_twice_whatever_the_columns_are_called(
            columns in prop::collection::vec(names(), 0..12),
            external_id in prop::option::of(names()),
            size in prop::option::of(500_u64..5_000),
        ) {
            let row = columns.iter().map(|name| Value::from(name.as_str())).collect();
            let leads = leads(&columns, row, |plan| {
                plan.external_id = external_id;
                plan.size = size.map(|size| Sizes::Constant(ByteSize(size)));
            });
            for seq in 0..4 {
                let body = leads.body(seq);
                let lead: serde_json::Map<String, Value> = serde_json::from_slice(&body).unwrap();
                // A key that is there twice is read once, and what is written again is shorter.
                prop_assert_eq!(serde_json::to_vec(&lead).unwrap().len(), body.len());
                let keys: HashSet<_> = lead.keys().map(|key| key.to_lowercase()).collect();
                prop_assert_eq!(keys.len(), lead.len(), "{:?}", lead);
            }
        }
    }
}

//! The body of a callout: one converted lead.

use std::sync::Arc;

use bytes::Bytes;
use time::OffsetDateTime;

use super::drawn::mixed;
use super::form::{Filling, Form, external_id_text};
use super::prepared::forms;
use crate::ids::{Id, NUMBERS, Number, RecordKind};
use crate::plan::LeadPlan;
use crate::units::{count, index, unit_fraction};

/// Bits of a lead's number within its load: a load of a trillion leads takes years.
const LOAD_BITS: u32 = 40;

/// How far back a lead is sent again, at most.
const AGAIN_WITHIN: u64 = 1_000;

/// All leads of a run, by number.
#[derive(Clone, Debug)]
pub struct Leads {
    forms: Arc<[Form]>,
    first_number: u64,
    run: u64,
    load: u64,
    seed: u64,
    duplicates: f64,
}

impl Leads {
    /// The leads of one run.
    ///
    /// `run` tells runs apart: the same seed gives the same people in every run, but with
    /// a random `run` almost surely Ids that no other run has used. `now` dates the conversions.
    pub fn new(plan: &LeadPlan, run: u64, now: OffsetDateTime) -> Self {
        Self {
            forms: forms(plan, run, now).into(),
            // An odd factor spreads neighbouring run numbers over the whole space of Ids.
            first_number: run.wrapping_mul(0x9E37_79B9_7F4A_7C15) % NUMBERS,
            run,
            load: 0,
            seed: plan.seed.0,
            duplicates: plan.duplicates,
        }
    }

    /// The Id of the lead with this number in its load.
    pub fn id(&self, seq: u64) -> Id {
        Id::new(
            RecordKind::Lead,
            &Number::new(self.first_number + self.original(seq)),
        )
    }

    /// The run's own number of the lead with this number in its load.
    pub fn external_id(&self, seq: u64) -> String {
        external_id_text(&self.filling(self.original(seq)))
    }

    /// The number of the lead that is really sent: for a deliberate duplicate, that of the earlier
    /// lead.
    pub fn original(&self, mut seq: u64) -> u64 {
        while let Some(before) = self.repeats(seq) {
            seq = before;
        }
        seq
    }

    fn repeats(&self, seq: u64) -> Option<u64> {
        if self.duplicates <= 0.0 || seq == 0 {
            return None;
        }
        let drawn = mixed(self.seed ^ self.load.rotate_left(32), seq);
        let is_one = unit_fraction(drawn) < self.duplicates;
        is_one.then(|| seq - 1 - mixed(drawn, seq) % seq.min(AGAIN_WITHIN))
    }

    /// The leads of one load of a run: no two loads share a number.
    #[must_use]
    pub fn of_load(mut self, load: u64) -> Self {
        self.first_number += load << LOAD_BITS;
        self.load = load;
        self
    }

    /// The body of the lead with this number in its load; the same number gives the same bytes.
    pub fn body(&self, seq: u64) -> Bytes {
        let mut body = Vec::with_capacity(self.size(seq));
        self.write(seq, &mut body);
        body.into()
    }

    /// Bytes of that body.
    pub fn size(&self, seq: u64) -> usize {
        let form = self.form(self.original(seq));
        form.map_or(0, |form| form.bytes.len())
    }

    /// Appends that body.
    pub fn write(&self, seq: u64, out: &mut Vec<u8>) {
        let seq = self.original(seq);
        if let Some(form) = self.form(seq) {
            let begin = out.len();
            out.extend_from_slice(&form.bytes);
            form.fill(&self.filling(seq), &mut out[begin..]);
        }
    }

    fn form(&self, seq: u64) -> Option<&Form> {
        let place = index(seq % count(self.forms.len()).max(1));
        self.forms.get(place)
    }

    fn filling(&self, seq: u64) -> Filling {
        Filling {
            serial: (self.first_number + seq) % NUMBERS,
            seq,
            load: self.load,
            run: self.run,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::plan::{
        Content, Dates, LeadFeed, LeadField, LeadShape, PREPARED_BYTES_MAX, Segment, Sizes,
    };
    use crate::units::ByteSize;

    fn leads(run: u64) -> Leads {
        Leads::new(&LeadPlan::default(), run, OffsetDateTime::UNIX_EPOCH)
    }

    fn parsed(body: &Bytes) -> Value {
        serde_json::from_slice(body).unwrap()
    }

    #[test]
    fn a_lead_is_a_converted_sobject() {
        let leads = leads(7);
        let lead = parsed(&leads.body(3));
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
        let lead = parsed(&leads.body(11));
        let number = &lead["Id"].as_str().unwrap()[3..15];
        for (field, prefix) in [("ConvertedAccountId", "001"), ("ConvertedContactId", "003")] {
            let id = lead[field].as_str().unwrap();
            assert_eq!(&id[..3], prefix);
            assert_eq!(&id[3..15], number);
        }
    }

    #[test]
    fn null_fields_are_omitted() {
        let leads = leads(7);
        let with = (0..128)
            .filter(|&seq| {
                parsed(&leads.body(seq))
                    .get("ConvertedOpportunityId")
                    .is_some()
            })
            .count();
        assert!((80..128).contains(&with), "{with}");
        for seq in 0..128 {
            let lead = parsed(&leads.body(seq));
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

    fn with(change: impl FnOnce(&mut LeadPlan)) -> Leads {
        let mut plan = LeadPlan::default();
        change(&mut plan);
        Leads::new(&plan, 7, OffsetDateTime::UNIX_EPOCH)
    }

    fn size(text: &str) -> ByteSize {
        text.parse().unwrap()
    }

    #[test]
    fn a_body_has_the_size_that_was_asked_for() {
        for bytes in ["0.7KB", "0.9KB", "1KB", "4KB", "32KB"] {
            let leads = with(|plan| plan.size = Some(Sizes::Constant(size(bytes))));
            for seq in 0..200 {
                let body = leads.body(seq);
                parsed(&body);
                let off = count(body.len()).abs_diff(size(bytes).0);
                assert!(off <= 120, "{bytes}: {}", body.len());
            }
        }
        let (min, max) = (size("1KB"), size("9KB"));
        let leads = with(|plan| plan.size = Some(Sizes::Uniform { min, max }));
        let sizes: HashSet<_> = (0..128).map(|seq| leads.body(seq).len()).collect();
        assert!(sizes.len() > 100 && sizes.iter().all(|size| (990..9_010).contains(size)));
    }

    #[test]
    fn datetimes_have_the_form_that_was_asked_for() {
        for (dates, forms) in [(Dates::Sobject, 1), (Dates::Iso, 1), (Dates::Mixed, 2)] {
            let leads = with(|plan| plan.dates = dates);
            let stamps: HashSet<_> = (0..128)
                .map(|seq| parsed(&leads.body(seq))["CreatedDate"].to_string())
                .collect();
            assert_eq!(stamps.len(), forms, "{stamps:?}");
            let has_iso = stamps.iter().any(|stamp| stamp.ends_with("000Z\""));
            assert_eq!(has_iso, dates != Dates::Sobject);
        }
    }

    // Of 20,000 leads a share of 2 %, to four standard errors; each is one that was sent before.
    #[test]
    fn duplicates_repeat_a_lead_that_was_sent_before() {
        let leads = with(|plan| plan.duplicates = 0.02);
        let mut again = 0;
        for seq in 0..20_000 {
            let original = leads.original(seq);
            assert!(original <= seq && leads.original(original) == original);
            if original != seq {
                again += 1;
                assert_eq!(leads.body(seq), leads.body(original));
                assert_eq!(leads.external_id(seq), leads.external_id(original));
            }
        }
        assert!((320..=480).contains(&again), "{again}");
    }

    #[test]
    fn an_external_id_tells_run_load_and_number() {
        let leads = with(|plan| plan.external_id = Some("leadbench_id__c".to_owned())).of_load(3);
        assert_eq!(leads.external_id(12), "0000000000000007-03-000000000012");
        let lead = parsed(&leads.body(12));
        assert_eq!(lead["leadbench_id__c"], "0000000000000007-03-000000000012");
    }

    #[test]
    fn the_users_data_stand_in_for_fields_and_null_leaves_one_out() {
        let feed = LeadFeed {
            columns: ["Company", "Phone", "Region__c"]
                .map(ToOwned::to_owned)
                .to_vec(),
            rows: vec![vec!["A \"B\"".into(), Value::Null, 7.into()]],
            shuffled: false,
        };
        let leads = with(|plan| plan.feed = Some(Arc::new(feed)));
        for seq in 0..200 {
            let lead = parsed(&leads.body(seq));
            assert_eq!(lead["Company"], "A \"B\"");
            assert!(lead.get("Phone").is_none());
            assert_eq!(lead["Region__c"], 7);
        }
    }

    // A body is not kept 128 times over where that would take a machine's memory.
    #[test]
    fn large_bodies_are_prepared_for_fewer_people() {
        let text = |bytes: usize| Segment::Text(format!("{{\"a\":\"{}\"}}", "x".repeat(bytes)));
        let forms = |bytes: usize, rows: usize| {
            with(|plan| {
                plan.shape = LeadShape::Template(vec![text(bytes)].into());
                plan.feed = (rows > 0).then(|| {
                    let columns = vec!["a".to_owned()];
                    let rows = vec![vec![Value::Null]; rows];
                    let shuffled = false;
                    Arc::new(LeadFeed {
                        columns,
                        rows,
                        shuffled,
                    })
                });
            })
            .forms
            .len()
        };
        assert_eq!(
            (forms(100, 0), forms(100, 3), forms(100, 200)),
            (128, 129, 200)
        );
        let fitting = PREPARED_BYTES_MAX / 8_000_000;
        assert_eq!(forms(8_000_000 - 8, 0), fitting);
        assert_eq!(forms(8_000_000 - 8, 3), fitting / 3 * 3);
    }

    #[test]
    fn a_template_is_filled_in_with_what_its_places_demand() {
        let place = |content, in_string| Segment::Placeholder { content, in_string };
        let text = |text: &str| Segment::Text(text.to_owned());
        let segments = vec![
            text("{\"id\": "),
            place(Content::Field(LeadField::Id), false),
            text(", \"n\": "),
            place(Content::Seq, false),
            text(", \"revenue\": "),
            place(Content::Field(LeadField::AnnualRevenue), false),
            text(", \"mail\": "),
            place(Content::Field(LeadField::Email), false),
            text(", \"name\": \"<"),
            place(Content::Pick(vec!["a\"b".to_owned()]), true),
            text("> "),
            place(Content::Int(5, 5), true),
            text("\", \"uuid\": "),
            place(Content::Uuid, false),
            text("}"),
        ];
        let leads = with(|plan| plan.shape = LeadShape::Template(segments.into()));
        let mut uuids = HashSet::new();
        for seq in [0, 9, 12_345] {
            let body = parsed(&leads.body(seq));
            assert_eq!(body["id"], leads.id(seq).as_str());
            assert_eq!(body["n"], seq);
            assert!(body["revenue"].is_number());
            assert!(body["mail"].as_str().unwrap().ends_with("@example.com"));
            assert_eq!(body["name"], "<a\"b> 5");
            assert!(uuids.insert(body["uuid"].as_str().unwrap().to_owned()));
            assert_eq!(
                uuid::Uuid::parse_str(body["uuid"].as_str().unwrap())
                    .unwrap()
                    .get_version_num(),
                4
            );
        }
    }

    proptest! {
        #[test]
        fn a_body_is_appended_whole_and_depends_on_its_number_alone(
            seq in 0_u64..1_000_000,
            before in 0_u64..100,
        ) {
            let leads = leads(5);
            let mut out = Vec::new();
            for other in (0..before).chain([seq]) {
                let begin = out.len();
                leads.write(other, &mut out);
                prop_assert_eq!(out.len() - begin, leads.size(other));
                prop_assert_eq!(&out[begin..], &leads.body(other)[..]);
            }
        }
    }
}

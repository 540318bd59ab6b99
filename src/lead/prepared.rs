//! The bodies that are made before the run, and that leads take in turn.

use rand::RngExt as _;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::drawn;
use super::form::Form;
use super::occasion::Occasion;
use super::person::Person;
use super::{sobject, template};
use crate::ids::{Id, Number, RecordKind};
use crate::plan::{Dates, LeadPlan, LeadShape, PREPARED_BYTES_MAX};
use crate::units::count;

/// People made before the run; leads take them in turn, each with Ids of its own. As many
/// as stay in a core's own cache, for each callout copies one.
const PEOPLE: usize = 128;

/// The stream of the seed that people are drawn from.
const PEOPLE_STREAM: u64 = 2;

const DATE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
/// An sObject's own form of a datetime: milliseconds, and an offset without a colon.
const SOBJECT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].000+0000");
/// That of a class of one's own.
const ISO: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].000Z");

/// The bodies that leads take in turn: one for each person, or one for each row of the user's data
/// and at least that many people. Large bodies get fewer people.
pub(super) fn forms(plan: &LeadPlan, run: u64, now: OffsetDateTime) -> Vec<Form> {
    let mut rng = plan.seed.rng(PEOPLE_STREAM);
    let text = |form: &[BorrowedFormatItem<'_>]| now.format(form).unwrap_or_default();
    let (date, sobject_stamp, iso_stamp) = (text(DATE), text(SOBJECT), text(ISO));
    let unix_ms = i64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or_default();
    let rows = plan.feed.as_ref().map_or(&[][..], |feed| &feed.rows);
    let order = drawn::order(plan, rows.len());
    let keys = sobject::BodyKeys::new(plan);
    // Every row comes as often as any other.
    let round = rows.len().max(1);
    let mut footprint = 0;
    let mut forms: Vec<Form> = Vec::new();
    for number in 0..round * PEOPLE.div_ceil(round) {
        let rounds = number / round;
        let is_full = rounds > 0 && footprint + footprint / rounds > PREPARED_BYTES_MAX;
        if is_full && number % round == 0 {
            break;
        }
        let person = Person::new(&mut rng);
        let owner = Id::new(RecordKind::User, &Number::new(rng.random_range(0..1_000)));
        let row = order
            .get(number % round)
            .and_then(|row| rows.get(*row))
            .map_or(&[][..], Vec::as_slice);
        let occasion = Occasion {
            run,
            owner: owner.as_str(),
            date: &date,
            stamp: match plan.dates {
                Dates::Iso => &iso_stamp,
                Dates::Mixed if drawn::mixed(plan.seed.0, count(number)).is_multiple_of(2) => {
                    &iso_stamp
                }
                Dates::Sobject | Dates::Mixed => &sobject_stamp,
            },
            sobject_stamp: &sobject_stamp,
            iso_stamp: &iso_stamp,
            unix_ms,
        };
        let mut form = match &plan.shape {
            LeadShape::Sobject => {
                let bytes = plan.size.map(|sizes| drawn::size(sizes, &mut rng));
                sobject::sobject(&person, &occasion, &keys, row, bytes)
            }
            LeadShape::Template(segments) => {
                template::filled(segments, &person, &occasion, row, &mut rng)
            }
        };
        form.shrink();
        footprint += form.footprint();
        forms.push(form);
    }
    forms
}

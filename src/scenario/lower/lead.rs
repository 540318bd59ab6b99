//! `[lead]` to the leads that are posted.

use std::sync::Arc;

use crate::plan::{Dates, LeadPlan, LeadShape, Segment, Sizes};
use crate::scenario::inputs::body_size;
use crate::scenario::inputs::feed::{self, Purpose};
use crate::scenario::inputs::file_text::{Fault, text_of};
use crate::scenario::inputs::template;
use crate::scenario::sources::given::Files;
use crate::scenario::table::reader::At;
use crate::scenario::table::value::{Part, Text};
use crate::scenario::text::complaints::Complaints;
use crate::scenario::text::snippet::visible;
use crate::scenario::text::span::Span;
use crate::scenario::written::scenario::LeadTable;
use crate::units::Seed;

/// The seed of a scenario that names none.
const SEED: u64 = 1;

/// A file that `[lead]` names.
struct Named<'f> {
    /// The key that names it.
    key: &'static str,
    name: &'f str,
    span: Span,
}

/// Reads what is posted; `None` where there is a fault in it.
pub(super) fn lead(
    table: Option<LeadTable>,
    files: &Files<'_>,
    complaints: &Complaints,
) -> Option<LeadPlan> {
    let Some(table) = table else {
        return Some(LeadPlan {
            seed: Seed(SEED),
            ..LeadPlan::default()
        });
    };
    let is_known = refuse_contradictions(&table, complaints);
    let size = table.size.as_ref().map(|size| size.value.0);
    let feed = match &table.feed {
        None => None,
        Some(file) => Some(feed(&named("feed", file), &table, files, complaints)?),
    };
    let shape = match &table.template {
        None => LeadShape::Sobject,
        Some(file) => {
            let file = named("template", file);
            let segments = template(&file, feed.as_ref(), files, complaints)?;
            LeadShape::Template(segments.into())
        }
    };
    let (feed, notes) = match feed {
        None => (None, Vec::new()),
        Some(read) => {
            check_sizes(&table, &shape, &read, size, complaints)?;
            (Some(Arc::new(read.feed)), read.notes)
        }
    };
    is_known.then(|| LeadPlan {
        shape,
        seed: Seed(table.seed.map_or(SEED, |seed| seed.value.0)),
        dates: table
            .dates
            .map_or_else(Dates::default, |dates| dates.value.0),
        size,
        duplicates: table.duplicates.map_or(
            0.0,
            |At {
                 value: Part(share), ..
             }| share,
        ),
        external_id: table.external_id.map(|name| name.value.0),
        feed,
        notes,
    })
}

fn named<'f>(key: &'static str, file: &'f At<Text<1, 4096>>) -> Named<'f> {
    Named {
        key,
        name: &file.value.0,
        span: file.span,
    }
}

/// Complains of keys that mean nothing beside the others.
fn refuse_contradictions(table: &LeadTable, complaints: &Complaints) -> bool {
    if let (Some(order), None) = (table.header.key("feed_order"), &table.feed) {
        complaints
            .add(order, "`feed_order` means nothing without `feed`")
            .hint("leave it out, or name a feed");
    }
    if table.template.is_some() {
        refuse_of_sobject(table, complaints);
    }
    let Some(field) = &table.external_id else {
        return true;
    };
    // Each lead has its own, and none twice.
    let is_taken = ["Id", "attributes"]
        .iter()
        .any(|name| name.eq_ignore_ascii_case(&field.value.0));
    if is_taken {
        complaints
            .add(
                field.span,
                format!(
                    "`external_id`: each lead has its own {} already",
                    field.value.0
                ),
            )
            .hint("name a field for it, such as leadbench_id__c");
    }
    !is_taken
}

/// What only the sObject's own shape has; a template says it itself.
fn refuse_of_sobject(table: &LeadTable, complaints: &Complaints) {
    for (name, instead) in [
        ("shape", "the template is the shape"),
        ("size", "the template is as large as it is"),
        ("external_id", "write {{external_id}} in the template"),
    ] {
        if let Some(span) = table.header.key(name) {
            complaints
                .add(span, format!("`{name}` means nothing to a template"))
                .hint(format!("leave it out; {instead}"));
        }
    }
}

fn complain(file: &Named<'_>, fault: &Fault, complaints: &Complaints) {
    let message = format!("`{}`: {}", file.key, fault.told(file.name));
    let added = complaints.add(file.span, message);
    added.hint_if_any(fault.hint.clone());
}

fn bytes_of(file: &Named<'_>, files: &Files<'_>, complaints: &Complaints) -> Option<Vec<u8>> {
    let bytes = files(file.span.source, file.name);
    bytes
        .map_err(|why| complaints.add(file.span, format!("`{}`: {why}", file.key)))
        .ok()
}

fn feed(
    file: &Named<'_>,
    table: &LeadTable,
    files: &Files<'_>,
    complaints: &Complaints,
) -> Option<feed::Read> {
    let bytes = bytes_of(file, files, complaints)?;
    let order = table.feed_order.as_ref();
    let shuffled = order.is_some_and(|order| order.value.0.0);
    let purpose = match &table.template {
        None => Purpose::Fields,
        Some(_) => Purpose::Values,
    };
    match feed::read(file.name, &bytes, purpose, shuffled) {
        Ok(mut read) => {
            if let Some(field) = &table.external_id
                && read.leave_out(&field.value.0)
            {
                read.notes.push(format!(
                    "{} is not taken from it: external_id puts the run's own number there",
                    field.value.0
                ));
            }
            for note in &mut read.notes {
                *note = visible(&format!("{}: {note}", file.name));
            }
            Some(read)
        }
        Err(faults) => {
            for fault in &faults {
                complain(file, fault, complaints);
            }
            None
        }
    }
}

fn template(
    file: &Named<'_>,
    feed: Option<&feed::Read>,
    files: &Files<'_>,
    complaints: &Complaints,
) -> Option<Vec<Segment>> {
    let bytes = bytes_of(file, files, complaints)?;
    let read = match text_of(&bytes) {
        Ok(text) => template::read(text, feed.map(|read| &read.feed)),
        Err(fault) => Err(vec![fault]),
    };
    let read = read.and_then(|segments| match feed {
        // With a feed its rows are checked.
        Some(_) => Ok(segments),
        None => body_size::of_template(&segments, None)
            .map(|()| segments)
            .map_err(|fault| vec![fault]),
    });
    match read {
        Ok(segments) => Some(segments),
        Err(faults) => {
            for fault in &faults {
                complain(file, fault, complaints);
            }
            None
        }
    }
}

/// Complains of bodies that are too large, or too many for what they hold.
fn check_sizes(
    table: &LeadTable,
    shape: &LeadShape,
    read: &feed::Read,
    size: Option<Sizes>,
    complaints: &Complaints,
) -> Option<()> {
    let checked = match shape {
        LeadShape::Sobject => body_size::of_fields(read, size),
        LeadShape::Template(segments) => body_size::of_template(segments, Some(read)),
    };
    let file = named("feed", table.feed.as_ref()?);
    checked
        .map_err(|fault| complain(&file, &fault, complaints))
        .ok()
}

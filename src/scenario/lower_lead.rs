//! `[lead]` to the leads that are posted.

use std::sync::Arc;

use super::Files;
use super::feed_file;
use super::file::LeadTable;
use super::problem::{Complaints, Span};
use super::table::At;
use super::template_file;
use super::value::{Part, SizesValue};
use crate::plan::{Dates, LeadFeed, LeadPlan, LeadShape};
use crate::units::Seed;

/// The seed of a scenario that names none.
const SEED: u64 = 1;

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
    let feed = match &table.feed {
        None => None,
        Some(file) => {
            let shuffled = table
                .feed_order
                .as_ref()
                .is_some_and(|order| order.value.0.0);
            Some(feed(&file.value.0, file.span, shuffled, files, complaints)?)
        }
    };
    if let (Some(order), None) = (table.header.key("feed_order"), &feed) {
        complaints.add_with_hint(
            order,
            "`feed_order` means nothing without `feed`",
            "leave it out, or name a feed",
        );
    }
    let shape = match &table.template {
        None => LeadShape::Sobject,
        Some(file) => {
            refuse_of_sobject(&table, complaints);
            let known = feed.as_deref();
            let segments = template(&file.value.0, file.span, known, files, complaints)?;
            LeadShape::Template(segments.into())
        }
    };
    Some(LeadPlan {
        shape,
        seed: Seed(table.seed.map_or(SEED, |seed| seed.value.0)),
        dates: table
            .dates
            .map_or_else(Dates::default, |dates| dates.value.0),
        size: table.size.map(
            |At {
                 value: SizesValue(sizes),
                 ..
             }| sizes,
        ),
        duplicates: table.duplicates.map_or(
            0.0,
            |At {
                 value: Part(share), ..
             }| share,
        ),
        external_id: table.external_id.map(|name| name.value.0),
        feed,
    })
}

/// What only the sObject's own shape has; a template says it itself.
fn refuse_of_sobject(table: &LeadTable, complaints: &Complaints) {
    for (name, instead) in [
        ("shape", "the template is the shape"),
        ("size", "the template is as large as it is"),
        ("external_id", "write {{external_id}} in the template"),
    ] {
        if let Some(span) = table.header.key(name) {
            complaints.add_with_hint(
                span,
                format!("`{name}` means nothing to a template"),
                format!("leave it out; {instead}"),
            );
        }
    }
}

fn feed(
    name: &str,
    span: Span,
    shuffled: bool,
    files: &Files<'_>,
    complaints: &Complaints,
) -> Option<Arc<LeadFeed>> {
    let bytes = files(span.source, name)
        .map_err(|why| complaints.add(span, format!("`feed`: {why}")))
        .ok()?;
    match feed_file::read(name, &bytes, shuffled) {
        Ok(feed) => Some(Arc::new(feed)),
        Err(faults) => {
            for (line, fault) in faults {
                complaints.add(span, format!("`feed`: {name}:{line}: {fault}"));
            }
            None
        }
    }
}

fn template(
    name: &str,
    span: Span,
    feed: Option<&LeadFeed>,
    files: &Files<'_>,
    complaints: &Complaints,
) -> Option<Vec<crate::plan::Segment>> {
    let bytes = files(span.source, name)
        .map_err(|why| complaints.add(span, format!("`template`: {why}")))
        .ok()?;
    let Ok(text) = std::str::from_utf8(&bytes) else {
        complaints.add(span, format!("`template`: {name} is not UTF-8"));
        return None;
    };
    match template_file::read(text, feed) {
        Ok(segments) => Some(segments),
        Err(faults) => {
            for (line, column, fault) in faults {
                complaints.add(span, format!("`template`: {name}:{line}:{column}: {fault}"));
            }
            None
        }
    }
}

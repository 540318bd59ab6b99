//! `[lead]` to the leads that are posted.

use std::sync::Arc;

use crate::plan::{LeadPlan, LeadShape, Segment, Sizes};
use crate::scenario::inputs::body_size;
use crate::scenario::inputs::feed::{self, Purpose};
use crate::scenario::inputs::file_text::{FileFault, text_of};
use crate::scenario::inputs::template;
use crate::scenario::sources::given::Files;
use crate::scenario::table::at::At;
use crate::scenario::table::keys::FromTable;
use crate::scenario::table::value::Text;
use crate::scenario::table::words::FeedOrder;
use crate::scenario::text::complaints::Complaints;
use crate::scenario::text::snippet::visible;
use crate::scenario::text::span::Span;
use crate::scenario::written::lead::LeadTable;
use crate::units::Seed;

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
    let table = table.unwrap_or_else(|| LeadTable::usual(complaints));
    let is_known = refuse_contradictions(&table, complaints);
    let size = table.size.as_ref().map(|size| size.0);
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
        seed: Seed(table.seed.0),
        dates: table.dates.0,
        size,
        duplicates: table.duplicates.0,
        external_id: table.external_id.map(|name| name.value.0),
        feed,
        notes,
    })
}

fn named<'f>(key: &'static str, file: &'f At<Text<1, 4096>>) -> Named<'f> {
    Named {
        key,
        name: &file.0,
        span: file.span,
    }
}

/// Complains of keys that contradict others.
fn refuse_contradictions(table: &LeadTable, complaints: &Complaints) -> bool {
    let header = &table.header;
    if table.feed.is_none() {
        let hint = "leave it out, or name a feed";
        header.requires("feed_order", "`feed`", hint, complaints);
    }
    if table.template.is_some() {
        for (name, instead) in [
            ("shape", "the template is the shape"),
            ("size", "the template decides how large a body is"),
            ("external_id", "write {{external_id}} in the template"),
        ] {
            let hint = format!("leave it out; {instead}");
            header.exclude(name, "template", hint, complaints);
        }
    }
    let Some(field) = &table.external_id else {
        return true;
    };
    // Each lead has its own, and none twice.
    let is_taken = ["Id", "attributes"]
        .iter()
        .any(|name| name.eq_ignore_ascii_case(&field.0));
    if is_taken {
        let message = format!("`external_id`: each lead already has its own {}", field.0);
        let hint = "name a field for it, such as leadbench_id__c";
        complaints.advise(field.span, message, hint);
    }
    !is_taken
}

fn complain_of_each(file: &Named<'_>, faults: &[FileFault], complaints: &Complaints) {
    for fault in faults {
        let message = format!("`{}`: {}", file.key, fault.told(file.name));
        complaints.advise_if_any(file.span, message, fault.hint.clone());
    }
}

fn bytes_of(file: &Named<'_>, files: &Files<'_>, complaints: &Complaints) -> Option<Vec<u8>> {
    let bytes = files(file.span.source, file.name);
    let complain = |why| complaints.add(file.span, format!("`{}`: {why}", file.key));
    bytes.map_err(complain).ok()
}

fn feed(
    file: &Named<'_>,
    table: &LeadTable,
    files: &Files<'_>,
    complaints: &Complaints,
) -> Option<feed::Read> {
    let bytes = bytes_of(file, files, complaints)?;
    let shuffled = table.feed_order.0 == FeedOrder::Shuffled;
    let purpose = match &table.template {
        None => Purpose::Fields,
        Some(_) => Purpose::Values,
    };
    let mut read = feed::read(file.name, &bytes, purpose, shuffled)
        .map_err(|faults| complain_of_each(file, &faults, complaints))
        .ok()?;
    if let Some(Text(field)) = table.external_id.as_deref()
        && read.leave_out(field)
    {
        read.notes.push(format!(
            "its column {field} is not sent: external_id puts the run's own number there"
        ));
    }
    for note in &mut read.notes {
        *note = visible(&format!("{}: {note}", file.name));
    }
    Some(read)
}

fn template(
    file: &Named<'_>,
    feed: Option<&feed::Read>,
    files: &Files<'_>,
    complaints: &Complaints,
) -> Option<Vec<Segment>> {
    let bytes = bytes_of(file, files, complaints)?;
    let read = || {
        let text = text_of(&bytes).map_err(|fault| vec![fault])?;
        let segments = template::read(text, feed.map(|read| &read.feed))?;
        // With a feed its rows are checked.
        if feed.is_none() {
            body_size::of_template(&segments, None).map_err(|fault| vec![fault])?;
        }
        Ok(segments)
    };
    read()
        .map_err(|faults: Vec<FileFault>| complain_of_each(file, &faults, complaints))
        .ok()
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
        .map_err(|fault| complain_of_each(&file, &[fault], complaints))
        .ok()
}

//! The columns of a feed as the keys of a lead: Salesforce's names, each once.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::super::file_text::FileFault;
use super::super::lead_fields::{FieldType, Found, alike, bare, find};
use super::{FAULTS_TOLD, FeedColumn, Raw, kind_of, typed};

/// Names that are listed of one sort.
const NAMES_TOLD: usize = 50;

/// What other tools put beside the fields: Bulk API its results.
const OF_TOOLS: [&str; 3] = ["sf__Id", "sf__Created", "sf__Error"];

/// What becomes of a column.
#[derive(Debug)]
enum Fate {
    /// It is sent: at the top where there is one name, else within objects.
    Sent(Vec<String>),
    /// It is not sent.
    LeftOut,
}

/// What is told of the columns.
#[derive(Debug, Default)]
struct Told {
    renamed: Vec<String>,
    nested: Vec<String>,
    left_out: Vec<String>,
    capitals: Vec<String>,
    unknown: Vec<String>,
}

/// A key of the lead, and where its value comes from.
#[derive(Debug)]
enum ValueSource {
    Column(usize),
    /// Names within the key's object, each with its column.
    Columns(Vec<(Vec<String>, usize)>),
}

/// Gives the columns the names under which they are sent, and leaves out those that are not.
///
/// # Errors
///
/// Names that no field can have, and two columns for one field.
pub(super) fn make(raw: &mut Raw) -> Result<(), Vec<FileFault>> {
    let mut told = Told::default();
    let mut faults = Vec::new();
    let mut fates = Vec::new();
    for (place, column) in raw.columns.iter().enumerate() {
        match fate(column, place, &raw.rows, &mut told) {
            Ok(fate) => fates.push(fate),
            Err(fault) => {
                faults.push(fault);
                fates.push(Fate::LeftOut);
            }
        }
    }
    let sources = sources(&raw.columns, &mut fates, &mut faults);
    if !faults.is_empty() {
        faults.truncate(FAULTS_TOLD);
        return Err(faults);
    }
    let types = types_of(raw, &fates);
    let strangers = strangers(raw);
    raw.notes.extend(told.notes());
    raw.notes.extend(strangers);
    raw.notes.extend(types);
    for row in &mut raw.rows {
        let mut values = std::mem::take(row);
        row.extend(sources.iter().map(|(_, source)| source.value(&mut values)));
    }
    let names = sources.into_iter().map(|(name, _)| name);
    raw.columns = names.map(|name| FeedColumn::new(name, None)).collect();
    Ok(())
}

fn fate(
    column: &FeedColumn,
    place: usize,
    rows: &[Vec<Value>],
    told: &mut Told,
) -> Result<Fate, FileFault> {
    let name = bare(&column.name);
    let mut values = rows.iter().filter_map(|row| row.get(place));
    let is_of_tool = OF_TOOLS.iter().any(|known| known.eq_ignore_ascii_case(name))
        // Salesforce Inspector names the object in a column of its own: [Lead].
        || name == "_" && values.all(|value| value.as_str().is_none_or(|text| text.starts_with('[')));
    let first = name.split('.').next().unwrap_or_default();
    let is_attributes = first.eq_ignore_ascii_case("attributes");
    if is_of_tool || is_attributes {
        told.left_out.push(name.to_owned());
        return Ok(Fate::LeftOut);
    }
    let written = column.name.trim();
    let renamed = |sent: &str| format!("{written} as {sent}");
    let sent = match find(name) {
        Found::Field(field) if field.name == "Id" => {
            told.left_out.push(name.to_owned());
            return Ok(Fate::LeftOut);
        }
        Found::Field(field) => {
            if field.name != column.name {
                told.renamed.push(renamed(field.name));
            }
            vec![field.name.to_owned()]
        }
        Found::Path(path) => {
            let joined = path.join(".");
            let is_same = joined == column.name;
            told.nested
                .push(if is_same { joined } else { renamed(&joined) });
            path
        }
        Found::Custom => {
            if name != written {
                told.renamed.push(renamed(name));
            }
            if !name.contains(|c: char| c.is_ascii_lowercase()) {
                told.capitals.push(name.to_owned());
            }
            vec![name.to_owned()]
        }
        Found::Unknown => {
            let mut values = rows.iter().filter_map(|row| row.get(place));
            // Records below the lead, as a query may ask for them.
            if !values.all(|value| value.is_object() || value.is_null()) {
                let meant = alike(name).map(|close| format!(" (did you mean {close}?)"));
                told.unknown
                    .push(format!("{name}{}", meant.unwrap_or_default()));
            }
            vec![name.to_owned()]
        }
        Found::NoField => return Err(no_field(column)),
    };
    Ok(Fate::Sent(sent))
}

fn no_field(column: &FeedColumn) -> FileFault {
    let shown: String = column.name.chars().take(80).collect();
    let message = match alike(&column.name) {
        Some(close) => format!("a lead has no field `{shown}`; did you mean {close}?"),
        None => format!("a lead has no field `{shown}`"),
    };
    column.fault(message).hint(
        "name the column as the API does (FirstName, Region__c), leave it out, or write a template",
    )
}

/// The keys of the lead in the order of the columns.
fn sources(
    columns: &[FeedColumn],
    fates: &mut [Fate],
    faults: &mut Vec<FileFault>,
) -> Vec<(String, ValueSource)> {
    // By path in lower case, for the case of a name does not count: its column, or none where it
    // holds others; and how the path's last name is written.
    let mut known: HashMap<String, (Option<usize>, usize, String)> = HashMap::new();
    let mut sources: Vec<(String, ValueSource)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (number, (column, fate)) in columns.iter().zip(fates).enumerate() {
        let Fate::Sent(path) = fate else {
            continue;
        };
        let mut folded = String::new();
        let mut other = None;
        let last = path.len().saturating_sub(1);
        for (depth, name) in path.iter_mut().enumerate() {
            if depth > 0 {
                folded.push('.');
            }
            folded += &name.to_lowercase();
            let own = (depth == last).then_some(number);
            match known.get(&folded) {
                Some((None, _, spelled)) if own.is_none() => name.clone_from(spelled),
                Some((_, before, _)) => other = other.or(Some(*before)),
                None => {
                    known.insert(folded.clone(), (own, number, name.clone()));
                }
            }
        }
        if let Some(other) = other.and_then(|other| columns.get(other)) {
            faults.push(
                column
                    .fault(format!(
                        "`{}` and `{}` are the same field, {}",
                        other.name,
                        column.name,
                        path.join(".")
                    ))
                    .hint("leave one of them out"),
            );
            continue;
        }
        let (first, rest) = (path[0].clone(), path[1..].to_vec());
        if rest.is_empty() {
            sources.push((first, ValueSource::Column(number)));
            continue;
        }
        let place = *places.entry(first.clone()).or_insert_with(|| {
            sources.push((first, ValueSource::Columns(Vec::new())));
            sources.len() - 1
        });
        if let Some((_, ValueSource::Columns(columns))) = sources.get_mut(place) {
            columns.push((rest, number));
        }
    }
    sources
}

impl ValueSource {
    /// Takes the value of the key out of a row.
    fn value(&self, row: &mut [Value]) -> Value {
        let mut take = |place: usize| row.get_mut(place).map_or(Value::Null, Value::take);
        match self {
            Self::Column(place) => take(*place),
            Self::Columns(columns) => {
                let mut object = Map::new();
                for (path, place) in columns {
                    let value = take(*place);
                    if !value.is_null() {
                        put(&mut object, path, value);
                    }
                }
                if object.is_empty() {
                    Value::Null
                } else {
                    Value::Object(object)
                }
            }
        }
    }
}

/// Puts a value into objects within objects.
fn put(object: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [name] => {
            object.insert(name.clone(), value);
        }
        [name, rest @ ..] => {
            let inner = object
                .entry(name.as_str())
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

impl FeedColumn {
    fn fault(&self, message: impl Into<String>) -> FileFault {
        FileFault {
            column: self.at,
            ..FileFault::of_line(self.line.unwrap_or(1), message)
        }
    }
}

impl Told {
    fn notes(self) -> Vec<String> {
        let mut notes = Vec::new();
        let mut tell = |what: &str, names: Vec<String>| {
            if !names.is_empty() {
                notes.push(format!("{what}: {}", listed(&names)));
            }
        };
        tell("columns read as fields of a Lead", self.renamed);
        tell("sent as objects within the lead", self.nested);
        tell(
            "left out, because each lead gets its own Id and attributes",
            self.left_out,
        );
        tell(
            "sent in capitals, because only the org knows how its fields are spelled",
            self.capitals,
        );
        tell(
            "sent unchanged, although a Lead has no standard field of that name",
            self.unknown,
        );
        notes
    }
}

fn listed(names: &[String]) -> String {
    let told: Vec<_> = names.iter().take(NAMES_TOLD).map(String::as_str).collect();
    let rest = names.len() - told.len();
    match rest {
        0 => told.join(", "),
        rest => format!("{} and {rest} more", told.join(", ")),
    }
}

/// Says that the records are no leads, or no converted ones.
fn strangers(raw: &Raw) -> Vec<String> {
    let mut notes = Vec::new();
    for (place, column) in raw.columns.iter().enumerate() {
        let mut values = raw.rows.iter().filter_map(|row| row.get(place));
        if column.name.eq_ignore_ascii_case("attributes") {
            let mut types = values.filter_map(|value| value["type"].as_str());
            if let Some(other) = types.find(|name| !name.eq_ignore_ascii_case("Lead")) {
                notes.push(format!(
                    "it has records of {other}; their fields are sent as fields of a Lead"
                ));
            }
            continue;
        }
        let is_flag =
            matches!(find(&column.name), Found::Field(field) if field.name == "IsConverted");
        if is_flag && values.any(|value| *value == Value::Bool(false)) {
            let unconverted = values.filter(|value| **value == Value::Bool(false)).count() + 1;
            notes.push(format!(
                "IsConverted is false in {unconverted} of {} leads and is sent unchanged; leave \
                 the column out to send converted leads",
                raw.rows.len()
            ));
        }
    }
    notes
}

/// Says of which columns the values have another form than Salesforce sends.
fn types_of(raw: &Raw, fates: &[Fate]) -> Vec<String> {
    let mut texts = Vec::new();
    let mut notes = Vec::new();
    for (place, (column, fate)) in raw.columns.iter().zip(fates).enumerate() {
        if matches!(fate, Fate::LeftOut) {
            continue;
        }
        let kind = kind_of(&column.name);
        let mut values = raw.rows.iter().filter_map(|row| row.get(place)).enumerate();
        if let Some((row, odd)) = values.find(|(_, value)| !typed::has_form(kind, value)) {
            let form = match kind {
                FieldType::Date => "YYYY-MM-DD",
                _ => "YYYY-MM-DDThh:mm:ss.sss+0000",
            };
            let line = raw.lines.get(row).copied().flatten();
            let place = line.map_or_else(String::new, |line| format!("line {line}: "));
            let odd: String = odd.as_str().unwrap_or_default().chars().take(40).collect();
            notes.push(format!(
                "{place}{} is `{odd}` and is sent unchanged; Salesforce sends {form}",
                column.name
            ));
        }
        let is_own = !matches!(find(&column.name), Found::Field(_));
        let mut values = raw.rows.iter().filter_map(|row| row.get(place));
        if !raw.has_types
            && is_own
            && values.any(|value| value.as_str().is_some_and(typed::looks_typed))
        {
            texts.push(column.name.clone());
        }
    }
    if !texts.is_empty() {
        notes.push(format!(
            "sent as text, because CSV does not say what is a number (JSON does): {}",
            listed(&texts)
        ));
    }
    notes
}

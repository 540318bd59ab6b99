//! Values that the command line puts in place of the file's.

use crate::plan::Override;
use crate::scenario::text::complaints::Complaints;
use crate::scenario::text::parse;
use crate::scenario::text::span::Span;
use crate::scenario::text::tree::{Entry, Node, Tree};

/// A flag that stands for a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shorthand {
    /// `--duration`
    Duration,
    /// `--rate`
    Rate,
    /// `--target`
    Target,
    /// `--users`
    Users,
}

/// The override that a flag stands for.
pub fn shorthand(flag: Shorthand, value: &str) -> Override {
    let (flag, path) = match flag {
        Shorthand::Duration => ("--duration", "load.0.for"),
        Shorthand::Rate => ("--rate", "load.0.rate"),
        Shorthand::Target => ("--target", "target.url"),
        Shorthand::Users => ("--users", "load.0.users"),
    };
    Override {
        path: path.to_owned(),
        value: value.to_owned(),
        flag,
    }
}

/// The only array of tables that a scenario has.
const LOAD: &str = "load";

/// The table whose keys have points in them.
const THRESHOLDS: &str = "thresholds";

/// Of more, the first will do to show how it is written.
const LOADS_TOLD: usize = 3;

/// Far deeper than any key of a scenario lies.
const STEPS_MAX: usize = 16;

/// Puts a value at a path, making tables on the way, and tells where it went; `None` where it
/// could not be placed.
pub(in crate::scenario) fn apply(
    root: &mut Node,
    change: &Override,
    complaints: &mut Complaints,
) -> Option<Override> {
    let (path, value) = (&change.path, &change.value);
    // A flag that stands for a key was given the value alone.
    let (text, path_end, value_start) = if change.names_its_path() {
        (format!("{path}={value}"), path.len(), path.len() + 1)
    } else {
        (value.clone(), value.len(), 0)
    };
    let text_end = text.len();
    let source = complaints.add_source(change.flag.to_owned(), text);
    let whole = Span::new(source, 0..path_end);
    let placed = placed(root, change)
        .map_err(|(message, hint)| complaints.advise(whole, message, hint))
        .ok()?;
    let Some(steps) = steps(&placed.path).filter(|steps| steps.len() <= STEPS_MAX) else {
        let hint = "write names and numbers with points between: load.rate, or load.1.rate for the second \
             of several loads";
        complaints.advise(whole, "this is not the path of a key", hint);
        return None;
    };
    make_load(root, &steps, whole);
    let steps = spelled(steps, root);
    let value_span = Span::new(source, value_start..text_end);
    // What is not a TOML value is meant as a string: `--set load.0.rate=300/s`.
    let as_string = || Node::new(value_span, Tree::String(value.clone()));
    let mut node = parse::value(source, value).unwrap_or_else(as_string);
    node.bare = Some(value.trim().to_owned());
    place_in(&mut node, value_span);
    put(root, &steps, node, whole)
        .map_err(|message| {
            let hint = number_hint(&steps, root);
            complaints.advise_if_any(whole, message, hint);
        })
        .ok()?;
    Some(Override {
        path: joined(&steps),
        ..placed
    })
}

/// The steps as the file has them: the number of the only load may be left out, and a metric is one
/// key although there are points in its name.
fn spelled(mut steps: Vec<String>, root: &Node) -> Vec<String> {
    match steps.as_slice() {
        [load, key, ..]
            if load == LOAD && loads(root).len() == 1 && key.parse::<usize>().is_err() =>
        {
            steps.insert(1, "0".to_owned());
        }
        [thresholds, metric @ ..] if thresholds == THRESHOLDS && metric.len() > 1 => {
            steps = vec![THRESHOLDS.to_owned(), metric.join(".")];
        }
        _ => {}
    }
    steps
}

/// A path as it is told, the same for each spelling.
fn joined(steps: &[String]) -> String {
    let quoted = |step: &String| {
        let is_plain = !step.contains('.');
        if is_plain {
            step.clone()
        } else {
            format!("\"{step}\"")
        }
    };
    steps.iter().map(quoted).collect::<Vec<_>>().join(".")
}

/// What to write where a load is sought that is not there.
fn number_hint(steps: &[String], root: &Node) -> Option<String> {
    let [load, number, key @ ..] = steps else {
        return None;
    };
    let count = loads(root).len();
    if load != LOAD || key.is_empty() || count == 0 || number.parse::<usize>().is_err() {
        return None;
    }
    let ways: Vec<_> = (0..count.min(LOADS_TOLD))
        .map(|number| format!("{LOAD}.{number}.{}", joined(key)))
        .collect();
    match count {
        1 if number != "0" => Some(format!("for the only load write {LOAD}.{}", joined(key))),
        1 => None,
        _ => Some(format!("write {}", ways.join(" or "))),
    }
}

/// Of several loads, what to write for one of them, where a path names none.
fn which_load(change: &Override, root: &Node) -> Option<(String, String)> {
    let steps = steps(&change.path)?;
    let [load, key, ..] = steps.as_slice() else {
        return None;
    };
    let count = loads(root).len();
    if load != LOAD || count < 2 || key.parse::<usize>().is_ok() {
        return None;
    }
    let rest = joined(&steps[1..]);
    let ways: Vec<_> = (0..count.min(LOADS_TOLD))
        .map(|number| way(&loads(root)[number], &format!("{LOAD}.{number}.{rest}")))
        .collect();
    Some((
        format!("there are {count} loads, and `{LOAD}.{rest}` does not say which one it is for"),
        format!("write {}", ways.join(", or ")),
    ))
}

/// How to set a key of a load, with the load's name.
fn way(load: &Node, path: &str) -> String {
    match load.get("name").map(|name| &name.value) {
        Some(Tree::String(name)) => format!("--set {path}=... for {name:?}"),
        _ => format!("--set {path}=..."),
    }
}

/// Of several loads, the one that a flag is meant for: the only one that has its key. Where
/// that does not tell, a message and what to write instead.
fn placed(root: &Node, change: &Override) -> Result<Override, (String, String)> {
    let loads = loads(root);
    let key = change.path.strip_prefix("load.0.");
    if let (true, Some(refused)) = (change.names_its_path(), which_load(change, root)) {
        return Err(refused);
    }
    let (false, Some(key), 2..) = (change.names_its_path(), key, loads.len()) else {
        return Ok(change.clone());
    };
    let at = |number: usize| format!("load.{number}.{key}");
    let having: Vec<_> = (0..loads.len())
        .filter(|number| loads[*number].get(key).is_some())
        .collect();
    if let [only] = having.as_slice() {
        return Ok(Override {
            path: at(*only),
            ..change.clone()
        });
    }
    let meant = if having.is_empty() {
        (0..loads.len()).collect()
    } else {
        having
    };
    let ways: Vec<_> = meant
        .iter()
        .take(LOADS_TOLD)
        .map(|number| way(&loads[*number], &at(*number)))
        .collect();
    Err((
        format!(
            "{} does not say which of {} loads it is for",
            change.flag,
            meant.len()
        ),
        match meant.len().saturating_sub(ways.len()) {
            0 => format!("write {}", ways.join(", or ")),
            more => format!("write {}, or one of {more} more", ways.join(", or ")),
        },
    ))
}

fn loads(root: &Node) -> &[Node] {
    match root.get(LOAD).map(|loads| &loads.value) {
        Some(Tree::Array(loads)) => loads,
        _ => &[],
    }
}

/// Begins a first `[[load]]` where the file has none and the path leads into one.
fn make_load(root: &mut Node, steps: &[String], span: Span) {
    let is_there = root.get(LOAD).is_some();
    if let Tree::Table(entries) = &mut root.value
        && let [load, _, ..] = steps
        && load == LOAD
        && !is_there
    {
        let first = Node::new(span, Tree::Table(Vec::new()));
        entries.push(Entry {
            key: LOAD.to_owned(),
            key_span: span,
            node: Node::new(span, Tree::Array(vec![first])),
        });
    }
}

/// Points everything inside an override's value at the value as a whole.
fn place_in(node: &mut Node, span: Span) {
    node.span = span;
    match &mut node.value {
        Tree::Array(items) => items.iter_mut().for_each(|item| place_in(item, span)),
        Tree::Table(entries) => {
            for entry in entries {
                entry.key_span = span;
                place_in(&mut entry.node, span);
            }
        }
        Tree::Boolean(_) | Tree::Datetime | Tree::Float(_) | Tree::Integer(_) | Tree::String(_) => {
        }
    }
}

/// The steps of a dotted path; a step with points in it is quoted.
fn steps(path: &str) -> Option<Vec<String>> {
    let mut steps = Vec::new();
    let mut rest = path;
    loop {
        let (step, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => rest.split_at(rest.find('.').unwrap_or(rest.len())),
        };
        if step.trim().is_empty() {
            return None;
        }
        steps.push(step.trim().to_owned());
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None if after.is_empty() => return Some(steps),
            None => return None,
        }
    }
}

fn put(node: &mut Node, steps: &[String], value: Node, key_span: Span) -> Result<(), String> {
    let Some((step, further)) = steps.split_first() else {
        *node = value;
        return Ok(());
    };
    match &mut node.value {
        Tree::Table(entries) => {
            let known = entries.iter().position(|entry| entry.key == *step);
            let place = known.unwrap_or_else(|| {
                entries.push(Entry {
                    key: step.clone(),
                    key_span,
                    node: Node::new(key_span, Tree::Table(Vec::new())),
                });
                entries.len() - 1
            });
            put(&mut entries[place].node, further, value, key_span)
        }
        Tree::Array(items) => {
            let count = items.len();
            match step.parse::<usize>() {
                Ok(place) => items
                    .get_mut(place)
                    .ok_or_else(|| {
                        format!(
                            "there is no number {place} in this list of {count}, counted from 0"
                        )
                    })
                    .and_then(|item| put(item, further, value, key_span)),
                // `load.rate` is clear enough where there is only one load.
                Err(_) if count == 1 => put(&mut items[0], steps, value, key_span),
                Err(_) => Err(format!("{step:?} must be a number below {count}")),
            }
        }
        other => Err(format!(
            "`{step}` cannot be set in {}, which has no keys",
            other.kind()
        )),
    }
}

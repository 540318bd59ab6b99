//! Values from outside the scenario: `{ env = "NAME" }`, `{ file = "path" }`; and a secret that
//! stands in it, `{ secret = "value" }`.

use super::given::Inputs;
use crate::scenario::text::complaints::Complaints;
use crate::scenario::text::tree::{Entry, Node, Tree};

/// Bytes of a file that holds one value.
const VALUE_BYTES_MAX: usize = 64 * 1024;

/// Where text that is sent stands. What comes from outside elsewhere, a URL or a rate, says where
/// and how much is sent, which reports must tell.
const SENT: [&str; 2] = ["auth", "lead"];

/// Keys of these tables that say how and not what.
const NOT_SENT: [&str; 4] = ["key", "source", "signing", "url"];

/// Puts values from outside in place of the tables that name them, wherever a string may stand.
pub(in crate::scenario) fn fill_in(root: &mut Node, inputs: &Inputs<'_>, complaints: &Complaints) {
    let Tree::Table(entries) = &mut root.value else {
        return;
    };
    for entry in entries {
        let path = [entry.key.as_str()];
        // A whole table, or one of `[[load]]`, is not where a string may stand.
        match &mut entry.node.value {
            Tree::Table(inner) => visit_each(inner, &path, inputs, complaints),
            Tree::Array(items) => {
                for item in items {
                    if let Tree::Table(inner) = &mut item.value {
                        visit_each(inner, &path, inputs, complaints);
                    }
                }
            }
            _ => visit(&mut entry.node, &path, inputs, complaints),
        }
    }
}

fn visit_each(entries: &mut [Entry], path: &[&str], inputs: &Inputs<'_>, complaints: &Complaints) {
    for Entry { key, node, .. } in entries {
        visit(node, &[path, &[key.as_str()]].concat(), inputs, complaints);
    }
}

fn visit(node: &mut Node, path: &[&str], inputs: &Inputs<'_>, complaints: &Complaints) {
    if let Some((from, given)) = named(node) {
        if from != From::Here {
            complaints.show_place(node.span);
        }
        let value = match from {
            From::Env => (inputs.environment)(&given),
            From::File => from_file(node, &given, inputs),
            From::Here => Ok(given),
        };
        match value {
            Ok(text) => {
                if from == From::Here || is_secret(path) {
                    complaints.hide(&text);
                    complaints.hide_place(node.span);
                }
                complaints.hide_here(&text);
                node.value = Tree::String(text);
            }
            Err((message, hint)) => {
                complaints.unknown(node.span, message, hint);
                node.value = Tree::String(String::new());
            }
        }
        return;
    }
    match &mut node.value {
        Tree::String(text) => {
            if let Some(variable) = variable(text) {
                let message =
                    format!("`${{{variable}}}` is not replaced: strings cannot contain variables");
                let hint = format!("write {{ env = \"{variable}\" }} in place of the whole string");
                complaints.advise(node.span, message, hint);
            }
        }
        Tree::Array(items) => {
            for item in items {
                visit(item, path, inputs, complaints);
            }
        }
        Tree::Table(entries) => visit_each(entries, path, inputs, complaints),
        Tree::Boolean(_) | Tree::Datetime | Tree::Float(_) | Tree::Integer(_) => {}
    }
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum From {
    Env,
    File,
    Here,
}

/// What a table with the one key `env`, `file` or `secret` names.
fn named(node: &Node) -> Option<(From, String)> {
    if let Tree::Table(entries) = &node.value
        && let [only] = entries.as_slice()
        && let Tree::String(text) = &only.node.value
    {
        let from = match only.key.as_str() {
            "env" => From::Env,
            "file" => From::File,
            "secret" => From::Here,
            _ => return None,
        };
        return Some((from, text.clone()));
    }
    None
}

/// A file's text without the end of its last line.
fn from_file(node: &Node, name: &str, inputs: &Inputs<'_>) -> Result<String, (String, String)> {
    const HINT: &str = "write the path of a text file with one value";
    let refused = |why: String| (why, HINT.to_owned());
    let bytes = (inputs.files)(node.span.source, name).map_err(refused)?;
    if bytes.len() > VALUE_BYTES_MAX {
        return Err(refused(format!("{name} has more than 64 KiB")));
    }
    let text = String::from_utf8(bytes).map_err(|_| refused(format!("{name} is not UTF-8")))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(refused(format!("{name} is empty")));
    }
    Ok(text.to_owned())
}

fn is_secret(path: &[&str]) -> bool {
    match path {
        ["target", "request", ..] | ["auth", "exchange", "form" | "headers" | "scope", ..] => true,
        [table, key, ..] => SENT.contains(table) && !NOT_SENT.contains(key) && *key != "exchange",
        _ => false,
    }
}

/// The variable that a string seems to hope for: `${NAME}`.
fn variable(text: &str) -> Option<&str> {
    text.match_indices("${").find_map(|(start, _)| {
        let (name, _) = text[start + 2..].split_once('}')?;
        let is_name = !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        is_name.then_some(name)
    })
}

//! A file of metadata as elements with a place.

use roxmltree::{Document, Node, ParsingOptions};

use super::toml_text::one_line;
use super::{MetadataError, Note};

/// Nodes of a document; a credential has some dozens.
const NODES_MAX: u32 = 10_000;

/// The roots that are known, and the command for each.
const COMMANDS: [(&str, &str); 2] = [
    ("NamedCredential", "import named-credential"),
    ("ExternalCredential", "import external-credential"),
];

/// Where something stands: lines and columns count from 1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Position {
    pub(super) line: u32,
    pub(super) column: u32,
}

/// Reads a document whose root is this element.
pub(super) fn parse<'t>(text: &'t str, root: &str) -> Result<Document<'t>, MetadataError> {
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: NODES_MAX,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).map_err(|error| MetadataError {
        line: error.pos().row,
        column: error.pos().col,
        problem: match &error {
            roxmltree::Error::DtdDetected => {
                "this has a document type (<!DOCTYPE>), which Salesforce metadata never has"
                    .to_owned()
            }
            error => format!("this is not valid XML: {}", in_words(error)),
        },
        hint: Some(format!(
            "name the file of a <{root}> as `sf project retrieve start` writes it, and retrieve it \
             again if it is damaged"
        )),
    })?;
    let found = document.root_element().tag_name().name();
    if found == root {
        return Ok(document);
    }
    let error = fault(
        document.root_element(),
        format!("this is a <{found}>, not a <{root}>"),
    );
    let command = COMMANDS.iter().find(|(known, _)| *known == found);
    Err(match command {
        Some((_, command)) => error.hint(format!("read it with `{command}`")),
        None => error,
    })
}

/// What is wrong with a text that is not XML.
fn in_words(error: &roxmltree::Error) -> &'static str {
    use roxmltree::Error;
    match error {
        Error::NoRootNode | Error::UnexpectedEndOfStream => "it ends too early",
        Error::UnclosedRootNode => "it ends before all elements are closed",
        Error::UnexpectedCloseTag(..) | Error::UnexpectedEntityCloseTag(_) => {
            "this closes another element than the one that is open"
        }
        Error::DuplicatedAttribute(..) => "this attribute is there twice",
        Error::UnknownEntityReference(..) | Error::MalformedEntityReference(_) => {
            "this entity is unknown; a plain & is written as &amp;"
        }
        Error::UnknownNamespace(..) => "the prefix of this name is not declared",
        Error::NodesLimitReached => "it has more elements than a credential can have",
        _ => "a file of XML begins with `<`, and a `<` begins an element",
    }
}

/// The trimmed text of a child element; `None` if it is empty. Comments within are passed over, and
/// CDATA is text as any other.
pub(super) fn text_of(parent: Node<'_, '_>, name: &str) -> Option<String> {
    let child = child(parent, name)?;
    let text: String = child
        .children()
        .filter(Node::is_text)
        .filter_map(|node| node.text())
        .collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A child element.
pub(super) fn child<'d, 't>(parent: Node<'d, 't>, name: &str) -> Option<Node<'d, 't>> {
    children(parent).find(|child| child.tag_name().name() == name)
}

/// The elements in an element.
pub(super) fn children<'d, 't>(parent: Node<'d, 't>) -> impl Iterator<Item = Node<'d, 't>> {
    parent.children().filter(Node::is_element)
}

/// Where an element begins.
pub(super) fn place(node: Node<'_, '_>) -> Position {
    let place = node.document().text_pos_at(node.range().start);
    Position {
        line: place.row,
        column: place.col,
    }
}

/// A fault at an element.
pub(super) fn fault(node: Node<'_, '_>, problem: impl Into<String>) -> MetadataError {
    fault_at(place(node), problem)
}

/// A fault at a place.
pub(super) fn fault_at(place: Position, problem: impl Into<String>) -> MetadataError {
    MetadataError {
        line: place.line,
        column: place.column,
        problem: problem.into(),
        hint: None,
    }
}

/// A note on a place, in one line.
pub(super) fn note(place: Position, text: impl AsRef<str>) -> Note {
    Note {
        line: place.line,
        column: place.column,
        text: one_line(text.as_ref()),
    }
}

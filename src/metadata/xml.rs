//! A file of metadata as elements with a place.

use roxmltree::{Document, Node, ParsingOptions};

use super::MetadataError;

/// Nodes of a document; a credential has some dozens.
const NODES_MAX: u32 = 10_000;

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
        problem: format!("this is no XML: {error}"),
    })?;
    let found = document.root_element();
    if found.tag_name().name() == root {
        return Ok(document);
    }
    Err(fault(
        found,
        format!("this is a <{}>, not a <{root}>", found.tag_name().name()),
    ))
}

/// The text of a child element, blanks around it left out; none where it is empty.
pub(super) fn text_of<'d>(parent: Node<'d, '_>, name: &str) -> Option<&'d str> {
    child(parent, name)
        .and_then(|child| child.text())
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// A child element.
pub(super) fn child<'d, 't>(parent: Node<'d, 't>, name: &str) -> Option<Node<'d, 't>> {
    let mut children = parent.children();
    children.find(|child| child.is_element() && child.tag_name().name() == name)
}

/// A fault at an element.
pub(super) fn fault(node: Node<'_, '_>, problem: String) -> MetadataError {
    let place = node.document().text_pos_at(node.range().start);
    MetadataError {
        line: place.row,
        column: place.col,
        problem,
    }
}

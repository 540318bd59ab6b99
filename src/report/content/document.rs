//! What a report is made of before any format sets it: plain data under headings.

use std::borrow::Cow;

use super::importance::Importance;
use super::severity::Severity;
use super::table::Table;

/// A report that every format can set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Document {
    /// What it is about: the name of the scenario.
    pub(crate) title: String,
    /// What was run, in a few words each: the load, the target.
    pub(crate) subtitle: Vec<String>,
    /// Names and values of the whole, such as the two sides of a comparison.
    pub(crate) facts: Vec<Fact>,
    pub(crate) status_lines: Vec<StatusLine>,
    /// The main findings, for a reader who reads nothing else.
    pub(crate) sentences: Vec<Sentence>,
    /// Why the measurement is not valid.
    pub(crate) reasons: Vec<String>,
    pub(crate) notes: Vec<String>,
    pub(crate) sections: Vec<Section>,
    /// Where the figures come from: when, which commit, which version.
    pub(crate) origin: Vec<String>,
    /// The version of leadbench.
    pub(crate) version: String,
}

/// One line on how the run went: a word to look for and a clause to read.
#[derive(Clone, Debug)]
pub(crate) struct StatusLine {
    pub(crate) severity: Severity,
    pub(crate) word: String,
    pub(crate) detail: String,
}

/// A sentence of the headline.
#[derive(Clone, Debug)]
pub(crate) struct Sentence {
    pub(crate) severity: Severity,
    /// Whether it stands out from the others.
    pub(crate) is_main: bool,
    pub(crate) text: String,
}

/// A part of a report under a heading.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    /// Its place on the page, by which charts find it too.
    pub(crate) id: Cow<'static, str>,
    pub(crate) title: String,
    pub(crate) importance: Importance,
    /// How to read it, for the page.
    pub(crate) intro: Option<String>,
    pub(crate) blocks: Vec<Block>,
}

/// What a section is made of.
#[derive(Clone, Debug)]
pub(crate) enum Block {
    Facts(Facts),
    Table(Table),
    Text(String),
}

/// Names and their values.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// What they are about, in a word that fits before a line.
    pub(crate) label: &'static str,
    pub(crate) layout: Layout,
    pub(crate) entries: Vec<Fact>,
}

/// How facts read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Layout {
    /// `own CPU 13 %, memory 40.0 MiB`
    NameFirst,
    /// `5,015 planned, 11 failed`
    ValueFirst,
    /// One under the other, for long values.
    Lines,
}

/// A name and its value.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    pub(crate) name: &'static str,
    pub(crate) value: String,
}

impl Facts {
    /// Those facts whose value is known.
    pub(crate) fn known(
        label: &'static str,
        layout: Layout,
        facts: impl IntoIterator<Item = (&'static str, Option<String>)>,
    ) -> Self {
        let known = facts
            .into_iter()
            .filter_map(|(name, value)| Some(fact(name, value?)));
        Self {
            label,
            layout,
            entries: known.collect(),
        }
    }

    /// All in a line: `200/s asked, 199.8/s achieved`.
    pub(crate) fn words(&self) -> String {
        let words = self.entries.iter().map(|fact| match self.layout {
            Layout::NameFirst | Layout::Lines => fact.words(),
            Layout::ValueFirst => format!("{} {}", fact.value, fact.name),
        });
        words.collect::<Vec<_>>().join(", ")
    }
}

impl Fact {
    pub(crate) fn words(&self) -> String {
        format!("{} {}", self.name, self.value)
    }
}

/// A name and its value.
pub(crate) fn fact(name: &'static str, value: impl Into<String>) -> Fact {
    let value = value.into();
    Fact { name, value }
}

impl Section {
    /// A section that every format shows.
    pub(crate) fn new<const N: usize>(
        id: impl Into<Cow<'static, str>>,
        title: impl Into<String>,
        blocks: [Option<Block>; N],
    ) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            importance: Importance::Essential,
            intro: None,
            blocks: blocks.into_iter().flatten().collect(),
        }
    }

    /// A section that holds charts only, for the formats that draw.
    pub(crate) fn chart(id: &'static str, title: &'static str) -> Self {
        Self::new(id, title, []).of(Importance::Reference)
    }

    #[must_use]
    pub(crate) fn of(self, importance: Importance) -> Self {
        Self { importance, ..self }
    }

    #[must_use]
    pub(crate) fn intro(self, intro: impl Into<String>) -> Self {
        let intro = Some(intro.into());
        Self { intro, ..self }
    }

    /// The section, unless it has nothing to show.
    pub(crate) fn unless_empty(self) -> Option<Self> {
        (!self.blocks.is_empty()).then_some(self)
    }
}

impl Sentence {
    pub(crate) const fn new(severity: Severity, is_main: bool, text: String) -> Self {
        Self {
            severity,
            is_main,
            text,
        }
    }
}

impl StatusLine {
    pub(crate) fn new(
        severity: Severity,
        word: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        let (word, detail) = (word.into(), detail.into());
        Self {
            severity,
            word,
            detail,
        }
    }
}

impl From<Table> for Option<Block> {
    fn from(table: Table) -> Self {
        (!table.rows.is_empty()).then_some(Block::Table(table))
    }
}

impl From<Facts> for Option<Block> {
    fn from(facts: Facts) -> Self {
        (!facts.entries.is_empty()).then_some(Block::Facts(facts))
    }
}

/// Running text, if there is any.
pub(crate) fn text(text: impl Into<Option<String>>) -> Option<Block> {
    let text = text.into().filter(|text| !text.is_empty());
    text.map(Block::Text)
}

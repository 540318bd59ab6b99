//! Records of cells, each with its place (RFC 4180, with any separator).
//!
//! A scanner of our own, for two things that the `csv` crate does not tell: where a cell begins,
//! and that a quote is never closed, which would swallow the rest of a file in silence.

use super::super::file_text::FileFault;

/// One cell.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct SheetCell {
    pub(super) text: String,
    /// Where it begins, from 1.
    pub(super) line: u32,
    /// In characters, from 1.
    pub(super) column: u32,
}

/// The cells between two ends of a line.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Record {
    pub(super) cells: Vec<SheetCell>,
    /// Whether the line before it is empty.
    pub(super) is_after_gap: bool,
}

/// Takes records from a text; lines that are empty are passed over.
#[derive(Clone, Debug)]
pub(super) struct Scanner<'t> {
    rest: std::iter::Peekable<std::str::Chars<'t>>,
    separator: char,
    line: u32,
    column: u32,
    cells_max: usize,
}

impl Record {
    /// The line on which it begins.
    pub(super) fn line(&self) -> usize {
        self.cells.first().map_or(1, |cell| cell.at().0)
    }

    /// How many of its cells hold more than blanks.
    pub(super) fn filled(&self) -> usize {
        let is_filled = |cell: &&SheetCell| !cell.text.trim().is_empty();
        self.cells.iter().filter(is_filled).count()
    }
}

impl SheetCell {
    /// Its line and column.
    pub(super) fn at(&self) -> (usize, usize) {
        let number = |place: u32| usize::try_from(place).unwrap_or(usize::MAX);
        (number(self.line), number(self.column))
    }

    /// A fault at its place.
    pub(super) fn fault(&self, message: impl Into<String>) -> FileFault {
        FileFault::at(self.at(), message)
    }
}

impl<'t> Scanner<'t> {
    /// Begins at the start of a text; a record of more cells than `cells_max` is a fault.
    pub(super) fn new(text: &'t str, separator: char, cells_max: usize) -> Self {
        Self {
            rest: text.chars().peekable(),
            separator,
            line: 1,
            column: 1,
            cells_max,
        }
    }

    fn take(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        // A line ends with LF, CR LF, or CR alone.
        if c == '\n' || (c == '\r' && self.rest.peek() != Some(&'\n')) {
            self.line = self.line.saturating_add(1);
            self.column = 1;
        } else {
            self.column = self.column.saturating_add(1);
        }
        Some(c)
    }

    fn is_at_end_of_cell(&mut self) -> bool {
        let separator = self.separator;
        let next = self.rest.peek().copied();
        next.is_none_or(|c| c == separator || c == '\n' || c == '\r')
    }

    fn cell(&mut self) -> Result<SheetCell, FileFault> {
        let mut cell = SheetCell {
            text: String::new(),
            line: self.line,
            column: self.column,
        };
        while self.rest.peek() == Some(&' ') {
            cell.text.extend(self.take());
        }
        if self.rest.peek() == Some(&'"') {
            self.quoted(&mut cell)?;
        } else {
            while !self.is_at_end_of_cell() {
                cell.text.extend(self.take());
            }
        }
        Ok(cell)
    }

    fn quoted(&mut self, cell: &mut SheetCell) -> Result<(), FileFault> {
        cell.text.clear();
        (cell.line, cell.column) = (self.line, self.column);
        self.take();
        loop {
            match self.take() {
                None => {
                    let fault = cell.fault("this quote is never closed");
                    return Err(fault.hint("close it, or write a quote within a cell twice"));
                }
                Some('"') if self.rest.peek() == Some(&'"') => cell.text.extend(self.take()),
                Some('"') => break,
                Some(c) => cell.text.push(c),
            }
        }
        while self.rest.peek() == Some(&' ') {
            self.take();
        }
        if self.is_at_end_of_cell() {
            return Ok(());
        }
        let fault = SheetCell {
            text: String::new(),
            line: self.line,
            column: self.column,
        }
        .fault("there is text after the quote that ends this cell")
        .hint("write a quote within a cell twice: \"Acme \"\"Ltd\"\"\"");
        self.skip_line();
        Err(fault)
    }

    fn skip_line(&mut self) {
        while self.rest.peek().is_some_and(|c| *c != '\n' && *c != '\r') {
            self.take();
        }
    }

    /// Passes over the end of a line, and tells whether there was one.
    fn end_of_line(&mut self) -> bool {
        match self.rest.peek() {
            Some('\r') => {
                self.take();
                if self.rest.peek() == Some(&'\n') {
                    self.take();
                }
                true
            }
            Some('\n') => {
                self.take();
                true
            }
            _ => false,
        }
    }
}

impl Iterator for Scanner<'_> {
    type Item = Result<Record, FileFault>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = Record::default();
        while self.end_of_line() {
            record.is_after_gap = true;
        }
        self.rest.peek()?;
        loop {
            match self.cell() {
                Ok(cell) => record.cells.push(cell),
                Err(fault) => {
                    self.end_of_line();
                    return Some(Err(fault));
                }
            }
            if record.cells.len() > self.cells_max {
                let fault = FileFault::of_line(
                    record.line(),
                    format!(
                        "this line has more than {0} cells; a feed has at most {0} columns",
                        self.cells_max
                    ),
                );
                self.skip_line();
                return Some(Err(fault));
            }
            if self.rest.peek() != Some(&self.separator) {
                self.end_of_line();
                return Some(Ok(record));
            }
            self.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn records(text: &str) -> Vec<Result<Record, FileFault>> {
        Scanner::new(text, ',', 100).collect()
    }

    fn texts(record: &Record) -> Vec<&str> {
        record.cells.iter().map(|cell| cell.text.as_str()).collect()
    }

    #[test]
    fn lines_stay_right_behind_quoted_ends_of_lines() {
        for end in ["\n", "\r\n", "\r"] {
            let text = format!("a,b{end}\"1{end}2\", \"x\"\"y\" {end}{end}{end} c,{end}d");
            let records: Vec<_> = records(&text).into_iter().map(Result::unwrap).collect();
            let lines: Vec<_> = records.iter().map(Record::line).collect();
            assert_eq!(lines, [1, 2, 6, 7], "{end:?}");
            assert_eq!(texts(&records[1]), [format!("1{end}2").as_str(), "x\"y"]);
            assert_eq!(
                (records[1].cells[1].line, records[1].cells[1].column),
                (3, 5)
            );
            assert_eq!(texts(&records[2]), [" c", ""]);
            assert!(records[2].is_after_gap && !records[1].is_after_gap);
        }
    }

    #[test]
    fn quotes_that_are_wrong_are_told_and_the_next_line_is_read() {
        let read = records("a,\"b\" x,c\n1,2,3\n4,\"5\n6");
        let fault = read[0].as_ref().unwrap_err();
        assert_eq!((fault.line, fault.column), (1, Some(7)));
        assert!(fault.message.contains("after the quote"), "{fault:?}");
        assert_eq!(texts(read[1].as_ref().unwrap()), ["1", "2", "3"]);
        let fault = read[2].as_ref().unwrap_err();
        assert_eq!((fault.line, fault.column), (3, Some(3)));
        assert!(fault.message.contains("never closed"), "{fault:?}");
        assert_eq!(read.len(), 3);
    }

    proptest! {
        // What the crate writes is read as it reads it.
        #[test]
        fn it_reads_what_others_write(
            rows in prop::collection::vec(prop::collection::vec("[a\" ,;\r\né]{0,4}", 3), 1..5)
        ) {
            let mut writer = csv::WriterBuilder::new()
                .quote_style(csv::QuoteStyle::Always)
                .from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let read: Vec<Vec<String>> = records(&text)
                .into_iter()
                .map(|record| record.unwrap().cells.into_iter().map(|cell| cell.text).collect())
                .collect();
            prop_assert_eq!(read, rows);
        }
    }
}

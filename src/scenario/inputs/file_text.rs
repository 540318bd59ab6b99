//! The bytes of a file beside the scenario as text.

use crate::units::float;

/// What is wrong, and what to try; lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::scenario) struct FileFault {
    pub(in crate::scenario) line: usize,
    /// Nothing where the whole line is meant.
    pub(in crate::scenario) column: Option<usize>,
    pub(in crate::scenario) message: String,
    pub(in crate::scenario) hint: Option<String>,
}

/// A number of bytes as it is told.
pub(super) fn megabytes(bytes: usize) -> String {
    format!("{:.1} MB", float(bytes) / 1e6)
}

/// How files begin that are often given by mistake, what they are, and what to do.
const MISTAKEN: &[(&[u8], &str, &str)] = &[
    (
        b"PK\x03\x04",
        "it is a workbook of Excel or another ZIP archive",
        "save it as \"CSV UTF-8\"",
    ),
    (
        b"\xD0\xCF\x11\xE0",
        "it is a workbook of Excel",
        "save it as \"CSV UTF-8\"",
    ),
    (
        b"\x1F\x8B",
        "it is compressed (gzip)",
        "unpack it: gunzip FILE",
    ),
    (
        b"<",
        "it is HTML or XML, as in Salesforce's export as .xls",
        "export the report as .csv with the encoding Unicode (UTF-8)",
    ),
];

impl FileFault {
    /// A fault of a whole line.
    pub(super) fn of_line(line: usize, message: impl Into<String>) -> Self {
        Self {
            line,
            column: None,
            message: message.into(),
            hint: None,
        }
    }

    /// A fault at one place of a line.
    pub(in crate::scenario) fn at(
        (line, column): (usize, usize),
        message: impl Into<String>,
    ) -> Self {
        Self {
            column: Some(column),
            ..Self::of_line(line, message)
        }
    }

    pub(in crate::scenario) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// `leads.csv:3:7: what is wrong`.
    pub(in crate::scenario) fn told(&self, name: &str) -> String {
        match self.column {
            Some(column) => format!("{name}:{}:{column}: {}", self.line, self.message),
            None => format!("{name}:{}: {}", self.line, self.message),
        }
    }
}

/// The text of a file; without the byte order mark of UTF-8.
///
/// # Errors
///
/// A file that is not UTF-8, with the place of the first byte that is none.
pub(in crate::scenario) fn text_of(bytes: &[u8]) -> Result<&str, FileFault> {
    let wide = |order: &str| {
        FileFault::of_line(1, format!("it is UTF-16 ({order}), not UTF-8"))
            .hint("save it as UTF-8: iconv -f UTF-16 -t UTF-8 FILE > NEW-FILE")
    };
    match bytes {
        [0xFF, 0xFE, ..] | [b'\t'..=b'~', 0, b'\t'..=b'~', 0, ..] => {
            return Err(wide("little-endian"));
        }
        [0xFE, 0xFF, ..] | [0, b'\t'..=b'~', 0, b'\t'..=b'~', ..] => {
            return Err(wide("big-endian"));
        }
        _ => {}
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let at = place(&String::from_utf8_lossy(before));
        let Some(byte) = bytes
            .get(error.valid_up_to())
            .filter(|_| error.error_len().is_some())
        else {
            return FileFault::at(at, "it ends within a character; the file was cut off")
                .hint("export it again");
        };
        let message = format!("it is not UTF-8: the byte 0x{byte:02X} is not valid there");
        FileFault::at(at, message).hint(
            "export it with the encoding Unicode (UTF-8), or: \
             iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW-FILE",
        )
    })
}

/// What a file is that was taken for a feed, if it is one of those that often are.
pub(super) fn mistaken(bytes: &[u8]) -> Option<FileFault> {
    let mut known = MISTAKEN.iter();
    let (_, what, hint) = known.find(|(start, ..)| bytes.starts_with(start))?;
    Some(FileFault::of_line(1, *what).hint(*hint))
}

/// What was read of a file, unless something is wrong with it.
pub(super) fn without_faults<T>(read: T, faults: Vec<FileFault>) -> Result<T, Vec<FileFault>> {
    if faults.is_empty() {
        Ok(read)
    } else {
        Err(faults)
    }
}

/// The line and the column of what comes after a text.
pub(in crate::scenario) fn place(before: &str) -> (usize, usize) {
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let last = before.rsplit('\n').next().unwrap_or_default();
    (line, last.chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_of_utf_8_is_no_part_of_the_text() {
        assert_eq!(text_of(b"\xEF\xBB\xBFa,b"), Ok("a,b"));
        assert_eq!(text_of("é".as_bytes()), Ok("é"));
        assert_eq!(text_of(b""), Ok(""));
    }

    #[test]
    fn what_is_no_text_is_told_with_its_place_and_a_way_out() {
        for (bytes, line, column, says, hint) in [
            (
                &b"\xFF\xFEa\0,\0"[..],
                1,
                None,
                "UTF-16 (little-endian)",
                "iconv -f UTF-16",
            ),
            (b"\xFE\xFF\0a\0,", 1, None, "UTF-16 (big-endian)", "iconv"),
            (b"a\0,\0b\0", 1, None, "UTF-16 (little-endian)", "iconv"),
            (
                b"a,b\nx,Z\xEB\n",
                2,
                Some(4),
                "0xEB is not valid there",
                "iconv -f WINDOWS-1252",
            ),
            (b"a,b\nx,\xC3", 2, Some(3), "cut off", "export it again"),
        ] {
            let fault = text_of(bytes).unwrap_err();
            assert_eq!((fault.line, fault.column), (line, column), "{fault:?}");
            assert!(fault.message.contains(says), "{fault:?}");
            assert!(fault.hint.as_ref().unwrap().contains(hint), "{fault:?}");
        }
    }

    #[test]
    fn files_that_are_often_mistaken_for_a_feed_are_known() {
        for (bytes, says, hint) in [
            (&b"PK\x03\x04.."[..], "workbook", "CSV UTF-8"),
            (b"\xD0\xCF\x11\xE0..", "workbook", "CSV UTF-8"),
            (b"\x1F\x8B\x08", "gzip", "gunzip"),
            (b"<html><table>", "HTML", "as .csv"),
        ] {
            let fault = mistaken(bytes).unwrap();
            assert!(fault.message.contains(says), "{fault:?}");
            assert!(fault.hint.as_ref().unwrap().contains(hint), "{fault:?}");
        }
        assert_eq!(mistaken(b"LastName\n"), None);
    }
}

//! Runs that were kept: summaries, pages and recordings from anywhere.

use std::io::Write as _;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

use leadbench::compare::{Options, compare};
use leadbench::history::history;
use leadbench::recording::RecordingReader;
use leadbench::report::{
    COMPARISON_REPORTS, Detail, HISTORY_REPORTS, REPORTS, annotations, console, is_page,
    openmetrics, summary_of_page,
};
use leadbench::summarize::recover;
use leadbench::summary::Summary;

/// What summaries and pages are made of.
pub(crate) const WORDS: &[&str] = &[
    "null",
    "1e400",
    "-0.0",
    "[]",
    "{}",
    "\"ok\"",
    "<script type=\"application/json\" id=\"windows\">",
    "</script>",
    "\"start_s\":",
    "\"windows\":[",
    "\\ud800",
    "\u{2028}",
];

/// A recording of one second, whose head begins the recordings that are tried.
const RECORDING: &[u8] = include_bytes!("../corpus/recording/short.lbr");

/// The longest course that is drawn: that of a day is read in a moment, but drawing it takes
/// the time of thousands of tries.
const WINDOWS_SHOWN: usize = 600;

/// A `summary.json`.
pub(crate) fn summary(data: &[u8]) {
    if let Ok(summary) = serde_json::from_slice::<Summary>(data) {
        shown(&summary);
    }
}

/// A `report.html`, out of which its summary is read.
pub(crate) fn page(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    // A page may break off within its data, and is known as one all the same.
    let is_known = is_page(data);
    if let Some(Ok(summary)) = summary_of_page(&text) {
        assert!(
            is_known || !text.trim_start().starts_with('<'),
            "a page that is not known"
        );
        shown(&summary);
    }
}

/// A recording, out of which a summary is made again.
pub(crate) fn recording(data: &[u8]) {
    let opened = match RecordingReader::begin(data) {
        Ok(opened) => opened,
        Err(error) => return assert!(!error.to_string().is_empty(), "refused without words"),
    };
    match recover(opened) {
        Ok(recovered) if recovered.summary.windows.len() > WINDOWS_SHOWN => {}
        // What a reader refuses, whoever calls it refuses.
        Ok(recovered) if recovered.summary.agrees_with_itself().is_err() => {}
        Ok(recovered) => shown(&recovered.summary),
        Err(error) => assert!(!error.to_string().is_empty(), "refused without words"),
    }
}

/// A second of a recording, before it is packed: damage to what is packed is found by its checks.
pub(crate) fn recording_second(data: &[u8]) {
    let (_, reader) = RecordingReader::begin(RECORDING).unwrap();
    let head = &RECORDING[..usize::try_from(reader.at()).unwrap()];
    recording(&[head, &frame(2, data)].concat());
}

/// The head of a recording, before it is packed.
pub(crate) fn recording_head(data: &[u8]) {
    let (_, reader) = RecordingReader::begin(RECORDING).unwrap();
    let rest = &RECORDING[usize::try_from(reader.at()).unwrap()..];
    let name = b"leadbench.recording/v1\n";
    recording(&[name, frame(1, data).as_slice(), rest].concat());
}

/// Packs a frame as a run does.
fn frame(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    let packed = encoder.finish().unwrap();
    let mut frame = vec![kind];
    frame.extend(u32::try_from(packed.len()).unwrap().to_le_bytes());
    let mut check = Crc::new();
    check.update(&frame);
    frame.extend(check.sum().to_le_bytes());
    [frame, packed].concat()
}

/// Whatever is read can be shown, in every form.
fn shown(summary: &Summary) {
    for report in REPORTS {
        let bytes = (report.render)(summary)
            .unwrap_or_else(|error| panic!("{} cannot be made: {error}", report.file));
        let text = String::from_utf8(bytes)
            .unwrap_or_else(|error| panic!("{} is no text: {error}", report.file));
        match report.file {
            "summary.json" => {
                let again: Result<Summary, _> = serde_json::from_str(&text);
                assert_eq!(again.ok().as_ref(), Some(summary), "summary.json");
            }
            "report.html" => {
                let again = summary_of_page(&text).and_then(Result::ok);
                assert_eq!(again.as_ref(), Some(summary), "report.html");
            }
            "junit.xml" => {
                let tree = roxmltree::Document::parse(&text);
                assert!(tree.is_ok(), "junit.xml: {tree:?}");
            }
            _ => {}
        }
    }
    for detail in [Detail::Brief, Detail::Verbose] {
        assert!(
            !console(summary, detail).is_empty(),
            "nothing is said of a run"
        );
    }
    for line in annotations(summary) {
        assert_eq!(line.lines().count(), 1, "an annotation of several lines");
    }
    assert!(openmetrics(Some(summary)).is_ok_and(|text| text.ends_with("# EOF\n")));
    let runs = std::slice::from_ref(summary);
    if let Ok(comparison) = compare(runs, runs, &Options::default()) {
        for report in COMPARISON_REPORTS {
            assert!((report.render)(&comparison).is_ok(), "{}", report.file);
        }
    }
    let past = history(vec![(summary.clone(), None)], Vec::new(), Vec::new());
    for report in HISTORY_REPORTS {
        assert!((report.render)(&past).is_ok(), "{}", report.file);
    }
}

//! The run that is kept as an example: what a reader finds there is what this version makes.

use std::path::PathBuf;

use leadbench::report::REPORTS;
use leadbench::summary::Summary;

#[test]
#[expect(clippy::disallowed_methods, reason = "the example is files")]
fn the_example_is_as_this_version_renders_it() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("reports/example");
    let read = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
    let summary: Summary = serde_json::from_str(&read("summary.json")).unwrap();
    for report in REPORTS {
        let rendered = String::from_utf8((report.render)(&summary).unwrap()).unwrap();
        assert!(
            rendered == read(report.file),
            "reports/example/{} is of another version; scripts/example.sh --render renders it again",
            report.file
        );
    }
}

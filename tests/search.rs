//! How a search classifies loads, beside `MLRsearch`, the implementation of RFC 9971 by its authors.
//!
//! Needs Python with the package; without it the test says so and checks nothing. The rule has a
//! table of its own in `src/search/classification.rs`.

#![expect(
    clippy::disallowed_methods,
    reason = "which Python has the package is a matter of the environment"
)]

use std::process::Command;

#[path = "../benches/search/cases.rs"]
mod cases;

#[test]
fn loads_are_classified_as_mlrsearch_does() {
    let python =
        std::env::var("LEADBENCH_MLRSEARCH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let import = Command::new(&python)
        .args(["-c", "import MLRsearch"])
        .output();
    if !import.is_ok_and(|import| import.status.success()) {
        println!(
            "skipped: {python} has no MLRsearch; set LEADBENCH_MLRSEARCH_PYTHON to a Python after \
             `pip install MLRsearch==1.2.1`"
        );
        return;
    }
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/benches/search/classification.py"
    );
    let output = Command::new(&python).arg(script).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let lines = String::from_utf8(output.stdout).unwrap();
    for line in lines.lines() {
        let (ours, theirs) = cases::classes(line).unwrap_or_else(|| panic!("not a case: {line}"));
        assert_eq!(ours, theirs, "{line}");
    }
    assert!(lines.lines().count() > 2000);
}

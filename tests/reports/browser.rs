//! The page in a real browser: it must run clean under its own policy.

use std::path::PathBuf;
use std::process::Command;

use crate::fixtures::{NAMES, render};

/// Names under which the browser is installed.
const BROWSERS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

const MISSING: &str = "no Chromium found, so the page was not opened in a browser. Install it: \
                       apt-get update && apt-get install -y chromium";

#[expect(
    clippy::disallowed_methods,
    reason = "the browser is looked up on the PATH"
)]
fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let candidates = BROWSERS
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    candidates.into_iter().find(|candidate| candidate.is_file())
}

/// Opens the page of every fixture and reads back what the browser made of it.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the browser takes the page from a file"
)]
fn a_browser_finds_nothing_to_complain_about() {
    let browser = browser().expect(MISSING);
    let folder = tempfile::tempdir().unwrap();
    for name in NAMES {
        let page = folder.path().join(format!("{name}.html"));
        std::fs::write(&page, render(name, "report.html")).unwrap();
        let output = Command::new(&browser)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
            ])
            .args(["--no-first-run", "--disable-background-networking"])
            .args([
                "--disable-component-update",
                "--disable-sync",
                "--disable-extensions",
            ])
            .args([
                "--disable-dev-shm-usage",
                "--enable-logging=stderr",
                "--v=0",
            ])
            .arg(format!(
                "--user-data-dir={}",
                folder.path().join("profile").display()
            ))
            .arg("--dump-dom")
            .arg(format!("file://{}", page.display()))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        let complaints: Vec<&str> = said
            .lines()
            .filter(|line| line.contains("CONSOLE"))
            .collect();
        assert!(complaints.is_empty(), "{name}: {complaints:#?}");
        let document = String::from_utf8_lossy(&output.stdout);
        assert!(document.contains("</footer>"), "{name}: {said}");
        assert_eq!(document.matches("<script").count(), 1, "{name}");
        assert!(!document.contains("<img"), "{name}");
    }
}

//! The commit under test: given, from a CI server, or from git.

use std::process::{Command, Stdio};

/// The variables in which CI servers name the commit: GitHub, GitLab, Jenkins, Circle, Buildkite.
const VARIABLES: [&str; 5] = [
    "GITHUB_SHA",
    "CI_COMMIT_SHA",
    "GIT_COMMIT",
    "CIRCLE_SHA1",
    "BUILDKITE_COMMIT",
];

/// Characters of a commit in the name of a run's folder.
const SHORT: usize = 8;

/// The commit, if it is known.
#[expect(clippy::disallowed_methods, reason = "cli reads the environment")]
pub(super) fn find(given: Option<&str>) -> Option<String> {
    given
        .map(str::to_owned)
        .or_else(|| {
            VARIABLES
                .into_iter()
                .find_map(|name| std::env::var(name).ok().filter(|sha| !sha.is_empty()))
        })
        .or_else(ask_git)
        .filter(|commit| is_plausible(commit))
}

/// The first characters, for names.
pub(super) fn short(commit: &str) -> &str {
    commit.get(..SHORT).unwrap_or(commit)
}

/// Whether it is safe as part of a folder's name.
pub(super) fn is_plausible(commit: &str) -> bool {
    (1..=100).contains(&commit.len())
        && commit
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        && !commit.starts_with(['.', '-'])
}

fn ask_git() -> Option<String> {
    let answer = Command::new("git")
        .args(["rev-parse", "HEAD"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let commit = String::from_utf8(answer.stdout).ok()?.trim().to_owned();
    answer.status.success().then_some(commit)
}

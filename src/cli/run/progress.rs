//! The progress of a run, on stderr, because stdout is for data.

use std::io::IsTerminal as _;

use anyhow::anyhow;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::screen::{self, Screen};
use crate::cli::exit::Failure;
use crate::cli::stdio;
use crate::runner::{SoFar, WITH_ALL_FEATURES};
use crate::summarize::Progress;
use crate::units::Nanos;

/// What to show while a run goes on.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(in crate::cli) enum Ui {
    /// A progress bar on a terminal, lines elsewhere
    Bar,
    /// A screen of its own, on a terminal
    Tui,
    /// A line every few seconds
    Plain,
    /// Nothing
    None,
}

impl Ui {
    /// Refuses a screen in a build without it.
    pub(super) fn check(self) -> Result<(), Failure> {
        if cfg!(feature = "tui") || self != Self::Tui {
            return Ok(());
        }
        let lacks =
            anyhow!("this build of leadbench lacks the feature `tui`, which draws the screen");
        Err(Failure::environment(lacks).hint(WITH_ALL_FEATURES))
    }
}

/// Seconds between two plain lines.
const PLAIN_EVERY: u64 = 5;

/// Shows progress, once a second.
#[derive(Debug)]
pub(super) enum Display {
    Bar(ProgressBar),
    Screen(Box<Screen>),
    Plain { duration: Option<Nanos> },
    None,
}

impl Display {
    pub(super) fn new(ui: Ui, duration: Option<Nanos>) -> Self {
        let is_dumb = !std::io::stderr().is_terminal() || console_is_dumb();
        match ui {
            Ui::None => Self::None,
            Ui::Bar if !is_dumb => Self::bar(duration),
            Ui::Tui if !is_dumb => match Screen::take(duration) {
                Ok(screen) => Self::Screen(Box::new(screen)),
                Err(_) => Self::Plain { duration },
            },
            Ui::Bar | Ui::Tui | Ui::Plain => Self::Plain { duration },
        }
    }

    fn bar(duration: Option<Nanos>) -> Self {
        let bar = ProgressBar::with_draw_target(
            duration.map(Nanos::as_secs),
            ProgressDrawTarget::stderr(),
        );
        let style = match duration {
            Some(_) => "{bar:30} {pos:>3}/{len} s  {msg}",
            None => "{spinner} {pos} s  {msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        Self::Bar(bar)
    }

    pub(super) fn show(&mut self, progress: &Progress, so_far: &SoFar<'_>) {
        let second = progress.elapsed.as_secs();
        match self {
            Self::Screen(screen) => screen.show(progress, so_far.summary()),
            Self::Bar(bar) => {
                bar.set_position(second);
                bar.set_message(line(progress));
            }
            Self::Plain { duration } if second.is_multiple_of(PLAIN_EVERY) => {
                let whole =
                    duration.map_or_else(String::new, |span| format!("/{}", span.as_secs()));
                stdio::note(&format!("{second:>4}{whole} s  {}", line(progress)));
            }
            Self::None | Self::Plain { .. } => {}
        }
    }

    pub(super) fn finish(&self) {
        match self {
            Self::Bar(bar) => bar.finish_and_clear(),
            Self::Screen(_) => screen::give_back(),
            Self::Plain { .. } | Self::None => {}
        }
    }
}

fn line(progress: &Progress) -> String {
    let span = |span: Option<Nanos>| span.map_or_else(|| "-".to_owned(), |span| span.to_string());
    let mut line = format!(
        "{}/s  p50 {}  p99 {}  ok {}  failed {}  in flight {}",
        progress.per_s,
        span(progress.latency_p50),
        span(progress.latency_p99),
        progress.ok,
        progress.failed,
        progress.in_flight,
    );
    if progress.dropped > 0 {
        line = format!("{line}  dropped {}", progress.dropped);
    }
    line
}

#[expect(clippy::disallowed_methods, reason = "cli reads the environment")]
fn console_is_dumb() -> bool {
    std::env::var("TERM").is_ok_and(|term| term == "dumb")
}

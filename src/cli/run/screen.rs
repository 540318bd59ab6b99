//! `--ui tui`: a screen that is redrawn each second from the summary so far.
//!
//! It reads no keys: Ctrl-C ends the run as usual. The terminal is restored at the end of the run, at
//! the first signal, and at every other end of the process that allows it.

use std::io::{Stderr, stderr};

use parking_lot::Mutex;
use ratatui::Frame;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::Marker;
use ratatui::text::Line;
use ratatui::text::Span;
use ratatui::widgets::{
    Axis, Block, Chart, Dataset, Gauge, GraphType, Paragraph, Row, Table, Wrap,
};

use crate::phase::Phase;
use crate::report;
use crate::secret::opaque_debug;
use crate::summarize::Progress;
use crate::summary::{Summary, Validity};
use crate::units::{Nanos, float};

/// Seconds of the course that are kept: the last hour.
const SECONDS_KEPT: usize = 3_600;

/// The phases that are shown, where they occur.
const PHASES: [Phase; 10] = [
    Phase::Lag,
    Phase::Queue,
    Phase::SignWait,
    Phase::Sign,
    Phase::Exchange,
    Phase::Network,
    Phase::Server,
    Phase::Wire,
    Phase::Pickup,
    Phase::Latency,
];

/// Whether the screen is in use; locked while it is drawn, so that nothing is drawn on a restored
/// terminal.
static IS_OURS: Mutex<bool> = Mutex::new(false);

/// Restores the terminal if the screen is in use; called before the process ends.
pub(in crate::cli) fn give_back() {
    let mut is_ours = IS_OURS.lock();
    if std::mem::replace(&mut *is_ours, false) {
        // A closed terminal needs no restoring.
        drop(execute!(stderr(), LeaveAlternateScreen, Show));
    }
}

/// The screen of a run.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Stderr>>,
    duration: Option<Nanos>,
    seconds: Vec<Moment>,
}

opaque_debug!(Screen);

/// One second of the course.
#[derive(Clone, Copy)]
struct Moment {
    at: f64,
    per_s: f64,
    p50_ms: Option<f64>,
    p99_ms: Option<f64>,
}

impl Screen {
    /// Takes the terminal.
    pub(super) fn take(duration: Option<Nanos>) -> std::io::Result<Self> {
        let terminal = Terminal::new(CrosstermBackend::new(stderr()))?;
        let mut is_ours = IS_OURS.lock();
        execute!(stderr(), EnterAlternateScreen, Hide)?;
        *is_ours = true;
        drop(is_ours);
        Ok(Self {
            terminal,
            duration,
            seconds: Vec::new(),
        })
    }

    /// Draws how the run stands.
    pub(super) fn show(&mut self, progress: &Progress, summary: &Summary) {
        self.seconds.push(Moment::of(progress));
        let surplus = self.seconds.len().saturating_sub(SECONDS_KEPT);
        self.seconds.drain(..surplus);
        let view = ScreenView {
            summary,
            progress,
            duration: self.duration,
            seconds: &self.seconds,
        };
        let is_ours = IS_OURS.lock();
        if *is_ours {
            // If drawing fails, the next second draws again.
            drop(self.terminal.draw(|frame| view.draw(frame)));
        }
    }
}

impl Moment {
    fn of(progress: &Progress) -> Self {
        let ms = |span: Nanos| float(span.0) / 1e6;
        Self {
            at: progress.elapsed.as_secs_f64(),
            per_s: float(progress.per_s),
            p50_ms: progress.latency_p50.map(ms),
            p99_ms: progress.latency_p99.map(ms),
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// How many rows the course has: what a tall screen has beyond the other parts, within reason.
fn course_height(screen: u16) -> u16 {
    screen.saturating_sub(22).clamp(6, 20)
}

/// How many rows the answer has: more where it begins with a target that did not keep up.
const fn answer_height(summary: &Summary) -> u16 {
    if summary.saturation.is_some() { 6 } else { 3 }
}

/// What is drawn.
struct ScreenView<'v> {
    summary: &'v Summary,
    progress: &'v Progress,
    duration: Option<Nanos>,
    seconds: &'v [Moment],
}

impl ScreenView<'_> {
    fn draw(&self, frame: &mut Frame<'_>) {
        let [head, gauge, answer, course, body, foot] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(1),
            Constraint::Length(answer_height(self.summary)),
            Constraint::Length(course_height(frame.area().height)),
            Constraint::Min(9),
            Constraint::Length(3),
        ])
        .areas(frame.area());
        let [phases, facts] =
            Layout::horizontal([Constraint::Min(50), Constraint::Length(28)]).areas(body);
        let run = &self.summary.run;
        let title = format!("{}  {}  {}", run.scenario, run.load.description, run.target);
        frame.render_widget(Line::from(title).style(Modifier::BOLD), head);
        self.draw_gauge(frame, gauge);
        let sentence = report::headline(self.summary);
        frame.render_widget(Paragraph::new(sentence).wrap(Wrap { trim: true }), answer);
        self.draw_course(frame, course);
        self.draw_phases(frame, phases);
        self.draw_facts(frame, facts);
        self.draw_foot(frame, foot);
    }

    fn draw_gauge(&self, frame: &mut Frame<'_>, area: Rect) {
        let elapsed = self.progress.elapsed;
        let seconds = elapsed.as_secs();
        let (ratio, label) = match self.duration.filter(|whole| *whole > Nanos::ZERO) {
            Some(whole) => (
                (elapsed.as_secs_f64() / whole.as_secs_f64()).clamp(0.0, 1.0),
                format!("{seconds} of {} s", whole.as_secs()),
            ),
            None => (0.0, format!("{seconds} s")),
        };
        let gauge = Gauge::default()
            .ratio(ratio)
            .label(label)
            .gauge_style(Style::new().fg(Color::Blue));
        frame.render_widget(gauge, area);
    }

    /// The rate and the latency over time, side by side over the whole width.
    fn draw_course(&self, frame: &mut Frame<'_>, area: Rect) {
        let [left, right] =
            Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(area);
        let rate = self.line(|second| Some(second.per_s));
        let title = format!("callouts a second, {} now", self.progress.per_s);
        self.draw_lines(frame, left, title, &[(Color::Blue, &rate)]);
        let p50 = self.line(|second| second.p50_ms);
        let p99 = self.line(|second| second.p99_ms);
        let title = "latency, ms: p50 (blue) and p99 (red)".to_owned();
        self.draw_lines(
            frame,
            right,
            title,
            &[(Color::Red, &p99), (Color::Blue, &p50)],
        );
    }

    fn line(&self, value: impl Fn(&Moment) -> Option<f64>) -> Vec<(f64, f64)> {
        let seconds = self.seconds.iter();
        seconds
            .filter_map(|second| Some((second.at, value(second)?)))
            .collect()
    }

    fn draw_lines(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        title: String,
        lines: &[(Color, &[(f64, f64)])],
    ) {
        let most = lines.iter().flat_map(|(_, line)| line.iter());
        let most = most.map(|(_, value)| *value).fold(0.0, f64::max);
        let at = |second: Option<&Moment>| second.map_or(0.0, |second| second.at);
        let (first, last) = (at(self.seconds.first()), at(self.seconds.last()));
        let datasets = lines.iter().map(|(colour, line)| {
            Dataset::default()
                .marker(Marker::Braille)
                .graph_type(GraphType::Line)
                .style(Style::new().fg(*colour))
                .data(line)
        });
        let top = if most < 10.0 {
            format!("{most:.1}")
        } else {
            format!("{most:.0}")
        };
        let chart = Chart::new(datasets.collect())
            .block(Block::bordered().title(title))
            .x_axis(Axis::default().bounds([first, last.max(first + 1.0)]))
            .y_axis(
                Axis::default()
                    .bounds([0.0, most.max(f64::MIN_POSITIVE)])
                    .labels([Span::raw("0"), Span::raw(top)]),
            );
        frame.render_widget(chart, area);
    }

    fn draw_phases(&self, frame: &mut Frame<'_>, area: Rect) {
        let rows = PHASES.into_iter().filter_map(|phase| {
            let stats = self
                .summary
                .phase(phase)
                .filter(|stats| stats.took_time())?;
            let ms = |ns: u64| format!("{:>9.3}", float(ns) / 1e6);
            let row = Row::new(vec![
                phase.to_string(),
                ms(stats.p50_ns),
                ms(stats.p90_ns),
                ms(stats.p99_ns),
                ms(stats.max_ns),
            ]);
            let is_whole = phase == Phase::Latency;
            Some(if is_whole {
                row.style(Modifier::BOLD)
            } else {
                row
            })
        });
        let widths = [10, 9, 9, 9, 9].map(Constraint::Length);
        let head = ["", "      p50", "      p90", "      p99", "      max"];
        let table = Table::new(rows, widths)
            .header(Row::new(head).style(Modifier::DIM))
            .column_spacing(0)
            .block(Block::bordered().title("successes so far, ms"));
        frame.render_widget(table, area);
    }

    fn draw_facts(&self, frame: &mut Frame<'_>, area: Rect) {
        let now = self.progress;
        let fact = |name: &str, value: u64| Line::from(format!("{name:<16}{value:>10}"));
        let mut lines = vec![
            fact("ok", now.ok),
            fact("failed", now.failed),
            fact("dropped", now.dropped),
            fact("in flight", now.in_flight),
        ];
        let outcomes = self
            .summary
            .outcomes
            .iter()
            .filter(|(name, _)| *name != "ok");
        lines.extend(outcomes.map(|(name, count)| fact(name, *count).style(Color::Red)));
        let block = Block::bordered().title("callouts");
        frame.render_widget(Paragraph::new(lines).block(block), area);
    }

    fn draw_foot(&self, frame: &mut Frame<'_>, area: Rect) {
        let measurement = &self.summary.measurement;
        let colour = match measurement.verdict {
            Validity::Valid => Color::Green,
            Validity::Degraded => Color::Yellow,
            Validity::Invalid => Color::Red,
        };
        let verdict = format!("measurement {} so far", measurement.verdict);
        let reason = measurement.objections().next().unwrap_or_default();
        let lines = vec![
            Line::from(verdict).style(colour),
            Line::from(reason),
            Line::from("Ctrl-C ends the run and writes its reports").style(Modifier::DIM),
        ];
        frame.render_widget(Paragraph::new(lines), area);
    }
}

#[cfg(test)]
mod tests {
    use ratatui::backend::TestBackend;

    use super::*;

    const TYPICAL: &str = include_str!("../../../tests/fixtures/summaries/typical.json");
    const FAILED: &str = include_str!("../../../tests/fixtures/summaries/all-failed.json");

    fn drawn(summary: &str, width: u16, height: u16) -> String {
        let summary: Summary = serde_json::from_str(summary).unwrap();
        let progress = Progress {
            elapsed: Nanos::from_secs(12),
            ok: summary.counts.ok,
            failed: summary.counts.failed,
            in_flight: 3,
            per_s: 200,
            ..Progress::default()
        };
        let ms = |ns: u64| float(ns) / 1e6;
        let seconds: Vec<_> = summary
            .windows
            .iter()
            .map(|window| Moment {
                at: float(window.start_s + 1),
                per_s: float(window.ok),
                p50_ms: window.latency_p50_ns.map(ms),
                p99_ms: window.latency_p99_ns.map(ms),
            })
            .collect();
        let view = ScreenView {
            summary: &summary,
            progress: &progress,
            duration: Some(Nanos::from_secs(30)),
            seconds: &seconds,
        };
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| view.draw(frame)).unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn a_small_and_a_large_terminal_show_all() {
        insta::assert_snapshot!("80x24", drawn(TYPICAL, 80, 24));
        insta::assert_snapshot!("160x50", drawn(TYPICAL, 160, 50));
        insta::assert_snapshot!("failed", drawn(FAILED, 80, 24));
    }

    #[test]
    fn a_terminal_that_is_too_small_is_no_panic() {
        for (width, height) in [(1, 1), (10, 3), (79, 5), (300, 2)] {
            drawn(TYPICAL, width, height);
        }
    }
}

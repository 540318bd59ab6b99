//! What a long run needs beyond a short one.

use std::fs;

use leadbench::plan::Arrivals;
use leadbench::units::Nanos;

use crate::support::{clock, constant, drive_for};
use crate::targets::ManyServers;

/// How long the load goes on, in seconds.
const LONG: u64 = 300;

/// What the rows of a timeline may take, a quarter of a kilobyte a second in a list that
/// doubles when it is full, and what an allocator rounds up to.
const ROWS: u64 = 1024 * 1024 + LONG * 512;

/// Memory of this process, in bytes.
#[expect(clippy::disallowed_methods, reason = "nothing else tells")]
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes: u64 = line
        .unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap();
    kibibytes * 1024
}

// 1,000/s for five minutes against one: eight bytes kept for each callout would show.
#[tokio::test(start_paused = true)]
async fn a_long_run_needs_no_more_memory_than_a_minute() {
    let clock = clock();
    let service = Nanos::from_millis(30);
    let (mut after_a_minute, mut at_the_end) = (0, 0);
    let summary = drive_for(
        constant("1000/s", LONG, Arrivals::Poisson),
        clock,
        ManyServers { clock, service },
        |second| match second {
            60 => after_a_minute = resident(),
            LONG => at_the_end = resident(),
            _ => {}
        },
    )
    .await;
    assert!(summary.counts.ok > 990 * LONG, "{:?}", summary.counts);
    let more = at_the_end.saturating_sub(after_a_minute);
    assert!(
        after_a_minute > 0 && more < ROWS,
        "{more} bytes more than {after_a_minute}"
    );
}

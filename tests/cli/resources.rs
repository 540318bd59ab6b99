//! What runs out: ports, disk, permission; told before the load where that can be, and counted
//! where it cannot.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use crate::support::{
    Bench, Ran, SMOKE, assert_adds_up, assert_complete, assert_reason, finish, number,
};

/// A user that has nothing on any system.
const NOBODY: u32 = 65_534;

/// A command as a shell starts it, after these words.
fn after(bench: &Bench, before: &str, words: &[&str]) -> Command {
    let program = bench.command(words);
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("{before} exec \"$0\" \"$@\"")])
        .arg(program.get_program())
        .args(program.get_args())
        .current_dir(bench.path("."))
        .env("GIT_CEILING_DIRECTORIES", bench.path("."))
        .env("LEADBENCH_KEYS", bench.path("keys"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

const EIGHT_PORTS: &str = "echo '40000 40007' > /proc/sys/net/ipv4/ip_local_port_range && \
                           ip link set lo up || exit 99;";

/// Runs a scenario in a network of its own that has eight local ports; nothing where this user
/// can make none.
fn with_eight_ports(bench: &Bench, scenario: &str) -> Option<Ran> {
    let inner = after(
        bench,
        EIGHT_PORTS,
        &["run", scenario, "--json", "--ui", "none"],
    );
    let mut command = Command::new("unshare");
    command
        .arg("-rn")
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(bench.path("."))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let is_possible = Command::new("unshare")
        .args(["-rn", "sh", "-c", &format!("{EIGHT_PORTS} true")])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !is_possible {
        eprintln!("this user can make no network of its own, so nothing is tried");
        return None;
    }
    Some(finish(command))
}

// Answers take two seconds, so that each arrival needs a connection and with it a port of its own.
#[test]
fn running_out_of_local_ports_is_ours_and_says_the_way_out() {
    let bench = Bench::without_key();
    let text = "schema = 1\nname = \"ports\"\n[target]\nurl = \"embedded\"\n\
         embedded = { service_time = \"2s\" }\n[auth]\nsource = \"none\"\n\
         [[load]]\nkind = \"rate\"\nrate = \"100/s\"\narrivals = \"uniform\"\nfor = \"400ms\"\n";
    let scenario = bench.write("ports.toml", text);
    let Some(ran) = with_eight_ports(&bench, scenario.to_str().unwrap()) else {
        return;
    };
    let summary = ran.ends_with(8).summary();
    assert_adds_up(&summary);
    assert!(
        number(&summary["outcomes"]["local_ports"]) >= 30,
        "{}",
        summary["outcomes"]
    );
    assert_reason(&summary, "local_ports_exhausted");
    let reasons = summary["measurement"]["reasons"].to_string();
    assert!(reasons.contains("keep connections alive"), "{reasons}");
    assert_complete(&bench.folder());
}

#[test]
fn more_users_than_local_ports_are_refused_before_the_load() {
    let bench = Bench::without_key();
    let text = "schema = 1\nname = \"ports\"\n[target]\nurl = \"embedded\"\n\
         [auth]\nsource = \"none\"\n[[load]]\nkind = \"users\"\nusers = 20\nfor = \"1s\"\n";
    let scenario = bench.write("ports.toml", text);
    let Some(ran) = with_eight_ports(&bench, scenario.to_str().unwrap()) else {
        return;
    };
    ran.ends_with(4)
        .says("20 virtual users need a local port each, but this system has only 8")
        .says("ip_local_port_range");
    assert!(!bench.path("reports").exists());
}

// Loopback and kept connections are what most runs are, and nothing is said of them.
#[test]
fn a_usual_run_is_told_nothing_of_resources() {
    let bench = Bench::new();
    let ran = bench
        .run(SMOKE, &["--rate", "100/s", "--duration", "400ms"])
        .ends_with_unless_busy(0);
    for word in ["local ports", "memory", "room for", "open files", "note:"] {
        assert!(!ran.stderr.contains(word), "{word}: {}", ran.stderr);
    }
}

// More rows than any disk has room for.
#[test]
fn a_run_that_writes_more_than_the_disk_holds_is_refused_before_it() {
    let bench = Bench::new();
    let words = [
        "--rate",
        "20000000/s",
        "--duration",
        "24h",
        "--set",
        "auth.source=none",
        "--requests",
        "100%",
    ];
    let ran = bench.run(SMOKE, &words).ends_with(4);
    ran.says("this run writes about ")
        .says(" has room for only ")
        .says("--requests 1%");
    assert!(!bench.path("reports").exists());
}

// A limit on the size of files stands in for a full disk. The reports are smaller than what is
// written of each callout, so they are whole.
#[test]
fn a_disk_that_fills_up_under_rows_and_logs_costs_them_alone() {
    let bench = Bench::new();
    // 200 KiB, in blocks of 512 bytes (POSIX, ulimit).
    let before = "ulimit -f 400;";
    let words = [
        "run",
        SMOKE,
        "--ui",
        "none",
        "--json",
        "--rate",
        "400/s",
        "--duration",
        "5s",
        "--requests",
        "100%",
        "--log-callouts",
        "callouts.log",
        "--set",
        "auth.source=none",
    ];
    let ran = finish(after(&bench, before, &words)).ends_with_unless_busy(0);
    let summary = ran.summary();
    assert_adds_up(&summary);
    assert!(
        number(&summary["counts"]["ok"]) > 1_000,
        "{}",
        summary["counts"]
    );
    ran.says("requests.csv is incomplete")
        .says("callouts.log is incomplete");
    let folder = bench.folder();
    let rows = fs::metadata(folder.join("requests.csv")).unwrap().len();
    assert!(rows <= 400 * 512, "{rows}");
    fs::remove_file(folder.join("requests.csv")).unwrap();
    assert_complete(&folder);
}

#[test]
fn a_key_that_may_not_be_read_is_told_by_its_path() {
    let bench = Bench::new();
    let key = bench.put_key("lead_signing", crate::support::KEY, 0o000);
    let mut command = bench.command(&["token", SMOKE]);
    if fs::metadata(&key).unwrap().uid() == 0 {
        // Root may read anything, so somebody else asks.
        for path in [bench.path("."), bench.path("keys"), key] {
            chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        command.uid(NOBODY).gid(NOBODY);
    }
    let child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            eprintln!("another user cannot start the program ({error}), so nothing is tried");
            return;
        }
    };
    let going = crate::support::Going::start(child, std::time::Instant::now());
    let ran = going.end().ends_with(4);
    ran.says("lead_signing.key.pem").says("Permission denied");
    assert_eq!(ran.stdout, "");
}

//! What a command refuses names what to do next, in words of ours and about what was named.

use std::fs;

use crate::fault_server::FaultServer;
use crate::support::{Bench, SMOKE};

const SMALL: &str = "schema = 1\nname = \"small\"\n[target]\nurl = \"embedded\"\n\
                     [[load]]\nkind = \"rate\"\nrate = \"20/s\"\nfor = \"300ms\"\n";

const TYPICAL: &str = include_str!("../fixtures/summaries/typical.json");

// Only a summary can be made again from the recording beside it.
#[test]
fn another_file_of_a_run_is_not_called_a_damaged_summary() {
    let bench = Bench::new();
    for file in ["phases.csv", "summary.md", "summary.json"] {
        bench.write(&format!("run/{file}"), "phase,count\n");
    }
    bench.write("run/recording.lbr", "leadbench.recording/v1\n");
    for file in ["phases.csv", "summary.md"] {
        let ran = bench.call(&["report", &format!("run/{file}")]).ends_with(4);
        ran.says("it is not JSON").says("name a run folder");
        assert!(!ran.stderr.contains("recording.lbr"), "{}", ran.stderr);
    }
    let ran = bench.call(&["report", "run/summary.json"]).ends_with(4);
    ran.says("makes the report from recording.lbr");
}

#[test]
fn a_file_is_not_a_folder_that_does_not_exist() {
    let bench = Bench::new();
    bench.write("run/summary.json", TYPICAL);
    bench
        .call(&["history", "run/summary.json"])
        .ends_with(4)
        .says("run/summary.json is a file, and not a folder that contains runs")
        .says("leadbench report");
}

#[test]
fn a_log_for_other_tools_is_told_what_to_name_instead() {
    let bench = Bench::new();
    bench.write("other.hlog", "#[StartTime: 1]\n");
    bench
        .call(&["report", "other.hlog"])
        .ends_with(4)
        .says("other.hlog is for other tools, and does not contain everything")
        .says("name the folder of the run, or its recording.lbr");
}

#[test]
fn junk_in_the_key_folder_is_imported_again() {
    let bench = Bench::without_key();
    bench.put_key("lead_signing", "junk\n", 0o600);
    let ran = bench.call(&["token", SMOKE]).ends_with(4);
    ran.says("import the key again: leadbench keys import lead_signing FILE");
    assert!(!ran.stderr.contains("PKCS#12"), "{}", ran.stderr);
}

#[test]
fn an_open_key_file_is_told_who_may_read_it() {
    let bench = Bench::without_key();
    bench.put_key("lead_signing", "junk\n", 0o644);
    bench
        .call(&["token", SMOKE])
        .ends_with(4)
        .says("is accessible to all users of this machine (mode 0644); only its owner may read it");
}

#[test]
fn a_file_or_a_variable_that_is_missing_has_a_remedy() {
    let bench = Bench::new();
    bench.write("small.toml", SMALL);
    bench
        .call(&["check", "nowhere.toml"])
        .ends_with(4)
        .says("name the file of a scenario");
    bench
        .call(&["check", "small.toml", "--with", "nowhere.toml"])
        .ends_with(4)
        .says("name an existing file with --with");
    let key = bench.write("a.p12", "x");
    fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let words = [
        "keys",
        "import",
        "a",
        "a.p12",
        "--passphrase-env",
        "LEADBENCH_NOPE",
    ];
    let ran = bench.call(&words).ends_with(4);
    ran.says("the variable LEADBENCH_NOPE is not set")
        .says("export LEADBENCH_NOPE=...");
    assert!(!ran.stderr.contains("UTF-8"), "{}", ran.stderr);
}

#[test]
fn numbers_and_addresses_are_refused_in_words_of_ours() {
    let bench = Bench::new();
    for (words, says) in [
        (
            ["--seed", "99999999999999999999"],
            "must be from 0 to 18446744073709551615",
        ),
        (["--verify-cache", "many"], "must be from 0 to"),
        (
            ["--listen", "here"],
            "write an address and a port, such as 127.0.0.1:8080",
        ),
        (
            ["--rate-limit", "0/s"],
            "\"0/s\" is a rate of 0; write a number above 0",
        ),
    ] {
        let ran = bench.call(&[&["target", "--no-token"], &words[..]].concat());
        let ran = ran.ends_with(2);
        ran.says(says);
        for raw in [
            "target type",
            "invalid digit",
            "socket address syntax",
            "sends",
        ] {
            assert!(!ran.stderr.contains(raw), "{}", ran.stderr);
        }
    }
}

#[test]
fn an_export_names_both_ways_to_say_what_to_write() {
    let bench = Bench::new();
    bench
        .call(&["keys", "export", "lead_signing"])
        .ends_with(2)
        .says("--format <FORMAT>|--jwks");
    bench
        .call(&[
            "keys",
            "export",
            "lead_signing",
            "--jwks",
            "--format",
            "jks",
        ])
        .ends_with(2)
        .says("cannot be used with");
    bench
        .call(&["keys", "export", "lead_signing", "--jwks"])
        .ends_with(0)
        .prints("\"keys\"");
}

#[test]
fn a_duel_of_a_thing_with_itself_is_told_and_goes_on() {
    const WARNING: &str = "both sides make the same run";
    let bench = Bench::new();
    bench.write("small.toml", SMALL);
    let here = "http://127.0.0.1:9/leads";
    let targets = ["duel", "small.toml", "--baseline", here, "--candidate"];
    let same = bench.call(&[&targets[..], &[here]].concat()).ends_with(4);
    same.says(WARNING).says("the run of the baseline failed");
    let other = bench.call(&[&targets[..], &["http://127.0.0.1:9/other"]].concat());
    let other = other.ends_with(4);
    assert!(!other.stderr.contains(WARNING), "{}", other.stderr);
    let equal = [
        "--baseline-set",
        "load.rate=30/s",
        "--candidate-set",
        "load.0.rate=\"30/s\"",
    ];
    let rounds = ["--rounds", "2", "--set", "target.url=http://127.0.0.1:9/"];
    let words = [&["duel", "small.toml"], &equal[..], &rounds[..]].concat();
    bench.call(&words).ends_with(4).says(WARNING);
}

// One callout is no load that could be lowered.
#[test]
fn a_limit_that_refuses_one_callout_is_not_blamed_on_the_load() {
    let answer = "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n";
    let server = FaultServer::answering(answer);
    let bench = Bench::new();
    let words = ["run", SMOKE, "--target", &server.url()];
    let ran = bench.call(&words).ends_with(4);
    ran.says("refuses even one callout for its rate");
    assert!(!ran.stderr.contains("lower the load"), "{}", ran.stderr);
}

# The steps of scripts/test.sh, one by one. `just check` is all of them.

default:
    @just --list

fmt:
    cargo fmt

lint:
    cargo clippy --all-targets --locked -- -D warnings
    cargo clippy --locked --lib --bins -- -D warnings

test *filter:
    cargo nextest run --locked {{ filter }}
    cargo test --doc --locked

doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked --features full

readme:
    scripts/readme.sh

dashboard:
    scripts/dashboard.sh

otlp:
    scripts/otlp.sh

# The GitHub Action, the GitLab component and the pipelines of docs/example, each step of them; a word chooses checks.
templates *words:
    cargo build --locked --bins --features full
    LEADBENCH=target/debug/leadbench scripts/templates.sh {{ words }}

deny:
    cargo deny --locked check

smoke:
    cargo run --release --locked -- run scenarios/converted-lead.toml --duration 10s

# Makes anew what tests compare with the code: pages, schemas, snapshots, texts of problems, a count. Then read
# `git diff`. One thread, because several tests read the files that one of them writes.
renew:
    UPDATE_EXPECT=1 LEADBENCH_RENEW_SCHEMA=1 INSTA_UPDATE=always INSTA_FORCE_PASS=1 cargo test --locked --test scenario_problems --test scenario_schema --test scenario_page --test reports --test instructions -- --test-threads 1
    INSTA_UPDATE=always INSTA_FORCE_PASS=1 cargo test --locked --lib screen
    git diff --stat

# Adds what this version has to the records that docs/STABILITY.md promises; the records of older versions stay.
record-stable:
    LEADBENCH_RECORD_STABLE=1 cargo test --locked --test stable nothing_that

# The example run in reports/example; `--render` keeps its figures, for changes of words and looks alone.
example *options:
    scripts/example.sh {{ options }}

bench:
    cargo bench --locked

# Measures latencies that are known beforehand, over real sockets; `--long` adds M/M/1 and M/D/1.
truth *options:
    benches/ground_truth.py {{ options }}

# How often a verdict of `compare` is right, for each design; takes a few minutes.
characteristics:
    cargo run --release --locked --example characteristics

# How a search classifies loads, beside MLRsearch (RFC 9971): pip install MLRsearch==1.2.1.
classification python="python3" cases="2000":
    {{ python }} benches/search/classification.py {{ cases }} | cargo run --locked --example classification

# How signing affects the network's p99, and how much of a signer's rate a run reaches.
signing rounds="5":
    benches/signing.py {{ rounds }}

# Whether a busy generator blames the network, nginx's times beside ours, the cost of timestamps.
wire rounds="7" seconds="6":
    benches/wire.py {{ rounds }} {{ seconds }}

# CPU time and memory of a callout beside wrk, oha and a bare loop; takes half an hour.
speed rounds="7" seconds="4":
    benches/speed.py {{ rounds }} {{ seconds }}

# Instructions of a callout by subsystem; needs valgrind.
instructions *options:
    benches/instructions.py {{ options }}

# leadbench beside wrk, oha, k6 and a plain goose program.
peers seconds="5":
    benches/peers/run.py {{ seconds }}

# Shows that a refused run sends nothing: four ways to the wrong host, and the packets of each.
guard:
    scripts/guard.sh

# An hour at 2,000/s against a target in trouble: is each lead counted once, does memory stay flat?
soak duration="1h" rate="2000":
    benches/soak/run.py {{ duration }} {{ rate }}

# A run of several agents beside one process, and what agents, coordinator and merge cost: same, skew,
# signing, agent, coordinator, record, merge.
fleet what="same":
    benches/fleet/run.py {{ what }}

# Fuzzes a target of tests/fuzz/targets.rs, guided by coverage. Needs a nightly compiler (rustup
# toolchain install nightly) and cargo-fuzz (cargo install cargo-fuzz --locked).
fuzz target seconds="60":
    mkdir -p fuzz/corpus/{{ target }}
    cargo +nightly fuzz run --sanitizer none {{ target }} fuzz/corpus/{{ target }} tests/fuzz/corpus/{{ target }} -- -max_total_time={{ seconds }} -timeout=20 -rss_limit_mb=2048

# The same targets with the tests' own mutator, on any compiler, each for this many seconds.
fuzz-stable seconds="60" seed="1":
    LEADBENCH_FUZZ_SECONDS={{ seconds }} LEADBENCH_FUZZ_SEED={{ seed }} cargo test --release --locked --test fuzz -- --nocapture

# The bill of materials in CycloneDX; needs cargo-cyclonedx.
sbom:
    scripts/sbom.sh

check:
    scripts/test.sh

# The steps of scripts/test.sh, one by one. `just check` is all of them.

default:
    @just --list

fmt:
    cargo fmt

lint:
    cargo clippy --all-targets --locked -- -D warnings
    cargo clippy --no-default-features --locked --lib --bins -- -D warnings

test *filter:
    cargo nextest run --locked {{ filter }}
    cargo test --doc --locked

doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked

readme:
    scripts/readme.sh

deny:
    cargo deny --locked check

smoke:
    cargo run --release --locked -- run scenarios/converted-lead.toml --duration 10s

# The example run in reports/example; `--render` keeps its figures.
example *options:
    scripts/example.sh {{ options }}

bench:
    cargo bench --locked

# Latencies known beforehand, measured over real sockets; `--long` adds M/M/1 and M/D/1.
truth *options:
    benches/ground_truth.py {{ options }}

# How often a verdict of `compare` is right, by design; a few minutes.
characteristics:
    cargo run --release --locked --example characteristics

# leadbench beside wrk, oha, k6 and a plain goose program.
peers seconds="5":
    benches/peers/run.py {{ seconds }}

check:
    scripts/test.sh

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

bench:
    cargo bench --locked

check:
    scripts/test.sh

//! `[matrix]` to an experiment: the scenario's one load, once for each variant.

use std::fmt::Debug;

use super::check_presign;
use super::load::{of_stages, refuse_keys_of_others, require, warmup};
use crate::plan::{Auth, Compared, Load, Matrix, Shape, SigningMode, Stage, Turns};
use crate::scenario::table::reader::At;
use crate::scenario::table::words::Kind;
use crate::scenario::text::complaints::Complaints;
use crate::scenario::written::load::LoadTable;
use crate::scenario::written::matrix::MatrixTable;
use crate::units::{Nanos, Rate, Seed, count, index};

/// How long a turn is where nothing is said.
const BLOCK: Nanos = Nanos::from_secs(2);

/// How much of its start is not measured where nothing is said.
const SETTLE: Nanos = Nanos::from_millis(100);

/// How often each variant has its turn where nothing is said.
const ROUNDS: usize = 10;

/// What a matrix makes of a plan.
pub(super) struct Experiment {
    pub(super) matrix: Matrix,
    /// One for each variant.
    pub(super) loads: Vec<Load>,
}

/// One of the things that are compared: a name, and how its tokens are made.
struct Variant {
    name: String,
    auth: Auth,
}

/// Lowers the experiment; `auth` is `None` where [auth] has a fault, and `Some(None)` where no
/// token is sent.
#[expect(clippy::option_option, reason = "the outer one is whether it is valid")]
pub(super) fn experiment(
    table: &MatrixTable,
    loads: &[LoadTable],
    auth: Option<Option<&Auth>>,
    seed: Seed,
    complaints: &Complaints,
) -> Option<Experiment> {
    let compares = compares(table, complaints);
    let variants = match auth {
        Some(Some(auth)) => variants(table, auth, complaints),
        Some(None) => {
            complaints
                .add(
                    table.header.span,
                    "[matrix] compares ways of signing, but no token is sent",
                )
                .hint("add [auth] with source = \"named-credential\"");
            Vec::new()
        }
        None => Vec::new(),
    };
    let (block, settle) = spans(table, complaints);
    let load = only_load(table, loads, complaints);
    let matrix = Matrix {
        compares: compares?,
        variants: variants.len(),
        block,
        settle,
        rounds: table
            .rounds
            .as_ref()
            .map_or(ROUNDS, |rounds| index(rounds.value.0)),
    };
    let (load, rate) = load?;
    if variants.len() < 2 {
        return None;
    }
    let turns = matrix.turns(seed, warmup(load));
    let loads: Vec<_> = variants
        .into_iter()
        .zip(turns)
        .zip(0..)
        .map(|((variant, turns), number)| Load {
            name: variant.name,
            start: Nanos::ZERO,
            warmup: warmup(load),
            shape: Shape::Rate(of_stages(load, stages(rate, &turns, &matrix, load, number))),
            auth: Some(variant.auth),
            turns: Some(turns),
        })
        .collect();
    for (mode, load) in table
        .signing
        .iter()
        .flat_map(|modes| &modes.value)
        .zip(&loads)
    {
        check_presign(mode, std::slice::from_ref(load), complaints);
    }
    Some(Experiment { matrix, loads })
}

/// The one key that says what is compared.
fn compares(table: &MatrixTable, complaints: &Complaints) -> Option<Compared> {
    let keys = [
        ("signing", Compared::Signing),
        ("key_size", Compared::KeySize),
        ("algorithm", Compared::Algorithm),
    ];
    let mut given = keys
        .into_iter()
        .filter_map(|(name, compares)| Some((table.header.key(name)?, name, compares)));
    let Some((_, first, compares)) = given.next() else {
        complaints.lack(table.header.span, "[matrix] lacks what it compares").hint("add signing = [\"none\", \"jit\"], key_size = [2048, 4096] or algorithm = [\"RS256\", \"RS512\"]");
        return None;
    };
    for (span, name, _) in given {
        complaints
            .add(
                span,
                format!("`{name}` and `{first}` exclude each other: a matrix compares one thing"),
            )
            .hint("make a scenario of each");
    }
    Some(compares)
}

/// The variants, as far as they can be read: each once, two at least.
fn variants(table: &MatrixTable, auth: &Auth, complaints: &Complaints) -> Vec<Variant> {
    if let Some(modes) = &table.signing {
        let modes = distinct("signing", modes, |mode| mode.0, complaints);
        return modes.map_or_else(Vec::new, |modes| {
            let of = |signing: SigningMode| Variant {
                name: signing.to_string(),
                auth: Auth {
                    signing,
                    ..auth.clone()
                },
            };
            modes.into_iter().map(of).collect()
        });
    }
    if auth.signing == SigningMode::None {
        complaints
            .add(
                table.header.span,
                "[matrix] compares signatures, but with signing = \"none\" there are none",
            )
            .hint("write signing = \"jit\" in [auth]");
    }
    if let (Some(sizes), Some(kid)) = (&table.key_size, &auth.other_kid) {
        complaints
            .add(
                sizes.span,
                format!(
                    "`key_size`: each size is a key of its own, and all would be called {kid:?}"
                ),
            )
            .hint("leave `kid` out of [auth]");
    }
    if let Some(sizes) = &table.key_size {
        let sizes = distinct("key_size", sizes, |size| size.0, complaints);
        return sizes.map_or_else(Vec::new, |sizes| {
            let of = |bits: u32| Variant {
                name: format!("rsa-{bits}"),
                auth: Auth {
                    key: format!("{}_{bits}", auth.key),
                    key_bits: Some(bits),
                    ..auth.clone()
                },
            };
            sizes.into_iter().map(of).collect()
        });
    }
    let Some(algorithms) = &table.algorithm else {
        return Vec::new();
    };
    let algorithms = distinct("algorithm", algorithms, |algorithm| algorithm.0, complaints);
    algorithms.map_or_else(Vec::new, |algorithms| {
        let of = |algorithm| Variant {
            name: format!("{algorithm}"),
            auth: Auth {
                algorithm,
                ..auth.clone()
            },
        };
        algorithms.into_iter().map(of).collect()
    })
}

/// The values of a list that must differ from each other, and be two at least.
fn distinct<T, V: Copy + Debug + PartialEq>(
    name: &str,
    list: &At<Vec<At<T>>>,
    value: impl Fn(&T) -> V,
    complaints: &Complaints,
) -> Option<Vec<V>> {
    let mut values = Vec::new();
    let mut is_whole = true;
    for item in &list.value {
        let value = value(&item.value);
        if values.contains(&value) {
            complaints.add(item.span, format!("`{name}`: this is there twice"));
            is_whole = false;
        }
        values.push(value);
    }
    if values.len() < 2 && !complaints.has_within(list.span) {
        complaints.add(
            list.span,
            format!("`{name}`: a matrix compares two at least"),
        );
    }
    (is_whole && values.len() >= 2).then_some(values)
}

fn spans(table: &MatrixTable, complaints: &Complaints) -> (Nanos, Nanos) {
    let block = table.block.as_ref().map_or(BLOCK, |span| span.value.0);
    let settle = table.settle.as_ref().map_or(SETTLE, |span| span.value.0);
    if let Some(given) = &table.block
        && !block.0.is_multiple_of(Nanos::SECOND.0)
    {
        complaints.add(
            given.span,
            format!("`block`: {block} is no whole number of seconds"),
        );
    }
    if let Some(given) = &table.settle
        && settle.0 * 2 >= block.0
    {
        complaints.add(
            given.span,
            format!("`settle`: {settle} is not less than half of a block of {block}"),
        );
    }
    (block, settle)
}

/// The load that all variants share.
fn only_load<'l>(
    table: &MatrixTable,
    loads: &'l [LoadTable],
    complaints: &Complaints,
) -> Option<(&'l LoadTable, Rate)> {
    let [load] = loads else {
        complaints
            .add(
                table.header.span,
                format!("[matrix] wants one [[load]], not {}", loads.len()),
            )
            .hint(
                "it is the load of each variant in its turn: kind = \"rate\" and rate = \"200/s\"",
            );
        return None;
    };
    let kind = load.kind.as_ref()?;
    if kind.value.0 != Kind::Rate {
        complaints
            .add(kind.span, "the load of a [matrix] is of kind \"rate\"")
            .hint("what arrives must not depend on how fast the variant before was");
        return None;
    }
    refuse_keys_of_others(Kind::Rate, &load.header, complaints);
    for (name, why) in [
        (
            "for",
            "[matrix] says how long: `block` times `rounds` for each variant",
        ),
        ("stages", "only at one rate can variants be compared"),
        ("after", "there is no other load"),
        ("key", "the variants differ in what [matrix] says alone"),
        (
            "name",
            "each variant is a load of its own, named after itself",
        ),
    ] {
        if let Some(span) = load.header.key(name) {
            complaints
                .add(
                    span,
                    format!("`{name}` means nothing to the load of a [matrix]"),
                )
                .hint(format!("leave it out; {why}"));
        }
    }
    if let Some(given) = &load.warmup
        && !warmup(load).0.is_multiple_of(Nanos::SECOND.0)
    {
        complaints.add(
            given.span,
            format!(
                "`warmup`: {} is no whole number of seconds, as [matrix] needs",
                warmup(load)
            ),
        );
    }
    require("rate", "rate", "\"200/s\"", &load.header, complaints);
    Some((load, load.rate.as_ref()?.value.0))
}

/// The stages of one variant: the rate in its own blocks, and nothing in those of others. The
/// warm-up is shared out evenly.
fn stages(rate: Rate, turns: &Turns, matrix: &Matrix, load: &LoadTable, number: u64) -> Vec<Stage> {
    let warm = Nanos(warmup(load).0 / count(matrix.variants));
    let first = Nanos(warm.0 * number);
    let mut stages = Vec::new();
    let mut until = Nanos::ZERO;
    for block in std::iter::once(first..first + warm).chain(turns.blocks()) {
        stages.push(Stage::hold(None, block.start - until));
        stages.push(Stage::hold(Some(rate), block.end - block.start));
        until = block.end;
    }
    let whole = count(matrix.variants * matrix.rounds) * matrix.block.0;
    let end = warmup(load) + Nanos(whole);
    stages.push(Stage::hold(None, end - until));
    stages.retain(|stage| stage.over > Nanos::ZERO);
    stages
}

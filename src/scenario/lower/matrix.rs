//! `[matrix]` to an experiment: the scenario's one load, once for each variant.

use super::load::of_stages;
use super::presign;
use super::required::{self, refuse_keys_of_others};
use crate::plan::{Algorithm, Auth, Compared, Load, LoadModel, Matrix, SigningMode, Stage, Turns};
use crate::scenario::table::words::LoadKind;
use crate::scenario::text::complaints::Complaints;
use crate::scenario::written::load::LoadTable;
use crate::scenario::written::matrix::MatrixTable;
use crate::units::{Nanos, Rate, Seed, count, index};

/// Keys that the load of a matrix does not have, and why.
const NOT_OF_A_MATRIX: [(&str, &str); 5] = [
    (
        "for",
        "the load lasts `block` times `rounds` for each variant",
    ),
    ("stages", "variants can be compared at one rate only"),
    ("after", "there is no other load"),
    ("key", "the variants differ only in what [matrix] compares"),
    ("name", "each variant is a load named after itself"),
];

/// One of the things that are compared: a name, and how its tokens are made.
struct Variant {
    name: String,
    auth: Auth,
}

/// Lowers the experiment to a load for each variant; `auth` is `None` where [auth] has a fault, and
/// `Some(None)` where no token is sent.
#[expect(clippy::option_option, reason = "the outer one is whether it is valid")]
pub(super) fn experiment(
    table: &MatrixTable,
    loads: &[LoadTable],
    auth: Option<Option<&Auth>>,
    seed: Seed,
    complaints: &Complaints,
) -> Option<(Vec<Load>, Matrix)> {
    let compares = compares(table, complaints);
    let variants = match auth {
        Some(Some(auth)) => variants(table, auth, complaints),
        Some(None) => {
            let message = "[matrix] compares ways of signing, but no token is sent";
            let hint = "add [auth] with source = \"named-credential\"";
            complaints.advise(table.header.span, message, hint);
            Vec::new()
        }
        None => Vec::new(),
    };
    check_spans(table, complaints);
    let load = only_load(table, loads, complaints);
    let matrix = Matrix {
        compares: compares?,
        variants: variants.len(),
        block: table.block.0,
        settle: table.settle.0,
        rounds: index(table.rounds.0),
    };
    let (load, rate) = load?;
    if variants.len() < 2 {
        return None;
    }
    let turns = matrix.turns(seed, load.warmup.0);
    let loads: Vec<_> = variants
        .into_iter()
        .zip(turns)
        .zip(0..)
        .map(|((variant, turns), number)| Load {
            name: variant.name,
            start: Nanos::ZERO,
            warmup: load.warmup.0,
            model: LoadModel::Rate(of_stages(load, stages(rate, &turns, &matrix, load, number))),
            auth: Some(variant.auth),
            turns: Some(turns),
        })
        .collect();
    let modes = table.signing.iter().flat_map(|modes| &modes.0);
    for (mode, load) in modes.zip(&loads) {
        presign::check(mode.0, mode.span, std::slice::from_ref(load), complaints);
    }
    Some((loads, matrix))
}

/// The one key that says what is compared.
fn compares(table: &MatrixTable, complaints: &Complaints) -> Option<Compared> {
    let keys = [
        ("signing", Compared::Signing),
        ("key_size", Compared::KeySize),
        ("algorithm", Compared::Algorithm),
    ];
    let mut given = keys.into_iter().filter(|(name, _)| table.header.has(name));
    let Some((first, compares)) = given.next() else {
        let message = "[matrix] does not say what it compares";
        let hint = "add signing = [\"none\", \"jit\"], key_size = [2048, 4096] or \
             algorithm = [\"RS256\", \"RS512\"]";
        complaints.lack(table.header.span, message, hint);
        return None;
    };
    for (name, _) in given {
        let why = format!("and `{first}` cannot both be set: a matrix compares one thing");
        table
            .header
            .refuse(name, &why, "make a scenario of each", complaints);
    }
    Some(compares)
}

/// The variants, as far as they can be read.
fn variants(table: &MatrixTable, auth: &Auth, complaints: &Complaints) -> Vec<Variant> {
    if let Some(modes) = &table.signing {
        let of_mode =
            |mode: SigningMode| variant(mode.to_string(), auth, |auth| auth.signing = mode);
        return modes.0.iter().map(|mode| of_mode(mode.0)).collect();
    }
    if auth.signing == SigningMode::None {
        let message = "[matrix] compares signatures, but signing = \"none\" makes none";
        let hint = "write signing = \"jit\" in [auth]";
        complaints.advise(table.header.span, message, hint);
    }
    if let Some(sizes) = &table.key_size {
        if let Some(kid) = &auth.other_kid {
            let message =
                format!("`key_size`: each size is its own key, but all have the kid {kid:?}");
            complaints.advise(sizes.span, message, "leave `kid` out of [auth]");
        }
        let of_size = |bits: u32| {
            variant(format!("rsa-{bits}"), auth, |auth| {
                auth.key = format!("{}_{bits}", auth.key);
                auth.key_bits = Some(bits);
            })
        };
        return sizes.0.iter().map(|size| of_size(size.0)).collect();
    }
    let of_algorithm = |algorithm: Algorithm| {
        variant(algorithm.to_string(), auth, |auth| {
            auth.algorithm = algorithm;
        })
    };
    let algorithms = table.algorithm.iter().flat_map(|algorithms| &algorithms.0);
    algorithms.map(|one| of_algorithm(one.0)).collect()
}

/// A variant whose tokens differ from those of [auth] in one thing.
fn variant(name: String, auth: &Auth, change: impl FnOnce(&mut Auth)) -> Variant {
    let mut auth = auth.clone();
    change(&mut auth);
    Variant { name, auth }
}

fn check_spans(table: &MatrixTable, complaints: &Complaints) {
    let (block, settle) = (&table.block, &table.settle);
    if !is_whole(block.0) {
        let message = format!("`block` must be a whole number of seconds, not {}", block.0);
        complaints.add(block.span, message);
    }
    if settle.0.0 * 2 >= block.0.0 {
        let message = format!(
            "`settle` ({}) must be shorter than half of `block` ({})",
            settle.0, block.0
        );
        complaints.add(settle.span, message);
    }
}

fn is_whole(span: Nanos) -> bool {
    span.0.is_multiple_of(Nanos::SECOND.0)
}

/// The load that all variants share.
fn only_load<'l>(
    table: &MatrixTable,
    loads: &'l [LoadTable],
    complaints: &Complaints,
) -> Option<(&'l LoadTable, Rate)> {
    let [load] = loads else {
        let message = format!("[matrix] needs exactly one [[load]], not {}", loads.len());
        let hint =
            "write one, the load of each variant in turn: kind = \"rate\" and rate = \"200/s\"";
        complaints.advise(table.header.span, message, hint);
        return None;
    };
    let kind = load.kind.as_ref()?;
    if kind.0 != LoadKind::Rate {
        let message = "the load of a [matrix] must have kind = \"rate\"";
        let hint =
            "write kind = \"rate\": arrivals must not depend on how fast the variant before was";
        complaints.advise(kind.span, message, hint);
        return None;
    }
    refuse_keys_of_others(LoadKind::Rate, &load.header, complaints);
    for (name, why) in NOT_OF_A_MATRIX {
        let hint = format!("leave it out; {why}");
        let message = "has no effect on the load of a [matrix]";
        load.header.refuse(name, message, hint, complaints);
    }
    if !is_whole(load.warmup.0) {
        let message = format!(
            "`warmup` must be a whole number of seconds with [matrix], not {}",
            load.warmup.0
        );
        complaints.add(load.warmup.span, message);
    }
    let rate = required::rate(load, "\"200/s\"", complaints)?;
    Some((load, rate))
}

/// The stages of one variant: the rate in its own blocks, and nothing in those of others. The
/// warm-up is shared out evenly.
fn stages(rate: Rate, turns: &Turns, matrix: &Matrix, load: &LoadTable, number: u64) -> Vec<Stage> {
    let warm = Nanos(load.warmup.0.0 / count(matrix.variants));
    let first = Nanos(warm.0 * number);
    let mut stages = Vec::new();
    let mut until = Nanos::ZERO;
    for block in std::iter::once(first..first + warm).chain(turns.blocks()) {
        stages.push(Stage::hold(None, block.start - until));
        stages.push(Stage::hold(Some(rate), block.end - block.start));
        until = block.end;
    }
    let whole = count(matrix.variants * matrix.rounds) * matrix.block.0;
    let end = load.warmup.0 + Nanos(whole);
    stages.push(Stage::hold(None, end - until));
    stages.retain(|stage| stage.over > Nanos::ZERO);
    stages
}

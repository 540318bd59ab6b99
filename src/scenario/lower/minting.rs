//! For which callouts a token is minted, and when it is signed.

use crate::plan::{Mint, SigningMode, TokenSource};
use crate::scenario::text::complaints::Complaints;
use crate::scenario::written::auth::AuthTable;
use crate::scenario::written::matrix::MatrixTable;

/// For which callouts a token is minted, and when.
pub(super) struct Minting {
    pub(super) mint: Mint,
    pub(super) signing: SigningMode,
    /// The modes of all variants.
    pub(super) modes: Vec<SigningMode>,
}

/// Reads `mint` and `signing`, and the signing modes of a matrix.
pub(super) fn minting(
    table: &AuthTable,
    mechanism: TokenSource,
    matrix: Option<&MatrixTable>,
    complaints: &Complaints,
) -> Minting {
    let of_matrix = matrix.and_then(|matrix| matrix.signing.as_ref());
    if of_matrix.is_some() {
        let (why, hint) = (
            "is set here and compared in [matrix]",
            "leave it out of [auth]",
        );
        table.header.refuse("signing", why, hint, complaints);
    }
    let mut minting = Minting {
        mint: mechanism.mint(),
        signing: table.signing.0,
        modes: match of_matrix {
            Some(modes) => modes.0.iter().map(|mode| mode.0).collect(),
            None => vec![table.signing.0],
        },
    };
    read_mint(table, &mut minting, complaints);
    if table.exchange.is_some() {
        minting.signing = exchanged(table, minting.signing, matrix, complaints);
    }
    minting
}

fn read_mint(table: &AuthTable, minting: &mut Minting, complaints: &Complaints) {
    let Some(given) = &table.mint else {
        return;
    };
    let contradict = |what: String, hint: &'static str| {
        let message = format!("{what} cannot be combined");
        complaints.advise(given.span, message, hint);
    };
    let is_reused = minting.modes == [SigningMode::Reuse];
    match given.0.mint() {
        None if !is_reused && (table.signing.is_given() || minting.modes.len() > 1) => {
            contradict(
                "`mint = \"cached\"` and `signing`".to_owned(),
                "leave out `signing`: mint = \"cached\" sets it to \"reuse\"",
            );
        }
        None => {
            minting.mint = Mint::PerCallout;
            minting.signing = SigningMode::Reuse;
            minting.modes = vec![SigningMode::Reuse];
        }
        Some(mint) => {
            minting.mint = mint;
            if is_reused {
                contradict(
                    format!("`mint = \"{mint}\"` and `signing = \"reuse\"`"),
                    "leave out `mint`, or write mint = \"cached\"",
                );
            }
            if mint == Mint::PerSecond && minting.modes.contains(&SigningMode::Presign) {
                contradict(
                    "`mint = \"per-second\"` and `signing = \"presign\"`".to_owned(),
                    "write signing = \"pipeline\" or \"jit\"",
                );
            }
        }
    }
}

/// How JWTs are signed that are exchanged: when an access token is needed.
fn exchanged(
    table: &AuthTable,
    signing: SigningMode,
    matrix: Option<&MatrixTable>,
    complaints: &Complaints,
) -> SigningMode {
    const WHY: &str = "cannot be combined with [auth.exchange]";
    let is_given = table.signing.is_given();
    if is_given && !matches!(signing, SigningMode::Jit | SigningMode::None) {
        let message = format!("`signing = \"{signing}\"` {WHY}");
        let hint = "leave it out: the JWT is signed when an access token is needed";
        complaints.advise(table.signing.span, message, hint);
    }
    for name in ["mint", "renew_before"] {
        let hint = "leave it out; `renew` in [auth.exchange] says when an access token is replaced";
        table.header.refuse(name, WHY, hint, complaints);
    }
    if let Some(matrix) = matrix {
        let message = format!("[matrix] {WHY}, which signs few tokens");
        complaints.advise(matrix.header.span, message, "leave out [auth.exchange]");
    }
    if is_given { signing } else { SigningMode::Jit }
}

//! Loads that sign with a key pair of their own.

use super::unique_name::unique_name;
use crate::plan::{Auth, Load};
use crate::scenario::text::complaints::Complaints;
use crate::scenario::written::load::LoadTable;

/// Gives those loads their key pair that name one of their own; `auth` is `None` where [auth] has a
/// fault, and `Some(None)` where no token is sent.
#[expect(clippy::option_option, reason = "the outer one is whether it is valid")]
pub(super) fn assign(
    tables: &[LoadTable],
    auth: Option<Option<&Auth>>,
    loads: Option<&mut [Load]>,
    complaints: &Complaints,
) {
    let mut loads = loads.map(<[Load]>::iter_mut);
    for table in tables {
        let load = loads.as_mut().and_then(Iterator::next);
        let Some(key) = &table.key else {
            continue;
        };
        let name = unique_name("key", key.clone(), complaints);
        match auth {
            Some(None) => complaints.advise(
                key.span,
                "`key` is set, but this scenario sends no token",
                "add [auth] with a source, or leave `key` out",
            ),
            Some(Some(Auth {
                other_kid: Some(kid),
                ..
            })) => complaints.advise(
                key.span,
                format!("`key`: [auth] gives every key the kid {kid:?}"),
                "leave `kid` out of [auth]",
            ),
            Some(Some(auth)) => {
                if let (Some(load), Some(key)) = (load, name) {
                    load.auth = Some(Auth {
                        key,
                        ..auth.clone()
                    });
                }
            }
            // What is wrong with [auth] has been said.
            None => {}
        }
    }
}

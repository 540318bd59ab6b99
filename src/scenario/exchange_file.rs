//! `[auth.exchange]` as it is written, and what it means.

use schemars::JsonSchema;

use super::lower_target::address;
use super::problem::Complaints;
use super::table::{At, Table};
use super::value::{One, Text};
use crate::plan::{Exchange, Renew};

/// JWT Token Exchange: the JWT is posted to a token endpoint, and the access token that comes
/// back is sent to the API.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ExchangeTable {
    /// The Token Endpoint URL; without it that of the embedded target. Its host must be among
    /// `allowed_hosts` too.
    url: Option<At<Text<1, 2048>>>,
    /// The Scope that is asked for.
    scope: Option<At<Text<1, 1000>>>,
    /// When an access token gives way to the next: `when-refused`, by a 401 or another status
    /// of `refresh_on` (what Salesforce was observed to do), or `before-expiry`, also ahead of
    /// the end of its `expires_in`.
    #[schemars(extend("default" = "when-refused"))]
    renew: Option<At<One<Renew>>>,
}

impl ExchangeTable {
    pub(super) fn read(mut table: Table<'_>) -> Self {
        let read = Self {
            url: table.optional("url"),
            scope: table.optional("scope"),
            renew: table.optional("renew"),
        };
        table.finish();
        read
    }

    /// Whether it leaves the token endpoint to the embedded target.
    pub(super) const fn is_embedded(&self) -> bool {
        self.url.is_none()
    }
}

/// The exchange, or `None` where there is a fault in it.
pub(super) fn exchange(table: &ExchangeTable, complaints: &Complaints) -> Option<Exchange> {
    let endpoint = match &table.url {
        None => None,
        Some(url) => match address(&url.value.0) {
            Ok(address) => Some(address),
            Err(message) => {
                complaints.add(url.span, format!("`url`: {message}"));
                return None;
            }
        },
    };
    Some(Exchange {
        endpoint,
        scope: table.scope.as_ref().map(|scope| scope.value.0.clone()),
        renew: table
            .renew
            .as_ref()
            .map_or_else(Renew::default, |renew| renew.value.0),
    })
}

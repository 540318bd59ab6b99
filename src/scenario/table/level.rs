//! Where a stage leads: a rate, or a number of users.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::forms::RateOrNone;
use super::value::{Single, Whole, schema};
use crate::plan::USERS_MAX;
use crate::scenario::text::tree::{Node, Tree};
use crate::units::Rate;

/// A number of users, none included.
pub(in crate::scenario) type Users = Whole<0, USERS_MAX>;

/// A rate, or a number of users.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) enum Level {
    Rate(Option<Rate>),
    Users(u64),
}

impl Single for Level {
    fn read(node: &Node) -> Result<Self, String> {
        match &node.value {
            Tree::Integer(_) => Users::read(node).map(|users| Self::Users(users.0)),
            Tree::String(_) => RateOrNone::read(node).map(|rate| Self::Rate(rate.0)),
            other => Err(format!(
                "must be a rate such as \"500/s\" or a number of users, not {}",
                other.kind()
            )),
        }
    }
}

schema!(
    [] Level,
    generator => {
        let (rate, users) = (RateOrNone::json_schema(generator), Users::json_schema(generator));
        json_schema!({ "anyOf": [rate, users] })
    }
);

//! Tables as structs: one list of keys gives the struct, its schema and its reader.

use super::at::{At, Header};
use super::reader::Table;
use super::value::Value;
use crate::scenario::text::complaints::Complaints;
use crate::scenario::text::span::Span;

/// A key that may be missing.
pub(in crate::scenario) type Maybe<T> = Option<At<T>>;

/// What is read from a table.
pub(in crate::scenario) trait FromTable: Sized {
    /// Reads every key, and complains of those that it does not know.
    fn from_table(table: Table<'_>) -> Self;

    /// The table where it is missing: every key has its default.
    fn usual(complaints: &Complaints) -> Self {
        Self::from_table(Table::empty(complaints))
    }

    /// Where the table stood, and which keys it had.
    fn header(&self) -> &Header;

    /// Where a key stood; where it is missing, its table.
    fn key_span(&self, name: &str) -> Span {
        self.header().key(name).unwrap_or(self.header().span)
    }
}

/// What is read from a key of a table.
pub(in crate::scenario) trait FromKey: Sized {
    fn from_key(table: &mut Table<'_>, name: &'static str) -> Self;
}

impl<T: Value> FromKey for Maybe<T> {
    fn from_key(table: &mut Table<'_>, name: &'static str) -> Self {
        table.optional(name)
    }
}

impl<T: FromTable> FromKey for Option<T> {
    fn from_key(table: &mut Table<'_>, name: &'static str) -> Self {
        table.table(name).map(T::from_table)
    }
}

impl<T: FromTable> FromKey for Vec<T> {
    fn from_key(table: &mut Table<'_>, name: &'static str) -> Self {
        let tables = table.tables(name);
        tables.into_iter().map(T::from_table).collect()
    }
}

/// Makes the struct of a table, with its schema and its reader.
///
/// A key is written as a field. Its type may be followed by the value of a key that is missing
/// (`timeout: Lasting<0, HOUR> = "10s"`), or by what to write for a key that is required
/// (`url: Text<1, 2048> => "\"embedded\""`). A key that is a word of Rust is named after `as`.
macro_rules! table {
    (
        $(#[$of_table:meta])*
        $table:ident {
            $(
                $(#[$of_key:meta])*
                $key:ident $(as $name:literal)?: $type:ty
                $(= $default:tt)? $(=> $example:literal)?,
            )*
        }
    ) => {
        #[derive(Debug, schemars::JsonSchema)]
        #[schemars(deny_unknown_fields)]
        $(#[$of_table])*
        pub(in crate::scenario) struct $table {
            $(
                $(#[$of_key])*
                $(#[schemars(rename = $name)])?
                $(#[schemars(extend("default" = $default))])?
                pub(in crate::scenario) $key: table!(@type $type $(= $default)? $(=> $example)?),
            )*
            #[schemars(skip)]
            pub(in crate::scenario) header: crate::scenario::table::at::Header,
        }

        impl crate::scenario::table::keys::FromTable for $table {
            fn from_table(mut table: crate::scenario::table::reader::Table<'_>) -> Self {
                let read = Self {
                    $($key: {
                        let names = [$($name,)? stringify!($key)];
                        table!(@read table, names[0]; $(= $default)? $(=> $example)?)
                    },)*
                    header: table.header(),
                };
                table.finish();
                read
            }

            fn header(&self) -> &crate::scenario::table::at::Header {
                &self.header
            }
        }
    };
    (@type $type:ty) => { $type };
    (@type $type:ty = $default:tt) => { crate::scenario::table::at::At<$type> };
    (@type $type:ty => $example:literal) => { crate::scenario::table::keys::Maybe<$type> };
    (@read $table:ident, $name:expr;) => {
        crate::scenario::table::keys::FromKey::from_key(&mut $table, $name)
    };
    (@read $table:ident, $name:expr; => $example:literal) => { $table.required($name, $example) };
    (@read $table:ident, $name:expr; = $default:tt) => {
        {
            let usual = || crate::scenario::table::reader::Table::usual(&serde_json::json!($default));
            $table.optional($name).unwrap_or_else(usual)
        }
    };
}

pub(in crate::scenario) use table;

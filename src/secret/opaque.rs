//! A `Debug` that shows the name of a type and nothing of its contents.

/// Implements `Debug` for a type whose contents are secret, or cannot be shown: `Minter { .. }`.
macro_rules! opaque_debug {
    ($name:ident $(<$($parameter:ident),+>)?) => {
        impl$(<$($parameter),+>)? std::fmt::Debug for $name$(<$($parameter),+>)? {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use opaque_debug;

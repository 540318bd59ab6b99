//! Adding counters field by field.

/// Adds the counters of `$more` to those of `$into`, both of the type that has the method. The other
/// fields are named too, so that a forgotten one does not compile.
macro_rules! add_each {
    ($into:ident, $more:ident, [$($counter:ident)*] $($other:ident)*) => {
        let Self { $($counter,)* $($other: _,)* } = $more;
        $($into.$counter += $counter;)*
    };
}

pub(super) use add_each;

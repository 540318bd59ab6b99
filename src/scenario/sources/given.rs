//! All that a scenario is read from, handed in by whoever reads files and the environment.

use std::fmt;

use crate::plan::Override;

/// Gives the bytes of a file that a scenario names, or says in words why not. The number is that
/// of the source which names it: 0 is the scenario, then its overlays, then what the command line
/// sets.
pub type Files<'f> = dyn Fn(usize, &str) -> Result<Vec<u8>, String> + 'f;

/// Gives the value of a variable of the environment, or says why not and what to try.
pub type Environment<'f> = dyn Fn(&str) -> Result<String, (String, String)> + 'f;

/// All that a scenario is read from.
pub struct Inputs<'i> {
    /// What problems call the file.
    pub name: &'i str,
    /// Its text.
    pub text: &'i str,
    /// The names and texts of what is put over it, in order.
    pub overlays: &'i [(String, String)],
    /// What the command line sets, in order; it has the last word.
    pub overrides: &'i [Override],
    /// Where the files come from that it names.
    pub files: &'i Files<'i>,
    /// Where the variables come from that it names.
    pub environment: &'i Environment<'i>,
}

impl fmt::Debug for Inputs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name;
        f.debug_struct("Inputs")
            .field("name", &name)
            .finish_non_exhaustive()
    }
}

//! Two sets of runs, judged: what is found of what is known beforehand.

#[cfg(test)]
#[path = "compare/characteristics.rs"]
mod characteristics;
#[cfg(test)]
#[path = "compare/refusals.rs"]
mod refusals;
#[cfg(test)]
#[path = "compare/runs.rs"]
mod runs;
#[cfg(test)]
#[path = "compare/verdicts.rs"]
mod verdicts;

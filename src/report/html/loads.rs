//! Each load of several with its own headline and phases.

use serde::Serialize;

use super::pages::Pages;
use super::section::blocks;
use crate::report::content::loads::several;
use crate::report::content::scope::Scope;
use crate::report::content::{counts, headline, phases};
use crate::report::error::ReportError;
use crate::summary::{Model, Summary};

#[derive(Serialize)]
struct LoadView<'load> {
    name: &'load str,
    time: String,
    /// How latency is counted, where the loads differ in that.
    model: Option<&'static str>,
    phases: Option<String>,
}

/// The details of each load, under the table of all loads.
pub(super) fn details(pages: &Pages<'_>, summary: &Summary) -> Result<String, ReportError> {
    let detail = |load| {
        let scope = Scope::of_load(summary, load);
        let phases = phases::section(&scope);
        let phases = phases.map(|section| blocks(pages, &section.blocks));
        pages.render(
            "load.html",
            &LoadView {
                name: &load.name,
                time: headline::time(&scope),
                model: (summary.run.model == Model::Mixed).then(|| counts::model(load.model)),
                phases: phases.transpose()?.map(|(before, after)| before + &after),
            },
        )
    };
    several(summary).iter().map(detail).collect()
}

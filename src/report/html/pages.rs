//! The template engine with our templates in it.

use minijinja::Environment;
use minijinja::value::{Serde, Value};
use serde::Serialize;

use crate::report::error::ReportError;

/// The templates; names end in `.html`, which turns escaping on.
const TEMPLATES: [(&str, &str); 6] = [
    ("page.html", include_str!("templates/page.html")),
    ("table.html", include_str!("templates/table.html")),
    ("figure.html", include_str!("templates/figure.html")),
    ("facts.html", include_str!("templates/facts.html")),
    ("load.html", include_str!("templates/load.html")),
    ("text.html", include_str!("templates/text.html")),
];

/// What every figure says of a measurement that is not valid.
#[derive(Debug, Serialize)]
pub(super) struct Watermark {
    pub(super) words: &'static str,
    pub(super) class: &'static str,
}

/// Renders what the page is made of.
#[derive(Debug)]
pub(super) struct Pages<'source> {
    environment: Environment<'source>,
}

impl Pages<'_> {
    /// With a watermark each figure says what to think of it, also when it is cut out.
    pub(super) fn new(watermark: Option<Watermark>) -> Result<Self, ReportError> {
        let mut environment = Environment::new();
        environment.add_global("watermark", Value::from(Serde(watermark)));
        for (name, source) in TEMPLATES {
            environment.add_template(name, source)?;
        }
        Ok(Self { environment })
    }

    /// Sets what a template shows.
    pub(super) fn render(
        &self,
        name: &str,
        context: &impl Serialize,
    ) -> Result<String, ReportError> {
        let template = self.environment.get_template(name)?;
        Ok(template.render(Value::from(Serde(context)))?)
    }
}

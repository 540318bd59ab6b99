//! Single values as signs of their own, which keep their shape however wide the page is.

use super::plot::Plot;
use super::svg::{number, percent};

/// A value with a sign.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marker {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) sign: Sign,
    /// Its colour in the style sheet.
    pub(crate) class: &'static str,
    /// Half of its width in pixels.
    pub(crate) radius: f64,
}

/// The shape of a marker: colour is never the only difference.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sign {
    Cross,
    Disc,
    Ring,
}

impl Marker {
    pub(super) fn svg(&self, plot: &Plot) -> String {
        let x = percent(plot.x.scale.place(self.x));
        let place = format!(r#"x="{x}" y="{}""#, number(plot.y_pixel(self.y)));
        self.placed(&format!(r#"aria-hidden="true" {place}"#))
    }

    /// The same for a legend, under its name, which is trusted.
    pub(crate) fn key(&self, name: &'static str) -> String {
        let sign = self.placed(r#"aria-hidden="true" x="13" y="5""#);
        format!(
            r#"<svg class="key" role="img" width="26" height="10"><title>{name}</title>{sign}</svg>"#
        )
    }

    fn placed(&self, attributes: &str) -> String {
        let r = number(self.radius);
        let shape = match self.sign {
            Sign::Cross => format!(r#"<path d="M-{r}-{r}L{r} {r}M-{r} {r}L{r}-{r}"/>"#),
            Sign::Disc => format!(r#"<circle r="{r}"/>"#),
            Sign::Ring => format!(r#"<circle class="ring" r="{r}"/>"#),
        };
        let class = self.class;
        format!(r#"<svg class="marker {class}" width="1" height="1" {attributes}>{shape}</svg>"#)
    }
}

//! How far raters agree.

use super::super::number::Share;

/// How far readers, judges, or people and a judge agree on one thing: a row of the view `agreement_figures`.
#[derive(Clone, Debug, PartialEq)]
pub struct AgreementFigure {
    /// `readers`, `judges` or `people`.
    pub kind: String,
    pub step: String,
    /// The field of the output that readers fill in, or what judges say: `verdict`, `score`, `score.CRITERION`.
    pub field: String,
    /// The judge whom people are compared with.
    pub judge: Option<String>,
    /// The names of the raters, in ascending order.
    pub raters: Vec<String>,
    /// The items that all of their raters agree on, of those with two ratings or more.
    pub agreed: Share,
    /// Cohen's for two raters; `None` where it is undefined or there are more.
    pub cohen_kappa: Option<f64>,
    /// Fleiss' for more, where all of them rated each item.
    pub fleiss_kappa: Option<f64>,
    /// Krippendorff's alpha.
    pub alpha: Option<f64>,
    /// The level of alpha: `nominal` or `interval`.
    pub level: String,
    /// The variant whose outputs are rated; `None` where there is the task alone.
    pub variant: Option<String>,
}

impl AgreementFigure {
    /// Who is compared, in words.
    #[must_use]
    pub fn between(&self) -> String {
        match &self.judge {
            Some(judge) => format!("people, judge: {judge}"),
            None => format!("{}: {}", self.kind, self.raters.join(", ")),
        }
    }

    /// The kappa that there is, with whose it is.
    #[must_use]
    pub fn kappa(&self) -> Option<String> {
        let cohen = self.cohen_kappa.map(|it| format!("{} (Cohen)", three_places(it)));
        cohen.or_else(|| self.fleiss_kappa.map(|it| format!("{} (Fleiss)", three_places(it))))
    }

    /// Krippendorff's alpha with its level.
    #[must_use]
    pub fn alpha(&self) -> Option<String> {
        self.alpha.map(|it| format!("{} ({})", three_places(it), self.level))
    }
}

/// Three places, and no sign where they are all 0.
fn three_places(value: f64) -> String {
    let text = format!("{value:.3}");
    if text == "-0.000" { "0.000".to_owned() } else { text }
}

//! What a judge with a rubric answers: a score for each criterion. The verdict is computed from the scores.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::contract::Contract;
use super::error::SchemaError;
use super::verdict::{JudgeVerdict, VerdictError};
use crate::record::Verdict;

/// One criterion that a judge scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    pub name: String,
    /// Its weight in the overall score; above 0.
    pub weight: f64,
    /// Its description in the judge's prompt.
    pub description: Option<String>,
    /// The lowest score, from 0 to 100, with which an output can pass.
    pub min: Option<u8>,
}

/// Criteria, and the contract for the judge's answers.
#[derive(Clone, Debug)]
pub struct Rubric {
    criteria: Vec<Criterion>,
    contract: Arc<Contract>,
}

/// A judge's verdict by criteria.
#[derive(Clone, Debug, PartialEq)]
pub struct RubricVerdict {
    pub verdict: JudgeVerdict,
    /// An object with the score of each criterion.
    pub scores: Value,
}

impl Rubric {
    /// Makes a rubric of at least one criterion.
    pub fn new(criteria: Vec<Criterion>) -> Result<Self, SchemaError> {
        let contract = Contract::parse(&schema(&criteria).to_string(), "the rubric's verdict")?;
        Ok(Self { criteria, contract: Arc::new(contract.of_verdicts()) })
    }

    /// The contract that the judge's answers are held to.
    #[must_use]
    pub fn contract(&self) -> &Arc<Contract> {
        &self.contract
    }

    /// The verdict in a judge's answer: PASS if the weighted mean is at least `min_score` and no criterion is below its
    /// own `min`.
    pub fn verdict(&self, value: &Value, min_score: u8) -> Result<RubricVerdict, VerdictError> {
        self.contract.validate(value).map_err(VerdictError)?;
        let scored = self.criteria.iter().map(|it| (it, value["scores"][&it.name].as_f64().unwrap_or_default()));
        let (mut sum, mut weights) = (0.0, 0.0);
        let mut reasons = Vec::new();
        for (criterion, score) in scored {
            sum += criterion.weight * score;
            weights += criterion.weight;
            if let Some(min) = criterion.min.filter(|min| score < f64::from(*min)) {
                reasons.push(format!("{} scored {score}, at least {min} is needed", criterion.name));
            }
        }
        let score = rounded(sum / weights);
        let passes = reasons.is_empty() && score >= min_score;
        reasons.extend(value["reasons"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
        let verdict = if passes { Verdict::Pass } else { Verdict::Fail };
        let verdict = JudgeVerdict { verdict, score, reasons };
        Ok(RubricVerdict { verdict, scores: value["scores"].clone() })
    }
}

/// Rounds a score from 0 to 100 to a whole number, halves upwards.
fn rounded(score: f64) -> u8 {
    (0..=100u8).rev().find(|it| f64::from(*it) <= score + 0.5).unwrap_or(0)
}

fn schema(criteria: &[Criterion]) -> Value {
    let score = |it: &Criterion| {
        let mut about = it.description.clone().unwrap_or_else(|| it.name.clone());
        if let Some(min) = it.min {
            about = format!("{about} (below {min} is not good enough)");
        }
        let score = json!({
            "type": "integer", "minimum": 0, "maximum": 100, "description": format!("{about}; from 0, useless, to 100, perfect"),
        });
        (it.name.clone(), score)
    };
    let properties: Map<String, Value> = criteria.iter().map(score).collect();
    let names: Vec<&str> = criteria.iter().map(|it| it.name.as_str()).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "RubricVerdict",
        "type": "object",
        "properties": {
            "scores": {
                "type": "object", "properties": properties, "required": names, "additionalProperties": false,
                "description": "A score for each criterion",
            },
            "reasons": {"type": "array", "items": {"type": "string"}, "description": "What speaks for the scores, briefly"},
        },
        "required": ["scores", "reasons"],
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rubric() -> Rubric {
        let criterion = |name: &str, weight, min| Criterion { name: name.into(), weight, description: None, min };
        Rubric::new(vec![criterion("accuracy", 3.0, Some(50)), criterion("tone", 1.0, None)]).unwrap()
    }

    #[test]
    fn the_score_is_weighted_and_each_criterion_has_its_own_bound() {
        let table = [
            (100, 0, 70, Verdict::Pass, 75),
            (90, 30, 76, Verdict::Fail, 75),
            (49, 100, 60, Verdict::Fail, 62),
            (50, 100, 60, Verdict::Pass, 63),
        ];
        for (accuracy, tone, min_score, verdict, score) in table {
            let answer = json!({"scores": {"accuracy": accuracy, "tone": tone}, "reasons": ["why"]});
            let found = rubric().verdict(&answer, min_score).unwrap();
            assert_eq!((found.verdict.verdict, found.verdict.score), (verdict, score), "{accuracy} {tone}");
            assert_eq!(found.scores["tone"], json!(tone));
        }
        let low = json!({"scores": {"accuracy": 49, "tone": 100}, "reasons": ["why"]});
        assert_eq!(
            rubric().verdict(&low, 60).unwrap().verdict.reasons,
            ["accuracy scored 49, at least 50 is needed", "why"]
        );
    }

    #[test]
    fn a_score_that_is_missing_or_out_of_bounds_is_no_verdict() {
        for scores in
            [json!({"accuracy": 10}), json!({"accuracy": 10, "tone": 101}), json!({"accuracy": 1, "tone": 1, "x": 1})]
        {
            assert!(rubric().verdict(&json!({"scores": scores, "reasons": []}), 50).is_err(), "{scores}");
        }
    }

    #[test]
    fn halves_are_rounded_upwards() {
        assert_eq!([0.0, 0.49, 0.5, 62.5, 99.4, 100.0].map(rounded), [0, 0, 1, 63, 99, 100]);
    }
}

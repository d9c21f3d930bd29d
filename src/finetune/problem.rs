//! Why an example cannot be used: [`Unusable`], and [`problem()`] for what a format cannot hold.

use super::example::{Example, ExampleRole, ExampleTurn};
use super::file::FinetuneFormat;
use crate::record::WorkStatus;

/// Why an example cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    pub reason: UnusableReason,
    pub detail: Option<String>,
}

/// The kinds of reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnusableReason {
    /// The work item is not decided.
    Pending,
    Rejected,
    Failed,
    Skipped,
    Blocked,
    /// No judge passed its output.
    NotJudged,
    /// There is no gold answer.
    NoGold,
    /// The gold answer is no whole output.
    GoldIncomplete,
    /// No model was asked about it.
    NoConversation,
    /// The answer, or a turn of the user, is blank.
    Empty,
    /// The turns stand in an order that the format does not have.
    TurnOrder,
    /// It shows images that the format cannot hold.
    Images,
    TooLong,
}

impl UnusableReason {
    /// Why a work item with this status has no output; `None` if it is accepted.
    #[must_use]
    pub fn of_status(status: WorkStatus) -> Option<Self> {
        match status {
            WorkStatus::Accepted => None,
            WorkStatus::Pending => Some(Self::Pending),
            WorkStatus::Rejected => Some(Self::Rejected),
            WorkStatus::Failed => Some(Self::Failed),
            WorkStatus::Skipped => Some(Self::Skipped),
            WorkStatus::Blocked => Some(Self::Blocked),
        }
    }

    /// The word in the report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Blocked => "blocked",
            Self::NotJudged => "not_judged",
            Self::NoGold => "no_gold",
            Self::GoldIncomplete => "gold_incomplete",
            Self::NoConversation => "no_conversation",
            Self::Empty => "empty",
            Self::TurnOrder => "turn_order",
            Self::Images => "images",
            Self::TooLong => "too_long",
        }
    }
}

impl Unusable {
    #[must_use]
    pub fn plain(reason: UnusableReason) -> Self {
        Self { reason, detail: None }
    }

    #[must_use]
    pub fn because(reason: UnusableReason, detail: impl Into<String>) -> Self {
        Self { reason, detail: Some(detail.into()) }
    }
}

/// Why `format` cannot hold an example; `None` if it can. Its length is another question.
#[must_use]
pub fn problem(format: FinetuneFormat, example: &Example) -> Option<Unusable> {
    if example.answer.trim().is_empty() {
        return Some(Unusable::plain(UnusableReason::Empty));
    }
    let is_blank =
        |turn: &ExampleTurn| turn.role == ExampleRole::User && turn.images.is_empty() && turn.text.trim().is_empty();
    if example.turns.iter().any(is_blank) {
        return Some(Unusable::because(UnusableReason::Empty, "a turn of the user is blank"));
    }
    if let Some(detail) = wrong_order(format, example) {
        return Some(Unusable::because(UnusableReason::TurnOrder, detail));
    }
    wrong_images(format, example).map(|detail| Unusable::because(UnusableReason::Images, detail))
}

fn wrong_order(format: FinetuneFormat, example: &Example) -> Option<&'static str> {
    let system = example.turns.iter().take_while(|turn| turn.role == ExampleRole::System).count();
    let rest = example.turns.get(system..).unwrap_or_default();
    if rest.last().is_none_or(|turn| turn.role != ExampleRole::User) {
        return Some("the last turn before the answer is not the user's");
    }
    let is_strict = matches!(format, FinetuneFormat::Anthropic | FinetuneFormat::Gemini);
    let expected = [ExampleRole::User, ExampleRole::Assistant].into_iter().cycle();
    if is_strict && rest.iter().zip(expected).any(|(turn, role)| turn.role != role) {
        return Some("user and assistant do not take turns");
    }
    None
}

/// The most bytes that `OpenAI` takes of an image: 10 MB.
const MOST_IMAGE_BYTES: u64 = 10_000_000;

/// The types of images that `OpenAI` takes.
const IMAGE_TYPES: [&str; 3] = ["image/png", "image/jpeg", "image/webp"];

fn wrong_images(format: FinetuneFormat, example: &Example) -> Option<String> {
    let (count, most) = (example.image_count(), format.limits().max_images);
    if count == 0 {
        return None;
    }
    if most == 0 {
        return Some("the format has no images".to_owned());
    }
    if count > most {
        return Some(format!("{count} images, and the format takes {most}"));
    }
    let images = || example.turns.iter().flat_map(|turn| &turn.images);
    if let Some(other) = images().filter_map(|it| it.media_type.as_deref()).find(|it| !IMAGE_TYPES.contains(it)) {
        return Some(format!("the format takes no {other}"));
    }
    let too_large = images().filter_map(|it| it.bytes).find(|bytes| *bytes > MOST_IMAGE_BYTES)?;
    Some(format!("an image has {too_large} bytes, and the format takes {MOST_IMAGE_BYTES}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finetune::line;

    fn example(turns: &[(ExampleRole, &str)], answer: &str) -> Example {
        let turn = |(role, text): &(ExampleRole, &str)| ExampleTurn {
            role: *role,
            text: (*text).to_owned(),
            images: Vec::new(),
        };
        Example { turns: turns.iter().map(turn).collect(), answer: answer.to_owned() }
    }

    #[test]
    fn formats_hold_different_orders_of_turns() {
        use ExampleRole::{Assistant, System, User};
        let reasons = |example: &Example| {
            let formats =
                [FinetuneFormat::OpenAi, FinetuneFormat::Anthropic, FinetuneFormat::Gemini, FinetuneFormat::ShareGpt];
            formats.map(|format| problem(format, example).map(|it| it.reason))
        };
        let order = Some(UnusableReason::TurnOrder);
        assert_eq!(reasons(&example(&[(System, "s"), (User, "u")], "a")), [None; 4]);
        assert_eq!(reasons(&example(&[(User, "u"), (User, "v")], "a")), [None, order, order, None]);
        assert_eq!(reasons(&example(&[(User, "u"), (Assistant, "v")], "a")), [order; 4]);
        assert_eq!(reasons(&example(&[(System, "s")], "a")), [order; 4]);
        assert_eq!(reasons(&example(&[(User, "u")], " \n")), [Some(UnusableReason::Empty); 4]);
    }

    #[test]
    fn several_system_texts_are_one_where_there_is_one_place() {
        use ExampleRole::{System, User};
        let made = example(&[(System, "one"), (System, "two"), (User, "{{ x }}\n")], "\"a\"");
        assert_eq!(
            line(FinetuneFormat::Anthropic, &made),
            r#"{"system":"one\n\ntwo","messages":[{"role":"user","content":"{{ x }}\n"},{"role":"assistant","content":"\"a\""}]}"#
        );
    }
}

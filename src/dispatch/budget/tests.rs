//! Money that is reserved, settled and recorded.

use std::cell::OnceCell;
use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::dispatch::terms::Most;
use crate::price::tokens::TokenCounter;
use crate::price::{ModelPrice, PriceTable};
use crate::provider::{Finish, Message, Parameters, ProviderErrorKind, RequestSpec, Role, TokenUsage};
use crate::store::scratch;

fn terms(max_output_tokens: Option<u32>) -> Terms {
    let table = PriceTable::parse("prices: [{models: [m], input: 1, cached_input: 0.5, output: 10}]", "own").unwrap();
    Terms {
        price: table.find(None, "m").cloned(),
        counter: TokenCounter::Other,
        model: "m".into(),
        host: Some("localhost".into()),
        max_output_tokens,
        tier: None,
        schema: OnceCell::new(),
    }
}

fn request() -> ChatRequest {
    ChatRequest {
        spec: Arc::new(RequestSpec {
            endpoint: json!({}),
            model: "m".into(),
            parameters: Parameters::default(),
            response_schema: None,
        }),
        messages: vec![Message::new(Role::User, "x".repeat(929))],
        sample: 1,
        matched: None,
        item: None,
    }
}

fn completion(input: Option<u64>, output: Option<u64>) -> Completion {
    Completion {
        text: String::new(),
        thoughts: None,
        finish: Finish::Stop,
        finish_reason: None,
        problem: None,
        usage: TokenUsage { input_tokens: input, output_tokens: output, ..TokenUsage::default() },
        model: None,
        service_tier: None,
        envelope: None,
    }
}

/// What may be sent now, with how much money set aside.
#[track_caller]
fn sends(budget: &Budget, terms: &Terms, request: &ChatRequest) -> Option<Money> {
    match budget.ask(terms, request) {
        Permission::Send(aside) => aside.money,
        other => panic!("{other:?}"),
    }
}

/// A reservation for a request of 1,000 input tokens.
fn aside(money: Option<Money>) -> Reservation {
    Reservation { money, input: Some(1_000) }
}

fn usd(usd: f64) -> Money {
    Money::from_usd(usd).unwrap()
}

fn run_file() -> Connection {
    let connection = scratch();
    // The calls themselves are not what is tested here.
    connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    for id in 1..=3 {
        connection
            .execute(
                "INSERT INTO invocation (id, uid, command, version, pid, status, started_at)
                 VALUES (?1, 'uid-' || ?1, 'run', '', 1, 'done', '')",
                [id],
            )
            .unwrap();
    }
    connection
}

fn limits(max_cost_usd: Option<f64>, max_requests: Option<u64>) -> BudgetLimits {
    BudgetLimits { max_cost: max_cost_usd.and_then(Money::from_usd), max_requests }
}

#[test]
fn money_is_set_aside_and_settled() {
    let connection = run_file();
    let (terms, request) = (terms(Some(100)), request());
    let mut budget = Budget::open(&connection, 1, limits(None, None), None).unwrap();
    // 929 + 4 + 3 bytes, 64 tokens that nobody sees, and 100 tokens of output.
    assert_eq!(sends(&budget, &terms, &request), Some(usd(0.002)));
    for call in 1..=4 {
        budget.sent(call, aside(Some(usd(0.002))));
    }
    assert_eq!(budget.total(), Spent { calls: 4, money: usd(0.008), unpriced: 0 });
    let known = completion(Some(500), Some(20));
    assert_eq!(budget.ended(1, &terms, Ok(&known), Some(200)).cost, Some(usd(0.0007)));
    let refused = ProviderError::new(ProviderErrorKind::RateLimited, "");
    assert_eq!(budget.ended(2, &terms, Err(&refused), Some(429)).cost, Some(Money::ZERO));
    let late = ProviderError::new(ProviderErrorKind::Timeout, "");
    assert_eq!(budget.ended(3, &terms, Err(&late), None), CallCost::default());
    assert_eq!(budget.ended(4, &terms, Ok(&completion(None, Some(1))), Some(200)), CallCost::default());
    assert_eq!(budget.total(), Spent { calls: 4, money: usd(0.0047), unpriced: 0 });
    assert_eq!(
        budget.used(),
        UsageTotals {
            input_tokens: 500,
            output_tokens: 21,
            uncounted: 1,
            cost: usd(0.0007),
            unknown: 2,
            ..UsageTotals::default()
        }
    );
}

#[test]
fn what_has_no_price_is_counted_as_such() {
    let connection = run_file();
    let request = request();
    let mut budget = Budget::open(&connection, 1, limits(None, None), None).unwrap();
    for terms in [terms(None), Terms { price: None, ..terms(Some(1)) }] {
        assert_eq!(sends(&budget, &terms, &request), None);
    }
    budget.sent(1, aside(None));
    budget.sent(2, aside(None));
    assert_eq!(budget.total().unpriced, 2);
    let known = completion(Some(500), Some(20));
    assert_eq!(budget.ended(1, &terms(None), Ok(&known), Some(200)).cost, Some(usd(0.0007)));
    assert_eq!(budget.total(), Spent { calls: 2, money: usd(0.0007), unpriced: 1 });
}

#[test]
fn totals_are_those_of_all_invocations() {
    let connection = run_file();
    let (terms, request) = (terms(Some(100)), request());
    for invocation in 1..=2 {
        let mut budget = Budget::open(&connection, invocation, limits(None, None), None).unwrap();
        budget.sent(invocation, aside(Some(usd(0.002))));
        budget.sent(invocation + 10, aside(None));
        budget.write_totals(&connection).unwrap();
        // Its answer was never read.
    }
    let budget = Budget::open(&connection, 3, limits(Some(0.005), Some(5)), None).unwrap();
    assert_eq!(budget.total(), Spent { calls: 4, money: usd(0.004), unpriced: 2 });
    assert_eq!(budget.unknown_before(), Some(2));
    assert!(
        matches!(budget.ask(&terms, &request), Permission::Stop(reason) if reason.to_string().contains("max_cost_usd"))
    );
}

#[test]
fn no_request_goes_out_beyond_a_bound() {
    let connection = run_file();
    let (terms, request) = (terms(Some(100)), request());
    let mut budget = Budget::open(&connection, 1, limits(Some(0.0045), None), None).unwrap();
    // Counted, so that it is a little more than by its bytes.
    let most = terms.most(&request, true, Most::default()).money.unwrap();
    for call in 1..=2 {
        assert_eq!(sends(&budget, &terms, &request), Some(most));
        budget.sent(call, aside(Some(most)));
    }
    assert_eq!(
        budget.ask(&terms, &request),
        Permission::Wait,
        "what is in flight may cost less than what is set aside"
    );
    budget.ended(1, &terms, Ok(&completion(Some(100), Some(10))), Some(200));
    assert_eq!(sends(&budget, &terms, &request), Some(most));
    budget.sent(3, aside(Some(most)));
    budget.ended(2, &terms, Ok(&completion(Some(900), Some(100))), Some(200));
    budget.ended(3, &terms, Ok(&completion(Some(900), Some(100))), Some(200));
    assert!(matches!(budget.ask(&terms, &request), Permission::Stop(_)));
    assert!(budget.total().money <= usd(0.0045));

    let mut budget = Budget::open(&connection, 2, limits(None, Some(1)), None).unwrap();
    assert!(matches!(budget.ask(&terms, &request), Permission::Send(_)));
    budget.sent(9, aside(None));
    assert!(
        matches!(budget.ask(&terms, &request), Permission::Stop(reason) if reason.to_string().contains("max_requests"))
    );
}

#[test]
fn what_nobody_is_asked_for_is_free() {
    let connection = run_file();
    let free = Terms { price: Some(ModelPrice::free()), host: None, ..terms(None) };
    let mut budget = Budget::open(&connection, 1, limits(Some(0.0), None), None).unwrap();
    assert_eq!(sends(&budget, &free, &request()), Some(Money::ZERO));
    budget.sent(1, aside(Some(Money::ZERO)));
    let missing = ProviderError::new(ProviderErrorKind::NoRecord, "");
    assert_eq!(budget.ended(1, &free, Err(&missing), None).cost, Some(Money::ZERO));
    assert_eq!(budget.total().money, Money::ZERO);
}

#[test]
fn output_beyond_the_limit_is_reserved_from_the_first_such_answer_on() {
    let connection = run_file();
    let (terms, request) = (terms(Some(100)), request());
    let mut budget = Budget::open(&connection, 1, limits(Some(1.0), None), None).unwrap();
    let before = terms.most(&request, true, Most::default()).money.unwrap();
    assert_eq!(sends(&budget, &terms, &request), Some(before));
    budget.sent(1, aside(Some(before)));
    budget.ended(1, &terms, Ok(&completion(Some(500), Some(1_100))), Some(200));
    // A thousand tokens more, at 10 dollars a million.
    let after = before.plus(usd(0.01));
    assert_eq!(sends(&budget, &terms, &request), Some(after));
    // Another limit is another question.
    let other = Terms { max_output_tokens: Some(200), ..terms.clone() };
    assert_eq!(sends(&budget, &other, &request), Some(before.plus(usd(0.001))));
}

#[test]
fn input_beyond_the_request_is_reserved_from_the_first_such_answer_on() {
    let connection = run_file();
    let (terms, request) = (terms(Some(100)), request());
    let mut budget = Budget::open(&connection, 1, limits(Some(1.0), None), None).unwrap();
    let before = sends(&budget, &terms, &request).unwrap();
    let Permission::Send(reserved) = budget.ask(&terms, &request) else { panic!("it may be sent") };
    budget.sent(1, reserved);
    let read = reserved.input.unwrap() + 50_000;
    let cost = budget.ended(1, &terms, Ok(&completion(Some(read), Some(1))), Some(200));
    assert_eq!(cost.excess_tokens, Some(50_000));
    assert_eq!(sends(&budget, &terms, &request), Some(before.plus(usd(0.05))));
    // A longer prompt has that much more, too, and one without a reservation teaches nothing.
    let long = ChatRequest { messages: vec![Message::new(Role::User, "x".repeat(2_000))], ..request.clone() };
    let plain = terms.most(&long, true, Most::default()).money.unwrap();
    assert_eq!(sends(&budget, &terms, &long), Some(plain.plus(usd(0.05))));
    budget.sent(2, Reservation::default());
    let cost = budget.ended(2, &terms, Ok(&completion(Some(100_000), Some(1))), Some(200));
    assert_eq!(cost.excess_tokens, None);
    assert_eq!(sends(&budget, &terms, &request), Some(before.plus(usd(0.05))));
}

#[test]
fn what_a_failed_call_reports_counts_and_is_reserved() {
    let connection = run_file();
    let (terms, request) = (terms(Some(100)), request());
    let mut budget = Budget::open(&connection, 1, limits(Some(1.0), None), None).unwrap();
    let before = sends(&budget, &terms, &request).unwrap();
    budget.sent(1, aside(Some(before)));
    let failed = |kind| ProviderError {
        usage: Some(Box::new(completion(Some(500), Some(5_100)).usage)),
        ..ProviderError::new(kind, "oops")
    };
    let cost = budget.ended(1, &terms, Err(&failed(ProviderErrorKind::ServerError)), Some(200));
    let most = usd(0.000_5).plus(usd(0.051));
    assert_eq!((cost.cost, cost.most), (None, Some(most)));
    assert_eq!(budget.total(), Spent { calls: 1, money: most, unpriced: 0 });
    assert_eq!(sends(&budget, &terms, &request), Some(before.plus(usd(0.05))));
    // Where it reports less than was set aside, that is what counts.
    budget.sent(2, aside(Some(usd(0.5))));
    assert_eq!(budget.ended(2, &terms, Err(&failed(ProviderErrorKind::InvalidResponse)), Some(200)).most, None);
    assert_eq!(budget.total().money, most.plus(usd(0.5)));
}

#[test]
fn usage_that_nobody_can_price_counts_as_the_most_that_it_can_cost() {
    let connection = run_file();
    let terms = terms(Some(100));
    let usage = TokenUsage { hidden_tokens: 1_000, unexplained: true, ..completion(Some(500), Some(1_009)).usage };
    let odd = Completion { usage, ..completion(None, None) };
    let mut budget = Budget::open(&connection, 1, limits(Some(1.0), None), None).unwrap();
    budget.sent(1, aside(Some(usd(0.002))));
    let most = usd(0.000_5).plus(usd(0.010_09));
    assert_eq!(
        budget.ended(1, &terms, Ok(&odd), Some(200)),
        CallCost { cost: None, most: Some(most), excess_tokens: None }
    );
    assert_eq!(budget.total(), Spent { calls: 1, money: most, unpriced: 0 });
    // Only the total was reported: all of it may be output. What was reserved is counted where that is more.
    let usage = TokenUsage { total_tokens: Some(1_000), ..TokenUsage::default() };
    let total = Completion { usage, ..completion(None, None) };
    budget.sent(2, aside(None));
    assert_eq!(budget.total().unpriced, 1);
    assert_eq!(budget.ended(2, &terms, Ok(&total), Some(200)).most, Some(usd(0.011)));
    budget.sent(3, aside(Some(usd(0.5))));
    assert_eq!(budget.ended(3, &terms, Ok(&total), Some(200)).most, None);
    assert_eq!(budget.total(), Spent { calls: 3, money: most.plus(usd(0.511)), unpriced: 0 });
    assert_eq!((budget.used().known_cost(), budget.used().known_tokens()), (None, [Some(500), Some(1_009)]));
}

#[test]
fn an_amount_out_of_all_proportion_is_taken_out_again() {
    let connection = run_file();
    let terms = terms(None);
    let mut budget = Budget::open(&connection, 1, limits(None, None), None).unwrap();
    budget.sent(1, aside(Some(usd(0.002))));
    budget.ended(1, &terms, Ok(&completion(Some(1000), Some(1000))), Some(200));
    let spent = budget.total().money;
    let huge = Money::from_wide(u128::MAX);
    budget.sent(2, aside(Some(huge)));
    budget.sent(3, aside(Some(huge)));
    assert!(budget.total().money.is_saturated());
    budget.write_totals(&connection).unwrap();
    let late = ProviderError::new(ProviderErrorKind::RateLimited, "busy");
    for call in [2, 3] {
        budget.ended(call, &terms, Err(&late), Some(429));
    }
    assert_eq!(budget.total().money, spent);
}

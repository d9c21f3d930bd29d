//! What failures mean, by when they were sent and what was answered since.

use super::Diagnosis::{Again, Failed, Parked, Stop};
use super::ProviderErrorKind::{
    BadRequest, Connection, InvalidInput, NotFound, Overloaded, RateLimited, Refused, RefusedForAll, ServerError,
    Timeout,
};
use super::*;

fn at(seconds: u64) -> Moment {
    Moment::from_secs(seconds)
}

/// An endpoint that works on nothing that was given up.
const AT_ONCE: fn(Moment) -> Moment = |_| Moment::ZERO;

fn detector(retries: u32) -> OutageDetector {
    OutageDetector::new(RetryPolicy { retries, ..RetryPolicy::default() })
}

/// A detector of a route that has answered once, at once.
fn proven(retries: u32) -> OutageDetector {
    let mut outage = detector(retries);
    assert_eq!(outage.answered(-1, at(0), 1, at(0)), []);
    outage
}

fn failure(request: i64, kind: ProviderErrorKind, sent: u64) -> Failure<'static> {
    let (sent, ended) = (at(sent), at(sent));
    Failure { request, kind, message: "no", sent, ended, load: 1, announced: None, before: false, is_known: false }
}

#[test]
fn a_failure_counts_once_a_request_that_was_sent_later_is_answered() {
    for kind in [BadRequest, Refused, NotFound, ServerError, Overloaded, Timeout, Connection] {
        let mut outage = proven(1);
        assert_eq!(outage.failed(&failure(7, kind, 10)), Parked, "{kind:?}");
        assert_eq!(outage.answered(1, at(9), 8, at(11)), [], "sent before: {kind:?}");
        assert_eq!(outage.answered(2, at(10), 8, at(12)), [], "sent with it: {kind:?}");
        assert_eq!(outage.answered(3, at(11), 8, at(13)), [(7, Again(1))], "{kind:?}");
        assert_eq!(outage.answered(4, at(12), 8, at(14)), [], "it is no longer parked: {kind:?}");
        assert_eq!(outage.failed(&failure(7, kind, 20)), Parked, "{kind:?}");
        assert_eq!(outage.answered(5, at(21), 8, at(22)), [(7, Failed)], "{kind:?}");
        assert_eq!(outage.parked(), (0, 0));
    }
}

#[test]
fn an_outage_counts_once_however_often_a_request_is_sent_in_it() {
    let mut outage = proven(2);
    for sent in 1..6 {
        assert_eq!(outage.failed(&failure(7, ServerError, sent)), Parked);
    }
    assert_eq!(outage.answered(1, at(9), 1, at(9)), [(7, Again(4))]);
    assert_eq!(outage.failed(&failure(7, ServerError, 10)), Parked);
    assert_eq!(outage.answered(2, at(11), 1, at(11)), [(7, Again(4))], "the second of three");
    assert_eq!(outage.failed(&failure(7, ServerError, 12)), Parked);
    assert_eq!(outage.answered(3, at(13), 1, at(13)), [(7, Failed)]);
}

#[test]
fn a_limit_of_the_server_is_never_a_fault_of_a_row() {
    let mut outage = proven(0);
    for sent in 1..20 {
        let busy = Failure { load: 3, ..failure(7, Overloaded, sent * 2) };
        assert_eq!(outage.failed(&busy), Parked);
        let freed = outage.answered(1, at(sent * 2 + 1), 2, at(sent * 2 + 1));
        assert!(matches!(freed[..], [(7, Again(_))]), "answered under less load: {freed:?}");
    }
    // What fails under the load that others are answered under is at fault itself.
    assert_eq!(outage.failed(&Failure { load: 2, ..failure(7, Overloaded, 50) }), Parked);
    assert_eq!(outage.answered(2, at(51), 2, at(51)), [(7, Failed)]);
    // No load explains a refusal.
    assert_eq!(outage.failed(&Failure { load: 30, ..failure(8, Refused, 60) }), Parked);
    assert_eq!(outage.answered(3, at(61), 1, at(61)), [(8, Failed)]);
}

#[test]
fn what_fails_again_says_something_about_the_load_only_if_that_is_less() {
    let mut outage = proven(9);
    assert!(outage.tells_of_load(7, Overloaded, 8), "before its first failure");
    outage.failed(&Failure { load: 8, ..failure(7, Overloaded, 1) });
    assert!(!outage.tells_of_load(7, Overloaded, 8));
    assert!(outage.tells_of_load(7, Overloaded, 7));
    outage.answered(1, at(2), 8, at(2));
    assert!(!outage.tells_of_load(7, Overloaded, 7), "it counts");
    assert!(outage.tells_of_load(8, Timeout, 8));
    outage.failed(&Failure { load: 8, ..failure(8, Timeout, 10) });
    assert!(outage.tells_of_load(8, Timeout, 8));
    outage.answered(1, at(11), 2, at(11));
    assert!(!outage.tells_of_load(8, Timeout, 8), "others were answered");
    assert!(outage.tells_of_load(8, Timeout, 7), "it is late with fewer in flight, too");
}

#[test]
fn overload_counts_only_by_answers_to_what_was_sent_after_it_came_back() {
    for kind in [Overloaded, Timeout, Connection] {
        let mut outage = proven(1);
        assert_eq!(outage.failed(&Failure { ended: at(20), load: 8, ..failure(7, kind, 10) }), Parked);
        assert_eq!(outage.answered(1, at(15), 8, at(21)), [], "it may have got the slot: {kind:?}");
        assert_eq!(outage.answered(2, at(21), 8, at(22)), [(7, Again(1))]);
        // Another one is turned away just now: the endpoint has too much to do.
        assert_eq!(outage.failed(&Failure { ended: at(25), load: 8, ..failure(7, kind, 24) }), Parked);
        assert_eq!(outage.failed(&Failure { ended: at(25), load: 8, ..failure(8, kind, 24) }), Parked);
        let both = [(7, Again(2)), (8, Again(1))];
        assert_eq!(outage.answered(3, at(26), 8, at(27)), both, "none of them counts: {kind:?}");
        (0..10).for_each(|it| assert_eq!(outage.answered(it + 30, at(28), 8, at(28)), []));
        assert_eq!(outage.failed(&Failure { ended: at(29), load: 8, ..failure(7, kind, 29) }), Parked);
        assert_eq!(outage.answered(4, at(30), 8, at(31)), [(7, Failed)], "{kind:?}");
    }
}

#[test]
fn the_answers_of_earlier_invocations_show_that_the_endpoint_answers() {
    for kind in [Refused, BadRequest, NotFound, ServerError] {
        let mut outage = detector(1);
        assert_eq!(outage.failed(&failure(7, kind, 1)), Parked);
        assert_eq!(outage.undecided(), Some(7));
        outage.set_answered_before(true);
        assert_eq!(outage.undecided(), None);
        assert_eq!(outage.conclude(false), [(7, Again(1))], "{kind:?}");
        assert_eq!(outage.failed(&failure(7, kind, 2)), Parked);
        assert_eq!(outage.conclude(false), [(7, Failed)], "{kind:?}");
    }
    // Whether somebody is there now, and has time, they do not show; and a budget may be spent since.
    let kinds = [(Connection, Again(1)), (Overloaded, Again(1)), (Timeout, Again(1)), (RefusedForAll, Stop)];
    for (kind, expected) in kinds {
        let mut outage = detector(0);
        outage.set_answered_before(true);
        outage.failed(&failure(7, kind, 1));
        assert_eq!(outage.conclude(false), [(7, expected)], "{kind:?}");
    }
}

#[test]
fn the_words_of_a_spent_budget_do_not_matter() {
    let mut outage = proven(5);
    let said = |it: i64| format!("Spend={it} of 9");
    let fail = |it: i64| Failure { is_known: true, ..failure(it, RefusedForAll, 1) };
    let verdicts: Vec<Diagnosis> =
        (0..20).map(|it| outage.failed(&Failure { message: &said(it), ..fail(it) })).collect();
    assert_eq!(verdicts.iter().position(|it| *it == Stop), Some(19));
}

#[test]
fn what_is_certain_to_be_about_a_request_is_not_sent_again() {
    let mut outage = detector(5);
    assert_eq!(outage.failed(&failure(7, InvalidInput, 1)), Parked);
    assert_eq!(outage.answered(1, at(2), 1, at(2)), [(7, Failed)]);
    assert_eq!(outage.failed(&failure(8, InvalidInput, 3)), Parked);
    assert_eq!(outage.conclude(false), [(8, Failed)]);
    let mut alone = detector(5);
    assert_eq!(alone.failed(&failure(9, InvalidInput, 1)), Parked);
    assert_eq!(alone.conclude(false), [(9, Failed)], "before any answer too");
}

#[test]
fn a_rate_limit_never_counts() {
    let mut outage = proven(1);
    for count in 1..=200 {
        assert_eq!(outage.failed(&failure(7, RateLimited, 1)), Again(count));
        outage.answered(1, at(2), 8, at(2));
    }
    // With no retries it does, once something that was sent later was answered.
    let mut never = proven(0);
    assert_eq!(never.failed(&failure(7, RateLimited, 1)), Parked);
    assert_eq!(never.answered(1, at(2), 1, at(2)), [(7, Failed)]);
}

#[test]
fn twenty_refusals_in_the_same_words_stop_the_run() {
    for kind in [Refused, RefusedForAll, NotFound, BadRequest] {
        let mut outage = detector(5);
        outage.set_answered_before(false);
        let verdicts: Vec<Diagnosis> = (0..20).map(|it| outage.failed(&failure(it, kind, 1))).collect();
        assert_eq!(verdicts[..19], [Parked; 19], "{kind:?}");
        assert_eq!(verdicts[19], Stop, "{kind:?}");
    }
    // A budget may be spent after any answer.
    let mut spent = proven(5);
    let verdicts: Vec<Diagnosis> = (0..20).map(|it| spent.failed(&failure(it, RefusedForAll, 1))).collect();
    assert_eq!((verdicts[18], verdicts[19], spent.doubted()), (Parked, Stop, None));
    // What is certain to be about the request is not about all.
    let mut outage = proven(5);
    assert!((0..50).all(|it| outage.failed(&failure(it, InvalidInput, 1)) == Parked));
    let mut outage = proven(5);
    for request in 0..50 {
        let message = &format!("{request} tokens are too many");
        assert_eq!(outage.failed(&Failure { message, ..failure(request, BadRequest, 1) }), Parked);
    }
    // An answer begins anew, and what counts already is not about all.
    let mut outage = proven(50);
    for round in 0..20 {
        for request in 0..10 {
            assert_eq!(outage.failed(&failure(request, Refused, round * 10 + 1)), Parked);
        }
        assert_eq!(outage.answered(99, at(round * 10 + 2), 1, at(round * 10 + 2)).len(), 10);
    }
    for request in 0..40 {
        assert_eq!(outage.failed(&failure(request % 10, Refused, 500)), Parked);
    }
}

#[test]
fn where_something_was_answered_twenty_refusals_are_a_doubt_that_probes_settle() {
    for kind in [Refused, NotFound, BadRequest] {
        let mut outage = proven(0);
        assert!((0..19).all(|it| outage.failed(&failure(it, kind, 2)) == Parked));
        assert_eq!((outage.doubted(), outage.next_probe()), (None, None));
        assert_eq!(outage.failed(&failure(19, kind, 2)), Parked);
        assert_eq!(outage.doubted(), Some(19), "{kind:?}");
        // One that was sent before them and is answered late tells nothing.
        assert_eq!(outage.answered(99, at(1), 1, at(3)), []);
        assert_eq!((outage.doubted(), outage.next_probe()), (Some(19), Some(0)));
        assert_eq!(outage.failed(&failure(20, kind, 4)), Parked);
        assert_eq!(outage.doubted(), Some(20), "the latest one");
        assert_eq!([outage.next_probe(), outage.next_probe(), outage.next_probe()], [Some(1), Some(2), None]);
        // The answer to a probe makes them count.
        assert_eq!(outage.answered(21, at(5), 1, at(5)).len(), 21);
        assert_eq!((outage.doubted(), outage.parked()), (None, (0, 0)));
    }
    // The record may say that it answered in an earlier run.
    let mut unknown = detector(0);
    assert!((0..20).all(|it| unknown.failed(&failure(it, Refused, 1)) == Parked));
    assert_eq!((unknown.doubted(), unknown.undecided(), unknown.answers()), (Some(19), Some(0), false));
    unknown.set_answered_before(true);
    assert!(unknown.answers());
}

#[test]
fn one_request_alone_is_refused_for_itself_once_others_were_answered() {
    let mut outage = proven(30);
    assert!((0..30).all(|sent| outage.failed(&failure(7, Refused, sent + 1)) == Parked));
    assert_eq!(outage.conclude(false), [(7, Again(30))]);
    assert_eq!(outage.failed(&failure(7, Refused, 90)), Parked);
    assert_eq!(outage.conclude(false), [(7, Failed)]);
}

#[test]
fn what_is_refused_before_any_answer_stops_the_run_when_nothing_else_is_left() {
    for kind in [Refused, RefusedForAll, NotFound, BadRequest] {
        let mut outage = detector(5);
        for request in 0..3 {
            assert_eq!(outage.failed(&failure(request, kind, 1)), Parked);
        }
        assert_eq!(outage.undecided(), Some(0));
        assert_eq!(outage.conclude(false), [(2, Stop)], "{kind:?}");
    }
}

#[test]
fn what_one_request_alone_brings_that_cannot_be_read_is_its_own() {
    use super::ProviderErrorKind::InvalidResponse;
    let mut outage = detector(0);
    for kind in [InvalidResponse, ServerError] {
        outage.failed(&failure(1, kind, 1));
        assert_eq!(outage.conclude(false), [(1, Failed)], "{kind:?}");
    }
    for kind in [Overloaded, Timeout, Connection] {
        let mut outage = detector(0);
        outage.failed(&failure(1, kind, 1));
        assert_eq!(outage.conclude(false), [(1, Again(1))], "it may pass: {kind:?}");
    }
    outage = detector(0);
    outage.failed(&failure(1, InvalidResponse, 1));
    outage.failed(&failure(2, InvalidResponse, 1));
    assert_eq!(outage.conclude(false), [(1, Again(1))]);
}

#[test]
fn a_lone_bad_request_is_its_own_where_other_models_answer() {
    for (others, expected) in [(true, Failed), (false, Stop)] {
        let mut outage = detector(0);
        outage.failed(&failure(1, BadRequest, 1));
        assert_eq!(outage.conclude(others), [(1, expected)]);
    }
    let mut several = detector(0);
    several.failed(&failure(1, BadRequest, 1));
    several.failed(&failure(2, BadRequest, 1));
    assert_eq!(several.conclude(true), [(2, Stop)]);
}

#[test]
fn who_failed_before_is_at_fault_again() {
    let mut outage = detector(1);
    let before = |kind| Failure { before: true, ..failure(7, kind, 1) };
    assert_eq!(outage.failed(&before(ServerError)), Parked);
    assert_eq!(outage.conclude(false), [(7, Again(1))]);
    assert_eq!(outage.failed(&before(ServerError)), Parked);
    assert_eq!(outage.conclude(false), [(7, Failed)]);
    // Waiting for a limit is no fault, so that the silence is noticed all the same.
    for sent in [1, 70] {
        outage.failed(&Failure { sent: at(sent), ..before(RateLimited) });
    }
    assert!(outage.is_silent_too_long(false, AT_ONCE));
}

#[test]
fn at_the_end_each_has_its_retries_and_only_they_fail() {
    for kind in [Refused, BadRequest, ServerError] {
        let mut outage = proven(2);
        for sent in 1..3 {
            for request in [4, 5, 6] {
                assert_eq!(outage.failed(&failure(request, kind, sent)), Parked, "{kind:?}");
            }
            let next = outage.conclude(false);
            assert!(matches!(next[..], [(4, Again(_)), (5, Again(_)), (6, Again(_))]), "{kind:?}: {next:?}");
            assert_eq!(outage.parked(), (0, 0));
        }
        for request in [4, 5, 6] {
            assert_eq!(outage.failed(&failure(request, kind, 3)), Parked);
        }
        assert_eq!(outage.conclude(false), [(4, Failed), (5, Failed), (6, Failed)], "{kind:?}");
    }
    // A spent budget is about all.
    let mut outage = proven(2);
    outage.failed(&failure(4, RefusedForAll, 1));
    assert_eq!(outage.conclude(false), [(4, Stop)]);
}

#[test]
fn few_last_requests_that_are_turned_away_are_tried_for_a_minute() {
    for kind in [Overloaded, Connection] {
        for requests in [&[4][..], &[4, 5, 6]] {
            let mut outage = proven(0);
            for sent in [1, 20, 40, 60] {
                for request in requests {
                    assert_eq!(outage.failed(&failure(*request, kind, sent)), Parked, "{kind:?}");
                }
                assert!(!outage.is_silent_too_long(false, AT_ONCE), "{kind:?}");
                assert!(matches!(outage.conclude(false)[..], [(_, Again(_))]), "{kind:?}");
            }
            outage.failed(&failure(4, kind, 61));
            assert!(outage.is_silent_too_long(false, AT_ONCE), "{kind:?}");
        }
        // Others were answered after it: it is at fault.
        let mut own = proven(1);
        own.failed(&failure(4, kind, 1));
        assert_eq!(own.answered(9, at(2), 1, at(2)), [(4, Again(1))], "{kind:?}");
        own.failed(&failure(4, kind, 3));
        assert_eq!(own.conclude(false), [(4, Failed)], "{kind:?}");
    }
}

#[test]
fn a_last_request_that_is_late_fails_after_its_retries_and_a_minute() {
    let mut outage = proven(2);
    for sent in [1, 20, 40, 60] {
        assert_eq!(outage.failed(&failure(4, Timeout, sent)), Parked);
        assert!(matches!(outage.conclude(false)[..], [(4, Again(_))]), "{sent}");
    }
    assert_eq!(outage.failed(&failure(4, Timeout, 61)), Parked);
    assert!(!outage.is_silent_too_long(false, AT_ONCE));
    assert_eq!(outage.conclude(false), [(4, Failed)]);
    // Its retries come first, but for ten minutes at most.
    let mut slow = proven(9);
    for sent in [1, 301] {
        assert_eq!(slow.failed(&failure(4, Timeout, sent)), Parked);
        assert!(!slow.is_silent_too_long(false, AT_ONCE));
        assert!(matches!(slow.conclude(false)[..], [(4, Again(_))]));
    }
    slow.failed(&failure(4, Timeout, 601));
    assert!(slow.is_silent_too_long(false, AT_ONCE));
    // With one that is turned away, it is an outage.
    let mut mixed = proven(0);
    (0..2).for_each(|it| assert_eq!(mixed.failed(&failure(4, Timeout, 1 + it * 60)), Parked));
    mixed.failed(&failure(5, Overloaded, 61));
    assert!(mixed.is_silent_too_long(false, AT_ONCE));
    assert_eq!(mixed.conclude(false), [(5, Again(1))]);
}

#[test]
fn several_last_requests_that_are_refused_are_tried_for_a_minute() {
    for kind in [Refused, BadRequest, NotFound] {
        let mut outage = proven(0);
        for sent in [1, 30, 60] {
            for request in 4..8 {
                let message = &format!("HTTP 403: not on node 10.0.3.{request}");
                assert_eq!(outage.failed(&Failure { message, ..failure(request, kind, sent) }), Parked);
            }
            assert!(!outage.is_silent_too_long(false, AT_ONCE), "{kind:?}");
            assert!(matches!(outage.conclude(false)[..], [(4, Again(_))]), "{kind:?}");
        }
        let message = "HTTP 403: not on node 10.0.13.4";
        outage.failed(&Failure { message, ..failure(4, kind, 61) });
        assert!(outage.is_silent_too_long(false, AT_ONCE), "{kind:?}");
        // When it passes, all go on.
        assert_eq!(outage.answered(4, at(70), 1, at(71)).len(), 3);
    }
    // What an earlier run met already is about these.
    let mut known = proven(0);
    (4..8).for_each(|it| {
        known.failed(&Failure { is_known: true, ..failure(it, Refused, 1) });
    });
    assert_eq!(known.conclude(false).len(), 4);
    assert!(known.conclude(false).is_empty());
    // Bad requests in words of their own have faults of their own.
    let mut own = proven(0);
    for (request, message) in (4..).zip(["a", "b", "c", "d"]) {
        own.failed(&Failure { message, ..failure(request, BadRequest, 1) });
    }
    assert_eq!(own.conclude(false).len(), 4);
}

#[test]
fn what_is_not_answered_is_counted_where_others_were() {
    let mut outage = detector(1);
    outage.failed(&failure(7, ServerError, 1));
    assert_eq!(outage.unanswered(), None);
    outage.answered(1, at(2), 1, at(2));
    for request in [8, 9] {
        outage.failed(&failure(request, Overloaded, 3));
    }
    assert_eq!(outage.unanswered(), Some(3));
    outage.answered(7, at(4), 1, at(4));
    assert_eq!(outage.unanswered(), Some(2));
}

#[test]
fn several_that_fail_with_no_answer_since_are_an_outage() {
    let mut outage = proven(1);
    for request in 0..6 {
        assert_eq!(outage.failed(&failure(request, Connection, 1)), Parked);
    }
    for (probe, wait) in [(0, 1), (1, 2), (2, 3), (3, 4), (4, 4), (5, 4), (0, 4)] {
        assert_eq!(outage.conclude(false), [(probe, Again(wait))], "one looks whether it is back");
        assert_eq!(outage.failed(&failure(probe, Connection, 10)), Parked);
    }
    assert!(!outage.is_silent_too_long(false, AT_ONCE));
    assert_eq!(outage.answered(0, at(20), 1, at(20)).len(), 5, "all go on");
    // Whatever is said of each.
    let mut mixed = proven(0);
    for (request, kind) in (0..).zip([Overloaded, Connection, ServerError, Timeout]) {
        let message = format!("no {kind:?}");
        assert_eq!(mixed.failed(&Failure { message: &message, ..failure(request, kind, 1) }), Parked);
    }
    assert_eq!(mixed.conclude(false), [(0, Again(1))]);
    // Answers that cannot be read are, if they are the same.
    for (messages, count) in [(["a", "b", "c", "d"], 4), (["a"; 4], 1)] {
        let mut unread = proven(0);
        for (request, message) in (0..).zip(messages) {
            unread.failed(&Failure { message, ..failure(request, ProviderErrorKind::InvalidResponse, 1) });
        }
        assert_eq!(unread.conclude(false).len(), count);
    }
    // With no retries too, one looks.
    let mut never = proven(0);
    (0..4).for_each(|it| assert_eq!(never.failed(&failure(it, ServerError, 1)), Parked));
    assert_eq!(never.conclude(false), [(0, Again(1))]);
}

#[test]
fn a_silence_of_a_minute_is_too_long() {
    /// Answered before, kind, retries, waits asked for, when the failed requests were sent, whether that is too long
    type Case = (bool, ProviderErrorKind, u32, Option<Duration>, &'static [u64], bool);
    let wait = |seconds| Some(Duration::from_secs(seconds));
    let table: [Case; 17] = [
        (true, RateLimited, 5, None, &[10, 40, 69], false),
        (true, RateLimited, 5, None, &[10, 40, 70], true),
        (true, RateLimited, 5, wait(60), &[10, 75], false),
        (true, RateLimited, 5, wait(60), &[10, 75, 130], true),
        (true, ServerError, 5, None, &[10, 69], false),
        (true, ServerError, 5, None, &[10, 70], true),
        (true, Connection, 1, None, &[10, 69], false),
        (true, Timeout, 5, None, &[10, 10, 10, 10], false),
        (true, Timeout, 5, None, &[10, 10, 10, 130], true),
        (false, Overloaded, 5, None, &[10, 69], false),
        (false, Overloaded, 5, None, &[10, 70], true),
        // Before the first answer it takes less where retries are few, or nobody is there.
        (false, Overloaded, 1, None, &[10, 12], true),
        (false, Connection, 5, None, &[10, 25], false),
        (false, Connection, 5, None, &[10, 26], true),
        // No retries are as one.
        (false, Connection, 0, None, &[10], false),
        (false, Connection, 0, None, &[10, 11], true),
        (true, Connection, 0, None, &[10, 69], false),
    ];
    for (answered, kind, retries, announced, sent, expected) in table {
        let mut outage = if answered { proven(retries) } else { detector(retries) };
        for (request, sent) in (0..).zip(sent) {
            outage.failed(&Failure { announced, ..failure(request, kind, *sent) });
        }
        assert_eq!(
            outage.is_silent_too_long(false, AT_ONCE),
            expected,
            "{answered} {kind:?} {retries} {announced:?} {sent:?}"
        );
    }
}

#[test]
fn a_silence_begins_with_the_last_answer_and_needs_several_requests_where_there_are_more() {
    // One slot that queues: those that were sent long ago are late one after the other, while it works on them.
    let mut outage = proven(5);
    outage.answered(99, at(5), 32, at(57));
    for request in 0..30 {
        outage.failed(&failure(request, Timeout, 2 * request.unsigned_abs()));
    }
    assert!(!outage.is_silent_too_long(false, AT_ONCE), "none of them was sent a minute after the last answer");
    let mut few = proven(5);
    for request in 0..3 {
        few.failed(&failure(request, Timeout, request.unsigned_abs() * 60));
    }
    assert!(!few.is_silent_too_long(true, AT_ONCE), "others can be asked");
    few.failed(&failure(3, Timeout, 200));
    assert!(few.is_silent_too_long(true, AT_ONCE));
    // Whatever the retries are, a minute is too long.
    let mut limited = detector(2);
    (0..8).for_each(|it| assert_eq!(limited.failed(&failure(it, RateLimited, 1)), Again(1)));
    limited.failed(&failure(0, RateLimited, 60));
    assert!(!limited.is_silent_too_long(true, AT_ONCE));
    limited.failed(&failure(0, RateLimited, 61));
    assert!(limited.is_silent_too_long(true, AT_ONCE));
    few.answered(98, at(210), 1, at(211));
    assert!(!few.is_silent_too_long(false, AT_ONCE));
}

#[test]
fn a_silence_lasts_as_long_as_abandoned_work_explains_it() {
    let mut outage = proven(5);
    (0..30).for_each(|it| assert_eq!(outage.failed(&failure(it, Timeout, 1)), Parked));
    outage.failed(&failure(0, Timeout, 70));
    assert!(outage.is_silent_too_long(false, AT_ONCE));
    assert!(!outage.is_silent_too_long(false, |_| at(90)), "it may be busy until then");
    outage.failed(&failure(0, Timeout, 91));
    assert!(outage.is_silent_too_long(false, |_| at(90)));
    let for_ever = |sent: Moment| sent + at(60);
    outage.failed(&failure(0, Timeout, 590));
    assert!(!outage.is_silent_too_long(false, for_ever));
    outage.failed(&failure(0, Timeout, 601));
    assert!(outage.is_silent_too_long(false, for_ever), "ten minutes are too long in any case");
}

#[test]
fn where_those_that_are_turned_away_are_at_fault_one_more_says_nothing_about_the_load() {
    let mut outage = proven(0);
    for request in 0..3_i64 {
        let sent = 10 * request.unsigned_abs();
        assert!(outage.tells_of_load(request, Overloaded, 8));
        outage.failed(&failure(request, Overloaded, sent + 1));
        assert_eq!(outage.answered(99, at(sent + 2), 1, at(sent + 2)), [(request, Failed)]);
        // What is no longer recent is no reason to doubt that.
        (0..10).for_each(|it| assert_eq!(outage.answered(it + 50, at(sent + 3), 1, at(sent + 3)), []));
    }
    assert!(!outage.tells_of_load(7, Overloaded, 8) && !outage.tells_of_load(7, Connection, 8));
    assert!(outage.tells_of_load(7, Timeout, 8));
    // Two that are answered when they are sent again show that it is for the load.
    for request in [20, 21] {
        outage.failed(&failure(request, Overloaded, 50));
        outage.answered(request, at(51), 1, at(51));
    }
    assert!(outage.tells_of_load(7, Overloaded, 8));
}

//! What is found for a question, and in which order.

use super::*;

fn index(texts: &[&str]) -> Index {
    let mut builder = IndexBuilder::new().unwrap();
    for (row, text) in (1_i64..).zip(texts) {
        let passage = IndexedPassage {
            row,
            document: "a.md",
            title: "a",
            heading_path: "A",
            line_start: row,
            line_end: row,
            page: None,
            text,
        };
        builder.add(&passage).unwrap();
    }
    builder.finish().unwrap()
}

fn found(index: &Index, question: &str) -> Vec<i64> {
    index.search(question, 50).unwrap().iter().map(|it| it.row).collect()
}

#[test]
fn rare_words_weigh_more_and_ties_come_in_order() {
    let index = index(&["the red fox", "the dog", "the red dog", "the red dog", "the cat and the hat"]);
    assert_eq!(found(&index, "fox"), [1]);
    assert_eq!(found(&index, "red dog"), [3, 4, 2, 1]);
    assert_eq!(found(&index, "dog or fox"), [1, 2, 3, 4]);
    assert_eq!(index.search("red dog", 1).unwrap()[0].row, 3);
    assert_eq!(found(&index, "unicorn"), [0; 0]);
}

#[test]
fn a_word_in_most_passages_of_a_small_collection_counts() {
    // `refund` is in two of three, and `what` in one: FTS5 alone would take `refund` for next to nothing.
    let index =
        index(&["a refund, a refund within 30 days", "refund refund refund", "so what, a fee of 3 euros is due"]);
    assert_eq!(found(&index, "what refund")[0], 2);
    assert_eq!(found(&index, "refund").len(), 2);
    assert_eq!(found(&super::tests::index(&["refund"]), "refund"), [1]);
}

#[test]
fn case_and_accents_are_folded() {
    let index = index(&["Überweisung an den Verein", "CAFÉ e\u{301}te\u{301}", "straße", "ΟΔΟΣ"]);
    assert_eq!(found(&index, "uberweisung"), [1]);
    assert_eq!(found(&index, "ÜBERWEISUNG"), [1]);
    assert_eq!(found(&index, "cafe"), [2]);
    assert_eq!(found(&index, "été"), [2]);
    assert_eq!(found(&index, "STRAßE"), [3]);
    assert_eq!(found(&index, "strasse"), [0; 0]);
    assert_eq!(found(&index, "οδος"), [4]);
}

#[test]
fn words_of_scripts_without_spaces_are_found() {
    let index = index(&[
        "我们的退货政策是三十天。",
        "狐狸跳过狗。",
        "運賃は無料です。カタカナ",
        "환불은 30일 이내에 가능합니다",
        "นโยบายการคืนสินค้า",
        "API文档v2",
    ]);
    assert_eq!(found(&index, "退货政策是什么？"), [1]);
    assert_eq!(found(&index, "政策"), [1]);
    assert_eq!(found(&index, "狗"), [2]);
    assert_eq!(found(&index, "狐狸"), [2]);
    assert_eq!(found(&index, "無料"), [3]);
    assert_eq!(found(&index, "カタカナ"), [3]);
    assert_eq!(found(&index, "환불"), [4]);
    assert_eq!(found(&index, "การคืน"), [5]);
    assert_eq!(found(&index, "文档"), [6]);
    assert_eq!(found(&index, "api"), [6]);
    assert_eq!(found(&index, "v2"), [6]);
}

#[test]
fn a_question_is_no_query() {
    let index = index(&["C++ and e-mail at 3.14", "near misses or not", "don't \"quote\" me*", "x_y column words"]);
    for question in ["", " ", "?!", "\"", "''", "*", "-", "()", "^", ":", "\0", "{}", "\u{200b}"] {
        assert_eq!(found(&index, question), [0; 0], "{question:?}");
    }
    assert_eq!(found(&index, "AND"), [1]);
    assert_eq!(found(&index, "NOT"), [2]);
    assert_eq!(found(&index, "NEAR(misses, 2)"), [2]);
    assert_eq!(found(&index, "e-mail"), [1]);
    assert_eq!(found(&index, "C++"), [1]);
    assert_eq!(found(&index, "3.14"), [1]);
    assert_eq!(found(&index, "don't"), [3]);
    assert_eq!(found(&index, "\"quote\" OR"), [2, 3]);
    assert_eq!(found(&index, "quot*"), [0; 0]);
    assert_eq!(found(&index, "words: column"), [4]);
    assert_eq!(found(&index, "-column"), [4]);
    assert_eq!(found(&index, "x_y"), [4]);
}

#[test]
fn headings_are_words_of_their_passages() {
    let mut builder = IndexBuilder::new().unwrap();
    let passage = |row, heading_path, title, text| IndexedPassage {
        row,
        document: "a.md",
        title,
        heading_path,
        line_start: 1,
        line_end: 1,
        page: None,
        text,
    };
    builder.add(&passage(1, "Returns > Europe", "Europe", "Within 30 days.")).unwrap();
    builder.add(&passage(2, "", "shipping", "Within 3 days.")).unwrap();
    let index = builder.finish().unwrap();
    assert_eq!(found(&index, "returns"), [1]);
    assert_eq!(found(&index, "shipping"), [2]);
}

#[test]
fn only_so_many_passages_are_compared() {
    // A common word in all, and a rare one in the last.
    let common = usize::try_from(MAX_COMPARED).unwrap() + 10;
    let mut texts = vec!["common words"; common];
    texts.push("common rare");
    let index = index(&texts);
    assert_eq!(found(&index, "common rare"), [i64::try_from(common).unwrap() + 1]);
    // Of a word that stands everywhere, the first passages are compared.
    assert_eq!(index.search("common", 3).unwrap().iter().map(|it| it.row).collect::<Vec<_>>(), [1, 2, 3]);
    let long = (0..10_000).map(|number| number.to_string()).collect::<Vec<_>>().join(" w") + " ";
    assert_eq!(found(&index, &(long + "rare"))[0], i64::try_from(common).unwrap() + 1);
}

#[test]
fn an_empty_collection_has_no_passages() {
    assert_eq!(found(&index(&[]), "a"), [0; 0]);
}

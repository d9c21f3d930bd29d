use super::*;

fn words(text: &str) -> Vec<(usize, String, &'static str)> {
    customer_words(text).into_iter().map(|it| (it.line, it.text, it.kind.as_str())).collect()
}

fn texts(text: &str) -> Vec<String> {
    customer_words(text).into_iter().map(|it| it.text).collect()
}

#[test]
fn cells_of_a_column_of_messages_are_customers_words() {
    let table = "# Export\n\n| id | Message | Operator |\n|---|---|---|\n| 1 | **My card** was charged twice | Sorry! |\n\
                 | 2 | \"Where is my parcel?\" | Let me look |\n| 3 | - | |\n";
    assert_eq!(
        words(table),
        [(5, "My card was charged twice".to_owned(), "table"), (6, "Where is my parcel?".to_owned(), "table")]
    );
    let russian = "| № | Дата | Текст обращения |\n|---|---|---|\n| 1 | 01.03 | Не приходит код подтверждения |\n\
                   | 2 | 02.03 | Верните деньги за двойное списание |\n";
    assert_eq!(words(russian)[1].0, 4);
    let unnamed = "| a | b |\n|---|---|\n| x1 | Where is my order? |\n| x2 | I cannot log in to my account |\n";
    assert_eq!(texts(unnamed), ["Where is my order?", "I cannot log in to my account"]);
}

#[test]
fn tables_of_rules_have_no_customers_words() {
    for table in [
        "| Rule | Text |\n|---|---|\n| 1 | Refunds are possible within 14 days |\n| 2 | Never promise a date |\n",
        "| Ticket | Priority |\n|---|---|\n| T-1 | high |\n| T-2 | low |\n",
        "| Customer | City |\n|---|---|\n| Anna Berg | Oslo |\n| Piet de Vries | Delft |\n",
        "| Request type | Deadline |\n|---|---|\n| Refund of an order | within 14 days of delivery |\n",
        "## Rules for answers\n\n| Message | Rule |\n|---|---|\n| Where is my order? | Look it up |\n",
    ] {
        let found = texts(table);
        assert!(found.is_empty(), "{table}: {found:?}");
    }
}

#[test]
fn items_are_customers_words_where_something_says_so() {
    let list = "## Refunds\n\n- Refunds are possible within 14 days\n- The customer must send the receipt\n- «Vorsicht»\n\n\
                ## Tickets\n\n- My card was charged twice\n- T-12: Parcel never arrived,\n  again\n- \"Code does not come\" (chat)\n\
                - Customers must be answered within a day\n\n## Examples\n\nCustomers ask, for example:\n\n1. Where is it\n";
    assert_eq!(
        words(list),
        [
            (9, "My card was charged twice".to_owned(), "list"),
            (10, "Parcel never arrived, again".to_owned(), "list"),
            (12, "Code does not come".to_owned(), "list"),
        ]
    );
    assert_eq!(texts("- \"I want my money back\"\n- Client: Wo ist mein Paket\n- Support: Wir suchen es.\n").len(), 2);
    assert_eq!(texts("## Обращения клиентов\n\n- Не работает оплата\n- Где мой заказ?\n").len(), 2);
}

#[test]
fn phrases_of_operators_and_rules_are_nobody_elses() {
    for text in [
        "## Forbidden phrases\n\n- \"I do not know\"\n- \"This is not my problem\"\n",
        "## Response templates\n\n- \"Hello, how can I help you?\"\n\n> I am sorry for the delay.\n",
        "> **Note:** I am on leave.\n\n> Refunds are possible within 14 days.\n",
        "## How to handle requests\n\n- Ask for my number?\n",
        "Operator: How can I help?\n",
        "# Returns\n\nItems can be returned. The customer pays.\n\n- Receipts\n- Boxes\n",
    ] {
        let found = texts(text);
        assert!(found.is_empty() || customer_words(text)[0].kind == UtteranceKind::Question, "{text}: {found:?}");
    }
}

#[test]
fn a_title_that_names_operators_silences_nothing() {
    let said = "| id | Message |\n|---|---|\n| 1 | My card was charged twice |\n| 2 | Where is my parcel |\n\n\
                > I want a refund.\n\n- \"The code does not come\"\n- Customer: I cannot log in\n- Support: Which device?\n";
    for title in [
        "# Support FAQ",
        "# Acme support",
        "# Agent assistant",
        "# Служба поддержки",
        "# Справка для операторов",
        "# Kundensupport und Berater",
        "# Centro de soporte",
        "# Questions and answers",
    ] {
        for between in ["", "## March\n\n"] {
            let found = texts(&format!("{title}\n\n{between}{said}"));
            let expected = [
                "My card was charged twice",
                "Where is my parcel",
                "I want a refund.",
                "The code does not come",
                "I cannot log in",
            ];
            assert_eq!(found, expected, "{title}");
        }
    }
    let operators =
        "# Support FAQ\n\n## What operators say\n\n- \"I am on it\"\n\n> I am sorry.\n\nSupport: My mistake.\n";
    assert!(texts(operators).is_empty());
}

#[test]
fn quoted_lines_are_customers_words() {
    let quotes = "Some wrote:\n\n> My parcel is lost.\n> Where is my\n> refund?\n\n> Не пришел код.\n";
    let found: Vec<_> = customer_words(quotes).into_iter().map(|it| (it.line, it.line_end, it.text)).collect();
    assert_eq!(
        found,
        [
            (3, 3, "My parcel is lost.".to_owned()),
            (4, 5, "Where is my refund?".to_owned()),
            (7, 7, "Не пришел код.".to_owned())
        ]
    );
}

#[test]
fn dialogs_are_turns_of_customers_and_operators() {
    let text = "---\ntitle: x\n---\n## Dialog 1\n\n**Customer:** Hi, my order\nis late.\n**Operator:** Which order?\n\nClient: 12\n\n\
                ## Dialog 2\n\n- Клиент: Где врач?\n- Оператор: «В отпуске»\n\n```\n[10:01] User: help me\n[10:02] Agent: sure\n```\n\n\
                **Customer:**\n\n> I am waiting\n\n| role | text |\n|---|---|\n| user | Can you help? |\n| operator | Yes, I can |\n";
    let shown = |turns: &Vec<Utterance>| {
        turns.iter().map(|it| format!("{} {} {}", it.line, it.speaker.role(), it.text)).collect::<Vec<_>>()
    };
    let all: Vec<Vec<String>> = dialogs(text).iter().map(shown).collect();
    assert_eq!(
        all,
        [
            vec!["6 user Hi, my order is late.", "8 operator Which order?", "10 user 12"],
            vec!["14 user Где врач?", "15 operator В отпуске"],
            vec!["18 user help me", "19 operator sure", "24 user I am waiting"],
            vec!["28 user Can you help?", "29 operator Yes, I can"],
        ]
    );
    assert_eq!(texts("Q: Where?\nA: There.\n\nQ: Where?\n"), ["Where?"], "each once");
}

#[test]
fn a_question_may_have_its_answer_beside_it() {
    let text = "FAQ

How do I reset
my password?
Open the page. Was it that?

**Can I pay later?** No.

- Who are you? A shop.
- We ship fast. Why wait? Buy.
";
    let found: Vec<_> = customer_words(text).into_iter().map(|it| (it.line, it.line_end, it.text)).collect();
    assert_eq!(
        found,
        [
            (3, 4, "How do I reset my password?".to_owned()),
            (7, 7, "Can I pay later?".to_owned()),
            (9, 9, "Who are you?".to_owned()),
        ]
    );
}

#[test]
fn questions_of_the_document_serve_where_nobody_speaks() {
    let faq = "# FAQ\n\n## How do I reset my password?\n\nOpen the settings.\n\n**Can I pay later?**\n\nNo.\n\n- 3. Who are you?\n";
    assert_eq!(
        words(faq),
        [
            (3, "How do I reset my password?".to_owned(), "question"),
            (7, "Can I pay later?".to_owned(), "question"),
            (11, "Who are you?".to_owned(), "question"),
        ]
    );
    assert!(words("# Rules\n\nPay at once.\n").is_empty());
    assert!(words("").is_empty());
}

#[test]
fn lines_of_plain_text_in_quotation_marks_are_customers_words() {
    let text = "Bills come every three months.\n\nWhat customers wrote:\n\"My water is brown since this morning, is it safe?\"\n\
                «I moved out in March but I still get bills!!»\n";
    assert_eq!(
        texts(text),
        ["My water is brown since this morning, is it safe?", "I moved out in March but I still get bills!!"]
    );
    assert!(texts("Our slogan.\n\"Good shoes for good people.\"\n").is_empty());
    assert!(texts("Write to them:\n\"Refunds are possible within 14 days.\"\n").is_empty());
}

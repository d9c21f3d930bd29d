//! The words by which labels, headings and headers say whose words follow, in English, Russian, German, French and
//! Spanish.
//!
//! An entry that ends with `*` stands for all words that begin with it. Words are in lower case.

/// People who ask for something.
pub(super) const CUSTOMERS: &[&str] = &[
    "customer*",
    "client*",
    "user*",
    "buyer*",
    "shopper*",
    "caller*",
    "patient*",
    "guest*",
    "visitor*",
    "subscriber*",
    "клиент*",
    "покупател*",
    "пользовател*",
    "пациент*",
    "заказчик*",
    "гость",
    "посетител*",
    "абонент*",
    "заявител*",
    "kund*",
    "nutzer*",
    "benutzer*",
    "käufer*",
    "anrufer*",
    "acheteu*",
    "utilisat*",
    "usager*",
    "visiteur*",
    "usuari*",
    "comprador*",
    "paciente*",
    "cliente*",
    "visitante*",
];

/// People and programs who answer.
pub(super) const OPERATORS: &[&str] = &[
    "operator*",
    "agent*",
    "support",
    "assistant*",
    "bot",
    "chatbot",
    "manager*",
    "consultant*",
    "representative*",
    "staff",
    "employee*",
    "clerk",
    "receptionist*",
    "оператор*",
    "агент*",
    "поддержк*",
    "менеджер*",
    "консультант*",
    "сотрудник*",
    "ассистент*",
    "бот",
    "администратор*",
    "регистратор*",
    "специалист*",
    "mitarbeiter*",
    "berater*",
    "assistent*",
    "opérateur*",
    "opératrice*",
    "conseiller*",
    "conseillère*",
    "operador*",
    "agente*",
    "asistente*",
    "empleado*",
    "soporte",
];

/// Those of them that name a part of a firm or of a page too, such as "Support".
pub(super) const DEPARTMENTS: &[&str] = &["support", "staff", "поддержк*", "soporte"];

/// That people say something.
pub(super) const SAYS: &[&str] = &[
    "say",
    "says",
    "write",
    "writes",
    "говорят",
    "говорит",
    "пишут",
    "пишет",
    "sagen",
    "sagt",
    "schreiben",
    "schreibt",
    "disent",
    "écrivent",
    "dicen",
    "escriben",
];

/// Phrases, whoever says them.
pub(super) const PHRASES: &[&str] = &[
    "phrase*",
    "utterance*",
    "message*",
    "фраз*",
    "реплик*",
    "сообщени*",
    "nachricht*",
    "phrases",
    "mensaje*",
    "frase*",
];

/// Words between two others of the same rank.
pub(super) const AND: &[&str] = &["and", "or", "и", "или", "und", "oder", "et", "ou", "y", "o"];

/// What people write or say, which heads a list of it wherever it stands.
pub(super) const TICKETS: &[&str] =
    &["ticket*", "tickets", "inquir*", "enquir*", "тикет*", "обращени*", "kundenanfrage*", "kundenanliegen"];

/// What people write or say, or what a rule may be about.
pub(super) const MESSAGES: &[&str] = &[
    "message*",
    "question*",
    "request*",
    "complaint*",
    "quer*",
    "utterance*",
    "review*",
    "chat*",
    "email*",
    "comment*",
    "phrase*",
    "сообщени*",
    "вопрос*",
    "запрос*",
    "жалоб*",
    "заявк*",
    "отзыв*",
    "реплик*",
    "письм*",
    "чат*",
    "nachricht*",
    "frage*",
    "anfrage*",
    "beschwerde*",
    "anliegen",
    "demande*",
    "réclamation*",
    "plainte*",
    "mensaje*",
    "pregunta*",
    "consulta*",
    "solicitud*",
    "queja*",
    "reclamaci*",
];

/// A message by a word that heads other columns too.
pub(super) const TEXTS: &[&str] =
    &["text*", "body", "content*", "текст*", "содержани*", "inhalt*", "texte*", "contenu*", "texto*"];

/// Words beside those above that change nothing.
pub(super) const FILLERS: &[&str] = &[
    "of", "the", "a", "from", "s", "by", "in", "our", "original", "full", "real", "verbatim", "от", "из", "des", "der",
    "die", "das", "von", "vom", "du", "de", "la", "le", "les", "d", "del", "el", "los", "las",
];

/// What says that a list has examples.
pub(super) const EXAMPLES: &[&str] = &[
    "example*",
    "sample*",
    "typical",
    "real",
    "пример*",
    "типичн*",
    "частые",
    "beispiel*",
    "typisch*",
    "exemple*",
    "ejemplo*",
];

/// What heads replies and phrases of those who answer.
pub(super) const REPLIES: &[&str] = &[
    "answer*",
    "repl*",
    "response*",
    "script*",
    "template*",
    "greeting*",
    "wording*",
    "ответ*",
    "скрипт*",
    "шаблон*",
    "приветстви*",
    "формулировк*",
    "antwort*",
    "vorlage*",
    "réponse*",
    "modèle*",
    "respuesta*",
    "plantilla*",
    "guion*",
];

/// What heads rules, whatever they are about.
pub(super) const RULES: &[&str] = &[
    "rule*",
    "polic*",
    "how",
    "handl*",
    "process*",
    "procedure*",
    "tone",
    "style",
    "forbidden",
    "prohibited",
    "guideline*",
    "requirement*",
    "escalat*",
    "правил*",
    "регламент*",
    "порядок",
    "как",
    "обработк*",
    "стиль",
    "тон",
    "запрещ*",
    "требовани*",
    "эскалаци*",
    "инструкци*",
    "политик*",
    "стандарт*",
    "regel*",
    "richtlinie*",
    "bearbeit*",
    "umgang",
    "anforderung*",
    "verboten*",
    "règle*",
    "politique*",
    "traitement*",
    "procédure*",
    "interdit*",
    "regla*",
    "norma*",
    "política*",
    "tratamiento",
    "procedimiento*",
    "prohibid*",
];

/// Labels of notes in quotes.
pub(super) const NOTES: &[&str] = &[
    "note*",
    "important",
    "tip*",
    "warning*",
    "caution",
    "example*",
    "info",
    "source",
    "see",
    "важно",
    "внимание",
    "примечание*",
    "совет*",
    "источник",
    "hinweis*",
    "wichtig",
    "achtung",
    "quelle",
    "remarque*",
    "attention",
    "nota*",
    "importante",
    "aviso*",
];

/// Labels of questions and of answers.
pub(super) const QUESTION_LABELS: &[&str] = &["q", "question", "в", "вопрос", "frage", "pregunta"];
pub(super) const ANSWER_LABELS: &[&str] = &["a", "answer", "о", "ответ", "antwort", "réponse", "respuesta"];

/// Headers of columns that say who speaks.
pub(super) const SPEAKERS: &[&str] = &[
    "role",
    "speaker",
    "author",
    "sender",
    "who",
    "from",
    "роль",
    "автор",
    "кто",
    "отправитель",
    "rolle",
    "sprecher",
    "rôle",
    "rol",
    "autor",
];

/// Headers of columns that tell dialogs apart.
pub(super) const DIALOGS: &[&str] = &[
    "dialog*",
    "dialogue*",
    "conversation*",
    "session*",
    "диалог*",
    "сессия",
    "gespräch*",
    "conversación*",
    "diálogo*",
];

/// Whether a word is in a table.
pub(super) fn is_in(table: &[&str], word: &str) -> bool {
    table.iter().any(|entry| entry.strip_suffix('*').map_or(*entry == word, |stem| word.starts_with(stem)))
}

/// The words of a text in lower case.
pub(super) fn words_of(text: &str) -> Vec<String> {
    let words = text.split(|it: char| !it.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word.to_lowercase().replace('ё', "е")).collect()
}

/// Whether any of the words is in a table.
pub(super) fn any_in(table: &[&str], words: &[String]) -> bool {
    words.iter().any(|word| is_in(table, word))
}

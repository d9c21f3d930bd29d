//! Words that near-duplicates must share: those that negate or except, and numbers that are written out.
//!
//! The tables are small on purpose. A word that is missing lets two texts be compared by their letters alone; one too
//! many keeps two texts apart.

/// Words that negate or except, folded as texts are. French `ne` is not counted: `pas` and the like are.
const NEGATIONS: &[&str] = &[
    // English
    "not", "no", "never", "cannot", "without", "none", "neither", "nor", "nobody", "nothing", "unless", "except",
    "dont", "doesnt", "isnt", "arent", "cant", "wont", "mustnt", "shouldnt", "couldnt", "wouldnt", "didnt", "wasnt",
    // German, Dutch, Swedish
    "nicht", "nie", "niemals", "kein", "keine", "keinen", "keinem", "keiner", "keines", "ohne", "nichts", "außer",
    "niet", "geen", "nooit", "zonder", "inte", "ej", "aldrig", "utan",
    // French, Spanish, Italian, Portuguese
    "pas", "jamais", "aucun", "aucune", "sans", "rien", "sauf", "nunca", "jamás", "sin", "ningún", "ninguna", "ninguno",
    "nada", "tampoco", "excepto", "salvo", "non", "mai", "senza", "nessun", "nessuna", "nessuno", "não", "sem",
    "nenhum", "nenhuma",
    // Russian, Ukrainian, Polish
    "не", "ни", "нет", "нельзя", "никогда", "без", "никто", "ничего", "кроме", "запрещено", "запрещается", "запрещен",
    "запрещена", "ні", "немає", "ніколи", "nigdy", "bez",
    // Greek, Turkish, Arabic, Hebrew, Hindi, Korean
    "δεν", "δε", "μην", "μη", "όχι", "ποτέ", "χωρίσ", "değil", "asla", "yok", "لا", "ليس", "لم", "لن", "بدون", "לא",
    "אין", "בלי", "אסור", "नहीं", "मत", "बिना", "안",
];

/// What negates wherever it stands in a word, in scripts that put no blanks or append it: Chinese, Japanese, Korean.
const NEGATING_PARTS: &[&str] =
    &["不", "没", "未", "无", "無", "勿", "别", "非", "禁", "ない", "なく", "ません", "않", "없", "못"];

/// Numbers that are written out, folded.
const NUMBERS: &[&str] = &[
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "fourteen", "fifteen",
    "twenty", "thirty", "forty", "sixty", "ninety", "hundred", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht",
    "neun", "zehn", "vierzehn", "zwanzig", "dreißig", "sechzig", "hundert", "deux", "trois", "quatre", "cinq", "sept",
    "huit", "dix", "quatorze", "quinze", "vingt", "trente", "soixante", "cent", "dos", "tres", "cuatro", "cinco", "seis",
    "siete", "ocho", "nueve", "diez", "catorce", "veinte", "treinta", "sesenta", "cien", "два", "две", "двух", "три",
    "трех", "четыре", "четырех", "пять", "пяти", "шесть", "шести", "семь", "семи", "восемь", "восьми", "девять",
    "девяти", "десять", "десяти", "четырнадцать", "четырнадцати", "двадцать", "двадцати", "тридцать", "тридцати", "сто",
];

/// How often a folded word negates.
pub(super) fn negations_in(word: &str) -> usize {
    if NEGATIONS.contains(&word) {
        return 1;
    }
    NEGATING_PARTS.iter().map(|part| word.matches(part).count()).sum()
}

/// Whether a folded word is a number that is written out.
pub(super) fn is_number_word(word: &str) -> bool {
    NUMBERS.contains(&word)
}

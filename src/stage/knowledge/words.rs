//! What a word is, before the tokenizer of the index (`unicode61`) splits texts at everything that is no letter, digit
//! or mark, and folds case and accents.
//!
//! Chinese, Japanese, Korean and some other scripts have no spaces between words, so that a sentence would be one word.
//! There, each character is a word, and so are each two that stand side by side: words of one character are found, and
//! of longer ones all pairs.
//!
//! Characters that only say how a text is set, such as soft hyphens and zero-width spaces, are left out of words.

/// `text` with spaces around the words of scripts that have none.
pub(super) fn separated(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut before: Option<char> = None;
    for character in text.chars().filter(|&it| !is_format(it)) {
        if !has_no_spaces(character) {
            if before.take().is_some() {
                words.push(' ');
            }
            words.push(character);
            continue;
        }
        if let Some(before) = before {
            words.push(' ');
            words.push(before);
            words.push(character);
        }
        words.push(' ');
        words.push(character);
        before = Some(character);
    }
    words
}

/// Whether a character only says how others are set: most of Unicode's category Cf, and the variation selectors.
fn is_format(character: char) -> bool {
    matches!(
        u32::from(character),
        0xAD // the soft hyphen
            | 0x034F // the grapheme joiner
            | 0x061C // the Arabic letter mark
            | 0x180B..=0x180F // Mongolian selectors
            | 0x200B..=0x200F // zero-width spaces and joiners, marks of direction
            | 0x202A..=0x202E // directions
            | 0x2060..=0x206F // the word joiner, isolates
            | 0xFE00..=0xFE0F // variation selectors
            | 0xFEFF // the zero-width no-break space
            | 0xFFF9..=0xFFFB // annotations
            | 0xE_0000..=0xE_0FFF // tags, variation selectors
    )
}

/// Whether a character is of a script that has no spaces between words, or, as Hangul, few that matter.
fn has_no_spaces(character: char) -> bool {
    matches!(
        u32::from(character),
        0x0E00..=0x0EFF // Thai, Lao
            | 0x1000..=0x109F // Myanmar
            | 0x1100..=0x11FF // Hangul letters
            | 0x1780..=0x17FF // Khmer
            | 0x3005..=0x3007 // 々, 〆, 〇
            | 0x3041..=0x30FA // kana
            | 0x30FC..=0x318F // the long mark, kana, bopomofo, Hangul letters
            | 0x31A0..=0x31BF
            | 0x31F0..=0x31FF
            | 0x3400..=0x4DBF // Han
            | 0x4E00..=0x9FFF
            | 0xA960..=0xA97F // Hangul letters
            | 0xAC00..=0xD7FF // Hangul
            | 0xF900..=0xFAFF // Han
            | 0xFF66..=0xFFDC // half-width kana and Hangul
            | 0x1_B000..=0x1_B16F // kana
            | 0x2_0000..=0x3_FFFF // Han
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_format_part_no_word() {
        assert_eq!(separated("Ver\u{ad}sand zero\u{200b}width \u{feff}a\u{2060}b\u{fe0f}"), "Versand zerowidth ab");
        assert_eq!(separated("退\u{200b}货"), " 退 退货 货");
    }

    #[test]
    fn characters_and_pairs_are_words_where_scripts_have_no_spaces() {
        assert_eq!(separated("a dog, 3.14"), "a dog, 3.14");
        assert_eq!(separated("狐"), " 狐");
        assert_eq!(separated("狐狸跳"), " 狐 狐狸 狸 狸跳 跳");
        assert_eq!(separated("API文档v2"), "API 文 文档 档 v2");
        assert_eq!(separated("退货。政策"), " 退 退货 货 。 政 政策 策");
        assert_eq!(separated("ひらカナ 漢字"), " ひ ひら ら らカ カ カナ ナ   漢 漢字 字");
    }
}

//! HTML's names for the printable characters of ASCII.

/// The longest name, with its semicolon.
const LONGEST: usize = 17;

/// Names and what they stand for. Letters and digits have no names.
const NAMES: [(&str, u8); 51] = [
    ("excl", b'!'),
    ("quot", b'"'),
    ("QUOT", b'"'),
    ("num", b'#'),
    ("dollar", b'$'),
    ("percnt", b'%'),
    ("amp", b'&'),
    ("AMP", b'&'),
    ("apos", b'\''),
    ("lpar", b'('),
    ("rpar", b')'),
    ("ast", b'*'),
    ("midast", b'*'),
    ("plus", b'+'),
    ("comma", b','),
    ("period", b'.'),
    ("sol", b'/'),
    ("colon", b':'),
    ("semi", b';'),
    ("lt", b'<'),
    ("LT", b'<'),
    ("equals", b'='),
    ("gt", b'>'),
    ("GT", b'>'),
    ("quest", b'?'),
    ("commat", b'@'),
    ("lsqb", b'['),
    ("lbrack", b'['),
    ("bsol", b'\\'),
    ("rsqb", b']'),
    ("rbrack", b']'),
    ("Hat", b'^'),
    ("lowbar", b'_'),
    ("UnderBar", b'_'),
    ("grave", b'`'),
    ("DiacriticalGrave", b'`'),
    ("lcub", b'{'),
    ("lbrace", b'{'),
    ("verbar", b'|'),
    ("vert", b'|'),
    ("VerticalLine", b'|'),
    ("rcub", b'}'),
    ("rbrace", b'}'),
    ("Tab", b'\t'),
    ("NewLine", b'\n'),
    ("nbsp", b' '),
    ("NonBreakingSpace", b' '),
    ("hyphen", b'-'),
    ("dash", b'-'),
    ("minus", b'-'),
    ("tilde", b'~'),
];

/// The character reference that `text` begins with, after its `&`; with its length.
pub fn named(text: &[u8]) -> Option<(u8, usize)> {
    let end = text.iter().take(LONGEST).position(|it| !it.is_ascii_alphabetic())?;
    if text[end] != b';' {
        return None;
    }
    let found = NAMES.iter().find(|(name, _)| name.as_bytes() == &text[..end])?;
    Some((found.1, end + 1))
}

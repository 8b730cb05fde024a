//! Words as a search sees them. One function makes them of what is stored and of what is asked, so that the two meet:
//! `الأَرُزّ` and `ارز`, `RICE-5KG` and `rice 5 kg`, `café` and `cafe`.
//!
//! What people type in several ways becomes one: capitals, accents and vowel marks, the forms of alef, ya and kaf, ta
//! marbuta and ha, the tatweel, Arabic and Persian digits. The Arabic article is left out. Letters and digits part, because
//! `5kg` and `5 kg` are the same to whoever looks for them.

use unicode_normalization::UnicodeNormalization;

/// The most letters of a word; what is longer is cut.
pub const MAX_CHARS: usize = 64;

/// The Arabic article, and the article behind "and".
const ARTICLES: [&str; 2] = ["وال", "ال"];

/// The fewest letters that are left of a word without its article.
const WITHOUT_ARTICLE: usize = 3;

/// The words of a text, in order.
#[must_use]
pub fn words_of(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut is_number = false;
    let lower = text.chars().flat_map(char::to_lowercase).nfkd();
    for c in lower.filter(|c| !is_silent(*c)).flat_map(char::to_lowercase).map(plain) {
        if !c.is_alphanumeric() || (!word.is_empty() && is_number != c.is_ascii_digit()) {
            finish(&mut words, &mut word);
        }
        if c.is_alphanumeric() {
            is_number = c.is_ascii_digit();
            word.push(c);
        }
    }
    finish(&mut words, &mut word);
    words
}

/// The words of a text, with one space between.
#[must_use]
pub fn normalise(text: &str) -> String {
    words_of(text).join(" ")
}

fn finish(words: &mut Vec<String>, word: &mut String) {
    if word.is_empty() {
        return;
    }
    let whole = std::mem::take(word);
    let mut bare = whole.as_str();
    while let Some(rest) = without_article(bare) {
        bare = rest;
    }
    words.push(bare.chars().take(MAX_CHARS).collect());
}

fn without_article(word: &str) -> Option<&str> {
    let rest = ARTICLES.iter().find_map(|article| word.strip_prefix(article));
    rest.filter(|rest| rest.chars().count() >= WITHOUT_ARTICLE)
}

/// What nobody types: marks above and below letters, the tatweel, joiners, the apostrophe in "o'hara's".
const fn is_silent(c: char) -> bool {
    matches!(c,
        '\'' | '’' | 'ʼ' | '`' | '\u{00AD}' | '\u{0640}' | '\u{0670}'
        | '\u{0300}'..='\u{036F}' | '\u{0610}'..='\u{061A}' | '\u{064B}'..='\u{065F}'
        | '\u{06D6}'..='\u{06ED}' | '\u{200B}'..='\u{200F}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// The letter that stands for all that people take for it. Hamzas on their seats are gone by now: they are marks once
/// a letter is taken apart.
fn plain(c: char) -> char {
    match c {
        'ٱ' => 'ا',
        'ى' | 'ی' | 'ێ' | 'ے' => 'ي',
        'ک' => 'ك',
        'ة' | 'ە' | 'ھ' | 'ہ' | 'ۃ' => 'ه',
        'ۆ' | 'ۊ' | 'ۇ' => 'و',
        'ڕ' => 'ر',
        'ڵ' => 'ل',
        '٠'..='٩' => digit(c, '٠'),
        '۰'..='۹' => digit(c, '۰'),
        c => c,
    }
}

fn digit(c: char, zero: char) -> char {
    char::from_digit(u32::from(c).saturating_sub(u32::from(zero)), 10).unwrap_or(c)
}

/// How many slips of the pen are forgiven in a word: none in a short one or a number, two in a long one.
#[must_use]
pub fn forgiven(word: &str) -> usize {
    if word.contains(|c: char| c.is_ascii_digit()) {
        return 0;
    }
    match word.chars().count() {
        0..=2 => 0,
        3..=5 => 1,
        _ => 2,
    }
}

/// The slips of the pen between two words: letters left out, put in, mistaken, or two beside each other exchanged
/// (optimal string alignment).
#[must_use]
pub fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut above: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut below = Vec::with_capacity(row.len());
        below.push(i.saturating_add(1));
        for (j, b) in other.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX);
            let replaced = at(&row, j).saturating_add(usize::from(a != b));
            let dropped = at(&row, j.saturating_add(1)).saturating_add(1);
            let added = at(&below, j).saturating_add(1);
            let mut least = replaced.min(dropped).min(added);
            let is_exchange = i > 0
                && j > 0
                && one.get(i.saturating_sub(1)) == Some(b)
                && other.get(j.saturating_sub(1)) == Some(a);
            if is_exchange {
                least = least.min(at(&above, j.saturating_sub(1)).saturating_add(1));
            }
            below.push(least);
        }
        above = std::mem::replace(&mut row, below);
    }
    row.last().copied().unwrap_or_default()
}

/// A word, and what is left of it without one of its letters. Two words that are one slip apart share one of these,
/// so that a word is found by equality among many.
#[must_use]
pub fn deletions(word: &str) -> Vec<String> {
    let mut all = vec![word.to_owned()];
    for (skipped, _) in word.chars().enumerate() {
        all.push(word.chars().enumerate().filter(|(index, _)| *index != skipped).map(|(_, c)| c).collect());
    }
    all.sort_unstable();
    all.dedup();
    all
}

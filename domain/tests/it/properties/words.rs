//! Words of a search: whatever is typed, what is stored and what is asked meet.

use domain::catalog::words::{MAX_CHARS, deletions, distance, forgiven, normalise, words_of};
use proptest::prelude::*;

#[test]
fn what_people_type_in_several_ways_is_one() {
    for (one, other) in [
        ("الأَرُزّ البسمتي", "ارز بسمتي"),
        ("أُرز", "ارز"),
        ("إبريق", "ابريق"),
        ("آيس", "ايس"),
        ("شـــاي", "شاي"),
        ("قهوة", "قهوه"),
        ("حلوى", "حلوي"),
        ("مؤونة", "موونه"),
        ("کەرە", "كەرە"),
        ("برنج ٥ کگم", "برنج ۵ كگم"),
        ("والسكر", "سكر"),
        ("ﻻﻣﻊ", "لامع"),
        ("RICE-5KG", "rice 5 kg"),
        ("Café “Crème”", "cafe creme"),
        ("O'Hara’s", "oharas"),
        ("½ ＫＧ", "1 2 kg"),
    ] {
        assert_eq!(normalise(one), normalise(other), "{one} and {other}");
        assert!(!normalise(one).is_empty());
    }
}

#[test]
fn what_means_something_else_stays_apart() {
    for (one, other) in [
        ("tea", "ten"),
        ("شاي", "شمع"),
        ("5 kg", "50 kg"),
        ("الم", "م"),
        ("12", "1 2"),
    ] {
        assert_ne!(normalise(one), normalise(other), "{one} and {other}");
    }
}

#[test]
fn only_letters_and_digits_are_words() {
    assert_eq!(words_of("50% & <b>_x_</b> | !(a:*)\\ '\0"), ["50", "b", "x", "b", "a"]);
    assert_eq!(words_of(" %_*:&|!()<>\\'\" \t\n"), Vec::<String>::new());
    assert_eq!(words_of("85123A"), ["85123", "a"]);
}

#[test]
fn slips_of_the_pen_are_counted() {
    for (one, other, slips) in [
        ("rice", "rice", 0),
        ("rice", "rcie", 1),
        ("basmati", "basmti", 1),
        ("basmati", "bsamti", 2),
        ("tea", "", 3),
        ("بسمتي", "بصمتي", 1),
        ("kitten", "sitting", 3),
    ] {
        assert_eq!(distance(one, other), slips, "{one} and {other}");
    }
    let forgiven = ["tv", "tea", "sugar", "basmati", "85123"].map(forgiven);
    assert_eq!(forgiven, [0, 1, 1, 2, 0]);
}

/// A word with one slip: a letter left out, put in, mistaken, or two exchanged.
fn slip() -> impl Strategy<Value = (String, String)> {
    (
        "[a-dاربت]{1,9}",
        any::<prop::sample::Index>(),
        prop::sample::select(vec!['a', 'd', 'ا', 'ب']),
        0..4_u8,
    )
        .prop_map(|(word, at, letter, how)| {
            let mut letters: Vec<char> = word.chars().collect();
            let at = at.index(letters.len());
            match how {
                0 => drop(letters.remove(at)),
                1 => letters.insert(at, letter),
                2 => letters[at] = letter,
                _ => letters.swap(at, (at + 1).min(word.chars().count() - 1)),
            }
            (word, letters.into_iter().collect())
        })
}

proptest! {
    #[test]
    fn words_are_the_same_when_they_are_made_again(text in "\\PC{0,80}") {
        let once = normalise(&text);
        prop_assert_eq!(normalise(&once), once.clone());
        for word in words_of(&text) {
            prop_assert!((1..=MAX_CHARS).contains(&word.chars().count()), "{}", word);
            prop_assert!(word.chars().all(char::is_alphanumeric), "{}", word);
        }
    }

    #[test]
    fn capitals_and_marks_change_nothing(text in "[a-zéüأإآىة ]{0,30}") {
        prop_assert_eq!(normalise(&text.to_uppercase()), normalise(&text));
        let marked: String = text.chars().flat_map(|c| [c, '\u{064E}', '\u{0640}']).collect();
        prop_assert_eq!(normalise(&marked), normalise(&text));
    }

    #[test]
    fn words_that_are_one_slip_apart_share_a_deletion((word, slipped) in slip()) {
        prop_assert!(distance(&word, &slipped) <= 1);
        let known = deletions(&word);
        prop_assert!(deletions(&slipped).iter().any(|left| known.contains(left)), "{} {}", word, slipped);
    }

    #[test]
    fn a_distance_is_the_same_from_both_sides(one in "[a-c]{0,7}", other in "[a-c]{0,7}") {
        prop_assert_eq!(distance(&one, &other), distance(&other, &one));
        prop_assert_eq!(distance(&one, &other) == 0, one == other);
        let longer = one.len().max(other.len());
        prop_assert!(distance(&one, &other) <= longer && distance(&one, &other) >= longer - one.len().min(other.len()));
    }
}

//! Letters to account owners, in each language, as plain text and as HTML.

mod arabic;
mod english;
mod kurdish;

use chrono::{DateTime, Utc};

use super::Language;
use crate::identity::Letter;

/// What a letter says in one language.
struct Words {
    subject: &'static str,
    /// What happened, and what to do.
    says: &'static str,
    /// For who did not ask for it.
    else_do: &'static str,
}

/// What all letters of a language share.
struct Phrases {
    /// Before the owner's name.
    hello: &'static str,
    /// Before a link.
    open: &'static str,
    /// Before a token or a code.
    enter: &'static str,
    /// Before a time.
    valid_until: &'static str,
}

/// What a letter carries.
#[derive(Clone, Copy, Default)]
pub(super) struct Contents<'a> {
    /// What its reader is called; written by the owner. Letters to addresses that are not confirmed have none, or
    /// whoever registers could have anything written to anybody.
    pub(super) name: Option<&'a str>,
    /// The token or code.
    pub(super) secret: Option<&'a str>,
    /// Where the token can be used.
    pub(super) link: Option<&'a str>,
    /// When it loses its use.
    pub(super) valid_until: Option<DateTime<Utc>>,
}

/// A letter in one language.
pub(super) struct Written {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

const fn words(language: Language, letter: Letter) -> Words {
    match language {
        Language::English => english::words(letter),
        Language::Arabic => arabic::words(letter),
        Language::Kurdish => kurdish::words(letter),
    }
}

const fn phrases(language: Language) -> Phrases {
    match language {
        Language::English => english::PHRASES,
        Language::Arabic => arabic::PHRASES,
        Language::Kurdish => kurdish::PHRASES,
    }
}

/// Writes a letter.
pub(super) fn write(language: Language, letter: Letter, contents: Contents<'_>) -> Written {
    let (words, phrases) = (words(language, letter), phrases(language));
    let until = contents.valid_until.map(|time| time.format("%Y-%m-%d %H:%M UTC").to_string());
    let mut text = Vec::new();
    let mut html = Vec::new();
    if let Some(name) = contents.name {
        text.push(format!("{} {}", phrases.hello, one_line(name)));
        html.push(format!("<p>{} <bdi>{}</bdi></p>", phrases.hello, escaped(&one_line(name))));
    }
    text.push(words.says.to_owned());
    html.push(format!("<p>{}</p>", words.says));
    if let Some(link) = contents.link {
        text.push(format!("{}\n{link}", phrases.open));
        let link = escaped(link);
        html.push(format!(
            "<p>{}<br><a dir=\"ltr\" href=\"{link}\" rel=\"noreferrer\">{link}</a></p>",
            phrases.open
        ));
    }
    if let Some(secret) = contents.secret {
        text.push(format!("{}\n{secret}", phrases.enter));
        html.push(format!("<p>{}<br><code dir=\"ltr\">{}</code></p>", phrases.enter, escaped(secret)));
    }
    if let Some(until) = until {
        text.push(format!("{} {until}", phrases.valid_until));
        html.push(format!("<p>{} <bdi dir=\"ltr\">{until}</bdi></p>", phrases.valid_until));
    }
    text.push(words.else_do.to_owned());
    html.push(format!("<p>{}</p>", words.else_do));
    Written {
        subject: words.subject.to_owned(),
        text: text.join("\n\n") + "\n",
        html: page(language, words.subject, &html.join("\n")),
    }
}

fn page(language: Language, title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"{}\" dir=\"{}\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body style=\"font-family:sans-serif;line-height:1.5;max-width:36em;margin:1em auto\">\n{body}\n</body>\n</html>\n",
        language.tag(),
        language.direction(),
    )
}

/// What somebody wrote, as it can stand in HTML, between tags and in attributes.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(c),
        }
    }
    safe
}

/// What somebody wrote, without what would look like lines of ours.
fn one_line(text: &str) -> String {
    text.split(char::is_whitespace).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTERS: [Letter; 9] = [
        Letter::VerifyEmail,
        Letter::AlreadyRegistered,
        Letter::ResetPassword,
        Letter::PasswordRevoked,
        Letter::Invitation,
        Letter::PasswordChanged,
        Letter::OneTimeCode,
        Letter::SecondFactorEnabled,
        Letter::SecondFactorDisabled,
    ];

    #[test]
    fn every_letter_is_written_in_every_language() {
        let mut subjects = std::collections::HashSet::new();
        for (language, tag, direction) in [
            (Language::English, "en", "ltr"),
            (Language::Arabic, "ar", "rtl"),
            (Language::Kurdish, "ckb", "rtl"),
        ] {
            for letter in LETTERS {
                let contents = Contents {
                    name: Some("Shirin"),
                    secret: Some("123456"),
                    link: Some("https://shop.example/#token=abc"),
                    valid_until: DateTime::from_timestamp(0, 0),
                };
                let written = write(language, letter, contents);
                assert!(written.html.contains(&format!("<html lang=\"{tag}\" dir=\"{direction}\">")));
                for part in [&written.text, &written.html] {
                    for said in [
                        "Shirin",
                        "123456",
                        "https://shop.example/#token=abc",
                        "1970-01-01 00:00 UTC",
                    ] {
                        assert!(part.contains(said), "{part}");
                    }
                    let is_arabic = part.chars().any(|c| ('\u{600}'..='\u{6ff}').contains(&c));
                    assert_eq!(is_arabic, language != Language::English, "{part}");
                }
                assert!(subjects.insert(written.subject), "two letters have one subject");
            }
        }
        assert_eq!(subjects.len(), 27);
    }

    #[test]
    fn what_a_person_wrote_is_no_markup() {
        let name = "<img src=x onerror=\"alert('1')\">&\nYou have won";
        let contents = Contents { name: Some(name), ..Contents::default() };
        let written = write(Language::English, Letter::PasswordChanged, contents);
        assert!(!written.html.contains("<img"), "{}", written.html);
        assert!(
            written
                .html
                .contains("&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp; You have won")
        );
        assert!(written.text.starts_with("Hello <img src=x onerror=\"alert('1')\">& You have won\n\n"));
    }
}

//! What mails to customers say, in each language.

use super::{Language, customer_mail::Subject};

/// The words of one mail; `{}` stands for what only this mail knows.
struct Words {
    hello: &'static str,
    subject: &'static str,
    says: &'static str,
}

const fn words(language: Language, about: &Subject) -> Words {
    match (language, about) {
        (Language::English, Subject::Points { .. }) => Words {
            hello: "Hello",
            subject: "Your points are about to expire",
            says: "These points will be lost unless you use them: {}. Redeem them for a reward before then.",
        },
        (Language::English, Subject::BackInStock { .. }) => Words {
            hello: "Hello",
            subject: "It is back in stock",
            says: "You asked us to tell you when this is back in stock, and now it is: {}. We tell you once; ask again when you miss it.",
        },
        (Language::Arabic, Subject::BackInStock { .. }) => Words {
            hello: "مرحباً",
            subject: "عاد المنتج إلى المخزون",
            says: "طلبت منا إعلامك عند توفر هذا المنتج، وقد توفر الآن: {}. نعلمك مرة واحدة، فاطلب ذلك مجدداً إن فاتك.",
        },
        (Language::Kurdish, Subject::BackInStock { .. }) => Words {
            hello: "سڵاو",
            subject: "کاڵاکە گەڕایەوە",
            says: "داوات کردبوو کاتێک ئەم کاڵایە گەڕایەوە ئاگادارت بکەینەوە، ئێستا بەردەستە: {}. یەک جار ئاگادارت دەکەینەوە؛ ئەگەر لەدەستت دا دووبارە داوا بکەرەوە.",
        },
        (Language::Arabic, Subject::Points { .. }) => Words {
            hello: "مرحباً",
            subject: "نقاطك على وشك الانتهاء",
            says: "ستفقد هذه النقاط إن لم تستخدمها: {}. استبدلها بمكافأة قبل ذلك.",
        },
        (Language::Kurdish, Subject::Points { .. }) => Words {
            hello: "سڵاو",
            subject: "خاڵەکانت خەریکە بەسەردەچن",
            says: "ئەم خاڵانە لەدەست دەدەیت ئەگەر بەکاریان نەهێنیت: {}. پێش ئەوە بیانگۆڕە بە پاداشتێک.",
        },
    }
}

/// Subject and text.
pub(super) fn write(language: Language, name: Option<&str>, about: &Subject, what: &str) -> (String, String) {
    let words = words(language, about);
    let hello = match name {
        Some(name) => {
            let name: Vec<&str> = name.split_whitespace().collect();
            format!("{} {}", words.hello, name.join(" "))
        }
        None => words.hello.to_owned(),
    };
    (words.subject.to_owned(), format!("{hello}\n\n{}\n", words.says.replace("{}", what)))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use domain::ids::ProductId;

    use super::*;

    #[test]
    fn every_mail_says_what_it_is_about_in_every_language() {
        let points = Subject::Points { points: 120, until: DateTime::from_timestamp(0, 0).unwrap() };
        let back = Subject::BackInStock { product: ProductId::from_uuid(uuid::Uuid::nil()) };
        let mut subjects = std::collections::HashSet::new();
        for language in [Language::English, Language::Arabic, Language::Kurdish] {
            for about in [&points, &back] {
                let (subject, text) = write(language, Some("Shirin\nAziz"), about, "this one");
                assert!(text.contains("this one") && text.contains("Shirin Aziz\n"), "{text}");
                let is_arabic = subject.chars().any(|c| ('\u{600}'..='\u{6ff}').contains(&c));
                assert_eq!(is_arabic, language != Language::English, "{subject}");
                assert!(subjects.insert(subject), "two mails have one subject");
            }
        }
    }
}

//! What mails say, in each language.

use domain::{
    ids::OrderId,
    orders::{OrderLine, Totals},
};

/// A language that mails are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Arabic.
    Arabic,
}

impl Language {
    /// The first of the store's languages, as BCP 47 tags, that mails can be written in; else English.
    #[must_use]
    pub fn first_of<S: AsRef<str>>(tags: &[S]) -> Self {
        let known = tags.iter().find_map(|tag| match tag.as_ref().split('-').next() {
            Some("en") => Some(Self::English),
            Some("ar") => Some(Self::Arabic),
            _ => None,
        });
        known.unwrap_or(Self::English)
    }
}

struct Words {
    subject: &'static str,
    thanks: &'static str,
    order: &'static str,
    invoice: &'static str,
    discount: &'static str,
    delivery: &'static str,
    tax: &'static str,
    total: &'static str,
}

const fn words(language: Language) -> Words {
    match language {
        Language::English => Words {
            subject: "Your order is confirmed, invoice",
            thanks: "Thank you for your order. It is confirmed.",
            order: "Order",
            invoice: "Invoice",
            discount: "Discount",
            delivery: "Delivery",
            tax: "Tax",
            total: "Total",
        },
        Language::Arabic => Words {
            subject: "تم تأكيد طلبك، فاتورة رقم",
            thanks: "شكراً لطلبك. لقد تم تأكيده.",
            order: "الطلب",
            invoice: "رقم الفاتورة",
            discount: "الخصم",
            delivery: "التوصيل",
            tax: "الضريبة",
            total: "المجموع",
        },
    }
}

/// Subject and text of the mail that confirms an order.
pub(super) fn confirmation(
    language: Language,
    order: OrderId,
    invoice_number: u64,
    lines: &[OrderLine],
    totals: &Totals,
) -> (String, String) {
    let words = words(language);
    let mut text =
        format!("{}\n\n{}: {order}\n{}: {invoice_number}\n\n", words.thanks, words.order, words.invoice);
    let mut say = |line: std::fmt::Arguments<'_>| {
        text.push_str(&line.to_string());
        text.push('\n');
    };
    for line in lines {
        say(format_args!("{} × {}: {}", line.quantity.get(), line.sku.as_str(), line.total));
    }
    for (word, amount, is_taken) in [
        (words.discount, totals.discount, true),
        (words.delivery, totals.delivery, false),
        (words.tax, totals.tax, false),
    ] {
        if amount.minor() != 0 {
            say(format_args!("{word}: {}{amount}", if is_taken { "-" } else { "" }));
        }
    }
    say(format_args!("{}: {}", words.total, totals.total));
    (format!("{} {invoice_number}", words.subject), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_that_is_known_serves() {
        assert_eq!(Language::first_of(&["ku", "ar", "en"]), Language::Arabic);
        assert_eq!(Language::first_of(&["en-GB", "ar"]), Language::English);
        assert_eq!(Language::first_of(&["ku"]), Language::English);
    }
}

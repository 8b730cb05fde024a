//! What mails say, in each language.

use domain::{
    ids::OrderId,
    orders::{OrderLine, Totals},
};

use super::Language;

struct Words {
    subject: &'static str,
    thanks: &'static str,
    order: &'static str,
    invoice: &'static str,
    discount: &'static str,
    delivery: &'static str,
    tax: &'static str,
    rounding: &'static str,
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
            rounding: "Rounding",
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
            rounding: "التقريب",
            total: "المجموع",
        },
        Language::Kurdish => Words {
            subject: "داواکارییەکەت پشتڕاست کرایەوە، پسووڵەی ژمارە",
            thanks: "سوپاس بۆ داواکارییەکەت. پشتڕاست کرایەوە.",
            order: "داواکاری",
            invoice: "ژمارەی پسووڵە",
            discount: "داشکاندن",
            delivery: "گەیاندن",
            tax: "باج",
            rounding: "خڕکردنەوە",
            total: "کۆی گشتی",
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
        (words.rounding, totals.rounding, false),
    ] {
        if amount.minor() != 0 {
            say(format_args!("{word}: {}{amount}", if is_taken { "-" } else { "" }));
        }
    }
    say(format_args!("{}: {}", words.total, totals.total));
    (format!("{} {invoice_number}", words.subject), text)
}

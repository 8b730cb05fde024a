//! What an invoice says besides names and numbers, in each language that it is printed in.

use domain::orders::{OrderStatus, PaymentMethod};
use serde::Serialize;

/// The words of one language.
#[derive(Debug, Serialize)]
pub(super) struct Words {
    /// Its tag.
    #[serde(skip)]
    pub(super) language: &'static str,
    /// Written from right to left.
    #[serde(skip)]
    pub(super) is_rtl: bool,
    title: &'static str,
    number: &'static str,
    issued: &'static str,
    order: &'static str,
    placed: &'static str,
    payment: &'static str,
    status: &'static str,
    customer: &'static str,
    seller: &'static str,
    line: &'static str,
    item: &'static str,
    quantity: &'static str,
    unit_price: &'static str,
    amount: &'static str,
    credits: &'static str,
    pub(super) discount: &'static str,
    pub(super) tax: &'static str,
    pub(super) tax_included: &'static str,
    #[serde(skip)]
    pub(super) subtotal: &'static str,
    #[serde(skip)]
    pub(super) delivery: &'static str,
    #[serde(skip)]
    pub(super) total: &'static str,
    #[serde(skip)]
    pub(super) rounding: &'static str,
    #[serde(skip)]
    pub(super) own_lines: &'static str,
    #[serde(skip)]
    pub(super) credited: &'static str,
    #[serde(skip)]
    pub(super) balance: &'static str,
    /// Cash, on account.
    #[serde(skip)]
    payments: [&'static str; 2],
    /// Pending, confirmed, processing, shipped, delivered, cancelled.
    #[serde(skip)]
    statuses: [&'static str; 6],
}

const ENGLISH: Words = Words {
    language: "en",
    is_rtl: false,
    title: "Invoice",
    number: "Number",
    issued: "Date of issue",
    order: "Order",
    placed: "Ordered on",
    payment: "Payment",
    status: "Status",
    customer: "Deliver to",
    seller: "Sold by",
    line: "No.",
    item: "Item",
    quantity: "Quantity",
    unit_price: "Unit price",
    amount: "Amount",
    credits: "Credits",
    discount: "Discount",
    tax: "Tax",
    tax_included: "Tax in the prices",
    subtotal: "Subtotal",
    delivery: "Delivery",
    total: "Total",
    rounding: "Rounding to coins",
    own_lines: "Your lines",
    credited: "Credited",
    balance: "Total after credits",
    payments: ["Cash on delivery", "On account"],
    statuses: [
        "Pending",
        "Confirmed",
        "Processing",
        "Shipped",
        "Delivered",
        "Cancelled",
    ],
};

const ARABIC: Words = Words {
    language: "ar",
    is_rtl: true,
    title: "فاتورة",
    number: "الرقم",
    issued: "تاريخ الإصدار",
    order: "الطلب",
    placed: "تاريخ الطلب",
    payment: "طريقة الدفع",
    status: "الحالة",
    customer: "التسليم إلى",
    seller: "البائع",
    line: "ت",
    item: "الصنف",
    quantity: "الكمية",
    unit_price: "سعر الوحدة",
    amount: "المبلغ",
    credits: "إشعارات دائنة",
    discount: "الخصم",
    tax: "الضريبة",
    tax_included: "الضريبة ضمن الأسعار",
    subtotal: "المجموع الفرعي",
    delivery: "أجور التوصيل",
    total: "الإجمالي",
    rounding: "تقريب النقد",
    own_lines: "بنودكم",
    credited: "المبلغ المعاد",
    balance: "الإجمالي بعد الإعادة",
    payments: ["نقداً عند التسليم", "على الحساب"],
    statuses: [
        "قيد الانتظار",
        "مؤكد",
        "قيد التجهيز",
        "تم الشحن",
        "تم التسليم",
        "ملغى",
    ],
};

impl Words {
    /// Those of a language tag; English where there are none.
    pub(super) fn of(tag: &str) -> &'static Self {
        if tag.split('-').next().is_some_and(|primary| primary.eq_ignore_ascii_case("ar")) {
            &ARABIC
        } else {
            &ENGLISH
        }
    }

    /// What a column or a row comes to.
    pub(super) const fn amount(&self) -> &'static str {
        self.amount
    }

    pub(super) const fn payment(&self, method: PaymentMethod) -> &'static str {
        let [cash, invoice] = self.payments;
        match method {
            PaymentMethod::Cash => cash,
            PaymentMethod::Invoice => invoice,
        }
    }

    pub(super) const fn status(&self, status: OrderStatus) -> &'static str {
        let [pending, confirmed, processing, shipped, delivered, cancelled] = self.statuses;
        match status {
            OrderStatus::Pending => pending,
            OrderStatus::Confirmed => confirmed,
            OrderStatus::Processing => processing,
            OrderStatus::Shipped => shipped,
            OrderStatus::Delivered => delivered,
            OrderStatus::Cancelled => cancelled,
        }
    }
}

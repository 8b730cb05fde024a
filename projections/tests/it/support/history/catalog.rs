//! Products in random histories.

use std::collections::BTreeMap;

use domain::{
    catalog::{
        AttributeValues, Image, Presentation, Prices, ProductCommand, ProductDetails, ProductKind,
        RegisterProduct, ReviseProduct,
    },
    ids::{CategoryId, CompanyId, ProductId},
    money::{Currency, UnitPrice},
    text::{Barcode, ExternalId, LocalizedText, Sku, Tag},
};
use uuid::Uuid;

use super::{CURRENCIES, History, text};

impl History {
    pub(super) fn details(&mut self) -> ProductDetails {
        let word = self.chance.pick(&["Rice", "TEA LIGHT 50% off_", "Lámpara", "أرز", "O'Hara's \"Mug\""]);
        let number = self.chance.below(100);
        let mut title = BTreeMap::from([("ar".to_owned(), format!("رز {number}"))]);
        if !self.chance.one_in(4) {
            title.insert("en".to_owned(), format!("{word} {number}"));
        }
        ProductDetails {
            title: LocalizedText::try_new(title).unwrap(),
            description: self.chance.maybe(|_| LocalizedText::single("en", "line\nline").unwrap()),
            categories: (0..self.chance.below(3))
                .map(|n| CategoryId::from_uuid(Uuid::from_u64_pair(7, n)))
                .collect(),
            tags: self.chance.maybe(|_| text(Tag::parse, "new")).into_iter().collect(),
            barcode: self.chance.maybe(|chance| text(Barcode::parse, &format!("50{}", chance.below(9_999)))),
            images: Vec::from_iter(
                self.chance.maybe(|_| Image { url: "/images/1.jpg".to_owned(), alt: None }),
            ),
            // Of a number that is drawn anyway, so that histories stay what they were.
            attributes: if number.is_multiple_of(3) {
                super::super::written::attributes()
            } else {
                AttributeValues::new()
            },
        }
    }

    pub(super) fn prices(&mut self, currency: Currency) -> Prices {
        // Whole minor units now and then, thousandths otherwise.
        let base = i64::try_from(self.chance.below(20_000)).unwrap() * 1_000 + 1_000;
        Prices {
            base: UnitPrice::from_micros(base, currency),
            discounted: self.chance.maybe(|_| UnitPrice::from_micros(base / 2, currency)),
            wholesale: self.chance.maybe(|_| UnitPrice::from_micros(base / 4, currency)),
        }
    }

    pub(super) fn company(&mut self) -> Option<CompanyId> {
        let n = self.chance.below(3);
        (n > 0).then(|| CompanyId::from_uuid(Uuid::from_u64_pair(8, n)))
    }

    pub(super) fn register_product(&mut self) -> Option<()> {
        let id = ProductId::from_uuid(self.chance.uuid());
        self.world.skus += 1;
        let sku =
            text(Sku::parse, &format!("{}{}", self.chance.pick(&["A-", "b%", "8407"]), self.world.skus));
        let currency = self.chance.pick(CURRENCIES);
        let kind = if self.chance.one_in(5) {
            ProductKind::Service
        } else {
            ProductKind::Goods
        };
        let skus = self.world.skus;
        let command = RegisterProduct {
            sku,
            kind,
            details: self.details(),
            prices: self.prices(currency),
            min_order_quantity: self.chance.quantity(3),
            external_id: self.chance.maybe(|_| text(ExternalId::parse, &format!("ext-{skus}"))),
            company: self.company(),
            presentation: Presentation::default(),
        };
        self.product(id, ProductCommand::Register(command))
    }

    pub(super) fn change_product(&mut self) -> Option<()> {
        let id = Self::any(&mut self.chance, &self.world.products)?;
        let currency = self.world.products[&id].listing()?.prices.base.currency();
        if self.chance.one_in(8) {
            let reason = Some(self.reason());
            return self.product(id, ProductCommand::Discontinue { reason });
        }
        let (details, prices) = (self.details(), self.prices(currency));
        let command = ReviseProduct {
            details: self.chance.maybe(|_| details),
            prices: self.chance.maybe(|_| prices),
            min_order_quantity: self.chance.maybe(|chance| chance.quantity(5)),
            ..ReviseProduct::default()
        };
        self.product(id, ProductCommand::Revise(command))
    }
}

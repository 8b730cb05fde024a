//! What is wrong with the lines of an order.

use domain::{
    catalog::{Listing, ProductError, ProductState},
    inventory::StockError,
    quantity::Quantity,
    refusal::{Fault, Refusal, RefusalKind},
};

use super::{BELOW_MINIMUM, LINES_REFUSED, placing::Want};
use crate::Refused;

/// All that is wrong, so that a caller can mend it in one go.
#[derive(Default)]
pub(crate) struct Faults {
    faults: Vec<Fault>,
    kinds: Vec<RefusalKind>,
}

pub(super) fn quantity_of(index: usize) -> String {
    format!("/lines/{index}/quantity")
}

impl Faults {
    pub(super) fn push(&mut self, kind: RefusalKind, fault: Fault) {
        self.faults.push(fault);
        self.kinds.push(kind);
    }

    /// What a product is, if it is on sale.
    pub(crate) fn on_sale<'p>(
        &mut self,
        index: usize,
        quantity: Quantity,
        product: &'p ProductState,
    ) -> Option<&'p Listing> {
        match product {
            ProductState::Absent => self.product(index, &ProductError::NotFound),
            ProductState::Discontinued(_) => self.product(index, &ProductError::Discontinued),
            ProductState::Active(listing) => {
                if quantity < listing.min_order_quantity {
                    self.below_minimum(index, quantity, listing.min_order_quantity);
                }
                return Some(listing);
            }
        }
        None
    }

    pub(super) fn product(&mut self, index: usize, refusal: &ProductError) {
        // An unknown product makes the request wrong; the order's own address exists.
        let kind = match refusal.kind() {
            RefusalKind::NotFound => RefusalKind::Invalid,
            other => other,
        };
        self.push(kind, Fault::at(format!("/lines/{index}/product"), refusal));
    }

    fn below_minimum(&mut self, index: usize, requested: Quantity, minimum: Quantity) {
        let fault = BELOW_MINIMUM
            .at(quantity_of(index))
            .with("requested", requested.get())
            .with("minimum", minimum.get());
        self.push(BELOW_MINIMUM.kind, fault);
    }

    /// There is too little of a product.
    pub(super) fn short(&mut self, want: &Want, refusal: &StockError) {
        let fault = refusal.faults().into_iter().next().unwrap_or_else(|| Fault::at("", refusal));
        self.each(want, refusal.kind(), "quantity", &fault);
    }

    /// The same fault at every line of a product.
    pub(super) fn each(&mut self, want: &Want, kind: RefusalKind, member: &str, fault: &Fault) {
        for index in &want.lines {
            self.push(kind, Fault { pointer: format!("/lines/{index}/{member}"), ..fault.clone() });
        }
    }

    /// Every fault.
    pub(super) fn into_faults(self) -> Vec<Fault> {
        self.faults
    }

    /// One refusal: of the faults' own code where it is the same for all.
    pub(crate) fn refusal(self) -> Option<Refused> {
        let first = self.faults.first()?;
        let invalid = self.kinds.iter().any(|kind| matches!(kind, RefusalKind::Invalid));
        let kind = if invalid {
            RefusalKind::Invalid
        } else {
            RefusalKind::Conflict
        };
        let (code, message) = if self.faults.iter().all(|fault| fault.code == first.code) {
            (first.code, first.message.clone())
        } else {
            (LINES_REFUSED.code, LINES_REFUSED.message.to_owned())
        };
        Some(Refused { code, kind, message, faults: self.faults })
    }
}

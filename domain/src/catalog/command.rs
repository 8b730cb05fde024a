//! What may be asked of a product and of a category.

use std::collections::BTreeSet;

use super::{
    CategoryDetails, ImageUser, Presentation, Prices, ProductDetails, ProductKind, SellingUnitDetails,
    Sustainability, UnitDetails, UploadedImage,
};
use crate::{
    ids::{AccountId, CategoryId, CompanyId, ProductId},
    quantity::Quantity,
    slug::Slug,
    text::{Code, ExternalId, Reason, Sku, Zone},
};

/// A request to one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProductCommand {
    /// Put it into the catalogue.
    Register(RegisterProduct),
    /// Change any part of it; what is `None` stays.
    Revise(ReviseProduct),
    /// Say how sustainable it is.
    StateSustainability(Sustainability),
    /// Stop selling it.
    Discontinue {
        /// Why.
        reason: Option<Reason>,
    },
}

/// All of a new product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterProduct {
    /// The seller's code; the use case claims it.
    pub sku: Sku,
    /// Counted or not.
    pub kind: ProductKind,
    /// How it is described.
    pub details: ProductDetails,
    /// What it costs.
    pub prices: Prices,
    /// The fewest units of one order line.
    pub min_order_quantity: Quantity,
    /// Its id in another system; the use case claims it.
    pub external_id: Option<ExternalId>,
    /// The vendor.
    pub company: Option<CompanyId>,
    /// How it stands in the shop; the use case claims the slug.
    pub presentation: Presentation,
}

/// The parts to change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReviseProduct {
    /// The whole new description.
    pub details: Option<ProductDetails>,
    /// The new prices.
    pub prices: Option<Prices>,
    /// The new smallest order.
    pub min_order_quantity: Option<Quantity>,
    /// The new slug; the use case claims it.
    pub slug: Option<Slug>,
    /// Whether it is among those that the shop shows first.
    pub featured: Option<bool>,
    /// The only zones that it is sold in; none: it is sold everywhere.
    pub sale_zones: Option<BTreeSet<Zone>>,
}

/// A request to one category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CategoryCommand {
    /// Put it into the tree.
    Create {
        /// How it is described.
        details: CategoryDetails,
        /// Below which it hangs; `None` at the top.
        parent: Option<CategoryId>,
    },
    /// Change any part of it.
    Revise(ReviseCategory),
    /// Take it out of the tree.
    Remove,
}

/// The parts to change; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReviseCategory {
    /// The whole new description.
    pub details: Option<CategoryDetails>,
    /// Where it hangs from now on: `Some(None)` is the top.
    pub parent: Option<Option<CategoryId>>,
}

/// A request to one unit of measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitCommand {
    /// Let goods be measured in it.
    Define {
        /// Its short code; the use case claims it.
        code: Code,
        /// What it is.
        details: UnitDetails,
    },
    /// Describe it anew.
    Revise {
        /// The whole new description.
        details: UnitDetails,
    },
    /// Let nothing new be sold by it.
    Retire,
}

/// A request to one selling unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SellingUnitCommand {
    /// Sell a product by it.
    Add {
        /// Which product.
        product: ProductId,
        /// What it is; the use case claims the code.
        details: SellingUnitDetails,
    },
    /// Describe it anew.
    Revise {
        /// The whole new description; the use case claims the code.
        details: SellingUnitDetails,
    },
    /// Do not sell by it any more.
    Retire,
}

/// A request to one uploaded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UploadCommand {
    /// Keep it.
    Keep {
        /// Whose it is; `None` for Souk's own.
        owner: Option<AccountId>,
        /// The company that its owner belongs to.
        company: Option<CompanyId>,
        /// What is known of it.
        image: UploadedImage,
    },
    /// Let something show it.
    Use {
        /// What shows it.
        by: ImageUser,
    },
    /// Something does not show it any more.
    Release {
        /// What showed it.
        by: ImageUser,
    },
    /// Keep it no longer; refused while something shows it.
    Remove,
}

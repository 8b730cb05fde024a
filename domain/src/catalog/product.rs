//! The product: registered once, revised part by part, discontinued for good.

use serde::{Deserialize, Serialize};

use super::{
    MAX_SALE_ZONES, Presentation, Prices, ProductCommand, ProductDetails, ProductError, ProductEvent,
    ProductKind, RegisterProduct, ReviseProduct, Sustainability, rules,
};
use crate::{
    decider::Decider,
    ids::CompanyId,
    quantity::Quantity,
    text::{ExternalId, Reason, Sku},
};

/// One stock-keeping unit that can be bought.
#[derive(Debug)]
pub struct Product;

/// What is known of a product.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProductState {
    /// Nothing has happened yet.
    #[default]
    Absent,
    /// It can be sold.
    Active(Box<Listing>),
    /// It is not sold any more; what it was stays readable.
    Discontinued(Box<Listing>),
}

/// What a product is, in the shape of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// The seller's code.
    pub sku: Sku,
    /// Counted or not.
    pub kind: ProductKind,
    /// How it is described.
    pub details: ProductDetails,
    /// What it costs.
    pub prices: Prices,
    /// The fewest units of one order line.
    pub min_order_quantity: Quantity,
    /// Its id in another system.
    pub external_id: Option<ExternalId>,
    /// The vendor.
    pub company: Option<CompanyId>,
    /// How it stands in the shop.
    pub presentation: Presentation,
    /// How sustainable it is, where that was said.
    pub sustainability: Option<Sustainability>,
}

impl ProductState {
    /// It was registered, whether or not it is still sold.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.listing().is_some()
    }

    /// It can be sold.
    #[must_use]
    pub fn is_active(&self) -> bool {
        matches!(self, Self::Active(_))
    }

    /// All that is known of it.
    #[must_use]
    pub fn listing(&self) -> Option<&Listing> {
        match self {
            Self::Absent => None,
            Self::Active(listing) | Self::Discontinued(listing) => Some(listing),
        }
    }

    /// The seller's code.
    #[must_use]
    pub fn sku(&self) -> Option<&Sku> {
        self.listing().map(|listing| &listing.sku)
    }

    /// Counted or not.
    #[must_use]
    pub fn kind(&self) -> Option<ProductKind> {
        self.listing().map(|listing| listing.kind)
    }

    /// What it costs.
    #[must_use]
    pub fn prices(&self) -> Option<&Prices> {
        self.listing().map(|listing| &listing.prices)
    }

    /// The fewest units of one order line.
    #[must_use]
    pub fn min_order_quantity(&self) -> Option<Quantity> {
        self.listing().map(|listing| listing.min_order_quantity)
    }

    /// The vendor; `None` too where the marketplace itself sells.
    #[must_use]
    pub fn company(&self) -> Option<CompanyId> {
        self.listing().and_then(|listing| listing.company)
    }

    /// How it is described.
    #[must_use]
    pub fn details(&self) -> Option<&ProductDetails> {
        self.listing().map(|listing| &listing.details)
    }

    fn listing_mut(&mut self) -> Option<&mut Listing> {
        match self {
            Self::Absent => None,
            Self::Active(listing) | Self::Discontinued(listing) => Some(listing),
        }
    }
}

impl Decider for Product {
    const KIND: &'static str = "product";

    type State = ProductState;
    type Command = ProductCommand;
    type Event = ProductEvent;
    type Error = ProductError;

    fn decide(state: &ProductState, command: ProductCommand) -> Result<Vec<ProductEvent>, ProductError> {
        match command {
            ProductCommand::Register(new) => register(state, new),
            ProductCommand::Revise(parts) => revise(state, parts),
            ProductCommand::StateSustainability(known) => state_sustainability(state, known),
            ProductCommand::Discontinue { reason } => discontinue(state, reason),
        }
    }

    fn evolve(state: &mut ProductState, event: &ProductEvent) {
        match event {
            ProductEvent::ProductRegistered {
                sku,
                kind,
                details,
                prices,
                min_order_quantity,
                external_id,
                company,
                presentation,
            } => {
                *state = ProductState::Active(Box::new(Listing {
                    sku: sku.clone(),
                    kind: *kind,
                    details: details.clone(),
                    prices: *prices,
                    min_order_quantity: *min_order_quantity,
                    external_id: external_id.clone(),
                    company: *company,
                    presentation: presentation.clone(),
                    sustainability: None,
                }));
            }
            ProductEvent::ProductDescribed { details } => {
                if let Some(listing) = state.listing_mut() {
                    listing.details.clone_from(details);
                }
            }
            ProductEvent::ProductRepriced { prices } => {
                if let Some(listing) = state.listing_mut() {
                    listing.prices = *prices;
                }
            }
            ProductEvent::MinimumOrderQuantitySet { min_order_quantity } => {
                if let Some(listing) = state.listing_mut() {
                    listing.min_order_quantity = *min_order_quantity;
                }
            }
            ProductEvent::ProductPresented { presentation } => {
                if let Some(listing) = state.listing_mut() {
                    listing.presentation.clone_from(presentation);
                }
            }
            ProductEvent::SustainabilityStated { sustainability } => {
                if let Some(listing) = state.listing_mut() {
                    listing.sustainability = Some(sustainability.clone());
                }
            }
            ProductEvent::ProductDiscontinued { reason: _ } => {
                *state = match std::mem::take(state) {
                    ProductState::Absent => ProductState::Absent,
                    ProductState::Active(listing) | ProductState::Discontinued(listing) => {
                        ProductState::Discontinued(listing)
                    }
                };
            }
        }
    }
}

fn register(state: &ProductState, new: RegisterProduct) -> Result<Vec<ProductEvent>, ProductError> {
    if state.exists() {
        return Err(ProductError::AlreadyRegistered);
    }
    rules::check_details(&new.details)?;
    rules::check_prices(&new.prices)?;
    check_presentation(&new.presentation)?;
    Ok(vec![ProductEvent::ProductRegistered {
        sku: new.sku,
        kind: new.kind,
        details: new.details,
        prices: new.prices,
        min_order_quantity: new.min_order_quantity,
        external_id: new.external_id,
        company: new.company,
        presentation: new.presentation,
    }])
}

/// One event per part that really changes, so that a history shows what changed and a repeat adds nothing.
fn revise(state: &ProductState, parts: ReviseProduct) -> Result<Vec<ProductEvent>, ProductError> {
    let listing = match state {
        ProductState::Absent => return Err(ProductError::NotFound),
        ProductState::Discontinued(_) => return Err(ProductError::Discontinued),
        ProductState::Active(listing) => listing,
    };
    let mut events = Vec::new();
    if let Some(details) = parts.details.filter(|details| *details != listing.details) {
        rules::check_details(&details)?;
        events.push(ProductEvent::ProductDescribed { details });
    }
    if let Some(prices) = parts.prices.filter(|prices| *prices != listing.prices) {
        rules::check_prices(&prices)?;
        events.push(ProductEvent::ProductRepriced { prices });
    }
    let minimum = parts.min_order_quantity;
    if let Some(min_order_quantity) = minimum.filter(|units| *units != listing.min_order_quantity) {
        events.push(ProductEvent::MinimumOrderQuantitySet { min_order_quantity });
    }
    let before = &listing.presentation;
    let presentation = Presentation {
        slug: parts.slug.or_else(|| before.slug.clone()),
        featured: parts.featured.unwrap_or(before.featured),
        sale_zones: parts.sale_zones.unwrap_or_else(|| before.sale_zones.clone()),
    };
    if presentation != *before {
        check_presentation(&presentation)?;
        events.push(ProductEvent::ProductPresented { presentation });
    }
    Ok(events)
}

fn check_presentation(presentation: &Presentation) -> Result<(), ProductError> {
    if presentation.sale_zones.len() > MAX_SALE_ZONES {
        return Err(ProductError::TooManySaleZones { max: MAX_SALE_ZONES });
    }
    Ok(())
}

fn state_sustainability(
    state: &ProductState,
    sustainability: Sustainability,
) -> Result<Vec<ProductEvent>, ProductError> {
    let listing = match state {
        ProductState::Absent => return Err(ProductError::NotFound),
        ProductState::Discontinued(_) => return Err(ProductError::Discontinued),
        ProductState::Active(listing) => listing,
    };
    if listing.sustainability.as_ref() == Some(&sustainability) {
        return Ok(Vec::new());
    }
    sustainability.check()?;
    Ok(vec![ProductEvent::SustainabilityStated { sustainability }])
}

fn discontinue(state: &ProductState, reason: Option<Reason>) -> Result<Vec<ProductEvent>, ProductError> {
    match state {
        ProductState::Absent => Err(ProductError::NotFound),
        ProductState::Discontinued(_) => Ok(Vec::new()),
        ProductState::Active(_) => Ok(vec![ProductEvent::ProductDiscontinued { reason }]),
    }
}

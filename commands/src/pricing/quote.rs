//! What an order would come to: the same rules, on what stands in the log now, without taking anything.

use std::{
    collections::{HashMap, HashSet},
    convert::Infallible,
};

use chrono::{DateTime, Utc};
use domain::{
    catalog::{Product, ProductState},
    ids::{AccountId, ProductId, PromotionId},
    money::{Money, MoneyError, UnitPrice},
    orders::{AppliedDiscount, HeldLimit, OrderError},
    pricing::{
        Basket, BasketLine, BookState, Coupon, CouponCandidate, CouponCode, Inapplicable, Limited, Listed,
        Outcome, PriceSource, Redemptions, Subject, apply,
    },
    quantity::Quantity,
    text::{Sku, Zone},
};
use event_store::{LogReader, ids};

use super::{
    Pricing, REDEMPTION_SCOPE,
    discounts::{coupons_refused, holds},
    redeem::{free_slot, slot_key},
};
use crate::{
    Call, CommandError, Refused, UseCase,
    catalog::{SKU_SCOPE, holders},
    orders::{Faults, LineProduct, NewLine, check_size, settle_buyer},
};

/// What somebody thinks of ordering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewQuote {
    /// Who would buy; the caller where it is absent and a customer calls.
    pub customer: Option<AccountId>,
    /// Zone of the delivery; a customer's own where it is absent.
    pub zone: Option<Zone>,
    /// What would be bought; holds are not looked at.
    pub lines: Vec<NewLine>,
    /// In the order in which they are to be taken off.
    pub coupons: Vec<CouponCode>,
    /// Refuse coupons that take nothing off, as placing does.
    pub is_strict: bool,
}

/// A line with its present price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotedLine {
    /// Which product.
    pub product: ProductId,
    /// Its code.
    pub sku: Sku,
    /// How many base units.
    pub quantity: Quantity,
    /// The price of one.
    pub unit_price: UnitPrice,
    /// Price times quantity, rounded once.
    pub total: Money,
    /// What promotions and coupons take off it.
    pub discount: Money,
}

/// What an order would come to if it were placed now, before delivery and tax. Stock is not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// In the order of the request.
    pub lines: Vec<QuotedLine>,
    /// What is taken off, in the order in which it is.
    pub discounts: Vec<AppliedDiscount>,
    /// Sum of the lines.
    pub subtotal: Money,
    /// Sum of the discounts.
    pub discount: Money,
    /// What is left to pay.
    pub total: Money,
    /// Promotions that run and take nothing off, and why.
    pub passed: Vec<(PromotionId, Inapplicable)>,
    /// Coupons that take nothing off, and why.
    pub refused: Vec<(CouponCode, Inapplicable)>,
}

/// Whether a coupon is taken.
pub type CouponStanding = Result<(), Inapplicable>;

/// A line that is on sale, with its code.
struct Priced {
    sku: Sku,
    line: BasketLine,
}

impl Pricing {
    /// What an order would come to. Nothing is taken: another order may have the last redemption first.
    ///
    /// # Errors
    /// As placing for lines and, where the quote is strict, for coupons.
    pub async fn quote(&self, call: &Call, mut new: NewQuote) -> Result<Quote, CommandError> {
        call.require(UseCase::QuotePrices)?;
        settle_buyer(call, &mut new.customer, &mut new.zone)?;
        check_size(new.lines.len(), new.coupons.len())?;
        let groups = self.groups(new.customer).await?;
        let source = self.price_source(new.customer, &groups).await?;
        let priced = self.priced(&source, &new.lines).await?;
        let Some(currency) = priced.first().map(|known| known.line.unit_price.currency()) else {
            return Err(Refused::of(&OrderError::NoLines).into());
        };
        let foreign = |known: &Priced| known.line.unit_price.currency() != currency;
        if let Some(index) = priced.iter().position(foreign) {
            let pointer = format!("/lines/{index}/unit_price");
            return Err(Refused::of(&OrderError::CurrencyMismatch { pointer }).into());
        }
        let (skus, lines): (Vec<Sku>, Vec<BasketLine>) =
            priced.into_iter().map(|known| (known.sku, known.line)).unzip();
        let basket =
            Basket::try_new(currency, new.zone, groups, lines).map_err(|_| out_of_range("/lines"))?;
        let book = self.book.current().await?;
        let now = ids::now();
        let running: Vec<Listed> = book.running(now).cloned().collect();
        let coupons = self.candidates(&new.coupons, &book, now).await?;
        let usage = Usage::read(self.log.reader(), new.customer, &running, &coupons).await?;
        let redeem =
            |subject: Subject<'_>, limited: &Limited| Ok::<_, Infallible>(usage.redeem(subject, limited));
        let Ok(outcome) = apply(&basket, &running, &coupons, redeem);
        if new.is_strict
            && let Some(refused) = coupons_refused(&outcome)
        {
            return Err(refused.into());
        }
        quoted(&basket, skus, &new.coupons, outcome).map_err(|_| out_of_range("").into())
    }

    /// Whether a coupon is taken at all, whatever is bought; `None` where there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn coupon_standing(
        &self,
        code: &CouponCode,
        customer: Option<AccountId>,
    ) -> Result<Option<CouponStanding>, CommandError> {
        let book = self.book.current().await?;
        let candidates = self.candidates(std::slice::from_ref(code), &book, ids::now()).await?;
        let usage = Usage::read(self.log.reader(), customer, &[], &candidates).await?;
        let taken = |subject: Subject<'_>, limited: &Limited| {
            if limited.is_limited() {
                usage.redeem(subject, limited).map(drop)
            } else {
                Ok(())
            }
        };
        let standing = candidates.first().map(|candidate| candidate.standing.as_ref());
        Ok(match standing {
            None | Some(Err(Inapplicable::UnknownCoupon)) => None,
            Some(Err(reason)) => Some(Err(reason.clone())),
            Some(Ok(offer)) => Some(taken(Subject::Coupon(code), &offer.limits).and_then(|()| {
                let of_promotion = offer.promotion.as_ref();
                of_promotion.map_or(Ok(()), |(id, limited)| taken(Subject::Promotion(*id), limited))
            })),
        })
    }

    async fn candidates(
        &self,
        codes: &[CouponCode],
        book: &BookState,
        now: DateTime<Utc>,
    ) -> Result<Vec<CouponCandidate>, CommandError> {
        if codes.is_empty() {
            return Ok(Vec::new());
        }
        let streams: Vec<String> = codes.iter().map(|code| code.as_str().to_owned()).collect();
        let known = self.log.reader().load_many::<Coupon>(&streams).await?;
        let known = codes.iter().zip(known);
        Ok(known.map(|(code, known)| CouponCandidate::of(code.clone(), &known.state, book, now)).collect())
    }

    /// The lines at their present prices; every fault of every line at once, as placing tells them.
    async fn priced(&self, source: &PriceSource, lines: &[NewLine]) -> Result<Vec<Priced>, CommandError> {
        let skus: Vec<String> = lines.iter().filter_map(|line| line.product.sku()).collect();
        let by_sku: HashMap<String, ProductId> = if skus.is_empty() {
            HashMap::new()
        } else {
            holders(&self.log, SKU_SCOPE, &skus).await?.into_iter().collect()
        };
        let named = |line: &NewLine| match &line.product {
            LineProduct::Id(id) => Some(*id),
            LineProduct::Sku(sku) => by_sku.get(sku.as_str()).copied(),
        };
        let products: Vec<Option<ProductId>> = lines.iter().map(named).collect();
        let streams: Vec<String> = products.iter().flatten().map(ProductId::stream).collect();
        let mut states = self.log.reader().load_many::<Product>(&streams).await?.into_iter();
        let mut faults = Faults::default();
        let mut priced = Vec::with_capacity(lines.len());
        for (index, (line, product)) in lines.iter().zip(products).enumerate() {
            let state = product.and_then(|_| states.next()).map_or(ProductState::Absent, |known| known.state);
            let listing = faults.on_sale(index, line.quantity, &state);
            let Some((product, listing)) = product.zip(listing) else {
                continue;
            };
            let unit_price = source.price(product, &listing.prices, line.quantity);
            let total = unit_price
                .total(line.quantity)
                .map_err(|_| out_of_range(&format!("/lines/{index}/quantity")))?;
            let line = BasketLine {
                product,
                categories: listing.details.categories.clone(),
                company: listing.company,
                quantity: line.quantity,
                unit_price,
                total,
            };
            priced.push(Priced { sku: listing.sku.clone(), line });
        }
        faults.refusal().map_or(Ok(priced), |refused| Err(refused.into()))
    }
}

fn out_of_range(pointer: &str) -> Refused {
    Refused::of(&OrderError::AmountOutOfRange { pointer: pointer.to_owned() })
}

fn quoted(
    basket: &Basket,
    skus: Vec<Sku>,
    coupons: &[CouponCode],
    outcome: Outcome,
) -> Result<Quote, MoneyError> {
    let subtotal = basket.subtotal();
    let nothing = Money::zero(subtotal.currency());
    let mut lines: Vec<QuotedLine> = basket
        .lines()
        .iter()
        .zip(skus)
        .map(|(line, sku)| QuotedLine {
            product: line.product,
            sku,
            quantity: line.quantity,
            unit_price: line.unit_price,
            total: line.total,
            discount: nothing,
        })
        .collect();
    for share in outcome.discounts.iter().flat_map(|discount| &discount.lines) {
        if let Some(line) = usize::from(share.line).checked_sub(1).and_then(|index| lines.get_mut(index)) {
            line.discount = line.discount.checked_add(share.amount)?;
        }
    }
    let amounts = outcome.discounts.iter().map(|discount| discount.amount);
    let discount = Money::sum(subtotal.currency(), amounts)?;
    let of_coupon = |(place, reason): (usize, Inapplicable)| Some((coupons.get(place)?.clone(), reason));
    Ok(Quote {
        lines,
        subtotal,
        discount,
        total: subtotal.checked_sub(discount)?,
        discounts: outcome.discounts,
        passed: outcome.passed,
        refused: outcome.refused.into_iter().filter_map(of_coupon).collect(),
    })
}

/// How much of the limits is used, as far as the log tells now.
struct Usage {
    customer: Option<AccountId>,
    counts: HashMap<String, u32>,
    taken: HashSet<String>,
}

impl Usage {
    async fn read(
        reader: &LogReader,
        customer: Option<AccountId>,
        running: &[Listed],
        coupons: &[CouponCandidate],
    ) -> Result<Self, CommandError> {
        let holds = holds(customer, running, coupons);
        let mut usage = Self { customer, counts: HashMap::new(), taken: HashSet::new() };
        if !holds.streams.is_empty() {
            let known = reader.newest::<Redemptions>(&holds.streams).await?;
            usage.counts = holds.streams.into_iter().zip(known.into_iter().map(|state| state.used)).collect();
        }
        if !holds.claims.is_empty() {
            let taken: Vec<String> =
                sqlx::query_scalar("select key from claims where scope = $1 and key = any($2)")
                    .bind(REDEMPTION_SCOPE)
                    .bind(&holds.claims)
                    .fetch_all(reader.pool())
                    .await?;
            usage.taken = taken.into_iter().collect();
        }
        Ok(usage)
    }

    fn redeem(&self, subject: Subject<'_>, limited: &Limited) -> Result<HeldLimit, Inapplicable> {
        let stream = subject.stream();
        let slot = match limited.limits.per_customer {
            None => None,
            Some(limit) => {
                let customer = self.customer.ok_or(Inapplicable::CustomerNeeded)?;
                let is_taken =
                    |slot| Ok::<_, Infallible>(self.taken.contains(&slot_key(&stream, customer, slot)));
                let Ok(free) = free_slot(limit, limited.slots, is_taken);
                Some(free.ok_or(Inapplicable::UsedUpByCustomer { limit })?)
            }
        };
        match limited.limits.total {
            Some(limit) if self.counts.get(&stream).is_some_and(|used| *used >= limit) => {
                Err(Inapplicable::UsedUp { limit })
            }
            total => Ok(HeldLimit { counted: total.is_some(), slot }),
        }
    }
}

//! Gathers an invoice from what is known of its order.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use commands::Permission;
use domain::{
    catalog::Product,
    decider::Decider,
    ids::{CompanyId, OrderId, ProductId},
    money::Money,
    orders::{Order, OrderEvent},
    pricing::TaxTreatment,
    vendors::Company,
};
use event_store::AsOf;
use projections::{
    PageRequest,
    orders::{
        order_list::{self, OrderDetail, OrderLineRow},
        return_list::{self, ReturnFilter, ReturnRow},
    },
};

use super::{
    data::{Credit, Invoice, Line, Part, Sum, grouped},
    words::Words,
};
use crate::{
    http::{Problem, auth::Signed},
    orders::{
        address::{self, DeliveryAddressBody},
        queries::{is_in_reach, unknown},
    },
    souk::Souk,
};

/// What an invoice is made of.
pub(super) struct Sources {
    /// The invoice's number.
    pub(super) number: i64,
    detail: OrderDetail,
    credits: Vec<ReturnRow>,
    address: Option<DeliveryAddressBody>,
    confirmed_at: DateTime<Utc>,
    /// Where the log stood when it was confirmed, and when it was last changed.
    positions: [i64; 2],
    /// A vendor's: its lines only.
    is_part: bool,
}

impl Sources {
    /// Differs wherever the bytes differ.
    pub(super) fn etag(&self, words: &Words) -> String {
        let moved: i64 = self.credits.iter().map(|row| row.version).sum();
        let erased = matches!(self.address, Some(DeliveryAddressBody::Erased { .. }));
        let erased = if erased { "-erased" } else { "" };
        let part = if self.is_part { "-part" } else { "" };
        format!("\"{}-{moved}-{}{part}{erased}\"", self.detail.order.version, words.language)
    }
}

/// What there is of the order that the caller may see.
pub(super) async fn sources(signed: &Signed, souk: &Souk, id: OrderId) -> Result<Sources, Problem> {
    let detail = order_list::detail(souk.reads.pool(), id).await?;
    let mut detail = detail.filter(|detail| is_in_reach(signed, detail)).ok_or_else(unknown)?;
    let Some(number) = detail.order.invoice_number else {
        let detail = "the order is not confirmed yet, so it has no invoice";
        return Err(Problem::new(actix_web::http::StatusCode::CONFLICT, "orders.not_invoiced", detail));
    };
    let is_part = signed.company().is_some();
    let mut credits = Vec::new();
    if is_part {
        detail.lines.retain(|line| !signed.is_foreign(line.company));
    } else {
        let of_order = ReturnFilter { order: Some(id), ..ReturnFilter::default() };
        let page = PageRequest::first(PageRequest::MAX_LIMIT);
        credits = return_list::list(souk.reads.pool(), &of_order, &page).await?.items;
        credits.retain(|row| row.credit_number.is_some());
        credits.sort_by_key(|row| row.credit_number);
    }
    let is_delivered = signed.may(Permission::ReadDeliveryAddresses) && detail.order.customer.is_some();
    let address = if is_delivered {
        address::of_order(souk, id).await?
    } else {
        None
    };
    let events = souk.reads.log.read_stream(Order::KIND, &id.stream(), 0, AsOf::Now).await?;
    let (mut confirmed_at, mut positions) = (detail.order.placed_at, [0, 0]);
    for event in &events {
        positions[1] = event.position;
        let typed = event.typed::<OrderEvent>().map_err(|error| Problem::internal(&error))?;
        if matches!(typed, OrderEvent::OrderConfirmed { .. }) {
            confirmed_at = event.effective_at();
            positions[0] = event.position;
        }
    }
    Ok(Sources {
        number,
        detail,
        credits,
        address,
        confirmed_at,
        positions,
        is_part,
    })
}

/// The invoice in the language of `words`.
pub(super) async fn invoice(
    souk: &Souk,
    sources: Sources,
    words: &'static Words,
) -> Result<Invoice, Problem> {
    let order = &sources.detail.order;
    let titles = names::<Product, ProductId>(
        souk,
        sources.detail.lines.iter().map(|line| line.product),
        ProductId::stream,
        sources.positions,
        |state| state.details().map(|details| details.title.pick(&[words.language]).1.to_owned()),
    )
    .await?;
    let sellers = names::<Company, CompanyId>(
        souk,
        sources.detail.lines.iter().filter_map(|line| line.company),
        CompanyId::stream,
        sources.positions,
        |state| state.profile().map(|profile| profile.name.pick(&[words.language]).1.to_owned()),
    )
    .await?;
    let totals = if sources.is_part {
        own_totals(words, &sources.detail.lines)?
    } else {
        totals(words, order, &sources.detail.lines)?
    };
    Ok(Invoice {
        words,
        language: words.language,
        rtl: words.is_rtl,
        issuer: souk.store.name.clone(),
        number: sources.number.to_string(),
        issued: sources.confirmed_at.date_naive().to_string(),
        order: order.id.to_string(),
        placed: order.placed_at.date_naive().to_string(),
        payment: words.payment(order.payment_method),
        status: words.status(order.status),
        customer: match &sources.address {
            Some(DeliveryAddressBody::Destination(destination)) => destination.lines(),
            Some(DeliveryAddressBody::Erased { .. }) | None => Vec::new(),
        },
        parts: parts(&sources.detail.lines, &titles, &sellers),
        totals,
        after: after(words, order, &sources.credits)?,
        credits: sources.credits.iter().map(credit).collect(),
    })
}

/// What things were called when the order was confirmed; what came into it later, when it was last changed.
async fn names<D: Decider, I: Ord + Copy + std::hash::Hash>(
    souk: &Souk,
    ids: impl Iterator<Item = I>,
    stream: impl Fn(&I) -> String,
    positions: [i64; 2],
    name: impl Fn(&D::State) -> Option<String>,
) -> Result<HashMap<I, String>, Problem>
where
    D::State: Clone,
{
    let mut missing: BTreeSet<I> = ids.collect();
    let mut names = HashMap::new();
    for position in positions {
        if missing.is_empty() {
            break;
        }
        let streams: Vec<String> = missing.iter().map(&stream).collect();
        let loaded = souk.reads.log.load_many_as_of::<D>(&streams, AsOf::Position(position)).await?;
        for id in &missing {
            if let Some(name) = loaded.get(&stream(id)).and_then(|loaded| name(&loaded.state)) {
                names.insert(*id, name);
            }
        }
        missing.retain(|id| !names.contains_key(id));
    }
    Ok(names)
}

/// The lines by seller, in the order in which they first appear.
fn parts(
    lines: &[OrderLineRow],
    titles: &HashMap<ProductId, String>,
    sellers: &HashMap<CompanyId, String>,
) -> Vec<Part> {
    let mut parts: Vec<(Option<CompanyId>, Part)> = Vec::new();
    for line in lines {
        let printed = Line {
            number: line.number.to_string(),
            title: titles.get(&line.product).unwrap_or(&line.sku).clone(),
            sku: line.sku.clone(),
            quantity: grouped(&line.quantity.to_string()),
            unit_price: grouped(&line.unit_price.decimal()),
            discount: taken_off(line.discount),
            tax: line.tax.as_ref().map(|tax| grouped(&tax.amount.decimal())),
            total: grouped(&line.total.decimal()),
        };
        match parts.iter_mut().find(|(seller, _)| *seller == line.company) {
            Some((_, part)) => part.lines.push(printed),
            None => {
                let seller = line.company.and_then(|company| sellers.get(&company).cloned());
                parts.push((line.company, Part { seller, lines: vec![printed] }));
            }
        }
    }
    parts.into_iter().map(|(_, part)| part).collect()
}

fn taken_off(discount: Money) -> Option<String> {
    (discount.minor() != 0).then(|| format!("-{}", grouped(&discount.decimal())))
}

fn sum(label: &str, amount: Money, strong: bool) -> Sum {
    Sum { label: label.to_owned(), value: priced(amount), strong }
}

fn priced(amount: Money) -> String {
    format!("{} {}", grouped(&amount.decimal()), amount.currency().code())
}

/// What the order's document says that it comes to.
fn totals(words: &Words, order: &order_list::OrderRow, lines: &[OrderLineRow]) -> Result<Vec<Sum>, Problem> {
    let mut rows = vec![sum(words.subtotal, order.subtotal, false)];
    if let Some(discount) = taken_off(order.discount) {
        let value = format!("{discount} {}", order.currency().code());
        rows.push(Sum { label: words.discount.to_owned(), value, strong: false });
    }
    rows.push(sum(words.delivery, order.delivery, false));
    rows.push(sum(words.tax, order.tax, false));
    if order.rounding.minor() != 0 {
        rows.push(sum(words.rounding, order.rounding, false));
    }
    rows.push(sum(words.total, order.total, true));
    let inside = lines.iter().filter_map(|line| line.tax.as_ref());
    let inside = inside.filter(|tax| tax.treatment == TaxTreatment::Inclusive).map(|tax| tax.amount);
    let inside = Money::sum(order.currency(), inside).map_err(|error| Problem::internal(&error))?;
    if inside.minor() != 0 {
        rows.push(sum(words.tax_included, inside, false));
    }
    Ok(rows)
}

/// What a vendor's lines come to: the sums of their frozen amounts.
fn own_totals(words: &Words, lines: &[OrderLineRow]) -> Result<Vec<Sum>, Problem> {
    let failed = |error: domain::money::MoneyError| Problem::internal(&error);
    let Some(currency) = lines.first().map(|line| line.total.currency()) else {
        return Ok(Vec::new());
    };
    let goods = Money::sum(currency, lines.iter().map(|line| line.total)).map_err(failed)?;
    let discount = Money::sum(currency, lines.iter().map(|line| line.discount)).map_err(failed)?;
    let mut rows = vec![sum(words.own_lines, goods, false)];
    if let Some(discount) = taken_off(discount) {
        let value = format!("{discount} {}", currency.code());
        rows.push(Sum { label: words.discount.to_owned(), value, strong: false });
    }
    rows.push(sum(words.amount(), goods.checked_sub(discount).map_err(failed)?, true));
    Ok(rows)
}

fn credit(row: &ReturnRow) -> Credit {
    Credit {
        number: row.credit_number.unwrap_or_default().to_string(),
        date: row.updated_at.date_naive().to_string(),
        value: priced(row.total),
    }
}

/// What is left of the total after what was credited.
fn after(words: &Words, order: &order_list::OrderRow, credits: &[ReturnRow]) -> Result<Vec<Sum>, Problem> {
    if credits.is_empty() {
        return Ok(Vec::new());
    }
    let left = order.total.checked_sub(order.credited).map_err(|error| Problem::internal(&error))?;
    Ok(vec![
        sum(words.credited, order.credited, true),
        sum(words.balance, left, true),
    ])
}

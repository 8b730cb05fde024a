//! Placing, cancelling and adjusting, straight over the domain's aggregates: one unit of several streams each, with
//! a claim and a gapless number, so that everything the log promises is at stake in every command.

use domain::{
    ids::{OrderId, ProductId, WarehouseId},
    inventory::{Allocation, ReleaseCause, Stock, StockCommand, StockEvent, deal},
    money::{Currency, Money, UnitPrice},
    orders::{
        Counter, CounterCommand, CounterEvent, Fulfilment, Order, OrderCommand, PaymentMethod, PlaceLine,
        PlaceOrder,
    },
    quantity::Quantity,
    refusal::Refusal,
    text::{Reason, Sku},
};
use event_store::{
    ClaimOutcome, CommandContext, Decision, Declined, ExecuteError, Executed, Log, StreamRef, Unit, ids,
};
use serde::{Deserialize, Serialize};

/// Every placed order holds a claim in this scope under its own id, until it is cancelled.
const OPEN_ORDER: &str = "faults.open_order";
const INVOICE: &str = "invoice";

/// What an accepted command answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Answered {
    /// The order in the API's form, where there is one.
    pub(super) order: Option<String>,
}

/// A refusal's code.
#[derive(Debug)]
pub(super) struct No(pub(super) &'static str);

pub(super) type Outcome = Result<Executed<Answered>, ExecuteError<No>>;

fn refused(refusal: &impl Refusal) -> Declined<No> {
    Declined::Refused(No(refusal.code()))
}

pub(super) async fn place(log: &Log, context: CommandContext, lines: Vec<(ProductId, u32)>) -> Outcome {
    let order = OrderId::from_uuid(ids::uuid());
    let unit = lines
        .iter()
        .fold(Unit::new(context), |unit, (product, _)| unit.reads(StreamRef::of::<Stock>(product.stream())))
        .reads(StreamRef::of::<Counter>(INVOICE))
        .reads(StreamRef::new_of::<Order>(order.stream()))
        .claims(OPEN_ORDER, &order.stream());
    log.execute(unit, move |decision| decide_place(decision, order, &lines)).await
}

fn decide_place(
    decision: &mut Decision<'_>,
    order: OrderId,
    wanted: &[(ProductId, u32)],
) -> Result<Answered, Declined<No>> {
    let malformed = || Declined::Refused(No("faults.malformed"));
    let mut lines: Vec<PlaceLine> = Vec::new();
    for (index, (product, _)) in wanted.iter().enumerate() {
        if wanted.iter().take(index).any(|(earlier, _)| earlier == product) {
            continue;
        }
        let quantities = wanted
            .iter()
            .filter(|(same, _)| same == product)
            .map(|(_, quantity)| Quantity::new(*quantity).ok_or_else(malformed))
            .collect::<Result<Vec<_>, _>>()?;
        let allocations = reserve(decision, order, *product, &quantities)?;
        for (quantity, allocations) in quantities.iter().zip(deal(&allocations, &quantities)) {
            lines.push(line(*product, *quantity, allocations).ok_or_else(malformed)?);
        }
    }
    decision.decide::<Order>(&order.stream(), place_command(lines))?.map_err(|error| refused(&error))?;
    let issued = decision
        .decide::<Counter>(INVOICE, CounterCommand::Issue { document: order.to_string() })?
        .map_err(|error| refused(&error))?;
    for CounterEvent::NumberIssued { number, .. } in issued {
        let confirm = OrderCommand::Confirm { invoice_number: number };
        decision.decide::<Order>(&order.stream(), confirm)?.map_err(|error| refused(&error))?;
    }
    match decision.claim(OPEN_ORDER, &order.stream(), &order.stream())? {
        ClaimOutcome::Held => Ok(Answered { order: Some(order.to_string()) }),
        ClaimOutcome::Taken(_) => Err(Declined::Refused(No("faults.claim_taken"))),
    }
}

/// Reserves all lines of one product together.
fn reserve(
    decision: &mut Decision<'_>,
    order: OrderId,
    product: ProductId,
    quantities: &[Quantity],
) -> Result<Vec<Allocation>, Declined<No>> {
    let too_many = || Declined::Refused(No("faults.malformed"));
    let sum: u32 = quantities.iter().map(|quantity| quantity.get()).sum();
    let reserve = StockCommand::Reserve {
        order,
        quantity: Quantity::new(sum).ok_or_else(too_many)?,
        preferred: Vec::new(),
        hold: None,
        now: decision.now(),
    };
    let events = decision.decide::<Stock>(&product.stream(), reserve)?.map_err(|error| refused(&error))?;
    Ok(events
        .into_iter()
        .find_map(|event| match event {
            StockEvent::StockReserved { allocations, .. } => Some(allocations),
            _ => None,
        })
        .unwrap_or_default())
}

fn line(product: ProductId, quantity: Quantity, allocations: Vec<Allocation>) -> Option<PlaceLine> {
    Some(PlaceLine {
        product,
        sku: Sku::parse(&product.as_uuid().simple().to_string()).ok()?,
        quantity,
        unit_price: UnitPrice::from_micros(1_250_000, Currency::GBP),
        tax: None,
        company: None,
        allocations,
    })
}

fn place_command(lines: Vec<PlaceLine>) -> OrderCommand {
    let nothing = Money::zero(Currency::GBP);
    OrderCommand::Place(PlaceOrder {
        customer: None,
        external_id: None,
        country: None,
        zone: None,
        delivery_address: None,
        device: None,
        fulfilment: Fulfilment::Pickup,
        payment_method: PaymentMethod::Cash,
        currency: Currency::GBP,
        lines,
        discounts: Vec::new(),
        discount: nothing,
        delivery: nothing,
        tax: nothing,
        cash_step: None,
        terms: Vec::new(),
    })
}

pub(super) async fn cancel(log: &Log, context: CommandContext, order: OrderId, reason: &str) -> Outcome {
    let reason = reason_of(reason)?;
    let stream = order.stream();
    let unit = Unit::new(context).reads(StreamRef::of::<Order>(stream.clone())).claims(OPEN_ORDER, &stream);
    log.execute(unit, move |decision| {
        let state = decision.state::<Order>(&stream)?;
        let mut products: Vec<ProductId> = state.lines().iter().map(|line| line.product).collect();
        products.dedup();
        let cancel = OrderCommand::Cancel { reason: reason.clone() };
        decision.decide::<Order>(&stream, cancel)?.map_err(|error| refused(&error))?;
        for product in products {
            let release = StockCommand::Release { order, allocations: None, cause: ReleaseCause::Cancelled };
            decision.decide::<Stock>(&product.stream(), release)?.map_err(|error| refused(&error))?;
        }
        if decision.holder(OPEN_ORDER, &stream)?.is_some() {
            decision.release_claim(OPEN_ORDER, &stream);
        }
        Ok(Answered { order: Some(order.to_string()) })
    })
    .await
}

pub(super) async fn adjust(
    log: &Log,
    context: CommandContext,
    product: ProductId,
    warehouse: WarehouseId,
    delta: i64,
    reason: &str,
) -> Outcome {
    let reason = reason_of(reason)?;
    let unit = Unit::new(context).reads(StreamRef::of::<Stock>(product.stream()));
    log.execute(unit, move |decision| {
        let adjust = StockCommand::Adjust { warehouse, delta, reason: reason.clone(), lot: None };
        decision.decide::<Stock>(&product.stream(), adjust)?.map_err(|error| refused(&error))?;
        Ok(Answered { order: None })
    })
    .await
}

fn reason_of(text: &str) -> Result<Reason, ExecuteError<No>> {
    Reason::parse(text).map_err(|_| ExecuteError::Refused(No("faults.malformed")))
}

//! `order`: the story of one order, with everything that happened in the same units: stock, numbers, returns.

use std::{
    collections::{BTreeMap, HashSet},
    io::Write,
};

use chrono::{DateTime, Utc};
use domain::{
    decider::Decider,
    ids::OrderId,
    money::{Money, UnitPrice},
    orders::{Order, OrderEvent, OrderState, Return, Totals},
};
use event_store::{EventFilter, LogPosition, RecordedEvent};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    cli,
    describe::describe,
    failure::{Code, failure},
    kinds::api_id,
    moment,
    output::{self, Table, time},
    source::Source,
};

/// The scope of the claims on orders' numbers in other systems; the holder is the order's stream.
const EXTERNAL_ID_SCOPE: &str = "order_external_id";

/// A unit's events stand side by side; so many are looked at on each side at a time.
const NEIGHBOURS: i64 = 200;

type Story = BTreeMap<i64, RecordedEvent>;

/// The document.
#[derive(Serialize)]
struct Document<'a> {
    id: String,
    /// Up to where the log was looked at.
    as_of: String,
    status: Option<String>,
    invoice_number: Option<u64>,
    events: Vec<Step<'a>>,
    lines: Vec<Line<'a>>,
    totals: Option<Sums>,
}

#[derive(Serialize)]
struct Step<'a> {
    position: i64,
    recorded_at: DateTime<Utc>,
    /// When it happened.
    effective_at: DateTime<Utc>,
    actor: String,
    command_id: Uuid,
    aggregate_type: &'a str,
    aggregate_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    sequence: i64,
    event_type: &'a str,
    what: String,
}

#[derive(Serialize)]
struct Line<'a> {
    line: u16,
    sku: &'a str,
    quantity: u32,
    unit_price: UnitPrice,
    total: Money,
    discount: Option<Money>,
    tax: Option<Money>,
}

/// As the order has them, each with its currency.
#[derive(Serialize)]
struct Sums {
    subtotal: Money,
    discount: Money,
    delivery: Money,
    tax: Money,
    rounding: Money,
    total: Money,
}

impl From<&Totals> for Sums {
    fn from(totals: &Totals) -> Self {
        let Totals { subtotal, discount, delivery, tax, rounding, total } = *totals;
        Self { subtotal, discount, delivery, tax, rounding, total }
    }
}

pub(crate) async fn run(source: &Source, wanted: cli::Order, is_json: bool) -> anyhow::Result<()> {
    let last = moment::resolve(wanted.as_of, source).await?;
    let order = find(source, &wanted.order).await?;
    let events = source.read_stream(Order::KIND, &order.stream(), last).await?;
    if events.is_empty() {
        let message = format!("there is no order {} in the log at that moment", wanted.order);
        return Err(failure(Code::NotFound, message));
    }
    let story = gather(source, &events, last).await?;
    let mut state = OrderState::default();
    for event in &events {
        Order::evolve(&mut state, event.typed()?);
    }
    if is_json {
        let at = LogPosition { position: last, ..source.head() };
        return output::document(&document(order, at, &story, &state)?);
    }
    let mut out = output::stdout();
    writeln!(out, "{order}")?;
    write_story(&mut out, &story)?;
    write_state(&mut out, &state)?;
    Ok(out.flush()?)
}

fn document<'a>(
    order: OrderId,
    at: LogPosition,
    story: &'a Story,
    state: &'a OrderState,
) -> anyhow::Result<Document<'a>> {
    let step = |event: &'a RecordedEvent| -> anyhow::Result<Step<'a>> {
        Ok(Step {
            position: event.position,
            recorded_at: event.recorded_at,
            effective_at: event.effective_at(),
            actor: event.metadata.actor.to_string(),
            command_id: event.metadata.command_id,
            aggregate_type: &event.aggregate_type,
            aggregate_id: &event.aggregate_id,
            id: api_id(&event.aggregate_type, &event.aggregate_id),
            sequence: event.sequence,
            event_type: &event.event_type,
            what: describe(event)?,
        })
    };
    let lines = state.lines().iter().map(|line| Line {
        line: line.number,
        sku: line.sku.as_str(),
        quantity: line.quantity.get(),
        unit_price: line.unit_price,
        total: line.total,
        discount: line.discount,
        tax: line.tax.map(|tax| tax.amount),
    });
    Ok(Document {
        id: order.to_string(),
        as_of: at.to_string(),
        status: state.status().map(|status| status.to_string()),
        invoice_number: state.invoice_number(),
        events: story.values().map(step).collect::<anyhow::Result<_>>()?,
        lines: lines.collect(),
        totals: state.totals().map(Sums::from),
    })
}

/// By id, or by its number in another system.
pub(crate) async fn find(source: &Source, text: &str) -> anyhow::Result<OrderId> {
    if let Ok(order) = text.parse() {
        return Ok(order);
    }
    if let Ok(uuid) = Uuid::try_parse(text) {
        return Ok(OrderId::from_uuid(uuid));
    }
    let holder = source.claim(EXTERNAL_ID_SCOPE, text).await?;
    holder.and_then(|holder| Uuid::try_parse(&holder).ok()).map(OrderId::from_uuid).ok_or_else(|| {
        let message = format!("there is no order {text}: neither as an id nor in another system");
        failure(Code::NotFound, message)
    })
}

/// All events of every unit that touched the order or one of its returns.
async fn gather(source: &Source, events: &[RecordedEvent], last: i64) -> anyhow::Result<Story> {
    let mut story = Story::new();
    for event in events {
        add_unit(source, &mut story, event, last).await?;
        if let OrderEvent::LinesReturned { return_id, .. } = event.typed()? {
            for event in source.read_stream(Return::KIND, &return_id.stream(), last).await? {
                add_unit(source, &mut story, &event, last).await?;
            }
        }
    }
    Ok(story)
}

async fn add_unit(
    source: &Source,
    story: &mut Story,
    event: &RecordedEvent,
    last: i64,
) -> anyhow::Result<()> {
    if story.contains_key(&event.position) {
        return Ok(());
    }
    let command = event.metadata.command_id;
    let (mut from, mut to) = (event.position, event.position);
    loop {
        let filter = EventFilter {
            after: (from - NEIGHBOURS - 1).max(0),
            up_to: Some((to + NEIGHBOURS).min(last)),
            ..EventFilter::default()
        };
        let window = source.read(&filter, usize::MAX).await?;
        let reaches =
            |event: Option<&RecordedEvent>| event.is_some_and(|event| event.metadata.command_id == command);
        let grows_down = filter.after > 0 && reaches(window.first());
        let grows_up = to + NEIGHBOURS < last && reaches(window.last());
        if grows_down || grows_up {
            from -= if grows_down { NEIGHBOURS } else { 0 };
            to += if grows_up { NEIGHBOURS } else { 0 };
            continue;
        }
        let unit = window.into_iter().filter(|event| event.metadata.command_id == command);
        story.extend(unit.map(|event| (event.position, event)));
        return Ok(());
    }
}

fn write_story(out: &mut impl Write, story: &Story) -> anyhow::Result<()> {
    let mut table = Table::new([
        "position", "recorded", "happened", "by", "stream", "event", "what",
    ]);
    let mut units = HashSet::new();
    for event in story.values() {
        // What is the same for a whole unit stands in its first line.
        let is_first = units.insert(event.metadata.command_id);
        let once = |text: String| if is_first { text } else { String::new() };
        let stream = api_id(&event.aggregate_type, &event.aggregate_id);
        table.row([
            event.position.to_string(),
            once(time(event.recorded_at)),
            once(event.metadata.effective_at.map(time).unwrap_or_default()),
            once(event.metadata.actor.to_string()),
            stream.unwrap_or_else(|| format!("{}/{}", event.aggregate_type, event.aggregate_id)),
            event.event_type.clone(),
            describe(event)?,
        ]);
    }
    Ok(table.write(out)?)
}

/// Most orders are not rounded.
fn rounding(totals: &Totals) -> String {
    match totals.rounding {
        amount if amount.minor() == 0 => String::new(),
        amount => format!("rounding {amount}, "),
    }
}

fn write_state(out: &mut impl Write, state: &OrderState) -> anyhow::Result<()> {
    let mut table = Table::new(["line", "sku", "units", "unit price", "total", "discount", "tax"]);
    for line in state.lines() {
        table.row([
            line.number.to_string(),
            line.sku.to_string(),
            line.quantity.to_string(),
            line.unit_price.to_string(),
            line.total.to_string(),
            line.discount.map(|discount| discount.to_string()).unwrap_or_default(),
            line.tax.map(|tax| tax.amount.to_string()).unwrap_or_default(),
        ]);
    }
    writeln!(out)?;
    table.write(out)?;
    writeln!(out)?;
    if let Some(totals) = state.totals() {
        writeln!(
            out,
            "subtotal {}, discount {}, delivery {}, tax {}, {}total {}",
            totals.subtotal,
            totals.discount,
            totals.delivery,
            totals.tax,
            rounding(totals),
            totals.total
        )?;
    }
    let status = state.status().map(|status| status.to_string()).unwrap_or_default();
    let invoice = state.invoice_number().map(|number| format!(", invoice {number}")).unwrap_or_default();
    writeln!(out, "{status}{invoice}")?;
    Ok(())
}

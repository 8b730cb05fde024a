//! `order`: the story of one order, with everything that happened in the same units: stock, numbers, returns.

use std::{
    collections::{BTreeMap, HashSet},
    io::Write,
};

use domain::{
    decider::Decider,
    ids::OrderId,
    orders::{Order, OrderEvent, OrderState, Return},
};
use event_store::{AsOf, EventFilter, LogReader, RecordedEvent};
use uuid::Uuid;

use crate::{
    cli,
    describe::describe,
    kinds::api_id,
    moment,
    output::{self, Table, time},
};

/// The scope of the claims on orders' numbers in other systems; the holder is the order's stream.
const EXTERNAL_ID_SCOPE: &str = "order_external_id";

/// A unit's events stand side by side; so many are looked at on each side at a time.
const NEIGHBOURS: i64 = 200;

type Story = BTreeMap<i64, RecordedEvent>;

pub(crate) async fn run(reader: &LogReader, wanted: cli::Order) -> anyhow::Result<()> {
    let as_of = AsOf::Position(reader.position_as_of(moment::resolve(wanted.as_of, reader)?).await?);
    let order = find(reader, &wanted.order).await?;
    let events = reader.read_stream(Order::KIND, &order.stream(), 0, as_of).await?;
    anyhow::ensure!(!events.is_empty(), "there is no order {} in the log at that moment", wanted.order);
    let story = gather(reader, &events, as_of).await?;
    let mut state = OrderState::default();
    for event in &events {
        Order::evolve(&mut state, event.typed()?);
    }
    let mut out = output::stdout();
    writeln!(out, "{order}")?;
    write_story(&mut out, &story)?;
    write_state(&mut out, &state)?;
    Ok(out.flush()?)
}

/// By id, or by its number in another system.
async fn find(reader: &LogReader, text: &str) -> anyhow::Result<OrderId> {
    if let Ok(order) = text.parse() {
        return Ok(order);
    }
    if let Ok(uuid) = Uuid::try_parse(text) {
        return Ok(OrderId::from_uuid(uuid));
    }
    let holder: Option<String> =
        sqlx::query_scalar("select holder from claims where scope = $1 and key = $2")
            .bind(EXTERNAL_ID_SCOPE)
            .bind(text)
            .fetch_optional(reader.pool())
            .await?;
    holder
        .and_then(|holder| Uuid::try_parse(&holder).ok())
        .map(OrderId::from_uuid)
        .ok_or_else(|| anyhow::anyhow!("there is no order {text}: neither as an id nor in another system"))
}

/// All events of every unit that touched the order or one of its returns.
async fn gather(reader: &LogReader, events: &[RecordedEvent], as_of: AsOf) -> anyhow::Result<Story> {
    let mut story = Story::new();
    for event in events {
        add_unit(reader, &mut story, event, as_of).await?;
        if let OrderEvent::LinesReturned { return_id, .. } = event.typed()? {
            for event in reader.read_stream(Return::KIND, &return_id.stream(), 0, as_of).await? {
                add_unit(reader, &mut story, &event, as_of).await?;
            }
        }
    }
    Ok(story)
}

async fn add_unit(
    reader: &LogReader,
    story: &mut Story,
    event: &RecordedEvent,
    as_of: AsOf,
) -> anyhow::Result<()> {
    if story.contains_key(&event.position) {
        return Ok(());
    }
    let command = event.metadata.command_id;
    let last = reader.position_as_of(as_of).await?;
    let (mut from, mut to) = (event.position, event.position);
    loop {
        let filter = EventFilter {
            after: (from - NEIGHBOURS - 1).max(0),
            up_to: Some((to + NEIGHBOURS).min(last)),
            ..EventFilter::default()
        };
        let window = reader.read(&filter, usize::MAX).await?;
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

fn write_state(out: &mut impl Write, state: &OrderState) -> anyhow::Result<()> {
    let mut table = Table::new(["line", "sku", "units", "unit price", "total", "discount"]);
    for line in state.lines() {
        table.row([
            line.number.to_string(),
            line.sku.to_string(),
            line.quantity.to_string(),
            line.unit_price.to_string(),
            line.total.to_string(),
            line.discount.map(|discount| discount.to_string()).unwrap_or_default(),
        ]);
    }
    writeln!(out)?;
    table.write(out)?;
    writeln!(out)?;
    if let Some(totals) = state.totals() {
        writeln!(
            out,
            "subtotal {}, discount {}, delivery {}, tax {}, total {}",
            totals.subtotal, totals.discount, totals.delivery, totals.tax, totals.total
        )?;
    }
    let status = state.status().map(|status| status.to_string()).unwrap_or_default();
    let invoice = state.invoice_number().map(|number| format!(", invoice {number}")).unwrap_or_default();
    writeln!(out, "{status}{invoice}")?;
    Ok(())
}

//! The run: warehouse, products, invoices in order of time, and the reading back.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use domain::ids::{ProductId, WarehouseId};
use event_store::Log;
use uuid::Uuid;

use super::{
    ImportError, Phase, Progress, Reconciliation,
    book::{self, Products},
    figures::Figures,
    flow::{beginning, in_order},
    needs,
    plan::{Plan, Planned, Unplaced},
    products, readback,
};
use crate::CommandError;

/// Keys of one question to the database.
const KEYS_PER_QUESTION: usize = 10_000;

pub(super) async fn run(
    log: &Log,
    plan: Plan,
    in_flight: usize,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Reconciliation, ImportError> {
    let file = Figures::of_file(&plan.invoices);
    let mut counts = Counts::default();
    let first = plan.invoices.first().map(|invoice| invoice.at);
    let start = beginning(first);
    let warehouse = products::warehouse(start).execute(log.clone()).await?.result;
    let done = already_done(log, &plan.invoices).await?;
    let opening = needs::opening(&plan.invoices, &done);
    let total = u64::try_from(plan.products.len()).ok();
    let mut registered = Vec::with_capacity(plan.products.len());
    let steps = plan.products.iter().map(|product| {
        let units = opening.get(&product.sku).copied().unwrap_or(0);
        products::product(product, units, warehouse, &plan.digest, start)
    });
    in_order(log, steps, in_flight, |outcome| {
        let executed = outcome?;
        counts.unit(executed.replayed);
        registered.push(executed.result.product);
        progress(Progress { phase: Phase::Products, done: counts.units, total });
        Ok::<_, CommandError>(())
    })
    .await?;
    let products: Products =
        plan.products.iter().map(|product| product.sku.clone()).zip(registered).collect();
    let codes: HashMap<ProductId, String> =
        products.iter().map(|(sku, product)| (*product, sku.to_string())).collect();
    let invoices: Vec<Arc<Planned>> = plan.invoices.into_iter().map(Arc::new).collect();
    let mut booking = Booking {
        log,
        warehouse,
        products: Arc::new(products),
        in_flight,
        counts,
    };
    let refused = booking.book(&invoices, progress).await?;
    let keys: HashSet<Uuid> = invoices.iter().map(|invoice| invoice.idempotency.key).collect();
    let mut unplaced = plan.unplaced;
    unplaced.extend(refused);
    Ok(Reconciliation {
        rows: plan.rows,
        rows_without_customer: plan.rows_without_customer,
        matched_credit_lines: matched(&invoices),
        products: u64::try_from(codes.len()).unwrap_or(0),
        units: booking.counts.units,
        units_found_done: booking.counts.replayed,
        unplaced,
        log: readback::figures(log, &keys, &codes, progress).await?,
        file,
    })
}

fn matched(invoices: &[Arc<Planned>]) -> u64 {
    let lines = invoices.iter().flat_map(|invoice| &invoice.lines).filter(|line| line.sold_in.is_some());
    u64::try_from(lines.count()).unwrap_or(0)
}

#[derive(Default)]
struct Counts {
    units: u64,
    replayed: u64,
}

impl Counts {
    fn unit(&mut self, replayed: bool) {
        self.units += 1;
        self.replayed += u64::from(replayed);
    }
}

/// Which invoices an earlier run has booked.
async fn already_done(log: &Log, invoices: &[Planned]) -> Result<HashSet<Uuid>, CommandError> {
    let keys: Vec<Uuid> = invoices.iter().map(|invoice| invoice.idempotency.key).collect();
    let mut done = HashSet::new();
    for some in keys.chunks(KEYS_PER_QUESTION) {
        let found: Vec<Uuid> = sqlx::query_scalar("select id from commands where id = any($1)")
            .bind(some)
            .fetch_all(log.pool())
            .await?;
        done.extend(found);
    }
    Ok(done)
}

struct Booking<'a> {
    log: &'a Log,
    warehouse: WarehouseId,
    products: Arc<Products>,
    in_flight: usize,
    counts: Counts,
}

/// Codes of refusals that may come from another order of booking, and so are tried once more at the end.
const TRY_AGAIN: &[&str] = &["inventory.insufficient_stock", "inventory.below_committed"];

impl Booking<'_> {
    async fn book(
        &mut self,
        invoices: &[Arc<Planned>],
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Vec<Unplaced>, CommandError> {
        let mut refused = Vec::new();
        let later = self.pass(invoices, self.in_flight, &mut refused, Some(progress)).await?;
        // A pause of the writer may have let one unit overtake another; now everything that comes in is in.
        let last = self.pass(&later, 1, &mut refused, None).await?;
        refused.extend(last.iter().map(|invoice| invoice.unplaced("too little stock")));
        Ok(refused)
    }

    async fn pass(
        &mut self,
        invoices: &[Arc<Planned>],
        in_flight: usize,
        refused: &mut Vec<Unplaced>,
        mut progress: Option<&mut (dyn FnMut(Progress) + Send)>,
    ) -> Result<Vec<Arc<Planned>>, CommandError> {
        let (log, warehouse, products) = (self.log, self.warehouse, Arc::clone(&self.products));
        let steps =
            invoices.iter().map(|invoice| book::step(Arc::clone(invoice), Arc::clone(&products), warehouse));
        let mut outcomes = invoices.iter().zip(1_u64..);
        let total = u64::try_from(invoices.len()).ok();
        let mut later = Vec::new();
        in_order(log, steps, in_flight, |outcome| {
            let Some((invoice, done)) = outcomes.next() else {
                return Ok(());
            };
            match outcome {
                Ok(executed) => self.counts.unit(executed.replayed),
                Err(CommandError::Refused(no)) if TRY_AGAIN.contains(&no.code) => {
                    later.push(Arc::clone(invoice))
                }
                Err(CommandError::Refused(no)) => {
                    refused.push(invoice.unplaced(format!("{}: {}", no.code, no.message)));
                }
                Err(CommandError::KeyReused) => {
                    refused.push(invoice.unplaced("these rows were imported before with other content"));
                }
                Err(error) => return Err(error),
            }
            if let Some(progress) = progress.as_mut() {
                progress(Progress { phase: Phase::Invoices, done, total });
            }
            Ok(())
        })
        .await?;
        Ok(later)
    }
}

//! Routes of what there is, what there was, and what moved.

use actix_web::HttpRequest;
use chrono::{DateTime, Utc};
use commands::UseCase;
use domain::{catalog::Product, ids::ProductId};
use event_store::{AsOf, Past};
use projections::inventory::{
    stock_history::{self, MovementFilter},
    stock_levels,
};

use super::{
    movement::MovementBody,
    reach::{narrow, warehouses},
    response::StockBody,
    routes::{HISTORY_MODEL, READ_MODEL},
};
use crate::{
    http::{
        Answer, Id, Problem,
        auth::Signed,
        consistency::MinPosition,
        list::{FilterRule, Op, Rules, exact},
        moment,
        problem::ProblemBody,
        shapes::ListBody,
    },
    souk::Shared,
};

const STOCK: Rules = Rules {
    is_list: false,
    has_total: false,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: moment::PARAMS,
};

const HISTORY: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[
        exact("product"),
        exact("warehouse"),
        exact("order"),
        FilterRule { name: "recorded_at", ops: &[Op::Gte, Op::Lte] },
    ],
    sorts: &["position"],
    fields: &[
        "position",
        "product_id",
        "warehouse_id",
        "type",
        "change",
        "balance",
        "order_id",
        "hold_id",
        "return_id",
        "reason",
        "actor",
        "effective_at",
        "recorded_at",
    ],
    params: moment::PARAMS,
};

/// What there is of a product
///
/// By warehouse; `as_of` (a position of the log, or a time) tells what there was then.
#[utoipa::path(
    get,
    path = "/api/v1/inventory/stock/{product_id}",
    tag = "inventory",
    params(
        ("product_id" = String, Path, description = "`prd_…`"),
        ("as_of" = Option<String>, Query, description = "`1.42`, `42` or an RFC 3339 time"),
        ("as_of_by" = Option<String>, Query, description = "`recorded_at`, or `effective_at`: what had happened by that time, as is known now"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = StockBody),
        (status = 412, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn show_stock(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    Id(product): Id<ProductId>,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ShowStock)?;
    let params = STOCK.read(&request)?;
    // The log knows the product as soon as it is registered.
    let known = souk.log.reader().load::<Product>(&product.stream(), AsOf::Now).await?.state;
    if !known.exists() || signed.is_foreign(known.company()) {
        return Err(Problem::missing("catalog.product_not_found", "product does not exist"));
    }
    let within = warehouses(&signed, &souk).await?;
    let Some(past) = moment::past(&params, souk.log.reader()).await? else {
        souk.reads.wait_for(min, &[READ_MODEL]).await?;
        let stock = stock_levels::stock_of(souk.reads.pool(), product).await?;
        return Answer::ok(&StockBody::within(stock, within.as_deref()));
    };
    souk.reads.wait_for(reached_by(&souk, min, past), &[HISTORY_MODEL]).await?;
    let mut rows = match past {
        Past::Recorded(as_of) => stock_history::stock_as_of(souk.reads.pool(), product, as_of).await?,
        Past::Happened(time) => stock_history::stock_by_effect(souk.reads.pool(), product, time).await?,
    };
    rows.retain(|row| within.as_ref().is_none_or(|within| within.contains(&row.warehouse)));
    Answer::ok(&StockBody::past(product, &rows))
}

/// A moment is exact only when the read model has passed it.
fn reached_by(souk: &Shared, min: MinPosition, past: Past) -> MinPosition {
    let head = souk.log.reader().head();
    let at = match past {
        Past::Recorded(AsOf::Now) => return min,
        Past::Recorded(AsOf::Position(position)) => event_store::LogPosition { position, ..head },
        Past::Recorded(AsOf::Time(_)) | Past::Happened(_) => head,
    };
    MinPosition(Some(min.0.map_or(at, |min| min.max(at))))
}

/// Every stock movement
///
/// With its cause, who made it, and the balance after it; newest first unless `sort=position`.
#[utoipa::path(
    get,
    path = "/api/v1/inventory/history",
    tag = "inventory",
    params(
        ("filter[product]" = Option<String>, Query, description = "`prd_…`"),
        ("filter[warehouse]" = Option<String>, Query, description = "`wrh_…`"),
        ("filter[order]" = Option<String>, Query, description = "`ord_…`"),
        ("filter[recorded_at][gte]" = Option<String>, Query),
        ("filter[recorded_at][lte]" = Option<String>, Query),
        ("as_of" = Option<String>, Query, description = "`1.42`, `42` or an RFC 3339 time"),
        ("as_of_by" = Option<String>, Query, description = "`recorded_at`, or `effective_at`: what had happened by that time, as is known now"),
        ("sort" = Option<String>, Query, description = "`position` or `-position`"),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("fields" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<MovementBody>),
        (status = 412, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn stock_movements(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require_everywhere(UseCase::StockMovements)?;
    let params = HISTORY.read(&request)?;
    let time = |text: &str| DateTime::parse_from_rfc3339(text).map(|time| time.with_timezone(&Utc));
    let within = narrow(&signed, &souk, params.filter("warehouse", Op::Eq, str::parse)?).await?;
    let past = moment::past(&params, souk.log.reader()).await?.unwrap_or(Past::Recorded(AsOf::Now));
    let (as_of, happened_by) = match past {
        Past::Recorded(as_of) => (as_of, None),
        Past::Happened(time) => (AsOf::Now, Some(time)),
    };
    let filter = MovementFilter {
        product: params.filter("product", Op::Eq, str::parse)?,
        warehouses: within.as_deref().unwrap_or_default(),
        order: params.filter("order", Op::Eq, str::parse)?,
        from: params.filter("recorded_at", Op::Gte, time)?,
        to: params.filter("recorded_at", Op::Lte, time)?,
        as_of,
        happened_by,
        newest_first: params.sort.is_none_or(|sort| sort.is_descending),
    };
    souk.reads.wait_for(reached_by(&souk, min, past), &[HISTORY_MODEL]).await?;
    let page = match within {
        Some(_) => stock_history::history(souk.reads.pool(), &filter, &params.page()).await?,
        None => params.nothing(),
    };
    Answer::ok(&params.list(page, MovementBody::from)?)
}

//! Routes that show companies.

use actix_web::{HttpRequest, web};
use commands::{Permission, UseCase};
use domain::{ids::CompanyId, text::Zone};
use projections::{
    PageRequest, Sort,
    catalog::product_list::{self, ProductFilter, ProductSort, ProductStatus},
    orders::order_list::{self, OrderFilter, OrderSort},
    payouts::company_account::{self, PayoutFilter},
    vendors::company_list::{self, CompanyFilter},
};

use super::{
    response::{CommissionRateBody, CompanyBody, CompanyPayoutsBody, CompanyStatisticsBody},
    routes::{ACCOUNT_MODEL, READ_MODEL, unknown},
};
use crate::{
    catalog::READ_MODEL as PRODUCT_MODEL,
    http::{
        Answer, Id, Problem,
        auth::{MaybeSigned, Signed},
        consistency::MinPosition,
        list::{Op, Rules, exact},
        locale::Locale,
        shapes::ListBody,
    },
    souk::Shared,
};

const RULES: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[exact("status"), exact("zone")],
    sorts: &[],
    fields: &[
        "id",
        "name",
        "names",
        "description",
        "zones",
        "status",
        "delivery_fees",
        "commission_basis_points",
        "version",
        "registered_at",
        "updated_at",
    ],
    params: &[],
};

/// Whether the caller may know a company's commission and see it when it does not sell.
fn knows_terms(signed: &MaybeSigned, company: CompanyId) -> bool {
    signed
        .0
        .as_ref()
        .is_some_and(|signed| signed.may(Permission::ReadPayouts) && !signed.is_foreign(Some(company)))
}

/// Companies, oldest first
///
/// Everybody sees those that sell; administrators all of them, with their commissions.
#[utoipa::path(
    get,
    path = "/api/v1/companies",
    tag = "vendors",
    params(
        ("filter[status]" = Option<String>, Query, description = "`active` or `inactive`"),
        ("filter[zone]" = Option<String>, Query, description = "That deliver to this zone"),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("fields" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<CompanyBody>),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_companies(
    signed: MaybeSigned,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    let params = RULES.read(&request)?;
    let active = params.filter("status", Op::Eq, |text| match text {
        "active" => Ok(true),
        "inactive" => Ok(false),
        _ => Err("must be active or inactive"),
    })?;
    let zone = params.filter("zone", Op::Eq, Zone::parse)?;
    list(signed, souk, &params, CompanyFilter { active, zone }, min, locale).await
}

async fn list(
    signed: MaybeSigned,
    souk: Shared,
    params: &crate::http::list::Params,
    mut filter: CompanyFilter,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let sees_all = signed.0.as_ref().is_some_and(|signed| signed.may(Permission::ManageCompanies));
    let page = if sees_all || filter.active != Some(false) {
        filter.active = if sees_all { filter.active } else { Some(true) };
        company_list::list(souk.reads.pool(), &filter, &params.page()).await?
    } else {
        params.nothing()
    };
    let tag = souk.store.locales.tag(locale);
    let body = |row: company_list::CompanyRow| CompanyBody::new(&row, tag, knows_terms(&signed, row.id));
    Ok(Answer::ok(&params.list(page, body)?)?.language(tag))
}

const OF_ZONE: Rules = Rules { filters: &[], ..RULES };

/// Companies that deliver to a zone, oldest first
#[utoipa::path(
    get,
    path = "/api/v1/companies/zone/{zone}",
    tag = "vendors",
    params(
        ("zone" = String, Path),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("fields" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<CompanyBody>),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn companies_of_zone(
    signed: MaybeSigned,
    souk: Shared,
    request: HttpRequest,
    zone: web::Path<String>,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    let params = OF_ZONE.read(&request)?;
    // What is no zone's code is no company's zone.
    let Ok(zone) = Zone::parse(&zone) else {
        let nothing = params.list(params.nothing::<()>(), |()| ())?;
        return Answer::ok(&nothing);
    };
    list(signed, souk, &params, CompanyFilter { active: None, zone: Some(zone) }, min, locale).await
}

/// One company
#[utoipa::path(
    get,
    path = "/api/v1/companies/{id}",
    tag = "vendors",
    params(
        ("id" = String, Path, description = "`com_…`"),
        ("If-None-Match" = Option<String>, Header),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = CompanyBody),
        (status = 304, description = "You have it already"),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn show_company(
    signed: MaybeSigned,
    souk: Shared,
    Id(id): Id<CompanyId>,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let shows_terms = knows_terms(&signed, id);
    let row = company_list::get(souk.reads.pool(), id).await?;
    let row = row.filter(|row| row.active || shows_terms).ok_or_else(unknown)?;
    let tag = souk.store.locales.tag(locale);
    let mut body = CompanyBody::new(&row, tag, shows_terms);
    if shows_terms {
        let rates = company_list::commission_rates(souk.reads.pool(), id).await?;
        body.commission_history = Some(rates.iter().map(CommissionRateBody::from).collect());
    }
    Ok(Answer::ok(&body)?.language(tag).etag(row.version))
}

/// Holds the caller to companies that there are and that are not out of reach.
async fn check_reach(signed: &Signed, souk: &Shared, id: CompanyId) -> Result<(), Problem> {
    signed.require(UseCase::ReadCompanyFigures)?;
    let row = company_list::get(souk.reads.pool(), id).await?;
    row.filter(|row| !signed.is_foreign(Some(row.id))).map(drop).ok_or_else(unknown)
}

/// What is owed to a company
///
/// By currency: sales less commission, less refunds (whose commission is given back), plus delivery fees, less what
/// was paid.
#[utoipa::path(
    get,
    path = "/api/v1/companies/{id}/payouts",
    tag = "vendors",
    params(("id" = String, Path, description = "`com_…`"), ("Min-Event-Position" = Option<String>, Header)),
    responses(
        (status = 200, body = CompanyPayoutsBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn company_payouts(
    signed: Signed,
    souk: Shared,
    Id(id): Id<CompanyId>,
    min: MinPosition,
) -> Result<Answer, Problem> {
    souk.reads.wait_for(min, &[READ_MODEL, ACCOUNT_MODEL]).await?;
    check_reach(&signed, &souk, id).await?;
    let accounts = company_account::accounts(souk.reads.pool(), Some(id)).await?;
    Answer::ok(&CompanyPayoutsBody {
        company_id: id.to_string(),
        accounts: accounts.iter().map(Into::into).collect(),
    })
}

/// Statistics of a company
#[utoipa::path(
    get,
    path = "/api/v1/companies/{id}/stats",
    tag = "vendors",
    params(("id" = String, Path, description = "`com_…`"), ("Min-Event-Position" = Option<String>, Header)),
    responses(
        (status = 200, body = CompanyStatisticsBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn company_stats(
    signed: Signed,
    souk: Shared,
    Id(id): Id<CompanyId>,
    min: MinPosition,
) -> Result<Answer, Problem> {
    souk.reads.wait_for(min, &[READ_MODEL, ACCOUNT_MODEL, PRODUCT_MODEL, "order_list"]).await?;
    check_reach(&signed, &souk, id).await?;
    let pool = souk.reads.pool();
    let count = PageRequest { after: None, limit: 1, with_total: true };
    let products = ProductFilter {
        company: Some(id),
        status: Some(ProductStatus::Active),
        ..ProductFilter::default()
    };
    let products = product_list::list(pool, &products, Sort::ascending(ProductSort::Sku), &count).await?;
    let orders = OrderFilter { company: Some(id), ..OrderFilter::default() };
    let orders = order_list::list(pool, &orders, Sort::descending(OrderSort::PlacedAt), &count).await?;
    let payouts = PayoutFilter { company: Some(id), status: None };
    let payouts = company_account::list(pool, &payouts, &count).await?;
    let accounts = company_account::accounts(pool, Some(id)).await?;
    Answer::ok(&CompanyStatisticsBody {
        company_id: id.to_string(),
        products: products.total.unwrap_or_default(),
        orders: orders.total.unwrap_or_default(),
        payouts: payouts.total.unwrap_or_default(),
        accounts: accounts.iter().map(Into::into).collect(),
    })
}

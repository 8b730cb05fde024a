//! Routes of suppliers.

use actix_web::HttpRequest;
use commands::{CommandError, Executed, UseCase, inventory::SupplierAccepted};
use domain::{
    ids::SupplierId,
    inventory::{Supplier, SupplierDetails},
    text::Code,
};
use projections::inventory::replenishment::{self, SupplierRow};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    http::{
        Answer, Body, Fields, Id, Problem,
        auth::Signed,
        consistency::MinPosition,
        etag::IfMatch,
        idempotency::OptionalKey,
        list::{Op, Rules, exact},
        locale::Locale,
        problem::ProblemBody,
        shapes::{ListBody, Texts, texts},
    },
    souk::Shared,
};

/// The read model of suppliers and replenishment orders.
pub(super) const REPLENISHMENT_MODEL: &str = "replenishment";

const RULES: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[exact("status")],
    sorts: &[],
    fields: &[
        "id",
        "code",
        "name",
        "names",
        "lead_time_days",
        "status",
        "version",
    ],
    params: &[],
};

/// What is known of a supplier; it replaces what was there.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "code": "ZAGROS", "name": {"en": "Zagros Trading", "ar": "زاغروس"}, "lead_time_days": 5,
}))]
pub struct SupplierRequest {
    /// Short unique code.
    pub code: String,
    /// What it is called, by language.
    pub name: Texts,
    /// Days from ordering until the goods are there, at most 365.
    pub lead_time_days: u16,
}

impl TryFrom<SupplierRequest> for SupplierDetails {
    type Error = Problem;

    fn try_from(request: SupplierRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let code = fields.check("/code", Code::parse(&request.code));
        let name = fields.localized("/name", request.name);
        match (code, name) {
            (Some(code), Some(name)) => Ok(Self { code, name, lead_time_days: request.lead_time_days }),
            _ => Err(fields.into_problem()),
        }
    }
}

/// A supplier.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Supplier, example = json!({
    "id": "sup_0190c7a2000070008000000000000001", "code": "ZAGROS", "name": "Zagros Trading",
    "names": {"en": "Zagros Trading"}, "lead_time_days": 5, "status": "active", "version": 1,
}))]
pub struct SupplierBody {
    /// `sup_…`
    pub id: String,
    /// Short unique code.
    pub code: String,
    /// What it is called, in the language of `Content-Language`.
    pub name: String,
    /// What it is called, by language.
    pub names: Texts,
    /// Days from ordering until the goods are there.
    pub lead_time_days: i32,
    /// `active` or `retired`.
    pub status: &'static str,
    /// Its version.
    pub version: i64,
}

impl SupplierBody {
    fn new(row: SupplierRow, language: &str) -> Self {
        Self {
            id: row.id.to_string(),
            code: row.code,
            name: row.name.pick(&[language]).1.to_owned(),
            names: texts(&row.name),
            lead_time_days: row.lead_time_days,
            status: row.status.as_str(),
            version: row.version,
        }
    }
}

/// What became of a supplier.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SupplierAccepted, example = json!({"id": "sup_0190c7a2000070008000000000000001", "version": 1}))]
pub struct SupplierAcceptedBody {
    /// `sup_…`
    pub id: String,
    /// Its version now.
    pub version: i64,
}

async fn answer(
    souk: &Shared,
    id: SupplierId,
    outcome: Result<Executed<SupplierAccepted>, CommandError>,
) -> Result<Answer, Problem> {
    match outcome {
        Ok(executed) => {
            let version = executed.result.version;
            let body = SupplierAcceptedBody { id: id.to_string(), version };
            Ok(Answer::ok(&body)?.etag(version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<Supplier>(error, &id.stream()).await),
    }
}

/// Suppliers by code, page by page
#[utoipa::path(
    get,
    path = "/api/v1/suppliers",
    tag = "inventory",
    params(
        ("filter[status]" = Option<String>, Query, description = "`active` leaves retired ones out"),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("fields" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<SupplierBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_suppliers(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ListSuppliers)?;
    let params = RULES.read(&request)?;
    let active = |text: &str| {
        if text == "active" {
            Ok(true)
        } else {
            Err("must be active")
        }
    };
    let active = params.filter("status", Op::Eq, active)?.unwrap_or_default();
    souk.reads.wait_for(min, &[REPLENISHMENT_MODEL]).await?;
    let page = replenishment::suppliers(souk.reads.pool(), active, &params.page()).await?;
    let tag = souk.store.locales.tag(locale);
    Ok(Answer::ok(&params.list(page, |row| SupplierBody::new(row, tag))?)?.language(tag))
}

/// Add a supplier
#[utoipa::path(
    post,
    path = "/api/v1/suppliers",
    tag = "inventory",
    request_body = SupplierRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = SupplierAcceptedBody),
        (status = 409, body = ProblemBody, description = "`inventory.supplier_code_taken`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn add_supplier(
    signed: Signed,
    souk: Shared,
    key: OptionalKey,
    Body(request): Body<SupplierRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let executed = souk.inventory.add_supplier(&signed.repeatable(&attempt), request.try_into()?).await?;
    let version = executed.result.version;
    let body = SupplierAcceptedBody { id: executed.result.supplier.to_string(), version };
    let location = format!("/api/v1/suppliers/{}", body.id);
    Ok(Answer::created(&location, &body)?.etag(version).executed(&executed))
}

/// Revise a supplier
#[utoipa::path(
    put,
    path = "/api/v1/suppliers/{id}",
    tag = "inventory",
    request_body = SupplierRequest,
    params(("id" = String, Path, description = "`sup_…`"), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = SupplierAcceptedBody),
        (status = 409, body = ProblemBody, description = "`inventory.supplier_retired`, `inventory.supplier_code_taken`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn revise_supplier(
    signed: Signed,
    souk: Shared,
    Id(id): Id<SupplierId>,
    IfMatch(expected): IfMatch,
    Body(request): Body<SupplierRequest>,
) -> Result<Answer, Problem> {
    let details = request.try_into()?;
    answer(&souk, id, souk.inventory.revise_supplier(&signed.call(), id, details, expected).await).await
}

/// Retire a supplier
///
/// Nothing is ordered from it any more; what was is still known.
#[utoipa::path(
    delete,
    path = "/api/v1/suppliers/{id}",
    tag = "inventory",
    params(("id" = String, Path, description = "`sup_…`")),
    responses(
        (status = 200, body = SupplierAcceptedBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn retire_supplier(
    signed: Signed,
    souk: Shared,
    Id(id): Id<SupplierId>,
) -> Result<Answer, Problem> {
    answer(&souk, id, souk.inventory.retire_supplier(&signed.call(), id, None).await).await
}

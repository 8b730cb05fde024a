//! Routes of wishes for items that are in no catalogue.

use std::fmt;

use actix_web::HttpRequest;
use chrono::{DateTime, Utc};
use commands::{
    Permission, UseCase,
    customers::{NeededItemAccepted, NeededItemAnswer, NewNeededItem},
    vault::Keys,
};
use domain::{
    customers::{NEEDED_ANSWER, NEEDED_DESCRIPTION, NeededItem, NeededItemStatus, NeededText},
    ids::NeededItemId,
    sealed::Place,
};
use projections::customers::unmet_demand::{self, NeededItemFilter, NeededItemRow};
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
        problem::ProblemBody,
        shapes::ListBody,
    },
    souk::Shared,
};

/// The read model of wishes.
const READ_MODEL: &str = "unmet_demand";

const RULES: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[exact("status")],
    sorts: &[],
    fields: &[],
    params: &[],
};

/// Something that is needed and is in no catalogue.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"description": "saffron from Taliouine, in tins of 5 g", "quantity": 20}))]
pub(crate) struct NeededItemRequest {
    /// What, in the customer's words.
    #[schema(max_length = 1_000)]
    description: String,
    /// How many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    quantity: Option<u32>,
}

impl fmt::Debug for NeededItemRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NeededItemRequest").finish_non_exhaustive()
    }
}

impl TryFrom<NeededItemRequest> for NewNeededItem {
    type Error = Problem;

    fn try_from(request: NeededItemRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let description = fields.check("/description", NeededText::parse(&request.description));
        let quantity = match request.quantity {
            None => Some(None),
            Some(units) => fields.quantity("/quantity", units).map(Some),
        };
        let Some((description, quantity)) = description.zip(quantity) else {
            return Err(fields.into_problem());
        };
        Ok(Self { description, quantity })
    }
}

/// An answer to a wish.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "available", "answer": "we have it from Monday on"}))]
pub(crate) struct NeededItemAnswerRequest {
    /// `sourcing`, `available` or `declined`; nothing follows the last two.
    #[schema(value_type = String)]
    status: NeededItemStatus,
    /// The product that it is: `prd_…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    product_id: Option<String>,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1_000)]
    answer: Option<String>,
}

impl fmt::Debug for NeededItemAnswerRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NeededItemAnswerRequest").field("status", &self.status).finish_non_exhaustive()
    }
}

impl TryFrom<NeededItemAnswerRequest> for NeededItemAnswer {
    type Error = Problem;

    fn try_from(request: NeededItemAnswerRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let product = match &request.product_id {
            None => Some(None),
            Some(id) => fields.id("/product_id", id).map(Some),
        };
        let answer = fields.check_optional("/answer", request.answer, |text| NeededText::parse(&text));
        let Some((product, answer)) = product.zip(answer) else {
            return Err(fields.into_problem());
        };
        Ok(Self { status: request.status, product, answer })
    }
}

/// What became of a wish.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NeededItemAccepted)]
pub(crate) struct NeededItemAcceptedBody {
    /// `ned_…`
    id: String,
    /// `open`, `sourcing`, `available` or `declined`.
    #[schema(value_type = String)]
    status: NeededItemStatus,
    /// For `If-Match`.
    version: i64,
}

impl From<&NeededItemAccepted> for NeededItemAcceptedBody {
    fn from(accepted: &NeededItemAccepted) -> Self {
        Self {
            id: accepted.item.to_string(),
            status: accepted.status,
            version: accepted.version,
        }
    }
}

/// A wish for an item that is in no catalogue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NeededItem)]
pub(crate) struct NeededItemBody {
    /// `ned_…`
    id: String,
    /// `usr_…`
    customer_id: String,
    /// Where it is needed.
    zone: Option<String>,
    /// What, in the customer's words; null where the customer was erased just now.
    description: Option<String>,
    /// How many.
    quantity: Option<i64>,
    /// `open`, `sourcing`, `available` or `declined`.
    #[schema(value_type = String)]
    status: NeededItemStatus,
    /// The product that it is: `prd_…`.
    product_id: Option<String>,
    /// The answer in words.
    answer: Option<String>,
    /// For `If-Match`.
    version: i64,
    /// When it was asked for.
    created_at: DateTime<Utc>,
    /// When it was last answered.
    updated_at: DateTime<Utc>,
}

impl NeededItemBody {
    fn open(row: &NeededItemRow, keys: &Keys) -> Result<Self, Problem> {
        let place = Place { event: row.description_event, field: NEEDED_DESCRIPTION };
        let answer = match &row.answer {
            None => None,
            Some((sealed, event)) => keys.open(Place { event: *event, field: NEEDED_ANSWER }, sealed)?.text(),
        };
        Ok(Self {
            id: row.id.to_string(),
            customer_id: row.customer.to_string(),
            zone: row.zone.clone(),
            description: keys.open(place, &row.description)?.text(),
            quantity: row.quantity,
            status: row.status,
            product_id: row.product.map(|id| id.to_string()),
            answer,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// Ask for an item
///
/// That is in no catalogue, in one's own words; they are encrypted with one's key.
#[utoipa::path(
    post,
    path = "/api/v1/needed-items",
    tag = "customers",
    request_body = NeededItemRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = NeededItemAcceptedBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn ask_for_item(
    signed: Signed,
    souk: Shared,
    key: OptionalKey,
    Body(request): Body<NeededItemRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let executed = souk.customers.ask_for_item(&signed.repeatable(&attempt), request.try_into()?).await?;
    let body = NeededItemAcceptedBody::from(&executed.result);
    let location = format!("/api/v1/needed-items/{}", body.id);
    Ok(Answer::created(&location, &body)?.etag(body.version).executed(&executed))
}

/// Items that are needed
///
/// One's own; those who answer see all in their zones. The newest first.
#[utoipa::path(
    get,
    path = "/api/v1/needed-items",
    tag = "customers",
    params(
        ("filter[status]" = Option<String>, Query, description = "`open`, `sourcing`, `available` or `declined`"),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<NeededItemBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_needed_items(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    let answers = signed.may(Permission::AnswerNeededItems);
    signed.require(if answers {
        UseCase::ListNeededItems
    } else {
        UseCase::ListOwnNeededItems
    })?;
    let params = RULES.read(&request)?;
    let filter = NeededItemFilter {
        customer: (!answers).then(|| signed.principal().account),
        zones: signed.zones().filter(|_| answers),
        status: params.filter("status", Op::Eq, |word| {
            serde_json::from_value(word.into())
                .map_err(|_| "must be one of open, sourcing, available, declined")
        })?,
    };
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let page = unmet_demand::needed_items(souk.reads.pool(), &filter, &params.page()).await?;
    let keys = souk.identity.vault().keys(page.items.iter().map(|row| row.customer)).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for row in &page.items {
        items.push(NeededItemBody::open(row, &keys)?);
    }
    let page = projections::Page { items, next: page.next, total: page.total };
    Answer::ok(&params.list(page, |item| item)?)
}

/// Answer a wish
///
/// In one of one's zones. `available` and `declined` are the last answer.
#[utoipa::path(
    patch,
    path = "/api/v1/needed-items/{id}/status",
    tag = "customers",
    request_body = NeededItemAnswerRequest,
    params(
        ("id" = String, Path, description = "`ned_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = NeededItemAcceptedBody),
        (status = 409, body = ProblemBody, description = "`customers.needed_item_settled`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn answer_needed_item(
    signed: Signed,
    souk: Shared,
    Id(item): Id<NeededItemId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<NeededItemAnswerRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let call = signed.repeatable(&attempt);
    match souk.customers.answer_needed_item(&call, item, request.try_into()?, expected).await {
        Ok(executed) => {
            let body = NeededItemAcceptedBody::from(&executed.result);
            Ok(Answer::ok(&body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<NeededItem>(error, &item.stream()).await),
    }
}

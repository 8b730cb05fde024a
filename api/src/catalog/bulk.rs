//! Revising many products in one request.

use commands::{
    CommandError, Executed,
    catalog::{ProductAccepted, RevisedRow},
};
use domain::{catalog::ReviseProduct, ids::ProductId};
use event_store::LogPosition;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::request::ReviseProductRequest;
use crate::{
    http::{Answer, Body, Fields, Problem, auth::Signed, problem::ProblemBody},
    souk::Shared,
};

/// Products to revise.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"rows": [{
    "id": "prd_0190c7a2000070008000000000000001",
    "revision": {"prices": {"base": {"amount": "13000", "currency": "IQD"}}},
}]}))]
pub struct BulkReviseRequest {
    /// At most 1,000, no product twice.
    pub rows: Vec<BulkReviseRowRequest>,
}

/// One product to revise.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkReviseRowRequest {
    /// `prd_…`
    pub id: String,
    /// Only if the product is still at this version.
    #[serde(default)]
    pub version: Option<i64>,
    /// As `PUT /products/{id}` takes it.
    pub revision: ReviseProductRequest,
}

/// What became of the products.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkRevised)]
pub struct BulkRevisedBody {
    /// How many are as they were wanted.
    pub revised: usize,
    /// How many were refused.
    pub refused: usize,
    /// In the order of the request.
    pub rows: Vec<BulkRevisedRowBody>,
}

/// What became of one product.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkRevisedRow)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum BulkRevisedRowBody {
    /// It is as it was wanted.
    Revised {
        /// `prd_…`
        id: String,
        /// Its version now.
        version: i64,
    },
    /// It is as it was.
    Refused {
        /// As the request named it.
        id: String,
        /// The status that a request of its own would have got.
        status: u16,
        /// Stable code.
        code: String,
        /// What is wrong, with pointers into the revision.
        #[schema(value_type = Vec<Object>)]
        errors: Vec<Value>,
    },
}

impl BulkRevisedRowBody {
    fn refused(id: String, problem: &Problem) -> Self {
        Self::Refused {
            id,
            status: problem.status().as_u16(),
            code: problem.code().to_owned(),
            errors: problem.errors(),
        }
    }
}

/// A row as the use case wants it, or what is wrong with it.
fn row(request: BulkReviseRowRequest, seen: &mut Vec<ProductId>) -> Result<RevisedRow, Problem> {
    let mut fields = Fields::default();
    let product: Option<ProductId> = fields.id("/id", &request.id);
    let Some(product) = product else {
        return Err(fields.into_problem());
    };
    if seen.contains(&product) {
        fields.refuse("/id", "repeated-product", "stands in an earlier row");
        return Err(fields.into_problem());
    }
    seen.push(product);
    let parts = ReviseProduct::try_from(request.revision)?;
    Ok(RevisedRow { product, parts, expected_version: request.version })
}

/// Revise many products
///
/// Each row by itself: one that is refused keeps no other back. A repeat changes nothing that is so already.
#[utoipa::path(
    patch,
    path = "/api/v1/products/bulk",
    tag = "catalog",
    request_body = BulkReviseRequest,
    responses(
        (status = 200, body = BulkRevisedBody),
        (status = 422, body = ProblemBody, description = "`catalog.no_rows`, `catalog.too_many_rows`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn revise_products(
    signed: Signed,
    souk: Shared,
    Body(request): Body<BulkReviseRequest>,
) -> Result<Answer, Problem> {
    let mut seen = Vec::new();
    let named: Vec<(String, Result<RevisedRow, Problem>)> =
        request.rows.into_iter().map(|one| (one.id.clone(), row(one, &mut seen))).collect();
    let wanted: Vec<RevisedRow> = named.iter().filter_map(|(_, row)| row.as_ref().ok().cloned()).collect();
    // Where every row is wrong already, there is nothing to ask for; who may not ask is told so all the same.
    let outcomes = if wanted.is_empty() && !named.is_empty() {
        signed.require(commands::UseCase::ReviseProductsInBulk)?;
        Vec::new()
    } else {
        souk.catalog.revise_products(&signed.call(), wanted).await?
    };
    let (rows, position) = told(named, outcomes);
    let revised = rows.iter().filter(|row| matches!(row, BulkRevisedRowBody::Revised { .. })).count();
    let body = BulkRevisedBody { revised, refused: rows.len().saturating_sub(revised), rows };
    let answer = Answer::ok(&body)?;
    Ok(match position {
        Some(position) => answer.position(position),
        None => answer,
    })
}

/// What became of each row, and how far the log has come with all of them.
fn told(
    named: Vec<(String, Result<RevisedRow, Problem>)>,
    outcomes: Vec<Result<Executed<ProductAccepted>, CommandError>>,
) -> (Vec<BulkRevisedRowBody>, Option<LogPosition>) {
    let mut outcomes = outcomes.into_iter();
    let mut last = None;
    let mut rows = Vec::with_capacity(named.len());
    for (id, row) in named {
        let outcome = match row {
            Err(problem) => Some(Err(problem)),
            Ok(_) => outcomes.next().map(|outcome| outcome.map_err(Problem::from)),
        };
        match outcome {
            Some(Ok(executed)) => {
                last = last.max(Some(executed.position));
                rows.push(BulkRevisedRowBody::Revised { id, version: executed.result.version });
            }
            Some(Err(problem)) => rows.push(BulkRevisedRowBody::refused(id, &problem)),
            None => {}
        }
    }
    (rows, last)
}

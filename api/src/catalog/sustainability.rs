//! Routes of what is known of a product's sustainability, and of its score.

use actix_web::HttpRequest;
use domain::{
    catalog::{Product, Sustainability},
    ids::ProductId,
    text::Tag,
};
use event_store::AsOf;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::response::ProductAcceptedBody;
use crate::{
    http::{
        Answer, Body, Fields, Id, Problem, auth::Signed, consistency::MinPosition, etag::IfMatch,
        idempotency::OptionalKey, list::Rules, problem::ProblemBody,
    },
    souk::Shared,
};

/// What is known of a product. What is left out is not known, and earns no points.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "carbon_grams": 2500, "recycled_percent": 40, "recyclable_packaging_percent": 100, "transport_km": 800,
    "certifications": ["organic", "fair trade"],
}))]
pub struct SustainabilityRequest {
    /// Grams of CO2 equivalents per base unit.
    #[serde(default)]
    pub carbon_grams: Option<u64>,
    /// How much of it is recycled material.
    #[serde(default)]
    #[schema(maximum = 100)]
    pub recycled_percent: Option<u8>,
    /// How much of its packaging can be recycled.
    #[serde(default)]
    #[schema(maximum = 100)]
    pub recyclable_packaging_percent: Option<u8>,
    /// How far it comes.
    #[serde(default)]
    pub transport_km: Option<u32>,
    /// Names of certificates that it has, at most 20.
    #[serde(default)]
    pub certifications: Vec<String>,
}

/// What is known of a product's sustainability.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sustainability)]
pub struct SustainabilityBody {
    /// `prd_…`
    pub product_id: String,
    /// Grams of CO2 equivalents per base unit.
    pub carbon_grams: Option<u64>,
    /// How much of it is recycled material.
    pub recycled_percent: Option<u8>,
    /// How much of its packaging can be recycled.
    pub recyclable_packaging_percent: Option<u8>,
    /// How far it comes.
    pub transport_km: Option<u32>,
    /// Certificates that it has.
    pub certifications: Vec<String>,
    /// 0 to 100; null where nothing was ever said.
    pub score: Option<u8>,
    /// The points that make the score.
    pub points: SustainabilityPointsBody,
    /// The version of the product: `If-Match` takes it.
    pub version: i64,
}

/// The points that make a score.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SustainabilityPoints)]
pub struct SustainabilityPointsBody {
    /// Of 40: all for no carbon, none from 20 kg on, in proportion between.
    pub carbon: u8,
    /// Of 25: in proportion to `recycled_percent`.
    pub recycled: u8,
    /// Of 15: in proportion to `recyclable_packaging_percent`.
    pub packaging: u8,
    /// Of 10: all for no way, none from 10,000 km on, in proportion between.
    pub transport: u8,
    /// Of 10: 5 for each.
    pub certifications: u8,
}

impl SustainabilityBody {
    fn new(product: ProductId, known: Option<&Sustainability>, version: i64) -> Self {
        let nothing = Sustainability::default();
        let facts = known.unwrap_or(&nothing);
        let score = facts.score();
        Self {
            product_id: product.to_string(),
            carbon_grams: facts.carbon_grams,
            recycled_percent: facts.recycled_percent,
            recyclable_packaging_percent: facts.recyclable_packaging_percent,
            transport_km: facts.transport_km,
            certifications: facts.certifications.iter().map(ToString::to_string).collect(),
            score: known.map(|_| score.total()),
            points: SustainabilityPointsBody {
                carbon: score.carbon,
                recycled: score.recycled,
                packaging: score.packaging,
                transport: score.transport,
                certifications: score.certifications,
            },
            version,
        }
    }
}

/// How sustainable a product is
///
/// What is known of it, and a score from 0 to 100 with the points that make it; what is not known earns none.
#[utoipa::path(
    get,
    path = "/api/v1/products/{id}/sustainability",
    tag = "catalog",
    params(("id" = String, Path, description = "`prd_…`"), ("Min-Event-Position" = Option<String>, Header)),
    responses(
        (status = 200, body = SustainabilityBody),
    ),
    security(()),
)]
pub(crate) async fn show_sustainability(
    souk: Shared,
    request: HttpRequest,
    Id(id): Id<ProductId>,
    min: MinPosition,
) -> Result<Answer, Problem> {
    Rules::default().read(&request)?;
    if let Some(asked) = min.0 {
        souk.reads.check_epoch(asked).await?;
    }
    // Straight from the log: what is asked for seldom needs no table.
    let known = souk.log.reader().load::<Product>(&id.stream(), AsOf::Now).await?;
    let listing = known.state.listing();
    let Some(listing) = listing else {
        return Err(Problem::missing("catalog.product_not_found", "product does not exist"));
    };
    let version = known.version;
    let body = SustainabilityBody::new(id, listing.sustainability.as_ref(), version);
    Ok(Answer::ok(&body)?.etag(version))
}

/// Say how sustainable a product is
///
/// Replaces all that was known. With `If-Match` only if the product has not changed since that version.
#[utoipa::path(
    put,
    path = "/api/v1/products/{id}/sustainability",
    tag = "catalog",
    request_body = SustainabilityRequest,
    params(
        ("id" = String, Path, description = "`prd_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ProductAcceptedBody),
        (status = 409, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn state_sustainability(
    signed: Signed,
    souk: Shared,
    Id(id): Id<ProductId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<SustainabilityRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let mut fields = Fields::default();
    let named = fields.check_all("/certifications", &request.certifications, |name| Tag::parse(name));
    let Some(certifications) = named else {
        return Err(fields.into_problem());
    };
    let known = Sustainability {
        carbon_grams: request.carbon_grams,
        recycled_percent: request.recycled_percent,
        recyclable_packaging_percent: request.recyclable_packaging_percent,
        transport_km: request.transport_km,
        certifications: certifications.into_iter().collect(),
    };
    match souk.catalog.state_sustainability(&signed.repeatable(&attempt), id, known, expected).await {
        Ok(executed) => {
            let body = ProductAcceptedBody::from(&executed.result);
            Ok(Answer::ok(&body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<Product>(error, &id.stream()).await),
    }
}

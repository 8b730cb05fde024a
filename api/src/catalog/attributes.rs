//! Routes of the definitions of attributes.

use actix_web::HttpRequest;
use commands::{CommandError, Executed, catalog::AttributeAccepted};
use domain::{
    catalog::{ATTRIBUTE_BOOK, AttributeBook, AttributeKind, KnownAttribute},
    ids::AttributeId,
};
use projections::Page;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    attribute_request::{DefineAttributeRequest, ReviseAttributeRequest},
    listing::wants_full,
    routes::allow_full,
};
use crate::{
    http::{
        Answer, Body, Id, Problem,
        auth::{MaybeSigned, Signed},
        etag::IfMatch,
        idempotency::OptionalKey,
        list::{Op, Rules, exact},
        locale::Locale,
        problem::ProblemBody,
        routes::Routes,
        shapes::{ListBody, Texts, texts},
    },
    souk::{Shared, Souk},
};

/// There are five hundred at most, so they come at once.
const ATTRIBUTES: Rules = Rules {
    is_list: false,
    has_total: false,
    filters: &[exact("filterable")],
    sorts: &[],
    fields: &[],
    params: &["view"],
};

/// Routes of attributes.
pub(super) fn routes(routes: &mut Routes) {
    routes.get("/api/v1/attributes", list_attributes);
    routes.post("/api/v1/attributes", define_attribute);
    routes.put("/api/v1/attributes/{id}", revise_attribute);
    routes.delete("/api/v1/attributes/{id}", retire_attribute);
}

/// One of the values to choose from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttributeOption)]
pub(crate) struct AttributeOptionBody {
    /// What products carry.
    code: String,
    /// What it is called, in the language of `Content-Language`.
    label: String,
    /// What it is called, by language; only in the full view.
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<Texts>,
}

/// One attribute that products may have.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attribute)]
pub(crate) struct AttributeBody {
    /// `atr_…`
    id: String,
    /// What products carry it under.
    code: String,
    /// What it is called, in the language of `Content-Language`.
    label: String,
    /// What it is called, by language; only in the full view.
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<Texts>,
    /// `text`, `number`, `boolean` or `choice`.
    kind: &'static str,
    /// How the unit of a number is written behind it.
    unit: Option<String>,
    /// The unit, by language; only in the full view.
    #[serde(skip_serializing_if = "Option::is_none")]
    units: Option<Texts>,
    /// The values of a choice in the order of display.
    options: Vec<AttributeOptionBody>,
    /// Every product that it is for must have it.
    required: bool,
    /// Shops offer it as a filter.
    filterable: bool,
    /// The only categories (`cat_…`), with all below them, whose products have it; all do where there is none.
    categories: Vec<String>,
    /// No product gets it any more.
    retired: bool,
}

/// What became of an attribute.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttributeAccepted)]
pub(crate) struct AttributeAcceptedBody {
    /// `atr_…`
    id: String,
    /// The version of all definitions: `If-Match` takes it.
    version: i64,
}

impl AttributeBody {
    fn new(id: AttributeId, known: &KnownAttribute, wanted: &str, is_full: bool) -> Self {
        let details = &known.details;
        let mut body = Self {
            id: id.to_string(),
            code: known.code.to_string(),
            label: details.label.pick(&[wanted]).1.to_owned(),
            labels: is_full.then(|| texts(&details.label)),
            kind: "text",
            unit: None,
            units: None,
            options: Vec::new(),
            required: details.required,
            filterable: details.filterable,
            categories: details.categories.iter().map(ToString::to_string).collect(),
            retired: known.is_retired,
        };
        match &details.kind {
            AttributeKind::Text => {}
            AttributeKind::Boolean => body.kind = "boolean",
            AttributeKind::Number { unit } => {
                body.kind = "number";
                body.unit = unit.as_ref().map(|unit| unit.pick(&[wanted]).1.to_owned());
                body.units = unit.as_ref().filter(|_| is_full).map(texts);
            }
            AttributeKind::Choice { options } => {
                body.kind = "choice";
                let shown = options.iter().map(|option| AttributeOptionBody {
                    code: option.code.to_string(),
                    label: option.label.pick(&[wanted]).1.to_owned(),
                    labels: is_full.then(|| texts(&option.label)),
                });
                body.options = shown.collect();
            }
        }
        body
    }
}

/// Attributes that products may have
///
/// In the order in which they were defined; there are 500 at most. They are always the newest.
#[utoipa::path(
    get,
    path = "/api/v1/attributes",
    tag = "catalog",
    params(
        ("filter[filterable]" = Option<bool>, Query, description = "`true`: those that shops offer as filters"),
        ("view" = Option<String>, Query, description = "`full` shows retired ones, and every language"),
        ("locale" = Option<String>, Query, description = "A language tag; goes before `Accept-Language`"),
    ),
    responses(
        (status = 200, body = ListBody<AttributeBody>),
        (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_attributes(
    souk: Shared,
    request: HttpRequest,
    signed: MaybeSigned,
    locale: Locale,
) -> Result<Answer, Problem> {
    let params = ATTRIBUTES.read(&request)?;
    let is_full = allow_full(wants_full(&params)?, &signed)?;
    let filterable = params.filter("filterable", Op::Eq, str::parse::<bool>)?;
    let (book, version) = souk.catalog.attributes().await?;
    let wanted = |known: &KnownAttribute| {
        (is_full || !known.is_retired) && filterable.is_none_or(|is| is == known.details.filterable)
    };
    let items = book.attributes().filter(|(_, known)| wanted(known)).collect();
    let tag = souk.store.locales.tag(locale);
    let page = Page { items, next: None, total: None };
    let list = params.list(page, |(id, known)| AttributeBody::new(id, known, tag, is_full))?;
    Ok(Answer::ok(&list)?.language(tag).etag(version))
}

/// Define an attribute
#[utoipa::path(
    post,
    path = "/api/v1/attributes",
    tag = "catalog",
    request_body = DefineAttributeRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = AttributeAcceptedBody),
        (status = 409, body = ProblemBody, description = "`catalog.attribute_code_taken`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn define_attribute(
    signed: Signed,
    souk: Shared,
    key: OptionalKey,
    Body(request): Body<DefineAttributeRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let (code, details) = request.parse()?;
    let executed = souk.catalog.define_attribute(&signed.repeatable(&attempt), code, details).await?;
    let body = AttributeAcceptedBody::from(&executed.result);
    Ok(Answer::created("/api/v1/attributes", &body)?.etag(body.version).executed(&executed))
}

/// Revise an attribute
///
/// All but the code and the kind is replaced. What products have already stays, and is asked again when it changes. With
/// `If-Match` only if no definition has changed since that version.
#[utoipa::path(
    put,
    path = "/api/v1/attributes/{id}",
    tag = "catalog",
    request_body = ReviseAttributeRequest,
    params(
        ("id" = String, Path, description = "`atr_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = AttributeAcceptedBody),
        (status = 409, body = ProblemBody, description = "`catalog.attribute_retired`"),
        (status = 412, body = ProblemBody, description = "They have changed; `events` says how"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn revise_attribute(
    signed: Signed,
    souk: Shared,
    Id(id): Id<AttributeId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<ReviseAttributeRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let call = signed.repeatable(&attempt);
    attribute_answer(&souk, souk.catalog.revise_attribute(&call, id, request.parse()?, expected).await).await
}

/// Retire an attribute
///
/// No product gets it any more; those that have it keep it. With `If-Match` only if no definition has changed since that
/// version.
#[utoipa::path(
    delete,
    path = "/api/v1/attributes/{id}",
    tag = "catalog",
    params(("id" = String, Path, description = "`atr_…`"), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = AttributeAcceptedBody),
        (status = 412, body = ProblemBody, description = "They have changed; `events` says how"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn retire_attribute(
    signed: Signed,
    souk: Shared,
    Id(id): Id<AttributeId>,
    IfMatch(expected): IfMatch,
) -> Result<Answer, Problem> {
    attribute_answer(&souk, souk.catalog.retire_attribute(&signed.call(), id, expected).await).await
}

impl From<&AttributeAccepted> for AttributeAcceptedBody {
    fn from(accepted: &AttributeAccepted) -> Self {
        Self {
            id: accepted.attribute.to_string(),
            version: accepted.version,
        }
    }
}

async fn attribute_answer(
    souk: &Souk,
    outcome: Result<Executed<AttributeAccepted>, CommandError>,
) -> Result<Answer, Problem> {
    match outcome {
        Ok(executed) => {
            let body = AttributeAcceptedBody::from(&executed.result);
            Ok(Answer::ok(&body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<AttributeBook>(error, ATTRIBUTE_BOOK).await),
    }
}

//! Routes of one's own favourites.

use std::collections::HashMap;

use actix_web::HttpRequest;
use commands::customers::FavoriteChanged;
use domain::{
    customers::{Favorites, FavoritesCommand},
    ids::ProductId,
};
use projections::{Page, catalog::product_list};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    catalog::response::ProductBody,
    http::{
        Answer, Id, Problem, auth::Signed, consistency::MinPosition, list::Rules, locale::Locale,
        problem::ProblemBody, shapes::ListBody,
    },
    souk::Shared,
};

/// The read model of products.
const READ_MODEL: &str = "product_list";

/// There are five hundred at most, so they come at once.
const RULES: Rules = Rules {
    is_list: false,
    has_total: false,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: &[],
};

/// What became of a favourite.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FavoriteChanged)]
pub(crate) struct FavoriteBody {
    /// `prd_…`
    product_id: String,
    /// How often the favourites were changed.
    version: i64,
}

impl From<&FavoriteChanged> for FavoriteBody {
    fn from(changed: &FavoriteChanged) -> Self {
        Self {
            product_id: changed.product.to_string(),
            version: changed.version,
        }
    }
}

/// Own favourites
///
/// The newest first, at most 500; discontinued products too, with their status.
#[utoipa::path(
    get,
    path = "/api/v1/users/favorites",
    tag = "customers",
    params(
        ("locale" = Option<String>, Query, description = "A language tag; goes before `Accept-Language`"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<ProductBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_favorites(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    let params = RULES.read(&request)?;
    let (ids, _) = souk.customers.favorites(&signed.call()).await?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let rows = product_list::by_ids(souk.reads.pool(), &ids).await?;
    let mut rows: HashMap<ProductId, _> = rows.into_iter().map(|row| (row.id, row)).collect();
    let items = ids.iter().filter_map(|id| rows.remove(id)).collect();
    let tag = souk.store.locales.tag(locale);
    let page = Page { items, next: None, total: None };
    let list = params.list(page, |row| ProductBody::new(row, tag, false).0)?;
    Ok(Answer::ok(&list)?.language(tag))
}

/// Add a favourite
///
/// What is one already stays one.
#[utoipa::path(
    post,
    path = "/api/v1/users/favorites/{product_id}",
    tag = "customers",
    params(("product_id" = String, Path, description = "`prd_…`")),
    responses(
        (status = 200, body = FavoriteBody),
        (status = 409, body = ProblemBody, description = "`customers.too_many_favorites`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn add_favorite(
    signed: Signed,
    souk: Shared,
    Id(product): Id<ProductId>,
) -> Result<Answer, Problem> {
    change(&signed, &souk, FavoritesCommand::Add { product }).await
}

/// Remove a favourite
///
/// What is none stays none.
#[utoipa::path(
    delete,
    path = "/api/v1/users/favorites/{product_id}",
    tag = "customers",
    params(("product_id" = String, Path, description = "`prd_…`")),
    responses(
        (status = 200, body = FavoriteBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn remove_favorite(
    signed: Signed,
    souk: Shared,
    Id(product): Id<ProductId>,
) -> Result<Answer, Problem> {
    change(&signed, &souk, FavoritesCommand::Remove { product }).await
}

async fn change(signed: &Signed, souk: &Shared, command: FavoritesCommand) -> Result<Answer, Problem> {
    match souk.customers.change_favorite(&signed.call(), command).await {
        Ok(executed) => Ok(Answer::ok(&FavoriteBody::from(&executed.result))?.executed(&executed)),
        Err(error) => Err(souk.explain::<Favorites>(error, &signed.principal().account.stream()).await),
    }
}

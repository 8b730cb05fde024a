//! Slugs of products. One belongs to one product for ever, also when the product goes by another one or is not sold any
//! more, so that old addresses lead somewhere. A product that is registered without one gets that of its title.

use domain::{
    catalog::{Presentation, ProductDetails},
    ids::ProductId,
    slug::Slug,
    text::Sku,
};
use event_store::{ClaimOutcome, Decision, Unit, ids};

use super::{CATEGORY_SLUG_SCOPE, Catalog, PRODUCT_SLUG_TAKEN};
use crate::{
    Call, CommandError, UseCase,
    execute::{Ruling, refuse},
};

/// The scope of the claims on slugs of products; the holder is the product's stream.
pub const PRODUCT_SLUG_SCOPE: &str = "product_slug";

/// How many numbers are tried at once behind a slug that is taken.
const NUMBERS_AT_ONCE: u32 = 100;

/// The greatest number that is tried; then a random one.
const LAST_NUMBER: u32 = 2_000;

/// What a slug is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlugOwner {
    /// A product.
    Product,
    /// A category.
    Category,
}

impl Catalog {
    /// A slug that nobody has or had, made of `wanted`. It is not reserved: whoever is first has it.
    ///
    /// # Errors
    /// When the caller may not, or the database fails.
    pub async fn propose_slug(
        &self,
        call: &Call,
        owner: SlugOwner,
        wanted: &Slug,
    ) -> Result<Slug, CommandError> {
        call.require(UseCase::ProposeSlug)?;
        let scope = match owner {
            SlugOwner::Product => PRODUCT_SLUG_SCOPE,
            SlugOwner::Category => CATEGORY_SLUG_SCOPE,
        };
        let mut candidates = vec![wanted.clone()];
        let mut number = 2;
        loop {
            let next = number + NUMBERS_AT_ONCE;
            candidates.extend((number..next).map(|number| wanted.numbered(number)));
            let keys: Vec<&str> = candidates.iter().map(Slug::as_str).collect();
            let taken: Vec<String> =
                sqlx::query_scalar("select key from claims where scope = $1 and key = any($2)")
                    .bind(scope)
                    .bind(&keys)
                    .fetch_all(self.log.pool())
                    .await?;
            if let Some(free) = candidates.iter().find(|slug| !taken.iter().any(|key| key == slug.as_str())) {
                return Ok(free.clone());
            }
            if next > LAST_NUMBER {
                let tail = Slug::of(&ids::uuid().simple().to_string());
                return Ok(tail.map_or_else(|| wanted.clone(), |tail| wanted.followed_by(&tail)));
            }
            candidates.clear();
            number = next;
        }
    }
}

/// What a product without a slug of its own may be called, best first: the title, the title with the code, the title
/// with the product's id, which nobody else has.
pub(crate) fn candidates(details: &ProductDetails, sku: &Sku, product: ProductId) -> Vec<Slug> {
    let code = Slug::of(sku.as_str());
    let id = Slug::of(&product.as_uuid().simple().to_string());
    let Some(title) = Slug::of(details.title.pick(&["en"]).1).or_else(|| code.clone()) else {
        return id.into_iter().collect();
    };
    let longer = [code, id].into_iter().flatten().map(|tail| title.followed_by(&tail));
    [title.clone()].into_iter().chain(longer).collect()
}

/// Names what [`take_slug`] and [`take_own_slug`] look at.
pub(crate) fn slug_hints(unit: Unit, slugs: &[Slug]) -> Unit {
    slugs.iter().fold(unit, |unit, slug| unit.claims(PRODUCT_SLUG_SCOPE, slug.as_str()))
}

/// Takes the slug that somebody wants for a product.
pub(super) fn take_slug(decision: &mut Decision<'_>, slug: &Slug, id: &str) -> Ruling<()> {
    match decision.claim(PRODUCT_SLUG_SCOPE, slug.as_str(), id)? {
        ClaimOutcome::Taken(_) => refuse(PRODUCT_SLUG_TAKEN.refusal_at("/slug")),
        ClaimOutcome::Held => Ok(()),
    }
}

/// Takes the first of `candidates` that is free for a product that says none.
pub(crate) fn take_own_slug(
    decision: &mut Decision<'_>,
    presentation: &mut Presentation,
    candidates: &[Slug],
    id: &str,
) -> Ruling<()> {
    for slug in candidates {
        if let ClaimOutcome::Held = decision.claim(PRODUCT_SLUG_SCOPE, slug.as_str(), id)? {
            presentation.slug = Some(slug.clone());
            return Ok(());
        }
    }
    Ok(())
}

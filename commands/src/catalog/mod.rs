//! Catalog: products and categories come, change and go. Each SKU and each external id belongs to one product for ever.

mod attributes;
mod batch;
mod bulk;
mod categories;
mod import;
mod pictures;
mod reviews;
mod slugs;
mod tickets;
mod units;
mod uploads;

use domain::{
    catalog::{
        Image, ImageUser, Product, ProductCommand, ProductKind, ProductState, RegisterProduct, ReviseProduct,
        Sustainability,
    },
    ids::{CategoryId, ProductId},
    slug::Slug,
    text::Reason,
    vendors::Company,
};
use event_store::{ClaimOutcome, Decision, Executed, Log, StreamRef, ids};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Call, Caller, CommandError, Refused, UseCase,
    code::codes,
    execute::{Ruling, check_version, execute, judge, refuse},
    vendors,
};

codes! {
    SKU_TAKEN = "catalog.sku_taken" Conflict "another product has this SKU",
    EXTERNAL_ID_TAKEN = "catalog.external_id_taken" Conflict "another product has this external id",
    PRODUCT_SLUG_TAKEN = "catalog.product_slug_taken" Conflict "another product has, or had, this slug",
    CATEGORY_SLUG_TAKEN = "catalog.category_slug_taken" Conflict "another category has, or had, this slug",
    CATEGORY_UNKNOWN = "catalog.category_unknown" Invalid "there is no such category",
    CATEGORY_GOING = "catalog.category_going" Conflict "the category is being removed at this moment",
    CATEGORY_IN_USE = "catalog.category_in_use" Conflict "products or categories hang on the category",
    CATEGORY_CYCLE = "catalog.category_cycle" Conflict "a category cannot hang below itself",
    CATEGORY_TOO_DEEP = "catalog.category_too_deep" Invalid "there are too many categories above this one",
    UNIT_CODE_TAKEN = "catalog.unit_code_taken" Conflict "another unit has, or had, this code",
    UNIT_UNKNOWN = "catalog.unit_unknown" Invalid "there is no such unit, or it is retired",
    SELLING_UNIT_CURRENCY = "catalog.selling_unit_currency" Invalid "a selling unit is priced in its product's currency",
    REVIEW_EXISTS = "catalog.review_exists" Conflict "you have written a review of this product already",
    NO_ROWS = "catalog.no_rows" Invalid "name at least one product",
    TOO_MANY_ROWS = "catalog.too_many_rows" Invalid "name at most 1000 products",
    IMAGE_FORMAT = "catalog.image_format" Invalid "send a JPEG, PNG, GIF, WebP or AVIF picture",
    IMAGE_UNREADABLE = "catalog.image_unreadable" Invalid "the picture cannot be decoded",
    IMAGE_TOO_MANY_PIXELS = "catalog.image_too_many_pixels" Invalid "the picture has more pixels than are taken",
    IMAGE_BYTES = "catalog.image_bytes" Invalid "an image has 1 byte to 4 MiB",
    UPLOAD_COUNT = "catalog.upload_count" Invalid "upload 1 to 10 images at once",
    UPLOAD_UNKNOWN = "catalog.upload_unknown" Invalid "there is no such uploaded image, or it is not yours",
    UPLOAD_TICKET = "catalog.upload_ticket_invalid" Forbidden "the ticket is not valid, or its time is over",
    UPLOAD_MISMATCH = "catalog.upload_mismatch" Invalid "the file is not what was announced",
    UPLOAD_MISSING = "catalog.upload_missing" Conflict "nothing has been put there yet",
    IMPORT_INCOMPLETE = "catalog.import_incomplete" Invalid "a new product needs a SKU, a title and prices",
    IMPORT_FIXED = "catalog.import_fixed" Conflict "a product keeps its SKU, kind, vendor and external id",
    FOREIGN_COMPANY = "catalog.foreign_company" Forbidden "a vendor registers products of its own company only",
}

pub use attributes::AttributeAccepted;
pub use batch::{Batch, MAX_UPLOADS};
pub use bulk::{MAX_BULK_ROWS, RevisedRow};
pub use categories::{CATEGORY_SLUG_SCOPE, CategoryAccepted};
pub use import::{ImportAccepted, ImportOutcome, ImportRow};
pub use reviews::{MAX_PROOFS, NewReview, REVIEW_SCOPE, ReviewAccepted, ReviewAcceptedStatus, Reviews};
pub use slugs::{PRODUCT_SLUG_SCOPE, SlugOwner};
pub use tickets::{DirectUpload, TICKET_MINUTES, Ticket};
pub use units::{SellingUnitAccepted, UNIT_CODE_SCOPE, UnitAccepted};
pub use uploads::{UploadAccepted, Uploads};

pub(crate) use slugs::{candidates, slug_hints, take_own_slug};

use attributes::{book_hint, check_attributes};
use categories::{file_product, filing_hints};
use pictures::{picture_hints, show_pictures};
use slugs::take_slug;

/// The scope of the claims on SKUs; the holder is the product's stream.
pub const SKU_SCOPE: &str = "sku";

/// The scope of the claims on products' external ids; the holder is the product's stream.
pub const EXTERNAL_ID_SCOPE: &str = "product_external_id";

/// The use cases on products.
#[derive(Clone)]
pub struct Catalog {
    log: Log,
}

/// What became of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductAccepted {
    /// Which product.
    pub product: ProductId,
    /// Its version now: the `ETag`.
    pub version: i64,
}

impl Catalog {
    /// Use cases on `log`.
    #[must_use]
    pub const fn new(log: Log) -> Self {
        Self { log }
    }

    /// Puts a new product into the catalogue. A vendor's product is its company's. One without a slug gets one of its
    /// title.
    ///
    /// # Errors
    /// `catalog.sku_taken`, `catalog.product_slug_taken`, `catalog.external_id_taken`, `catalog.foreign_company`, `vendors.company_not_found`, and the product's own rules.
    pub async fn register_product(
        &self,
        call: &Call,
        mut new: RegisterProduct,
    ) -> Result<Executed<ProductAccepted>, CommandError> {
        call.require(UseCase::RegisterProduct)?;
        if let Some(own) = call.caller.confined_to() {
            if own.is_none() || new.company.is_some_and(|company| Some(company) != own) {
                return Err(FOREIGN_COMPANY.refusal_at("/company").into());
            }
            new.company = own;
        }
        let product = ProductId::from_uuid(ids::uuid());
        let mut unit = call
            .unit()
            .reads(StreamRef::new_of::<Product>(product.stream()))
            .claims(SKU_SCOPE, new.sku.as_str());
        if let Some(external_id) = &new.external_id {
            unit = unit.claims(EXTERNAL_ID_SCOPE, external_id.as_str());
        }
        unit = filing_hints(unit, &new.details.categories);
        unit = picture_hints(unit, &new.details.images);
        let slugs = match &new.presentation.slug {
            Some(slug) => vec![slug.clone()],
            None => candidates(&new.details, &new.sku, product),
        };
        unit = book_hint(slug_hints(unit, &slugs));
        if let Some(company) = new.company {
            unit = unit.reads(StreamRef::of::<Company>(company.stream()));
        }
        let caller = call.caller.clone();
        execute(&self.log, call, unit, move |decision| register(decision, &caller, product, &new, &slugs))
            .await
    }

    /// Changes parts of a product. With `expected_version` only if nothing has changed since.
    ///
    /// # Errors
    /// `catalog.product_not_found` (another company's product too, for a vendor), `catalog.product_slug_taken`,
    /// `PreconditionFailed`, and the product's own rules.
    pub async fn revise_product(
        &self,
        call: &Call,
        product: ProductId,
        parts: ReviseProduct,
        expected_version: Option<i64>,
    ) -> Result<Executed<ProductAccepted>, CommandError> {
        self.change(call, product, ProductCommand::Revise(parts), expected_version).await
    }

    /// Says how sustainable a product is; all that was known is replaced.
    ///
    /// # Errors
    /// As [`Self::revise_product`].
    pub async fn state_sustainability(
        &self,
        call: &Call,
        product: ProductId,
        known: Sustainability,
        expected_version: Option<i64>,
    ) -> Result<Executed<ProductAccepted>, CommandError> {
        self.change(call, product, ProductCommand::StateSustainability(known), expected_version).await
    }

    /// Stops selling a product; its history stays, and its SKU stays its own.
    ///
    /// # Errors
    /// As [`Self::revise_product`].
    pub async fn discontinue_product(
        &self,
        call: &Call,
        product: ProductId,
        reason: Option<Reason>,
        expected_version: Option<i64>,
    ) -> Result<Executed<ProductAccepted>, CommandError> {
        self.change(call, product, ProductCommand::Discontinue { reason }, expected_version).await
    }

    async fn change(
        &self,
        call: &Call,
        product: ProductId,
        command: ProductCommand,
        expected_version: Option<i64>,
    ) -> Result<Executed<ProductAccepted>, CommandError> {
        call.require(UseCase::ChangeProduct)?;
        let caller = call.caller.clone();
        let id = product.stream();
        let (slug, details) = match &command {
            ProductCommand::Revise(parts) => (parts.slug.clone(), parts.details.clone()),
            ProductCommand::Register(_)
            | ProductCommand::StateSustainability(_)
            | ProductCommand::Discontinue { .. } => (None, None),
        };
        let unit = call.unit().reads(StreamRef::of::<Product>(id.as_str()));
        let pictures = details.as_ref().map_or(&[][..], |details| details.images.as_slice());
        let unit = picture_hints(unit, pictures);
        let unit = slug_hints(unit, slug.as_slice());
        execute(&self.log, call, unit, move |decision| {
            let state = decision.state::<Product>(&id)?;
            if !state.exists() || caller.is_foreign(state.company()) {
                return refuse(unknown_product());
            }
            let before = filed_under(state);
            let shown = images_of(state);
            check_version::<Product>(decision, &id, expected_version)?;
            if let Some(slug) = &slug {
                take_slug(decision, slug, &id)?;
            }
            if let Some(details) = &details {
                check_attributes(decision, &id, details)?;
            }
            judge::<Product>(decision, &id, command.clone())?;
            let state = decision.state::<Product>(&id)?;
            let (after, shows) = (filed_under(state), images_of(state));
            file_product(decision, product, &before, &after)?;
            show_pictures(decision, &caller, ImageUser::Product(product), &shown, &shows)?;
            Ok(ProductAccepted { product, version: decision.version::<Product>(&id)? })
        })
        .await
    }

    /// The product that has `sku`, for edges that know only that.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn product_by_sku(&self, sku: &str) -> Result<Option<ProductId>, CommandError> {
        Ok(holders(&self.log, SKU_SCOPE, &[sku.to_owned()]).await?.pop().map(|(_, product)| product))
    }
}

fn register(
    decision: &mut Decision<'_>,
    caller: &Caller,
    product: ProductId,
    new: &RegisterProduct,
    slugs: &[Slug],
) -> Ruling<ProductAccepted> {
    let id = product.stream();
    if let Some(company) = new.company
        && !decision.state::<Company>(&company.stream())?.exists()
    {
        return refuse(vendors::unknown_company("/company"));
    }
    if let ClaimOutcome::Taken(_) = decision.claim(SKU_SCOPE, new.sku.as_str(), &id)? {
        return refuse(SKU_TAKEN.refusal_at("/sku"));
    }
    if let Some(external_id) = &new.external_id
        && let ClaimOutcome::Taken(_) = decision.claim(EXTERNAL_ID_SCOPE, external_id.as_str(), &id)?
    {
        return refuse(EXTERNAL_ID_TAKEN.refusal_at("/external_id"));
    }
    let mut registered = new.clone();
    match &new.presentation.slug {
        Some(slug) => take_slug(decision, slug, &id)?,
        None => take_own_slug(decision, &mut registered.presentation, slugs, &id)?,
    }
    check_attributes(decision, &id, &new.details)?;
    judge::<Product>(decision, &id, ProductCommand::Register(registered))?;
    file_product(decision, product, &[], &new.details.categories)?;
    show_pictures(decision, caller, ImageUser::Product(product), &[], &new.details.images)?;
    Ok(ProductAccepted { product, version: decision.version::<Product>(&id)? })
}

/// The pictures that a product shows.
fn images_of(state: &ProductState) -> Vec<Image> {
    state.details().map(|details| details.images.clone()).unwrap_or_default()
}

/// The categories that a product hangs on: none once it is discontinued.
fn filed_under(state: &ProductState) -> Vec<CategoryId> {
    let details = state.details().filter(|_| state.is_active());
    details.map(|details| details.categories.clone()).unwrap_or_default()
}

pub(crate) fn unknown_product() -> Refused {
    Refused::of(&domain::catalog::ProductError::NotFound)
}

/// A product that is counted, discontinued or not.
pub(crate) fn is_goods(state: &ProductState) -> bool {
    state.kind() == Some(ProductKind::Goods)
}

/// A claim's holder as the product that it names.
pub(crate) fn product_of(holder: &str) -> Option<ProductId> {
    Uuid::try_parse(holder).ok().map(ProductId::from_uuid)
}

/// Who holds these keys at present: hints for naming streams, never a decision.
pub(crate) async fn holders(
    log: &Log,
    scope: &str,
    keys: &[String],
) -> Result<Vec<(String, ProductId)>, CommandError> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("select key, holder from claims where scope = $1 and key = any($2)")
            .bind(scope)
            .bind(keys)
            .fetch_all(log.pool())
            .await?;
    Ok(rows.into_iter().filter_map(|(key, holder)| product_of(&holder).map(|id| (key, id))).collect())
}

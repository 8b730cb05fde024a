//! The definitions of attributes, and the attributes of products, which are held to them.

use domain::{
    catalog::{
        ATTRIBUTE_BOOK, AttributeBook, AttributeBookCommand, AttributeBookState, AttributeDetails,
        AttributeValues, Product, ProductDetails,
    },
    ids::{AttributeId, CategoryId},
    text::Code,
};
use event_store::{AsOf, Decision, Executed, StreamRef, Unit, ids};
use serde::{Deserialize, Serialize};

use super::{CATEGORY_UNKNOWN, Catalog, categories::with_ancestors};
use crate::{
    Call, CommandError, Refused, UseCase,
    execute::{Ruling, check_version, execute, judge, refuse},
};

/// What became of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeAccepted {
    /// Which attribute.
    pub attribute: AttributeId,
    /// The version of all definitions now: the `ETag`.
    pub version: i64,
}

impl Catalog {
    /// Lets products have an attribute.
    ///
    /// # Errors
    /// `permission_denied`, `catalog.attribute_code_taken`, `catalog.category_unknown`, and the attribute's own rules.
    pub async fn define_attribute(
        &self,
        call: &Call,
        code: Code,
        details: AttributeDetails,
    ) -> Result<Executed<AttributeAccepted>, CommandError> {
        call.require(UseCase::DefineAttribute)?;
        let attribute = AttributeId::from_uuid(ids::uuid());
        self.change_attribute(
            call,
            attribute,
            AttributeBookCommand::Define { attribute, code, details },
            None,
        )
        .await
    }

    /// Describes an attribute anew. With `expected_version` only if no definition has changed since.
    ///
    /// # Errors
    /// `permission_denied`, `catalog.attribute_not_found`, `catalog.category_unknown`, the attribute's own rules,
    /// `PreconditionFailed`.
    pub async fn revise_attribute(
        &self,
        call: &Call,
        attribute: AttributeId,
        details: AttributeDetails,
        expected_version: Option<i64>,
    ) -> Result<Executed<AttributeAccepted>, CommandError> {
        call.require(UseCase::ChangeAttribute)?;
        let revise = AttributeBookCommand::Revise { attribute, details };
        self.change_attribute(call, attribute, revise, expected_version).await
    }

    /// Lets no product get an attribute any more; those that have it keep it.
    ///
    /// # Errors
    /// `permission_denied`, `catalog.attribute_not_found`, `PreconditionFailed`.
    pub async fn retire_attribute(
        &self,
        call: &Call,
        attribute: AttributeId,
        expected_version: Option<i64>,
    ) -> Result<Executed<AttributeAccepted>, CommandError> {
        call.require(UseCase::ChangeAttribute)?;
        let retire = AttributeBookCommand::Retire { attribute };
        self.change_attribute(call, attribute, retire, expected_version).await
    }

    /// Every definition, and the version of all of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn attributes(&self) -> Result<(AttributeBookState, i64), CommandError> {
        let known = self.log.reader().load::<AttributeBook>(ATTRIBUTE_BOOK, AsOf::Now).await?;
        Ok((known.state, known.version))
    }

    async fn change_attribute(
        &self,
        call: &Call,
        attribute: AttributeId,
        command: AttributeBookCommand,
        expected_version: Option<i64>,
    ) -> Result<Executed<AttributeAccepted>, CommandError> {
        let categories: Vec<CategoryId> = match &command {
            AttributeBookCommand::Define { details, .. } | AttributeBookCommand::Revise { details, .. } => {
                details.categories.iter().copied().collect()
            }
            AttributeBookCommand::Retire { .. } => Vec::new(),
        };
        execute(&self.log, call, book_hint(call.unit()), move |decision| {
            check_version::<AttributeBook>(decision, ATTRIBUTE_BOOK, expected_version)?;
            for (index, category) in categories.iter().enumerate() {
                let id = category.stream();
                if decision.state::<domain::catalog::Category>(&id)?.node().is_none() {
                    return refuse(CATEGORY_UNKNOWN.refusal_at(&format!("/categories/{index}")));
                }
            }
            judge::<AttributeBook>(decision, ATTRIBUTE_BOOK, command.clone())?;
            let version = decision.version::<AttributeBook>(ATTRIBUTE_BOOK)?;
            Ok(AttributeAccepted { attribute, version })
        })
        .await
    }
}

/// Names what [`check_attributes`] looks at.
pub(super) fn book_hint(unit: Unit) -> Unit {
    unit.reads(StreamRef::of::<AttributeBook>(ATTRIBUTE_BOOK))
}

/// Holds a product's attributes to the definitions, unless they and its categories stay what they are.
pub(super) fn check_attributes(
    decision: &mut Decision<'_>,
    product: &str,
    details: &ProductDetails,
) -> Ruling<()> {
    let before = decision.state::<Product>(product)?.details().cloned();
    let stays = before.as_ref().is_some_and(|before| {
        before.attributes == details.attributes && before.categories == details.categories
    });
    if stays {
        return Ok(());
    }
    let categories = with_ancestors(decision, &details.categories)?;
    let before = before.map_or_else(AttributeValues::new, |before| before.attributes);
    let book = decision.state::<AttributeBook>(ATTRIBUTE_BOOK)?;
    match book.check(&details.attributes, &before, &categories) {
        Ok(()) => Ok(()),
        Err(error) => refuse(Refused::of(&error)),
    }
}

//! Reviews. A customer writes one about a product, which a claim holds; the text is sealed with the customer's key.
//!
//! Whether the customer has had the product is never said by the client: the edge names orders that may prove it, and the
//! writer looks at them under the lock. What it finds stands in the event.

use domain::{
    catalog::{
        FlagReason, Opinion, Product, ProductError, REVIEW_CONTENT, Rating, Review, ReviewCommand,
        ReviewContent, ReviewError, ReviewStatus, Verdict,
    },
    identity::{Account, AccountError},
    ids::{AccountId, EventId, OrderId, ProductId, ReviewId},
    orders::{Order, OrderStatus},
    sealed::{Place, Sealed},
};
use event_store::{ClaimOutcome, Decision, Executed, Log, StreamRef, Unit, ids};
use serde::{Deserialize, Serialize};

use super::REVIEW_EXISTS;
use crate::{
    Call, CommandError, Refused, UseCase,
    execute::{FORBIDDEN, Ruling, check_version, execute, judge, judge_as, refuse},
    vault::Vault,
};

/// The scope of the claims on reviews; the key is `product/customer`, the holder the review's stream.
pub const REVIEW_SCOPE: &str = "review";

/// The most orders that are looked at for a purchase.
pub const MAX_PROOFS: usize = 5;

/// The use cases on reviews. Cheap to clone.
#[derive(Clone)]
pub struct Reviews {
    log: Log,
    vault: Vault,
}

/// A review as its author gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReview {
    /// How many stars of five.
    pub rating: Rating,
    /// Title, text and pictures.
    pub content: ReviewContent,
    /// Orders that may have brought the product to the author; others than that prove nothing.
    pub proofs: Vec<OrderId>,
}

/// What became of a review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewAccepted {
    /// Which review.
    pub review: ReviewId,
    /// About which product.
    pub product: ProductId,
    /// Who may read it.
    pub status: ReviewAcceptedStatus,
    /// An order brought the product to the author.
    pub is_verified: bool,
    /// Its version now: the `ETag`.
    pub version: i64,
}

/// Who may read a review, as answers to commands store it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewAcceptedStatus {
    /// Nobody has looked at it yet.
    Pending,
    /// Everybody.
    Published,
    /// Nobody but its author.
    Rejected,
    /// It is gone.
    Removed,
}

impl From<ReviewStatus> for ReviewAcceptedStatus {
    fn from(status: ReviewStatus) -> Self {
        match status {
            ReviewStatus::Pending => Self::Pending,
            ReviewStatus::Published => Self::Published,
            ReviewStatus::Rejected => Self::Rejected,
        }
    }
}

impl Reviews {
    /// Use cases on `log`, with `vault` for what is personal.
    #[must_use]
    pub const fn new(log: Log, vault: Vault) -> Self {
        Self { log, vault }
    }

    /// Writes a review of a product; it waits to be moderated.
    ///
    /// # Errors
    /// `permission_denied`, `catalog.product_not_found`, `catalog.review_exists`, `identity.account_erased`, and the review's own
    /// rules.
    pub async fn write_review(
        &self,
        call: &Call,
        product: ProductId,
        new: NewReview,
    ) -> Result<Executed<ReviewAccepted>, CommandError> {
        let author = own(call, UseCase::WriteReview)?;
        new.content.check().map_err(|error| Refused::of(&error))?;
        let (event, content) = self.seal(author, &new.content).await?;
        let review = ReviewId::from_uuid(ids::uuid());
        let (id, key) = (review.stream(), claim_key(product, author));
        let unit = call
            .unit()
            .reads(StreamRef::new_of::<Review>(id.as_str()))
            .reads(StreamRef::of::<Product>(product.stream()))
            .reads(StreamRef::of::<Account>(author.stream()))
            .claims(REVIEW_SCOPE, key.as_str());
        execute(&self.log, call, proof_hints(unit, &new.proofs), move |decision| {
            must_be_alive(decision, author)?;
            if !decision.state::<Product>(&product.stream())?.exists() {
                return refuse(Refused::of(&ProductError::NotFound));
            }
            if let ClaimOutcome::Taken(_) = decision.claim(REVIEW_SCOPE, &key, &id)? {
                return refuse(REVIEW_EXISTS.refusal());
            }
            let opinion = Opinion {
                rating: new.rating,
                content: content.clone(),
                purchase: purchase(decision, author, product, &new.proofs)?,
            };
            let write = ReviewCommand::Write { product, customer: author, opinion };
            judge_as::<Review>(decision, &id, event, write)?;
            accepted(decision, review, product)
        })
        .await
    }

    /// Puts another text in an own review's place; it waits to be moderated again. With `expected_version` only if nothing
    /// has changed since.
    ///
    /// # Errors
    /// `permission_denied`, `catalog.review_not_found` (somebody else's too), `identity.account_erased`,
    /// `PreconditionFailed`, and the review's own rules.
    pub async fn revise_review(
        &self,
        call: &Call,
        review: ReviewId,
        new: NewReview,
        expected_version: Option<i64>,
    ) -> Result<Executed<ReviewAccepted>, CommandError> {
        let author = own(call, UseCase::ReviseReview)?;
        new.content.check().map_err(|error| Refused::of(&error))?;
        let (event, content) = self.seal(author, &new.content).await?;
        let id = review.stream();
        let unit = call
            .unit()
            .reads(StreamRef::of::<Review>(id.as_str()))
            .reads(StreamRef::of::<Account>(author.stream()));
        execute(&self.log, call, proof_hints(unit, &new.proofs), move |decision| {
            must_be_alive(decision, author)?;
            let Some(known) = decision.state::<Review>(&id)?.known().cloned() else {
                return refuse(unknown());
            };
            if known.customer != author {
                return refuse(unknown());
            }
            check_version::<Review>(decision, &id, expected_version)?;
            // What was proven once stays proven.
            let purchase = match known.opinion.purchase {
                Some(order) => Some(order),
                None => purchase(decision, author, known.product, &new.proofs)?,
            };
            let opinion = Opinion { rating: new.rating, content: content.clone(), purchase };
            judge_as::<Review>(decision, &id, event, ReviewCommand::Revise(opinion))?;
            accepted(decision, review, known.product)
        })
        .await
    }

    /// Takes a review away: an own one, or any by whoever moderates. Its author may write another. With `expected_version`
    /// only if nothing has changed since.
    ///
    /// # Errors
    /// `permission_denied`, `catalog.review_not_found` (somebody else's too), `PreconditionFailed`.
    pub async fn remove_review(
        &self,
        call: &Call,
        review: ReviewId,
        expected_version: Option<i64>,
    ) -> Result<Executed<ReviewAccepted>, CommandError> {
        call.require(UseCase::RemoveReview)?;
        let (id, caller) = (review.stream(), call.caller.clone());
        let unit = call.unit().reads(StreamRef::of::<Review>(id.as_str()));
        execute(&self.log, call, unit, move |decision| {
            let Some(known) = decision.state::<Review>(&id)?.known().cloned() else {
                return refuse(unknown());
            };
            let is_own = caller.account() == Some(known.customer);
            if !is_own && !caller.may(UseCase::ModerateReview.permission()) {
                return refuse(unknown());
            }
            check_version::<Review>(decision, &id, expected_version)?;
            judge::<Review>(decision, &id, ReviewCommand::Remove)?;
            decision.release_claim(REVIEW_SCOPE, &claim_key(known.product, known.customer));
            accepted(decision, review, known.product)
        })
        .await
    }

    /// Lets everybody read a review, or nobody. What readers had against it is settled. With `expected_version` only if
    /// nothing has changed since.
    ///
    /// # Errors
    /// `permission_denied`, `catalog.review_not_found`, `PreconditionFailed`.
    pub async fn moderate_review(
        &self,
        call: &Call,
        review: ReviewId,
        verdict: Verdict,
        expected_version: Option<i64>,
    ) -> Result<Executed<ReviewAccepted>, CommandError> {
        call.require(UseCase::ModerateReview)?;
        self.change(call, review, ReviewCommand::Moderate(verdict), expected_version).await
    }

    /// Says that a published review should not be there; a second time it changes nothing.
    ///
    /// # Errors
    /// `permission_denied`, `catalog.review_not_found`, `catalog.review_own`.
    pub async fn flag_review(
        &self,
        call: &Call,
        review: ReviewId,
        reason: FlagReason,
    ) -> Result<Executed<ReviewAccepted>, CommandError> {
        let customer = own(call, UseCase::FlagReview)?;
        self.change(call, review, ReviewCommand::Flag { customer, reason }, None).await
    }

    async fn change(
        &self,
        call: &Call,
        review: ReviewId,
        command: ReviewCommand,
        expected_version: Option<i64>,
    ) -> Result<Executed<ReviewAccepted>, CommandError> {
        let id = review.stream();
        let unit = call.unit().reads(StreamRef::of::<Review>(id.as_str()));
        execute(&self.log, call, unit, move |decision| {
            let Some(product) = decision.state::<Review>(&id)?.known().map(|known| known.product) else {
                return refuse(unknown());
            };
            check_version::<Review>(decision, &id, expected_version)?;
            judge::<Review>(decision, &id, command.clone())?;
            accepted(decision, review, product)
        })
        .await
    }

    async fn seal(
        &self,
        author: AccountId,
        content: &ReviewContent,
    ) -> Result<(EventId, Sealed), CommandError> {
        let event = EventId::from_uuid(ids::uuid());
        let text = serde_json::to_string(content).map_err(|error| CommandError::Fault(error.to_string()))?;
        let keys = self.vault.keys([author]).await?;
        let sealed = keys.seal(author, Place { event, field: REVIEW_CONTENT }, &text)?;
        Ok((event, sealed.ok_or_else(|| Refused::of(&AccountError::Erased))?))
    }
}

fn own(call: &Call, use_case: UseCase) -> Result<AccountId, CommandError> {
    call.require(use_case)?;
    call.caller.account().ok_or_else(|| FORBIDDEN.refusal().into())
}

fn unknown() -> Refused {
    Refused::of(&ReviewError::NotFound)
}

fn claim_key(product: ProductId, author: AccountId) -> String {
    format!("{}/{}", product.stream(), author.stream())
}

fn proof_hints(unit: Unit, proofs: &[OrderId]) -> Unit {
    proofs
        .iter()
        .take(MAX_PROOFS)
        .fold(unit, |unit, order| unit.reads(StreamRef::of::<Order>(order.stream())))
}

/// Under the append lock: whatever this node has in memory, nothing is sealed into the log for somebody who is erased.
fn must_be_alive(decision: &mut Decision<'_>, author: AccountId) -> Ruling<()> {
    if decision.state::<Account>(&author.stream())?.is_erased() {
        return refuse(Refused::of(&AccountError::Erased));
    }
    Ok(())
}

/// The first of the orders that is the author's own and has brought the product.
fn purchase(
    decision: &mut Decision<'_>,
    author: AccountId,
    product: ProductId,
    proofs: &[OrderId],
) -> Ruling<Option<OrderId>> {
    for order in proofs.iter().take(MAX_PROOFS) {
        let known = decision.state::<Order>(&order.stream())?;
        let lines = known.lines().iter().filter(|line| line.product == product);
        let has_brought = lines.into_iter().any(|line| {
            let mut own_parts = known.parts().iter().filter(|part| part.company == line.company);
            own_parts.any(|part| {
                let is_from_there = match part.warehouse {
                    Some(warehouse) => line.allocations.iter().any(|share| share.warehouse == warehouse),
                    None => line.allocations.is_empty(),
                };
                is_from_there && known.part_status(part.number) == Some(OrderStatus::Delivered)
            })
        });
        if known.customer() == Some(author) && has_brought {
            return Ok(Some(*order));
        }
    }
    Ok(None)
}

fn accepted(decision: &mut Decision<'_>, review: ReviewId, product: ProductId) -> Ruling<ReviewAccepted> {
    let id = review.stream();
    let known = decision.state::<Review>(&id)?.known();
    let status = known.map_or(ReviewAcceptedStatus::Removed, |known| known.status.into());
    let is_verified = known.is_some_and(|known| known.opinion.purchase.is_some());
    Ok(ReviewAccepted {
        review,
        product,
        status,
        is_verified,
        version: decision.version::<Review>(&id)?,
    })
}

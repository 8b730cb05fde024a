//! Categories. A slug belongs to one category for as long as that exists, earlier slugs too, so that old addresses lead
//! somewhere. A category does not hang below itself, and goes only when nothing hangs on it.
//!
//! Removing takes three steps, as closing a warehouse does. First a claim says that the category is going: from there on
//! nothing is hung on it. Then the claims of its members are asked for: none is missing, because whatever was hung on
//! it before is among them by now. At last one decision removes it, or gives the claim up. A step that never comes (the
//! node died) leaves the category going, until somebody asks again.

use std::collections::{BTreeSet, HashSet};

use domain::{
    catalog::{Category, CategoryCommand, CategoryDetails, CategoryError, Image, ImageUser, ReviseCategory},
    ids::{CategoryId, ProductId},
    refusal::Fault,
    slug::Slug,
};
use event_store::{ClaimOutcome, Decision, Executed, StreamRef, Unit, ids};
use serde::{Deserialize, Serialize};

use super::{
    CATEGORY_CYCLE, CATEGORY_GOING, CATEGORY_IN_USE, CATEGORY_SLUG_TAKEN, CATEGORY_TOO_DEEP,
    CATEGORY_UNKNOWN, Catalog,
    pictures::{picture_hints, show_pictures},
};
use crate::{
    Call, CommandError, Refused, UseCase,
    execute::{Ruling, check_version, execute, judge, refuse},
};

/// The scope of the claims on slugs of categories; the holder is the category's stream.
pub const CATEGORY_SLUG_SCOPE: &str = "category_slug";

/// The scope of the claims that say what hangs on a category; the key is `category/member`, the holder the member.
const MEMBER_SCOPE: &str = "category_member";

/// The scope of the claims that say "is going"; the key is the category's stream, the holder the attempt to remove it: whoever
/// tries again takes it over, so that nobody goes by members that he asked for before another gave up.
const GOING_SCOPE: &str = "category_going";

/// The most levels above a category, so that no decision walks far.
const MAX_ANCESTORS: usize = 32;

/// What became of a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryAccepted {
    /// Which category.
    pub category: CategoryId,
    /// Its version now: the `ETag`.
    pub version: i64,
}

impl Catalog {
    /// Puts a new category into the tree.
    ///
    /// # Errors
    /// `catalog.category_slug_taken`, `catalog.category_unknown` (the parent), `catalog.category_too_deep`,
    /// `catalog.category_going`, and the category's own rules.
    pub async fn create_category(
        &self,
        call: &Call,
        details: CategoryDetails,
        parent: Option<CategoryId>,
    ) -> Result<Executed<CategoryAccepted>, CommandError> {
        call.require(UseCase::CreateCategory)?;
        let category = CategoryId::from_uuid(ids::uuid());
        let id = category.stream();
        let unit = call
            .unit()
            .reads(StreamRef::new_of::<Category>(id.as_str()))
            .claims(CATEGORY_SLUG_SCOPE, details.slug.as_str());
        let unit = picture_hints(parent_hints(unit, parent), details.image.as_slice());
        let caller = call.caller.clone();
        execute(&self.log, call, unit, move |decision| {
            take_slug(decision, &details.slug, &id)?;
            if let Some(parent) = parent {
                hang(decision, category, parent)?;
            }
            judge::<Category>(decision, &id, CategoryCommand::Create { details: details.clone(), parent })?;
            show_pictures(decision, &caller, ImageUser::Category(category), &[], details.image.as_slice())?;
            accepted(decision, category)
        })
        .await
    }

    /// Changes, moves or reorders a category. With `expected_version` only if nothing has changed since.
    ///
    /// # Errors
    /// `catalog.category_not_found`, `catalog.category_cycle`, as [`Self::create_category`], and `PreconditionFailed`.
    pub async fn revise_category(
        &self,
        call: &Call,
        category: CategoryId,
        revision: ReviseCategory,
        expected_version: Option<i64>,
    ) -> Result<Executed<CategoryAccepted>, CommandError> {
        call.require(UseCase::ChangeCategory)?;
        let id = category.stream();
        let mut unit = call.unit().reads(StreamRef::of::<Category>(id.as_str()));
        if let Some(details) = &revision.details {
            unit = unit.claims(CATEGORY_SLUG_SCOPE, details.slug.as_str());
            unit = picture_hints(unit, details.image.as_slice());
        }
        let caller = call.caller.clone();
        execute(&self.log, call, parent_hints(unit, revision.parent.flatten()), move |decision| {
            let Some(node) = decision.state::<Category>(&id)?.node().cloned() else {
                return refuse(Refused::of(&CategoryError::NotFound));
            };
            check_version::<Category>(decision, &id, expected_version)?;
            if let Some(details) = &revision.details {
                take_slug(decision, &details.slug, &id)?;
            }
            if let Some(parent) = revision.parent
                && parent != node.parent
            {
                if let Some(old) = node.parent {
                    decision.release_claim(MEMBER_SCOPE, &member(old, &id));
                }
                if let Some(new) = parent {
                    hang(decision, category, new)?;
                }
            }
            judge::<Category>(decision, &id, CategoryCommand::Revise(revision.clone()))?;
            if let Some(details) = &revision.details {
                let (before, after) = (node.details.image.as_slice(), details.image.as_slice());
                show_pictures(decision, &caller, ImageUser::Category(category), before, after)?;
            }
            accepted(decision, category)
        })
        .await
    }

    /// Takes a category out of the tree, if nothing hangs on it. Its slugs are free then.
    ///
    /// # Errors
    /// `catalog.category_in_use` with up to 20 of the members, `catalog.category_not_found`, `PreconditionFailed`.
    pub async fn remove_category(
        &self,
        call: &Call,
        category: CategoryId,
        expected_version: Option<i64>,
    ) -> Result<Executed<CategoryAccepted>, CommandError> {
        call.require(UseCase::RemoveCategory)?;
        let attempt = ids::uuid().simple().to_string();
        self.start_removing(call, category, &attempt, expected_version).await?;
        let members = self.members_of(category).await?;
        let outcome = if members.is_empty() {
            self.finish_removing(call, category, &attempt, expected_version).await
        } else {
            Err(in_use(&members).into())
        };
        if outcome.is_err() {
            self.stop_removing(call, category, &attempt).await?;
        }
        outcome
    }

    async fn start_removing(
        &self,
        call: &Call,
        category: CategoryId,
        attempt: &str,
        expected_version: Option<i64>,
    ) -> Result<(), CommandError> {
        let (id, attempt) = (category.stream(), attempt.to_owned());
        let call = Call { idempotency: None, ..call.clone() };
        execute(&self.log, &call, removing_hints(call.unit(), &id), move |decision| {
            if decision.state::<Category>(&id)?.node().is_none() {
                return refuse(Refused::of(&CategoryError::NotFound));
            }
            check_version::<Category>(decision, &id, expected_version)?;
            decision.release_claim(GOING_SCOPE, &id);
            decision.claim(GOING_SCOPE, &id, &attempt)?;
            Ok(())
        })
        .await
        .map(drop)
    }

    async fn finish_removing(
        &self,
        call: &Call,
        category: CategoryId,
        attempt: &str,
        expected_version: Option<i64>,
    ) -> Result<Executed<CategoryAccepted>, CommandError> {
        let (id, attempt) = (category.stream(), attempt.to_owned());
        let slugs = self.slugs_of(&id).await?;
        let caller = call.caller.clone();
        execute(&self.log, call, removing_hints(call.unit(), &id), move |decision| {
            let Some(node) = decision.state::<Category>(&id)?.node().cloned() else {
                return refuse(Refused::of(&CategoryError::NotFound));
            };
            check_version::<Category>(decision, &id, expected_version)?;
            if decision.holder(GOING_SCOPE, &id)?.as_ref() != Some(&attempt) {
                return refuse(CATEGORY_GOING.refusal());
            }
            judge::<Category>(decision, &id, CategoryCommand::Remove)?;
            let shown: &[Image] = node.details.image.as_slice();
            show_pictures(decision, &caller, ImageUser::Category(category), shown, &[])?;
            if let Some(parent) = node.parent {
                decision.release_claim(MEMBER_SCOPE, &member(parent, &id));
            }
            for slug in slugs.iter().map(String::as_str).chain([node.details.slug.as_str()]) {
                if decision.holder(CATEGORY_SLUG_SCOPE, slug)?.as_deref() == Some(id.as_str()) {
                    decision.release_claim(CATEGORY_SLUG_SCOPE, slug);
                }
            }
            decision.release_claim(GOING_SCOPE, &id);
            accepted(decision, category)
        })
        .await
    }

    async fn stop_removing(
        &self,
        call: &Call,
        category: CategoryId,
        attempt: &str,
    ) -> Result<(), CommandError> {
        let (id, attempt) = (category.stream(), attempt.to_owned());
        let call = Call { idempotency: None, ..call.clone() };
        execute(&self.log, &call, removing_hints(call.unit(), &id), move |decision| {
            if decision.holder(GOING_SCOPE, &id)?.as_ref() == Some(&attempt) {
                decision.release_claim(GOING_SCOPE, &id);
            }
            Ok(())
        })
        .await
        .map(drop)
    }

    /// Some of what hangs on a category.
    async fn members_of(&self, category: CategoryId) -> Result<Vec<String>, CommandError> {
        let from = member(category, "");
        // '0' is the character after '/'.
        let to = format!("{}0", category.stream());
        let sql =
            "select holder from claims where scope = $1 and key >= $2 and key < $3 order by key limit 20";
        let rows = sqlx::query_scalar(sql).bind(MEMBER_SCOPE).bind(from).bind(to);
        Ok(rows.fetch_all(self.log.pool()).await?)
    }

    /// The slugs that a category ever had: hints, of which the decision looks at each.
    async fn slugs_of(&self, id: &str) -> Result<Vec<String>, CommandError> {
        let sql = "select distinct payload #>> '{CategoryCreated,details,slug}' from events \
                    where aggregate_type = 'category' and aggregate_id = $1 and event_type = 'CategoryCreated' \
                   union select payload #>> '{CategoryDescribed,details,slug}' from events \
                    where aggregate_type = 'category' and aggregate_id = $1 and event_type = 'CategoryDescribed'";
        Ok(sqlx::query_scalar(sql).bind(id).fetch_all(self.log.pool()).await?)
    }
}

fn accepted(decision: &mut Decision<'_>, category: CategoryId) -> Ruling<CategoryAccepted> {
    let version = decision.version::<Category>(&category.stream())?;
    Ok(CategoryAccepted { category, version })
}

fn removing_hints(unit: Unit, id: &str) -> Unit {
    unit.reads(StreamRef::of::<Category>(id)).claims(GOING_SCOPE, id)
}

fn parent_hints(unit: Unit, parent: Option<CategoryId>) -> Unit {
    match parent {
        Some(parent) => removing_hints(unit, &parent.stream()),
        None => unit,
    }
}

fn member(category: CategoryId, member: &str) -> String {
    format!("{}/{member}", category.stream())
}

fn take_slug(decision: &mut Decision<'_>, slug: &Slug, id: &str) -> Ruling<()> {
    match decision.claim(CATEGORY_SLUG_SCOPE, slug.as_str(), id)? {
        ClaimOutcome::Taken(_) => refuse(CATEGORY_SLUG_TAKEN.refusal_at("/slug")),
        ClaimOutcome::Held => Ok(()),
    }
}

/// Hangs a category below another, which exists, stays, and is not below it.
fn hang(decision: &mut Decision<'_>, category: CategoryId, parent: CategoryId) -> Ruling<()> {
    if let Err(refused) = check_category(decision, parent, "/parent_id")? {
        return refuse(refused);
    }
    let mut above = Some(parent);
    let mut levels = 0;
    while let Some(ancestor) = above {
        if ancestor == category {
            return refuse(CATEGORY_CYCLE.refusal_at("/parent_id"));
        }
        levels += 1;
        if levels > MAX_ANCESTORS {
            return refuse(CATEGORY_TOO_DEEP.refusal_at("/parent_id"));
        }
        above = decision.state::<Category>(&ancestor.stream())?.node().and_then(|node| node.parent);
    }
    let id = category.stream();
    decision.claim(MEMBER_SCOPE, &member(parent, &id), &id)?;
    Ok(())
}

/// Whether something can be hung on a category: it exists and is not going.
fn check_category(
    decision: &mut Decision<'_>,
    category: CategoryId,
    pointer: &str,
) -> Ruling<Result<(), Refused>> {
    let id = category.stream();
    if decision.state::<Category>(&id)?.node().is_none() {
        return Ok(Err(CATEGORY_UNKNOWN.refusal_at(pointer)));
    }
    if decision.holder(GOING_SCOPE, &id)?.is_some() {
        return Ok(Err(CATEGORY_GOING.refusal_at(pointer)));
    }
    Ok(Ok(()))
}

/// Categories, and all that they hang below.
pub(super) fn with_ancestors(
    decision: &mut Decision<'_>,
    categories: &[CategoryId],
) -> Ruling<BTreeSet<CategoryId>> {
    let mut all = BTreeSet::new();
    for category in categories {
        let mut next = Some(*category);
        // The tree has no cycles, and what was seen was walked.
        while let Some(category) = next.filter(|category| all.insert(*category)) {
            next = decision.state::<Category>(&category.stream())?.node().and_then(|node| node.parent);
        }
    }
    Ok(all)
}

/// Names what [`file_product`] looks at.
pub(super) fn filing_hints(mut unit: Unit, categories: &[CategoryId]) -> Unit {
    for category in categories {
        unit = removing_hints(unit, &category.stream());
    }
    unit
}

/// Hangs a product on categories instead of on others. What it hangs on already is not asked again.
pub(super) fn file_product(
    decision: &mut Decision<'_>,
    product: ProductId,
    before: &[CategoryId],
    after: &[CategoryId],
) -> Ruling<()> {
    let id = product.stream();
    let (old, new): (HashSet<_>, HashSet<_>) = (before.iter().collect(), after.iter().collect());
    for category in before.iter().filter(|category| !new.contains(category)) {
        decision.release_claim(MEMBER_SCOPE, &member(*category, &id));
    }
    for (index, category) in after.iter().enumerate().filter(|(_, category)| !old.contains(category)) {
        if let Err(refused) = check_category(decision, *category, &format!("/categories/{index}"))? {
            return refuse(refused);
        }
        decision.claim(MEMBER_SCOPE, &member(*category, &id), &id)?;
    }
    Ok(())
}

fn in_use(members: &[String]) -> Refused {
    let faults = members.iter().map(|member| Fault {
        numbers: serde_json::Map::from_iter([("member".to_owned(), member.as_str().into())]),
        ..CATEGORY_IN_USE.at("")
    });
    Refused { faults: faults.collect(), ..CATEGORY_IN_USE.refusal() }
}

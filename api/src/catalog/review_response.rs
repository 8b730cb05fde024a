//! Reviews as answers show them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use commands::{
    catalog::{ReviewAccepted, ReviewAcceptedStatus},
    vault::{Keys, Opened},
};
use domain::{
    catalog::{FlagReason, REVIEW_CONTENT, ReviewContent, ReviewStatus},
    sealed::Place,
};
use projections::catalog::review_list::{RatingSummary, ReviewRow};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::{Problem, shapes::ListBody};

/// One review as everybody reads it. Nobody's name stands there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Review)]
pub struct ReviewBody {
    /// `rev_…`
    pub id: String,
    /// Stars, 1 to 5.
    pub rating: u8,
    /// What stands above it; null too once its author is erased.
    pub title: Option<String>,
    /// The review itself; null once its author is erased.
    pub text: Option<String>,
    /// `https` addresses of pictures and films.
    pub media: Vec<String>,
    /// Its author has had the product: an order had brought it by the time of writing.
    pub verified_purchase: bool,
    /// When it was first written.
    pub created_at: DateTime<Utc>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
}

/// One review as its author reads it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnReview)]
pub struct OwnReviewBody {
    #[serde(flatten)]
    review: ReviewBody,
    /// `prd_…`
    product_id: String,
    /// `pending`, `published` or `rejected`.
    status: &'static str,
    /// Why it was rejected.
    reason: Option<String>,
    /// The version of the review: `If-Match` takes it.
    version: i64,
}

/// One review as those who moderate read it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ModeratedReview)]
pub struct ModeratedReviewBody {
    #[serde(flatten)]
    review: OwnReviewBody,
    /// `usr_…`
    customer_id: String,
    /// The order that brought the product to its author (`ord_…`).
    order_id: Option<String>,
    /// How many readers flagged it since it was last moderated, by reason.
    flags: BTreeMap<&'static str, u32>,
}

/// What the published reviews of a product come to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RatingSummary, example = json!({
    "count": 3, "stars": 13, "mean": "4.33", "histogram": {"1": 0, "2": 0, "3": 1, "4": 0, "5": 2},
}))]
pub struct RatingSummaryBody {
    /// How many reviews there are.
    pub count: i64,
    /// All stars together: `stars` divided by `count` is the exact mean.
    pub stars: i64,
    /// The mean with two decimals, rounded half to even; null without reviews.
    pub mean: Option<String>,
    /// How many reviews there are by their stars.
    pub histogram: BTreeMap<String, i64>,
}

/// Reviews of a product, and what all of them come to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProductReviews)]
pub struct ProductReviewsBody {
    /// Of all published reviews, whatever the page and its filters.
    pub summary: RatingSummaryBody,
    /// In the wanted order.
    #[schema(value_type = Vec<ReviewBody>)]
    pub items: Vec<Value>,
    /// Send it as `cursor` to get the next page; null on the last one.
    pub next_cursor: Option<String>,
    /// How many match in all; only with `total=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

/// What became of a review.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReviewAccepted)]
pub struct ReviewAcceptedBody {
    /// `rev_…`
    pub id: String,
    /// `prd_…`
    pub product_id: String,
    /// `pending`, `published`, `rejected` or `removed`.
    #[schema(value_type = String)]
    pub status: ReviewAcceptedStatus,
    /// Its author has had the product: an order had brought it by the time of writing.
    pub verified_purchase: bool,
    /// Its version now: `If-Match` takes it.
    pub version: i64,
}

/// That a flag was taken down; nothing of the review, which is another's.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReviewFlagged)]
pub struct ReviewFlaggedBody {
    /// `rev_…`
    pub id: String,
}

const fn status_word(status: ReviewStatus) -> &'static str {
    match status {
        ReviewStatus::Pending => "pending",
        ReviewStatus::Published => "published",
        ReviewStatus::Rejected => "rejected",
    }
}

const fn flag_word(reason: FlagReason) -> &'static str {
    match reason {
        FlagReason::Spam => "spam",
        FlagReason::Offensive => "offensive",
        FlagReason::OffTopic => "off_topic",
        FlagReason::PersonalData => "personal_data",
        FlagReason::Fake => "fake",
        FlagReason::Other => "other",
    }
}

impl ReviewBody {
    /// The review, with what `keys` still open of it.
    ///
    /// # Errors
    /// When what was sealed is damaged.
    pub fn open(row: &ReviewRow, keys: &Keys) -> Result<Self, Problem> {
        let opened = match &row.content {
            Some(sealed) => keys.open(Place { event: row.event, field: REVIEW_CONTENT }, sealed)?,
            None => Opened::Erased,
        };
        let content: Option<ReviewContent> = match opened.text() {
            Some(text) => Some(serde_json::from_str(&text).map_err(|error| Problem::internal(&error))?),
            None => None,
        };
        let (title, text, media) = content.map_or((None, None, Vec::new()), |content| {
            let title = content.title.map(|title| title.as_str().to_owned());
            (title, Some(content.text.as_str().to_owned()), content.media)
        });
        Ok(Self {
            id: row.id.to_string(),
            rating: row.rating.stars(),
            title,
            text,
            media,
            verified_purchase: row.purchase.is_some(),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl OwnReviewBody {
    /// As [`ReviewBody::open`].
    ///
    /// # Errors
    /// When what was sealed is damaged.
    pub fn open(row: &ReviewRow, keys: &Keys) -> Result<Self, Problem> {
        Ok(Self {
            review: ReviewBody::open(row, keys)?,
            product_id: row.product.to_string(),
            status: status_word(row.status),
            reason: row.reason.clone(),
            version: row.version,
        })
    }
}

impl ModeratedReviewBody {
    /// As [`ReviewBody::open`].
    ///
    /// # Errors
    /// When what was sealed is damaged.
    pub fn open(row: &ReviewRow, keys: &Keys) -> Result<Self, Problem> {
        let mut flags = BTreeMap::new();
        for reason in &row.flags {
            let count: &mut u32 = flags.entry(flag_word(*reason)).or_default();
            *count = count.saturating_add(1);
        }
        Ok(Self {
            review: OwnReviewBody::open(row, keys)?,
            customer_id: row.customer.to_string(),
            order_id: row.purchase.map(|order| order.to_string()),
            flags,
        })
    }
}

impl From<&RatingSummary> for RatingSummaryBody {
    fn from(summary: &RatingSummary) -> Self {
        let mean = summary.mean_hundredths();
        Self {
            count: summary.count(),
            stars: summary.stars(),
            mean: mean.map(|mean| format!("{}.{:02}", mean / 100, mean % 100)),
            histogram: summary
                .histogram()
                .map(|(rating, count)| (rating.stars().to_string(), count))
                .collect(),
        }
    }
}

impl ProductReviewsBody {
    /// A page, and what all published reviews come to.
    #[must_use]
    pub fn new(summary: &RatingSummary, list: ListBody<Value>) -> Self {
        Self {
            summary: summary.into(),
            items: list.items,
            next_cursor: list.next_cursor,
            total: list.total,
        }
    }
}

impl From<&ReviewAccepted> for ReviewAcceptedBody {
    fn from(accepted: &ReviewAccepted) -> Self {
        Self {
            id: accepted.review.to_string(),
            product_id: accepted.product.to_string(),
            status: accepted.status,
            verified_purchase: accepted.is_verified,
            version: accepted.version,
        }
    }
}

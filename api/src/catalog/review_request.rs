//! What may be asked of reviews.

use commands::catalog::NewReview;
use domain::{
    catalog::{FlagReason, InvalidRating, Rating, ReviewContent, ReviewText, ReviewTitle, Verdict},
    ids::OrderId,
    text::Reason,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::{Fields, Problem, fields::FieldFault};

/// A review. A revision replaces all of it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "rating": 5, "title": "Long grains", "text": "Cooks well, and the bag is easy to close again.",
    "media": ["https://cdn.example.com/rice-on-my-table.jpg"],
}))]
pub struct ReviewRequest {
    /// Stars, 1 to 5.
    #[schema(minimum = 1, maximum = 5)]
    pub rating: u8,
    /// What stands above it, at most 150 characters.
    #[serde(default)]
    pub title: Option<String>,
    /// The review itself, at most 2,000 characters.
    pub text: String,
    /// `https` addresses of at most five pictures and films, each of at most 300 bytes.
    #[serde(default)]
    pub media: Vec<String>,
}

impl FieldFault for InvalidRating {
    fn code(&self) -> &'static str {
        "invalid-rating"
    }
}

impl ReviewRequest {
    /// The review, with the orders that may prove the purchase.
    ///
    /// # Errors
    /// 422 with every fault.
    pub fn parse(self, proofs: Vec<OrderId>) -> Result<NewReview, Problem> {
        let mut fields = Fields::default();
        let rating = fields.check("/rating", Rating::try_from(self.rating));
        let title = fields.check_optional("/title", self.title, |title| ReviewTitle::parse(&title));
        let text = fields.check("/text", ReviewText::parse(&self.text));
        let (Some(rating), Some(title), Some(text)) = (rating, title, text) else {
            return Err(fields.into_problem());
        };
        let content = ReviewContent { title, text, media: self.media };
        Ok(NewReview { rating, content, proofs })
    }
}

/// What a moderator says of a review.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"decision": "reject", "reason": "It is about the delivery, not the rice."}))]
pub struct ModerateReviewRequest {
    /// `publish` or `reject`.
    pub decision: String,
    /// Why it is rejected: needed then, and for nothing else.
    #[serde(default)]
    pub reason: Option<String>,
}

impl ModerateReviewRequest {
    /// What is said.
    ///
    /// # Errors
    /// 422 with every fault.
    pub fn parse(self) -> Result<Verdict, Problem> {
        let mut fields = Fields::default();
        match (self.decision.as_str(), self.reason) {
            ("publish", None) => return Ok(Verdict::Publish),
            ("publish", Some(_)) => {
                fields.refuse("/reason", "unexpected-reason", "is for reviews that are rejected");
            }
            ("reject", reason) => {
                let reason = fields.check("/reason", Reason::parse(reason.as_deref().unwrap_or_default()));
                if let Some(reason) = reason {
                    return Ok(Verdict::Reject { reason });
                }
            }
            _ => fields.refuse("/decision", "unknown-decision", "must be publish or reject"),
        }
        Err(fields.into_problem())
    }
}

/// Why a review should not be there.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "off_topic"}))]
pub struct FlagReviewRequest {
    /// `spam`, `offensive`, `off_topic`, `personal_data`, `fake` or `other`.
    #[schema(value_type = String)]
    pub reason: FlagReason,
}

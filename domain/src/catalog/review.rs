//! Reviews: what customers write about products, and what becomes of it.
//!
//! REV-1 What is written or written anew is read by others only once it was published.
//! REV-2 A reader flags a text once; whoever wrote it does not.

use std::collections::BTreeSet;

use super::{FlagReason, Rating, ReviewError, ReviewEvent};
use crate::{
    decider::Decider,
    ids::{AccountId, OrderId, ProductId},
    sealed::Sealed,
    text::Reason,
};

/// What a customer wrote about a product.
#[derive(Debug)]
pub struct Review;

/// A request to one review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReviewCommand {
    /// Write it; the use case claims the product for the customer.
    Write {
        /// About which product.
        product: ProductId,
        /// Who writes.
        customer: AccountId,
        /// What.
        opinion: Opinion,
    },
    /// Write it anew.
    Revise(Opinion),
    /// Let everybody read it, or nobody.
    Moderate(Verdict),
    /// Say that it should not be there.
    Flag {
        /// Who says so.
        customer: AccountId,
        /// Why.
        reason: FlagReason,
    },
    /// Take it away.
    Remove,
}

/// What a customer thinks of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opinion {
    /// How many stars of five.
    pub rating: Rating,
    /// Title, text and pictures, sealed with the customer's key.
    pub content: Sealed,
    /// The order that brought the product to the customer, as the use case found it.
    pub purchase: Option<OrderId>,
}

/// What a moderator says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everybody may read it.
    Publish,
    /// Nobody but its author may.
    Reject {
        /// Why.
        reason: Reason,
    },
}

/// Who may read a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReviewStatus {
    /// Nobody has looked at it yet.
    Pending,
    /// Everybody.
    Published,
    /// Nobody but its author.
    Rejected,
}

/// What is known of a review.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ReviewState {
    /// Nothing has happened yet.
    #[default]
    Absent,
    /// It was written.
    Present(Box<KnownReview>),
    /// It is gone.
    Removed,
}

/// A review as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownReview {
    /// About which product.
    pub product: ProductId,
    /// Who wrote it.
    pub customer: AccountId,
    /// What.
    pub opinion: Opinion,
    /// Who may read it.
    pub status: ReviewStatus,
    /// Why it was rejected.
    reason: Option<Reason>,
    /// Who flagged this text.
    flagged_by: BTreeSet<AccountId>,
    /// Somebody flagged it since it was last moderated.
    has_open_flags: bool,
}

impl ReviewState {
    /// The review, unless it was removed or never written.
    #[must_use]
    pub const fn known(&self) -> Option<&KnownReview> {
        match self {
            Self::Absent | Self::Removed => None,
            Self::Present(known) => Some(known),
        }
    }

    fn present(&self) -> Result<&KnownReview, ReviewError> {
        self.known().ok_or(ReviewError::NotFound)
    }
}

impl Decider for Review {
    const KIND: &'static str = "review";

    type State = ReviewState;
    type Command = ReviewCommand;
    type Event = ReviewEvent;
    type Error = ReviewError;

    fn decide(state: &ReviewState, command: ReviewCommand) -> Result<Vec<ReviewEvent>, ReviewError> {
        match command {
            ReviewCommand::Write { product, customer, opinion } => match state {
                ReviewState::Absent => {
                    let Opinion { rating, content, purchase } = opinion;
                    Ok(vec![ReviewEvent::ReviewWritten { product, customer, rating, content, purchase }])
                }
                ReviewState::Present(_) | ReviewState::Removed => Err(ReviewError::AlreadyWritten),
            },
            ReviewCommand::Revise(opinion) => {
                if state.present()?.opinion == opinion {
                    return Ok(Vec::new());
                }
                let Opinion { rating, content, purchase } = opinion;
                Ok(vec![ReviewEvent::ReviewRevised { rating, content, purchase }])
            }
            ReviewCommand::Moderate(verdict) => moderate(state.present()?, verdict),
            ReviewCommand::Flag { customer, reason } => flag(state.present()?, customer, reason),
            ReviewCommand::Remove => match state {
                ReviewState::Absent => Err(ReviewError::NotFound),
                ReviewState::Present(_) => Ok(vec![ReviewEvent::ReviewRemoved]),
                ReviewState::Removed => Ok(Vec::new()),
            },
        }
    }

    fn evolve(state: &mut ReviewState, event: &ReviewEvent) {
        let known = match state {
            ReviewState::Present(known) => Some(known),
            ReviewState::Absent | ReviewState::Removed => None,
        };
        match event {
            ReviewEvent::ReviewWritten { product, customer, rating, content, purchase } => {
                *state = ReviewState::Present(Box::new(KnownReview {
                    product: *product,
                    customer: *customer,
                    opinion: Opinion {
                        rating: *rating,
                        content: content.clone(),
                        purchase: *purchase,
                    },
                    status: ReviewStatus::Pending,
                    reason: None,
                    flagged_by: BTreeSet::new(),
                    has_open_flags: false,
                }));
            }
            ReviewEvent::ReviewRevised { rating, content, purchase } => {
                if let Some(known) = known {
                    known.opinion = Opinion {
                        rating: *rating,
                        content: content.clone(),
                        purchase: *purchase,
                    };
                    known.status = ReviewStatus::Pending;
                    known.reason = None;
                    known.flagged_by.clear();
                    known.has_open_flags = false;
                }
            }
            ReviewEvent::ReviewPublished => settle(known, ReviewStatus::Published, None),
            ReviewEvent::ReviewRejected { reason } => settle(known, ReviewStatus::Rejected, Some(reason)),
            ReviewEvent::ReviewFlagged { customer, reason: _ } => {
                if let Some(known) = known {
                    known.flagged_by.insert(*customer);
                    known.has_open_flags = true;
                }
            }
            ReviewEvent::ReviewRemoved => *state = ReviewState::Removed,
        }
    }
}

fn settle(known: Option<&mut Box<KnownReview>>, status: ReviewStatus, reason: Option<&Reason>) {
    if let Some(known) = known {
        known.status = status;
        known.reason = reason.cloned();
        known.has_open_flags = false;
    }
}

/// What is so already and settles nothing adds nothing.
fn moderate(known: &KnownReview, verdict: Verdict) -> Result<Vec<ReviewEvent>, ReviewError> {
    let is_settled = !known.has_open_flags;
    match verdict {
        Verdict::Publish if is_settled && known.status == ReviewStatus::Published => Ok(Vec::new()),
        Verdict::Publish => Ok(vec![ReviewEvent::ReviewPublished]),
        Verdict::Reject { reason } if is_settled && known.reason.as_ref() == Some(&reason) => Ok(Vec::new()),
        Verdict::Reject { reason } => Ok(vec![ReviewEvent::ReviewRejected { reason }]),
    }
}

fn flag(
    known: &KnownReview,
    customer: AccountId,
    reason: FlagReason,
) -> Result<Vec<ReviewEvent>, ReviewError> {
    if known.customer == customer {
        return Err(ReviewError::Own);
    }
    if known.flagged_by.contains(&customer) {
        return Ok(Vec::new());
    }
    // Whoever cannot read it has nothing to flag.
    if known.status != ReviewStatus::Published {
        return Err(ReviewError::NotFound);
    }
    Ok(vec![ReviewEvent::ReviewFlagged { customer, reason }])
}

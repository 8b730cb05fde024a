//! Why a request to an order, a return or a counter is refused.

use crate::refusal::{Fault, refusals};

/// Why a request to an order is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// There is no such order.
    #[error("order does not exist")]
    NotFound,
    /// An order is placed once.
    #[error("order is placed already")]
    AlreadyPlaced,
    /// An order or a return of nothing.
    #[error("at least one line is needed")]
    NoLines,
    /// See [`super::MAX_LINES`].
    #[error("at most {max} lines are allowed")]
    TooManyLines {
        /// The limit.
        max: usize,
    },
    /// More vendors and warehouses than parts can be numbered.
    #[error("order has too many parts")]
    TooManyParts,
    /// An order is in one currency.
    #[error("amount must be in the currency of the order")]
    CurrencyMismatch {
        /// Which amount, as a JSON Pointer.
        pointer: String,
    },
    /// Prices and charges are zero or more.
    #[error("amount must not be negative")]
    NegativeAmount {
        /// Which amount, as a JSON Pointer.
        pointer: String,
    },
    /// A sum does not fit.
    #[error("amount is out of range")]
    AmountOutOfRange {
        /// Which amount, as a JSON Pointer.
        pointer: String,
    },
    /// A discount may make an order free, not more.
    #[error("discount must be at most the subtotal")]
    DiscountAboveSubtotal,
    /// The lines of a discount sum to it, and none is reduced below zero.
    #[error("the lines of a discount must sum to it and leave nothing below zero")]
    DiscountMismatch {
        /// Which discount, from 0.
        index: usize,
    },
    /// The warehouses of a line fill it exactly.
    #[error("allocations of the line must sum to its quantity")]
    AllocationMismatch {
        /// Which line, from 0.
        index: usize,
    },
    /// The order has no such part.
    #[error("order has no part {part}")]
    UnknownPart {
        /// The number that was asked for.
        part: u16,
    },
    /// The order has no such line.
    #[error("order has no line {line}")]
    UnknownLine {
        /// The number that was asked for.
        line: u16,
    },
    /// Another invoice is numbered.
    #[error("order is confirmed already")]
    AlreadyConfirmed,
    /// It waits for its confirmation.
    #[error("order is not confirmed yet")]
    NotConfirmed,
    /// It waits to be processed.
    #[error("order is not processed yet")]
    NotProcessed,
    /// It waits to be shipped.
    #[error("order is not shipped yet")]
    NotShipped,
    /// It is on its way.
    #[error("order is shipped already")]
    AlreadyShipped,
    /// It has arrived.
    #[error("order is delivered already")]
    AlreadyDelivered,
    /// It was called off.
    #[error("order is cancelled")]
    Cancelled,
    /// Somebody has to look at it first.
    #[error("order is held for a review")]
    Held,
    /// Nothing to review.
    #[error("order is not flagged")]
    NotFlagged,
    /// Somebody else has reviewed it, and found otherwise.
    #[error("order is reviewed already")]
    AlreadyReviewed,
    /// Only what has arrived can come back.
    #[error("only {delivered} of {requested} units of line {line} are delivered and not returned")]
    NotDelivered {
        /// The line.
        line: u16,
        /// How many were to come back.
        requested: u32,
        /// How many have arrived and not come back.
        delivered: u32,
    },
    /// More would come back than was sold.
    #[error("only {returnable} of {requested} units of line {line} can still be returned")]
    ReturnExceedsSold {
        /// The line.
        line: u16,
        /// How many were to come back.
        requested: u32,
        /// How many were sold and have not come back.
        returnable: u32,
    },
    /// A return names each line once.
    #[error("line {line} is named twice")]
    RepeatedLine {
        /// The line.
        line: u16,
    },
    /// The same return cannot be recorded with other units, nor after it was withdrawn.
    #[error("return is recorded already")]
    ReturnAlreadyRecorded,
    /// The order knows no such return.
    #[error("order has no such return")]
    UnknownReturn,
}

refusals!(OrderError, faults = details {
    NotFound = "orders.order_not_found" NotFound,
    AlreadyPlaced = "orders.already_placed" Conflict,
    NoLines = "orders.no_lines" Invalid,
    TooManyLines = "orders.too_many_lines" Invalid,
    TooManyParts = "orders.too_many_parts" Invalid,
    CurrencyMismatch = "orders.currency_mismatch" Invalid,
    NegativeAmount = "orders.negative_amount" Invalid,
    AmountOutOfRange = "orders.amount_out_of_range" Invalid,
    DiscountAboveSubtotal = "orders.discount_above_subtotal" Invalid,
    AllocationMismatch = "orders.allocation_mismatch" Invalid,
    UnknownPart = "orders.unknown_part" Invalid,
    UnknownLine = "orders.unknown_line" Invalid,
    AlreadyConfirmed = "orders.already_confirmed" Conflict,
    NotConfirmed = "orders.not_confirmed" Conflict,
    NotProcessed = "orders.not_processed" Conflict,
    NotShipped = "orders.not_shipped" Conflict,
    AlreadyShipped = "orders.already_shipped" Conflict,
    AlreadyDelivered = "orders.already_delivered" Conflict,
    Cancelled = "orders.cancelled" Conflict,
    Held = "orders.held" Conflict,
    NotFlagged = "orders.not_flagged" NotFound,
    AlreadyReviewed = "orders.already_reviewed" Conflict,
    NotDelivered = "orders.not_delivered" Conflict,
    ReturnExceedsSold = "orders.return_exceeds_sold" Conflict,
    RepeatedLine = "orders.repeated_line" Invalid,
    ReturnAlreadyRecorded = "orders.return_already_recorded" Conflict,
    UnknownReturn = "orders.unknown_return" NotFound,
    DiscountMismatch = "orders.discount_mismatch" Invalid,
});

impl OrderError {
    fn details(&self) -> Vec<Fault> {
        let fault = match self {
            Self::NoLines => Fault::at("/lines", self),
            Self::TooManyLines { max } => Fault::at("/lines", self).with("max", *max),
            Self::CurrencyMismatch { pointer }
            | Self::NegativeAmount { pointer }
            | Self::AmountOutOfRange { pointer } => Fault::at(pointer.as_str(), self),
            Self::DiscountAboveSubtotal => Fault::at("/discount", self),
            Self::DiscountMismatch { index } => Fault::at(format!("/discounts/{index}"), self),
            Self::AllocationMismatch { index } => Fault::at(format!("/lines/{index}/quantity"), self),
            Self::UnknownPart { part } => Fault::at("/part", self).with("part", *part),
            Self::UnknownLine { line } | Self::RepeatedLine { line } => {
                Fault::at("/lines", self).with("line", *line)
            }
            Self::NotDelivered { line, requested, delivered } => Fault::at("/lines", self)
                .with("line", *line)
                .with("requested", *requested)
                .with("delivered", *delivered),
            Self::ReturnExceedsSold { line, requested, returnable } => Fault::at("/lines", self)
                .with("line", *line)
                .with("requested", *requested)
                .with("returnable", *returnable),
            Self::NotFound
            | Self::AlreadyPlaced
            | Self::TooManyParts
            | Self::AlreadyConfirmed
            | Self::NotConfirmed
            | Self::NotProcessed
            | Self::NotShipped
            | Self::AlreadyShipped
            | Self::AlreadyDelivered
            | Self::Cancelled
            | Self::Held
            | Self::NotFlagged
            | Self::AlreadyReviewed
            | Self::ReturnAlreadyRecorded
            | Self::UnknownReturn => return Vec::new(),
        };
        vec![fault]
    }
}

/// Why a request to a return is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReturnError {
    /// There is no such return.
    #[error("return does not exist")]
    NotFound,
    /// A return is requested once.
    #[error("return is requested already")]
    AlreadyRequested,
    /// A return of nothing.
    #[error("at least one line is needed")]
    NoLines,
    /// See [`super::MAX_LINES`].
    #[error("at most {max} lines are allowed")]
    TooManyLines {
        /// The limit.
        max: usize,
    },
    /// Lines are numbered 1, 2, 3, …
    #[error("lines must be numbered from 1 without gaps")]
    LinesMisnumbered {
        /// Which line, from 0.
        index: usize,
    },
    /// A return is in one currency.
    #[error("line must be in the currency of the return")]
    CurrencyMismatch {
        /// Which line, from 0.
        index: usize,
    },
    /// What is paid back is zero or more.
    #[error("amount paid back must not be negative")]
    NegativeAmount {
        /// Which line, from 0.
        index: usize,
    },
    /// The sum does not fit.
    #[error("sum of the lines is out of range")]
    AmountOutOfRange,
    /// It waits for its approval.
    #[error("return is not approved yet")]
    NotApproved,
    /// The units are not back yet.
    #[error("return is not received yet")]
    NotReceived,
    /// The units are back.
    #[error("return is received already")]
    AlreadyReceived,
    /// The money went back, under another number.
    #[error("return is credited already")]
    AlreadyCredited,
    /// It was refused.
    #[error("return is rejected")]
    Rejected,
}

refusals!(ReturnError, faults = details {
    NotFound = "orders.return_not_found" NotFound,
    AlreadyRequested = "orders.return_already_requested" Conflict,
    NoLines = "orders.return_no_lines" Invalid,
    TooManyLines = "orders.return_too_many_lines" Invalid,
    LinesMisnumbered = "orders.return_lines_misnumbered" Invalid,
    CurrencyMismatch = "orders.return_currency_mismatch" Invalid,
    NegativeAmount = "orders.return_negative_amount" Invalid,
    AmountOutOfRange = "orders.return_amount_out_of_range" Invalid,
    NotApproved = "orders.return_not_approved" Conflict,
    NotReceived = "orders.return_not_received" Conflict,
    AlreadyReceived = "orders.return_already_received" Conflict,
    AlreadyCredited = "orders.return_already_credited" Conflict,
    Rejected = "orders.return_rejected" Conflict,
});

impl ReturnError {
    fn details(&self) -> Vec<Fault> {
        let fault = match self {
            Self::NoLines => Fault::at("/lines", self),
            Self::TooManyLines { max } => Fault::at("/lines", self).with("max", *max),
            Self::LinesMisnumbered { index } => Fault::at(format!("/lines/{index}/number"), self),
            Self::CurrencyMismatch { index } | Self::NegativeAmount { index } => {
                Fault::at(format!("/lines/{index}/total"), self)
            }
            Self::NotFound
            | Self::AlreadyRequested
            | Self::AmountOutOfRange
            | Self::NotApproved
            | Self::NotReceived
            | Self::AlreadyReceived
            | Self::AlreadyCredited
            | Self::Rejected => return Vec::new(),
        };
        vec![fault]
    }
}

/// Why a request to a counter is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CounterError {
    /// See [`super::CounterState::MAX_NUMBER`].
    #[error("series has no number left")]
    Exhausted,
    /// A document's id is up to 64 letters, digits, hyphens and underscores.
    #[error("document must be an id in the form of the API")]
    InvalidDocument,
}

refusals!(CounterError {
    Exhausted = "orders.series_exhausted" Conflict,
    InvalidDocument = "orders.invalid_document" Invalid,
});

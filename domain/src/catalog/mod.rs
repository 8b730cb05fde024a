//! Catalog: what can be bought, how it is described and what it costs.

mod attribute;
mod attribute_error;
mod attribute_event;
mod category;
mod command;
mod error;
mod event;
mod product;
mod review;
mod review_content;
mod review_error;
mod review_event;
mod rules;
mod selling_unit;
mod sustainability;
mod unit;
mod upload;
mod upload_error;
mod upload_event;
pub mod words;

pub use attribute::{
    ATTRIBUTE_BOOK, AttributeBook, AttributeBookCommand, AttributeBookState, KnownAttribute, MAX_ATTRIBUTES,
    MAX_OPTIONS,
};
pub use attribute_error::{AttributeError, AttributeValueError};
pub use attribute_event::{
    AttributeBookEvent, AttributeDetails, AttributeKind, AttributeOption, AttributeValue, AttributeValues,
};
pub use category::{Category, CategoryState, Node};
pub use command::{
    CategoryCommand, ProductCommand, RegisterProduct, ReviseCategory, ReviseProduct, SellingUnitCommand,
    UnitCommand, UploadCommand,
};
pub use error::{CategoryError, ProductError, SellingUnitError, UnitError};
pub use event::{
    CategoryDetails, CategoryEvent, Dimension, Image, Presentation, Prices, ProductDetails, ProductEvent,
    ProductKind, SellingUnitDetails, SellingUnitEvent, Sustainability, UnitDetails, UnitEvent,
};
pub use product::{Listing, Product, ProductState};
pub use review::{KnownReview, Opinion, Review, ReviewCommand, ReviewState, ReviewStatus, Verdict};
pub use review_content::{
    InvalidRating, MAX_REVIEW_MEDIA, MAX_REVIEW_MEDIA_BYTES, REVIEW_CONTENT, Rating, ReviewContent,
    ReviewText, ReviewTitle, Written,
};
pub use review_error::ReviewError;
pub use review_event::{FlagReason, ReviewEvent};
pub use selling_unit::{Offered, SellingUnit, SellingUnitState};
pub use sustainability::{MAX_CERTIFICATIONS, Score};
pub use unit::{Unit, UnitState};
pub use upload::{IMAGE_WIDTHS, ImageName, InvalidImageName, Kept, UPLOADS, Upload, UploadState};
pub use upload_error::UploadError;
pub use upload_event::{ImageUser, Rendition, UploadEvent, UploadedImage};

/// The most pictures of one product (the import sheets of the requirements have ten columns of them).
pub const MAX_IMAGES: usize = 10;

/// The most categories of one product; a limit of the command, not of the type, so that it may change.
pub const MAX_CATEGORIES: usize = 20;

/// The most tags of one product; a limit of the command, not of the type, so that it may change.
pub const MAX_TAGS: usize = 50;

/// The most zones that a product is confined to; a limit of the command, not of the type, so that it may change.
pub const MAX_SALE_ZONES: usize = 100;

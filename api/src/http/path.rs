//! Typed segments of a path.

use std::{
    future::{Ready, ready},
    str::FromStr,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use domain::ids::InvalidId;

use super::{
    Problem,
    problem::{ErrorItem, Place},
};

/// The one id of a path: `{id}`, `{product_id}`, …
#[derive(Debug, Clone, Copy)]
pub struct Id<T>(pub T);

impl<T: FromStr<Err = InvalidId>> FromRequest for Id<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = request.match_info().iter().next().map_or("", |(_, text)| text);
        ready(text.parse().map(Self).map_err(|error: InvalidId| {
            let item = ErrorItem::new(Place::Path("id"), "invalid-id", error.to_string());
            Problem::bad_request("invalid-id", error.to_string()).with_error(item)
        }))
    }
}

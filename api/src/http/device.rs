//! From what a request comes.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::USER_AGENT};
use commands::identity::Device;

use super::defence::client_address;

/// The device that a request comes from: what it calls itself, and the address of its client.
#[derive(Debug, Clone)]
pub struct FromDevice(pub Device);

/// What a request says about the device that it comes from.
pub(super) fn device(request: &HttpRequest) -> Device {
    let agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
    let address = client_address(request).map(|address| address.to_string());
    Device::new(agent, address)
}

impl FromRequest for FromDevice {
    type Error = std::convert::Infallible;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(device(request))))
    }
}

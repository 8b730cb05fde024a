//! From what a request comes.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::USER_AGENT};
use commands::identity::Device;

use super::{
    Problem,
    defence::client_address,
    problem::{ErrorItem, Place},
};

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

/// What a device or an installation of an app calls itself, where it does: `Device-Id`, 8 to 128 visible ASCII characters.
#[derive(Debug, Clone)]
pub struct DeviceId(pub Option<String>);

const HEADER: &str = "device-id";

impl FromRequest for DeviceId {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get(HEADER) else {
            return ready(Ok(Self(None)));
        };
        let name = value.to_str().ok().filter(|name| {
            (8..=128).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
        });
        ready(name.map(|name| Self(Some(name.to_owned()))).ok_or_else(|| {
            let detail = "must have 8 to 128 visible ASCII characters";
            Problem::bad_request("invalid-device-id", detail).with_error(ErrorItem::new(
                Place::Header(HEADER),
                "invalid-device-id",
                detail,
            ))
        }))
    }
}

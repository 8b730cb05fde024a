//! URLs that let somebody else put one file into a bucket (AWS Signature Version 4, by query).
//!
//! `object_store` signs URLs too, but only for a host and a path. Here the length and the type are signed as headers, so
//! that the bucket itself refuses anything else.

use std::fmt::Write;

use aws_lc_rs::hmac;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::Bucket;

/// A `PUT` that somebody else may make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedPut {
    /// Where to.
    pub url: String,
    /// The headers that it must carry, besides those of every request.
    pub headers: Vec<(&'static str, String)>,
}

/// Signs in the name of a bucket's owner.
pub(super) struct Presigner {
    bucket: Bucket,
}

impl Presigner {
    pub(super) const fn new(bucket: Bucket) -> Self {
        Self { bucket }
    }

    pub(super) fn sign_put(
        &self,
        key: &str,
        media_type: &str,
        bytes: u64,
        now: DateTime<Utc>,
        seconds: u32,
    ) -> SignedPut {
        let (origin, path) = self.address(key);
        let host = origin.split_once("://").map_or(origin.as_str(), |(_, host)| host);
        let (day, time) = (now.format("%Y%m%d").to_string(), now.format("%Y%m%dT%H%M%SZ").to_string());
        let scope = format!("{day}/{}/s3/aws4_request", self.bucket.region);
        let signed = "content-length;content-type;host";
        let query = format!(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}&X-Amz-Date={time}&X-Amz-Expires={seconds}\
             &X-Amz-SignedHeaders={}",
            escape(&format!("{}/{scope}", self.bucket.access_key), false),
            escape(signed, false),
        );
        let headers = format!("content-length:{bytes}\ncontent-type:{media_type}\nhost:{host}\n");
        let request = format!("PUT\n{path}\n{query}\n{headers}\n{signed}\nUNSIGNED-PAYLOAD");
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(request)));
        let mut key =
            hmac::sign(&key_of(format!("AWS4{}", self.bucket.secret_key).as_bytes()), day.as_bytes());
        for part in [self.bucket.region.as_str(), "s3", "aws4_request", text.as_str()] {
            key = hmac::sign(&key_of(key.as_ref()), part.as_bytes());
        }
        SignedPut {
            url: format!("{origin}{path}?{query}&X-Amz-Signature={}", hex(key.as_ref())),
            headers: vec![
                ("content-length", bytes.to_string()),
                ("content-type", media_type.to_owned()),
            ],
        }
    }

    /// The origin and the path of a key: the bucket stands in the path of a server of one's own, in the host of Amazon's.
    fn address(&self, key: &str) -> (String, String) {
        let Bucket { name, endpoint, region, .. } = &self.bucket;
        match endpoint {
            Some(endpoint) => {
                (endpoint.trim_end_matches('/').to_owned(), escape(&format!("/{name}/{key}"), true))
            }
            None => (format!("https://{name}.s3.{region}.amazonaws.com"), escape(&format!("/{key}"), true)),
        }
    }
}

fn key_of(bytes: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// As Amazon wants it: everything but letters, digits and `-._~` is escaped; slashes only in a query.
fn escape(text: &str, is_path: bool) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                escaped.push(char::from(byte))
            }
            b'/' if is_path => escaped.push('/'),
            _ => {
                let _ = write!(escaped, "%{byte:02X}");
            }
        }
        escaped
    })
}

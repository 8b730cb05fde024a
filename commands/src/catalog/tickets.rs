//! Direct uploads. Who is signed in gets a ticket for one picture of one size and kind; with it the picture is put where
//! pictures arrive, without passing through the API where there is a bucket. Only then, when its owner comes back with
//! the ticket, it is looked at, written anew and kept: until then nobody sees it.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::{AccountId, UploadId};
use integrations::images::Format;
use serde::{Deserialize, Serialize};

/// How long a ticket is good for.
pub const TICKET_MINUTES: i64 = 15;

/// What is signed besides the ticket, so that nothing else which the same secret signs can be taken for one.
const PURPOSE: &[u8] = b"souk upload ticket 1\n";

/// A promise to take one picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// By what it is known.
    pub id: UploadId,
    /// Who may use it.
    pub account: AccountId,
    /// The media type that was announced.
    pub media_type: String,
    /// How many bytes were announced.
    pub bytes: u64,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
}

/// A ticket, and where its picture is put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectUpload {
    /// What was promised.
    pub ticket: Ticket,
    /// The ticket as it is shown.
    pub token: String,
    /// Where the picture is put; `None` where this server takes it itself.
    pub url: Option<String>,
    /// The headers that must come with it.
    pub headers: Vec<(&'static str, String)>,
}

impl Ticket {
    pub(super) fn new(
        id: UploadId,
        account: AccountId,
        format: Format,
        bytes: u64,
        now: DateTime<Utc>,
    ) -> Self {
        let media_type = format.media_type().to_owned();
        Self {
            id,
            account,
            media_type,
            bytes,
            expires_at: now + TimeDelta::minutes(TICKET_MINUTES),
        }
    }

    /// Where its picture arrives.
    pub(super) fn key(&self) -> String {
        format!("{}/{}", super::uploads::INCOMING, self.id)
    }

    pub(super) fn sign(&self, secret: &hmac::Key) -> Result<String, serde_json::Error> {
        let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(self)?);
        let tag = hmac::sign(secret, &[PURPOSE, payload.as_bytes()].concat());
        Ok(format!("{payload}.{}", URL_SAFE_NO_PAD.encode(tag)))
    }

    /// The ticket that `token` shows, if it was signed here and is still good.
    pub(super) fn verify(token: &str, secret: &hmac::Key, now: DateTime<Utc>) -> Option<Self> {
        let (payload, tag) = token.split_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        hmac::verify(secret, &[PURPOSE, payload.as_bytes()].concat(), &tag).ok()?;
        let ticket: Self = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        (now < ticket.expires_at).then_some(ticket)
    }
}

#[cfg(test)]
mod tests {
    use domain::fixtures::{at, uuid};

    use super::*;

    #[test]
    fn a_ticket_is_good_for_a_while_and_cannot_be_made_up() {
        let key = |secret: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, secret);
        let (ours, theirs) = (key(b"ours"), key(b"theirs"));
        let (id, account) = (UploadId::from_uuid(uuid(1)), AccountId::from_uuid(uuid(2)));
        let ticket = Ticket::new(id, account, Format::Png, 70, at(0));
        let token = ticket.sign(&ours).unwrap();
        assert_eq!(Ticket::verify(&token, &ours, at(14)), Some(ticket.clone()));
        assert_eq!(Ticket::verify(&token, &ours, at(15)), None);
        assert_eq!(Ticket::verify(&token, &theirs, at(0)), None);
        let more = Ticket { bytes: 71, ..ticket };
        let forged = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&more).unwrap());
        let tag = token.split_once('.').unwrap().1;
        assert_eq!(Ticket::verify(&format!("{forged}.{tag}"), &ours, at(0)), None);
        for wrong in ["", ".", "a.b", &token[..token.len() - 2]] {
            assert_eq!(Ticket::verify(wrong, &ours, at(0)), None, "{wrong}");
        }
    }
}

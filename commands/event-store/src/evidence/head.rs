//! Tree heads as texts: the checkpoints of <https://c2sp.org/tlog-checkpoint>, with the log's epoch and the time.

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, SecondsFormat, Utc};
use tlog_tiles::Hash;

/// What a head says: the first `size` events of the log have this root.
#[derive(Debug, Clone, PartialEq)]
pub struct TreeHead {
    /// Which log.
    pub origin: String,
    /// How many events, from the first one on: the last position that it covers.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
    /// The epoch in which it was signed.
    pub epoch: u32,
    /// When it was signed, to the second.
    pub signed_at: DateTime<Utc>,
}

/// A text that is no head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no tree head (docs/evidence.md)")]
pub struct InvalidHead;

impl TreeHead {
    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { origin, size, root, epoch, signed_at } = self;
        let time = signed_at.to_rfc3339_opts(SecondsFormat::Secs, true);
        format!("{origin}\n{size}\n{root}\nepoch {epoch}\ntime {time}\n")
    }

    /// Reads the text of a head.
    ///
    /// # Errors
    /// When it is none, or written in another way than [`Self::text`] would.
    pub fn parse(text: &str) -> Result<Self, InvalidHead> {
        let mut lines = text.lines();
        let mut line = || lines.next().ok_or(InvalidHead);
        let origin = line()?.to_owned();
        let size = line()?.parse().map_err(|_| InvalidHead)?;
        let root = STANDARD.decode(line()?).map_err(|_| InvalidHead)?;
        let epoch = line()?.strip_prefix("epoch ").ok_or(InvalidHead)?;
        let time = line()?.strip_prefix("time ").ok_or(InvalidHead)?;
        let head = Self {
            origin,
            size,
            root: Hash(root.try_into().map_err(|_| InvalidHead)?),
            epoch: epoch.parse().map_err(|_| InvalidHead)?,
            signed_at: DateTime::parse_from_rfc3339(time).map_err(|_| InvalidHead)?.to_utc(),
        };
        if head.text() == text {
            Ok(head)
        } else {
            Err(InvalidHead)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_five_lines_and_nothing_else() {
        let head = TreeHead {
            origin: "shop.example/log".to_owned(),
            size: 1_000,
            root: tlog_tiles::EMPTY_HASH,
            epoch: 2,
            signed_at: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        };
        let text = head.text();
        assert_eq!(
            text,
            "shop.example/log\n1000\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nepoch 2\n\
             time 2027-01-15T08:00:00Z\n"
        );
        assert_eq!(TreeHead::parse(&text).unwrap(), head);
        let wrong = [
            text.replace("1000", "01000"),
            text.replace("epoch 2\n", ""),
            text.replace("47DE", "47D"),
            format!("{text}more\n"),
            text.trim_end().to_owned(),
        ];
        for wrong in wrong {
            assert_eq!(TreeHead::parse(&wrong), Err(InvalidHead), "{wrong}");
        }
    }
}

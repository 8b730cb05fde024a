//! Signed notes (<https://c2sp.org/signed-note>): a text, a blank line, and a line for each signature.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::key::{HeadKey, VerifierKey};

/// A text with its signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What is signed, with the line break at its end.
    pub text: String,
    signatures: Vec<Signature>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Signature {
    name: String,
    key_id: [u8; 4],
    bytes: Vec<u8>,
}

/// A text that is no signed note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no signed note (https://c2sp.org/signed-note)")]
pub struct InvalidNote;

impl Note {
    /// Signs `text`, which ends with a line break, with each of the keys.
    #[must_use]
    pub fn sign(text: String, keys: &[&HeadKey]) -> Self {
        let sign = |key: &&HeadKey| Signature {
            name: key.verifier().name().to_owned(),
            key_id: key.verifier().key_id(),
            bytes: key.sign(text.as_bytes()),
        };
        let signatures = keys.iter().map(sign).collect();
        Self { text, signatures }
    }

    /// Reads a note; whether its signatures are good is for [`Self::is_signed_by`] to say.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, InvalidNote> {
        let split = text.rfind("\n\n").ok_or(InvalidNote)?;
        let (body, signatures) = text.split_at(split + 1);
        let signatures = signatures.strip_prefix('\n').ok_or(InvalidNote)?;
        if !signatures.ends_with('\n') || body.chars().any(|c| c.is_control() && c != '\n') {
            return Err(InvalidNote);
        }
        let signatures: Vec<Signature> =
            signatures.lines().map(signature).collect::<Option<_>>().ok_or(InvalidNote)?;
        if signatures.is_empty() {
            return Err(InvalidNote);
        }
        Ok(Self { text: body.to_owned(), signatures })
    }

    /// Whether this key has signed it.
    #[must_use]
    pub fn is_signed_by(&self, key: &VerifierKey) -> bool {
        self.signatures.iter().any(|signature| {
            signature.name == key.name()
                && signature.key_id == key.key_id()
                && key.is_signature(self.text.as_bytes(), &signature.bytes)
        })
    }

    /// The ids of the keys that are said to have signed it.
    pub fn key_ids(&self) -> impl Iterator<Item = [u8; 4]> + '_ {
        self.signatures.iter().map(|signature| signature.key_id)
    }
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.text)?;
        for signature in &self.signatures {
            let mut bytes = signature.key_id.to_vec();
            bytes.extend_from_slice(&signature.bytes);
            writeln!(f, "\u{2014} {} {}", signature.name, STANDARD.encode(bytes))?;
        }
        Ok(())
    }
}

fn signature(line: &str) -> Option<Signature> {
    let (name, bytes) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
    let bytes = STANDARD.decode(bytes).ok()?;
    let (key_id, bytes) = bytes.split_first_chunk::<4>()?;
    let is_name = !name.is_empty() && !bytes.is_empty();
    is_name.then(|| Signature {
        name: name.to_owned(),
        key_id: *key_id,
        bytes: bytes.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_of_the_specification_is_read_and_believed() {
        // The example of the Go package that the format comes from: golang.org/x/mod/sumdb/note.
        let key: VerifierKey =
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse().unwrap();
        let text = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n\
                    \n\
                    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
        let note = Note::parse(text).unwrap();
        assert!(note.is_signed_by(&key));
        assert_eq!(note.to_string(), text);
        let changed = Note::parse(&text.replace("answer", "Answer")).unwrap();
        assert!(!changed.is_signed_by(&key));
    }

    #[test]
    fn what_is_no_note_is_refused() {
        for text in [
            "",
            "text\n",
            "text\n\n",
            "text\n\nno signature\n",
            "text\n\n\u{2014} name AAAA",
            "a\tb\n\n\u{2014} n AAAAAAA=\n",
        ] {
            assert!(Note::parse(text).is_err(), "{text:?}");
        }
    }
}

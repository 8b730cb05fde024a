//! The messages of PostgreSQL's frontend, cut out of the stream: enough to know a COMMIT, and whose it is.

/// `SSLRequest` and `GSSENCRequest`: no type byte, and another message without one follows.
const NEGOTIATIONS: [u32; 2] = [80_877_103, 80_877_104];
const SESSIONS: [(&[u8], Committer); 2] = [
    (b"application_name\0souk-writer\0", Committer::Writer),
    (b"application_name\0souk-subscription\0", Committer::Projection),
];
const COMMIT: &[u8] = b"commit\0";
/// Length field and code.
const HEAD: usize = 4;

/// Whose connection it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Committer {
    /// The log's writer.
    Writer,
    /// A projection.
    Projection,
}

/// A whole message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Passed on as it is.
    Other(Vec<u8>),
    /// A simple query that ends with `commit`.
    Commit(Committer, Vec<u8>),
}

/// Follows one connection from its first byte.
#[derive(Debug, Default)]
pub(super) struct Frontend {
    buffer: Vec<u8>,
    is_started: bool,
    committer: Option<Committer>,
}

impl Frontend {
    /// Adds bytes; answers the messages that are now whole.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Vec<Piece> {
        self.buffer.extend_from_slice(bytes);
        let mut pieces = Vec::new();
        while let Some(length) = self.whole_message() {
            let message: Vec<u8> = self.buffer.drain(..length).collect();
            pieces.push(self.judge(message));
        }
        pieces
    }

    /// The length of the first message, with its type byte, once all of it is here.
    fn whole_message(&self) -> Option<usize> {
        let type_byte = usize::from(self.is_started);
        let field: [u8; HEAD] = self.buffer.get(type_byte..type_byte + HEAD)?.try_into().ok()?;
        let length = type_byte + usize::try_from(u32::from_be_bytes(field)).ok()?.max(HEAD);
        (self.buffer.len() >= length).then_some(length)
    }

    fn judge(&mut self, message: Vec<u8>) -> Piece {
        if !self.is_started {
            let code =
                message.get(HEAD..2 * HEAD).and_then(|code| code.try_into().ok()).map(u32::from_be_bytes);
            self.is_started = !code.is_some_and(|code| NEGOTIATIONS.contains(&code));
            let named = |name: &[u8]| message.windows(name.len()).any(|part| part == name);
            self.committer = SESSIONS.iter().find(|(name, _)| named(name)).map(|(_, committer)| *committer);
            return Piece::Other(message);
        }
        match self.committer {
            Some(committer) if message.first() == Some(&b'Q') && message.ends_with(COMMIT) => {
                Piece::Commit(committer, message)
            }
            _ => Piece::Other(message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn untyped(body: &[u8]) -> Vec<u8> {
        let mut message = u32::try_from(body.len() + HEAD).unwrap().to_be_bytes().to_vec();
        message.extend_from_slice(body);
        message
    }

    fn query(text: &str) -> Vec<u8> {
        let mut message = vec![b'Q'];
        message.extend(untyped(format!("{text}\0").as_bytes()));
        message
    }

    fn session(application: &str) -> Vec<u8> {
        let mut stream = untyped(&80_877_103_u32.to_be_bytes());
        let startup = format!("\0\x03\0\0user\0souk\0application_name\0{application}\0\0");
        stream.extend(untyped(startup.as_bytes()));
        stream.extend(query("begin"));
        stream.extend(query("commit"));
        stream
    }

    fn commits(stream: &[u8], chunk: usize) -> Vec<Committer> {
        let mut frontend = Frontend::default();
        let pieces: Vec<Piece> = stream.chunks(chunk).flat_map(|bytes| frontend.take(bytes)).collect();
        let length: usize = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Other(bytes) | Piece::Commit(_, bytes) => bytes.len(),
            })
            .sum();
        assert_eq!(length, stream.len(), "every byte is passed on");
        let committer = |piece: &Piece| match piece {
            Piece::Commit(committer, _) => Some(*committer),
            Piece::Other(_) => None,
        };
        pieces.iter().filter_map(committer).collect()
    }

    #[test]
    fn a_commit_is_known_however_the_stream_is_cut() {
        for chunk in [1, 3, 7, 1_000] {
            assert_eq!(commits(&session("souk-writer"), chunk), [Committer::Writer]);
            assert_eq!(commits(&session("souk-subscription"), chunk), [Committer::Projection]);
        }
    }

    #[test]
    fn commits_of_others_pass() {
        assert!(commits(&session("souk"), 1_000).is_empty());
    }
}

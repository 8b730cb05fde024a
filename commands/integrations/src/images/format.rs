//! What kind of picture some bytes are.

/// A kind of picture that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// GIF; of a moving one the first picture.
    Gif,
    /// WebP; of a moving one the first picture.
    WebP,
    /// AVIF; of a moving one the first picture.
    Avif,
}

impl Format {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Jpeg, Self::Png, Self::Gif, Self::WebP, Self::Avif];

    /// What the first bytes say.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            [_, _, _, _, b'f', b't', b'y', b'p', brands @ ..] if is_avif(bytes, brands) => Some(Self::Avif),
            _ => None,
        }
    }

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
            Self::Avif => "image/avif",
        }
    }

    /// The kind with this media type.
    #[must_use]
    pub fn of_media_type(media_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.media_type() == media_type)
    }
}

/// `avif` or `avis` stands among the brands of the first box: one, a version, then the compatible ones.
fn is_avif(bytes: &[u8], brands: &[u8]) -> bool {
    let [a, b, c, d, ..] = bytes else {
        return false;
    };
    let length = usize::try_from(u32::from_be_bytes([*a, *b, *c, *d])).unwrap_or(0);
    let brands = brands.get(..length.saturating_sub(8)).unwrap_or(brands);
    brands.chunks_exact(4).any(|brand| brand == b"avif" || brand == b"avis")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_say_what_it_is() {
        for (bytes, format) in [
            (b"\xFF\xD8\xFF\xE0".as_slice(), Some(Format::Jpeg)),
            (b"\x89PNG\r\n\x1A\n....", Some(Format::Png)),
            (b"GIF89a", Some(Format::Gif)),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some(Format::WebP)),
            (b"\0\0\0\x1Cftypavif\0\0\0\0avifmif1miaf", Some(Format::Avif)),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", Some(Format::Avif)),
            (b"\0\0\0\x14ftypheic\0\0\0\0heicavif", None),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
            (b"RIFF\0\0\0\0WAVE", None),
            (b"%PDF-1.7", None),
            (b"", None),
        ] {
            assert_eq!(Format::of(bytes), format, "{bytes:?}");
        }
        for format in Format::ALL {
            assert_eq!(Format::of_media_type(format.media_type()), Some(format));
        }
    }
}

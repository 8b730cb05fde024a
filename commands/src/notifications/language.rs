//! The languages that mails are written in.

/// A language that mails are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Arabic.
    Arabic,
    /// Kurdish: Sorani, in Arabic letters.
    Kurdish,
}

impl Language {
    /// The language of a BCP 47 tag; `None` where mails cannot be written in it.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        match tag.split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "en" => Some(Self::English),
            "ar" => Some(Self::Arabic),
            "ku" | "ckb" => Some(Self::Kurdish),
            _ => None,
        }
    }

    /// The first of the store's languages, as BCP 47 tags, that mails can be written in; else English.
    #[must_use]
    pub fn first_of<S: AsRef<str>>(tags: &[S]) -> Self {
        tags.iter().find_map(|tag| Self::of_tag(tag.as_ref())).unwrap_or(Self::English)
    }

    /// As HTML names it.
    pub(super) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Arabic => "ar",
            Self::Kurdish => "ckb",
        }
    }

    /// Which way it is written, as HTML says it.
    pub(super) const fn direction(self) -> &'static str {
        match self {
            Self::English => "ltr",
            Self::Arabic | Self::Kurdish => "rtl",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_that_is_known_serves() {
        assert_eq!(Language::first_of(&["fr", "ar", "en"]), Language::Arabic);
        assert_eq!(Language::first_of(&["en-GB", "ar"]), Language::English);
        assert_eq!(Language::first_of(&["ckb-IQ"]), Language::Kurdish);
        assert_eq!(Language::first_of(&["fr"]), Language::English);
    }
}

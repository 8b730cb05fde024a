//! Typesets with Typst. The template is the only source there is: no files, no packages, no network and no clock; what
//! is printed comes in as values, so that nothing that somebody has written is read as markup.

use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use typst::{
    Library, LibraryExt, World, comemo,
    diag::{FileError, FileResult, SourceDiagnostic},
    foundations::{Bytes, Datetime, Dict, Smart, Value},
    layout::PagedDocument,
    syntax::{FileId, Source},
    text::{Font, FontBook},
    utils::LazyHash,
};
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use super::data::Invoice;

const TEMPLATE: &str = include_str!("invoice.typ");
/// Vazirmatn: Latin, Arabic and Kurdish letters; its licence (OFL 1.1) lies beside it.
const FONTS: [&[u8]; 2] = [
    include_bytes!("fonts/Vazirmatn-Regular.ttf"),
    include_bytes!("fonts/Vazirmatn-Bold.ttf"),
];

/// Results of earlier invoices that are kept, for what they have in common.
const KEPT_RUNS: usize = 4;

/// Why an invoice cannot be printed: a fault of ours.
#[derive(Debug, thiserror::Error)]
pub(super) enum RenderError {
    /// The data cannot be handed over.
    #[error("the invoice's data cannot be handed to the template: {0}")]
    Data(#[from] serde_json::Error),
    /// The template is wrong.
    #[error("the invoice cannot be typeset: {0}")]
    Template(String),
}

impl From<typst::ecow::EcoVec<SourceDiagnostic>> for RenderError {
    fn from(faults: typst::ecow::EcoVec<SourceDiagnostic>) -> Self {
        let faults: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
        Self::Template(faults.join("; "))
    }
}

/// What is the same for every invoice.
struct Press {
    fonts: Vec<Font>,
    book: LazyHash<FontBook>,
    template: Source,
}

static PRESS: LazyLock<Press> = LazyLock::new(|| {
    let fonts: Vec<Font> = FONTS.into_iter().flat_map(|font| Font::iter(Bytes::new(font))).collect();
    Press {
        book: LazyHash::new(FontBook::from_fonts(&fonts)),
        fonts,
        template: Source::detached(TEMPLATE),
    }
});

/// One invoice with all that its template can see.
struct Sheet {
    library: LazyHash<Library>,
}

impl World for Sheet {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &PRESS.book
    }

    fn main(&self) -> FileId {
        PRESS.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == PRESS.template.id() {
            Ok(PRESS.template.clone())
        } else {
            Err(FileError::AccessDenied)
        }
    }

    fn file(&self, _: FileId) -> FileResult<Bytes> {
        Err(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        PRESS.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<i64>) -> Option<Datetime> {
        None
    }
}

/// The invoice as PDF/A-2b. The same invoice gives the same bytes.
pub(super) fn pdf(invoice: &Invoice) -> Result<Vec<u8>, RenderError> {
    let document = typeset(invoice)?;
    let standards =
        PdfStandards::new(&[PdfStandard::A_2b]).map_err(|error| RenderError::Template(error.to_string()))?;
    let options = PdfOptions {
        ident: Smart::Custom(&invoice.order),
        timestamp: issued(&invoice.issued).map(Timestamp::new_utc),
        standards,
        ..PdfOptions::default()
    };
    let pdf = typst_pdf::pdf(&document, &options)?;
    comemo::evict(KEPT_RUNS);
    Ok(pdf)
}

/// Its pages, with every glyph in its place.
fn typeset(invoice: &Invoice) -> Result<PagedDocument, RenderError> {
    let data = Value::deserialize(serde_json::to_value(invoice)?)?;
    let inputs: Dict = [("invoice".into(), data)].into_iter().collect();
    let sheet = Sheet {
        library: LazyHash::new(Library::builder().with_inputs(inputs).build()),
    };
    Ok(typst::compile::<PagedDocument>(&sheet).output?)
}

/// The day of issue, for a document that is the same whenever it is printed.
fn issued(day: &str) -> Option<Datetime> {
    let day: NaiveDate = day.parse().ok()?;
    let (month, of_month) = (u8::try_from(day.month()).ok()?, u8::try_from(day.day()).ok()?);
    Datetime::from_ymd_hms(day.year(), month, of_month, 0, 0, 0)
}

#[cfg(test)]
mod tests {
    use typst::{
        layout::{Frame, FrameItem},
        text::TextItem,
    };

    use super::{
        super::{
            data::{Line, Part},
            words::Words,
        },
        *,
    };

    /// An invoice over one thing.
    fn invoice(language: &'static str, title: &str) -> Invoice {
        let text = |text: &str| text.to_owned();
        let line = Line {
            number: text("1"),
            title: text(title),
            sku: text("SKU"),
            quantity: text("1"),
            unit_price: text("1"),
            discount: None,
            tax: None,
            total: text("1"),
        };
        Invoice {
            words: Words::of(language),
            language,
            rtl: language == "ar",
            issuer: text("Souk"),
            number: text("1"),
            issued: text("2026-11-21"),
            order: text("ord_1"),
            placed: text("2026-11-21"),
            payment: "",
            status: "",
            customer: Vec::new(),
            parts: vec![Part { seller: None, lines: vec![line] }],
            totals: Vec::new(),
            credits: Vec::new(),
            after: Vec::new(),
        }
    }

    fn texts(frame: &Frame, found: &mut Vec<TextItem>) {
        for (_, item) in frame.items() {
            match item {
                FrameItem::Group(group) => texts(&group.frame, found),
                FrameItem::Text(text) => found.push(text.clone()),
                _ => {}
            }
        }
    }

    fn printed(language: &'static str, title: &str) -> Vec<TextItem> {
        let document = typeset(&invoice(language, title)).unwrap();
        let mut found = Vec::new();
        document.pages.iter().for_each(|page| texts(&page.frame, &mut found));
        found
    }

    /// The glyphs of a title from left to right: each with the letter that it stands for.
    fn glyphs(language: &'static str, title: &str) -> Vec<(u16, char)> {
        let item = printed(language, title).into_iter().find(|item| item.text.as_str() == title).unwrap();
        let letter = |at: u16| item.text[usize::from(at)..].chars().next().unwrap();
        item.glyphs.iter().map(|glyph| (glyph.id, letter(glyph.range.start))).collect()
    }

    #[test]
    fn arabic_letters_are_joined_and_run_from_right_to_left() {
        // Beginning, middle and end of a word: one letter, three shapes, none of them the one that it has alone.
        let shapes: Vec<u16> = glyphs("ar", "ببب").iter().map(|(id, _)| *id).collect();
        let alone = glyphs("ar", "ب")[0].0;
        let mut different = [shapes.clone(), vec![alone]].concat();
        different.sort_unstable();
        different.dedup();
        assert_eq!((shapes.len(), different.len()), (3, 4), "{shapes:?}, alone {alone}");
        let letters: String = glyphs("ar", "بيت").iter().map(|(_, letter)| *letter).collect();
        assert_eq!(letters, "تيب", "the first letter stands at the right");
    }

    #[test]
    fn no_letter_of_the_shops_languages_is_missing() {
        for title in [
            "أرز بسمتي ٥ كغ",
            "برنجی بەسمەتی ٥ کگم",
            "Żurek, crème brûlée & Öl",
        ] {
            for item in printed("ar", title) {
                assert!(item.glyphs.iter().all(|glyph| glyph.id != 0), "{} of {title}", item.text);
            }
        }
    }
}

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
    let data = Value::deserialize(serde_json::to_value(invoice)?)?;
    let inputs: Dict = [("invoice".into(), data)].into_iter().collect();
    let sheet = Sheet {
        library: LazyHash::new(Library::builder().with_inputs(inputs).build()),
    };
    let document = typst::compile::<PagedDocument>(&sheet).output?;
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

/// The day of issue, for a document that is the same whenever it is printed.
fn issued(day: &str) -> Option<Datetime> {
    let day: NaiveDate = day.parse().ok()?;
    let (month, of_month) = (u8::try_from(day.month()).ok()?, u8::try_from(day.day()).ok()?);
    Datetime::from_ymd_hms(day.year(), month, of_month, 0, 0, 0)
}

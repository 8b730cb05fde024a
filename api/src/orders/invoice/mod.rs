//! Invoices as PDF: what the order's document says, in English or Arabic, typeset here.
//!
//! Nothing is reckoned again: amounts are those that were frozen when the order was placed. Names of products and sellers
//! are those of the moment in which the order was confirmed, so that an invoice is the same whenever it is printed.

mod data;
mod read;
mod render;
mod words;

use std::{sync::Arc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, HeaderValue, VARY,
        },
    },
};
use commands::UseCase;
use domain::ids::OrderId;
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

use self::{data::Invoice, words::Words};
use super::queries::{DISCOUNTS_MODEL, READ_MODEL, RETURNS_MODEL};
use crate::{
    http::{
        Id, Problem, auth::Signed, consistency::MinPosition, etag, list::Rules, locale::Locale,
        problem::ProblemBody,
    },
    souk::Shared,
};

/// Invoices that are typeset at once: each keeps a core busy for a moment.
const AT_ONCE: usize = 2;

/// How long an invoice waits for its turn, and how long it takes at most.
const PATIENCE: Duration = Duration::from_secs(8);

const RULES: Rules = Rules {
    is_list: false,
    has_total: false,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: &[],
};

/// Typesets invoices, a bounded number at once.
#[derive(Clone)]
pub struct Invoices(Arc<Semaphore>);

impl Default for Invoices {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Invoices {
    async fn typeset(&self, invoice: Invoice) -> Result<Vec<u8>, Problem> {
        let busy =
            || Problem::unavailable("invoices-busy", 5, "others are printing at present: try again soon");
        let permit = timeout(PATIENCE, Arc::clone(&self.0).acquire_owned()).await;
        let permit = permit.map_err(|_| busy())?.map_err(|error| Problem::internal(&error))?;
        let work = spawn_blocking(move || {
            // Held until the work ends, even when nobody waits for it any more.
            let _permit = permit;
            render::pdf(&invoice)
        });
        let pdf = timeout(PATIENCE, work).await.map_err(|_| busy())?;
        pdf.map_err(|error| Problem::internal(&error))?.map_err(|error| Problem::internal(&error))
    }
}

/// The invoice of an order
///
/// As PDF (PDF/A-2b), in English or Arabic as `Accept-Language` or `locale` asks; every other language gets English. For
/// whoever may see the order; a vendor gets its own lines. An order that is not confirmed has no invoice yet. The same
/// version of an order gives the same bytes.
#[utoipa::path(
    get,
    path = "/api/v1/orders/{id}/invoice.pdf",
    tag = "orders",
    params(
        ("id" = String, Path, description = "`ord_…`"),
        ("locale" = Option<String>, Query, description = "`en` or `ar`; goes before `Accept-Language`"),
        ("If-None-Match" = Option<String>, Header),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = String, content_type = "application/pdf"),
        (status = 304, description = "You have it already"),
        (status = 409, body = ProblemBody, description = "`orders.not_invoiced`: it is not confirmed yet"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn show_invoice(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    Id(id): Id<OrderId>,
    min: MinPosition,
    locale: Locale,
) -> Result<HttpResponse, Problem> {
    signed.require(UseCase::ShowInvoice)?;
    RULES.read(&request)?;
    souk.reads.wait_for(min, &[READ_MODEL, RETURNS_MODEL, DISCOUNTS_MODEL]).await?;
    let words = Words::of(souk.store.locales.tag(locale));
    let sources = read::sources(&signed, &souk, id).await?;
    let tag = sources.etag(words);
    if etag::is_known(request.headers(), tag.as_bytes()) {
        let mut response = HttpResponse::NotModified();
        return Ok(headers(&mut response, &tag, words).finish());
    }
    let number = sources.number;
    let invoice = read::invoice(&souk, sources, words).await?;
    let pdf = souk.invoices.typeset(invoice).await?;
    let mut response = HttpResponse::build(StatusCode::OK);
    let name = format!("inline; filename=\"invoice-{number}.pdf\"");
    response.insert_header((CONTENT_TYPE, HeaderValue::from_static("application/pdf")));
    response.insert_header((CONTENT_DISPOSITION, name));
    Ok(headers(&mut response, &tag, words).body(pdf))
}

fn headers<'r>(
    response: &'r mut actix_web::HttpResponseBuilder,
    tag: &str,
    words: &Words,
) -> &'r mut actix_web::HttpResponseBuilder {
    response
        .insert_header((ETAG, tag))
        .insert_header((CONTENT_LANGUAGE, words.language))
        .insert_header((VARY, HeaderValue::from_static("Accept-Language")))
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
}

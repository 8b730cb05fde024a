//! The route that imports products.

use std::sync::Arc;

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE},
    },
    web,
};
use bytes::Bytes;
use commands::UseCase;
use domain::catalog::AttributeKind;
use futures_util::stream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    import_request::{Columns, ImportRowRequest},
    import_rows::{Format, Piece, Rows, cells},
    import_run::{Import, detail_of, without_mark},
};
use crate::{
    http::{Problem, auth::Signed, idempotency::OptionalKey, list::Rules, problem::ProblemBody},
    souk::Shared,
};

/// Imports at the same time on one node.
const AT_ONCE: usize = 2;

const RULES: Rules = Rules {
    is_list: false,
    has_total: false,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: &["dry_run"],
};

/// How many imports may still begin.
#[derive(Clone)]
pub struct Imports(Arc<Semaphore>);

impl Default for Imports {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Imports {
    fn begin(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.0).try_acquire_owned().map_err(|_| {
            Problem::unavailable("imports-busy", 10, "others are importing at present: try again soon")
        })
    }
}

/// Import products
///
/// CSV (the first line names the columns) or NDJSON (`ImportRow`, a line each), without a limit on rows. Each row by itself: a
/// product that is not there is registered, one that is there is revised, and what is so already changes nothing. Rows
/// with the same product are taken in their order. The answer is NDJSON: lines of progress, then a line for each row, at
/// last a summary; without a summary it broke off. Send the same file again then: nothing is made twice. Under an
/// `Idempotency-Key` a row that was done is not done again, whatever has happened to its product since.
///
/// Columns: `sku`, `external_id`, `kind`, `company_id`, `title` (English), `title.ar`, `description`, `description.ar`, `categories`, `tags`,
/// `images` and `sale_zones` (with spaces between), `barcode`, `currency`, `base_price`, `discounted_price`,
/// `wholesale_price`, `min_order_quantity`, `slug`, `featured`, `attribute.colour`; `id`, `status`, `available` and `created_at` of
/// an export are passed over. An empty cell leaves what is there.
#[utoipa::path(
    post,
    path = "/api/v1/products/import",
    tag = "catalog",
    request_body(content((String = "text/csv"), (ImportRowRequest = "application/x-ndjson"))),
    params(
        ("dry_run" = Option<bool>, Query, description = "`true`: say what every row by itself would come to, and change nothing"),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = String, content_type = "application/x-ndjson"),
        (status = 409, body = ProblemBody, description = "An import under this key is under way"),
        (status = 415, body = ProblemBody),
        (status = 422, body = ProblemBody, description = "The first line names columns that there are not"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn import_products(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    key: OptionalKey,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    signed.require(UseCase::ImportProducts)?;
    let params = RULES.read(&request)?;
    let dry_run = params.parse_own("dry_run", str::parse::<bool>)?.unwrap_or(false);
    let format = format_of(&request)?;
    let permit = souk.imports.begin()?;
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &dry_run)?;
    let mut rows = Rows::new(payload, format, souk.http.defence.body_wait);
    let columns = match format {
        Format::Csv => Some(columns(&souk, &mut rows).await?),
        Format::Ndjson => None,
    };
    let import = Import::begin(souk, &signed, (key, attempt, permit), dry_run, (rows, columns))?;
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, "application/x-ndjson"));
    response.insert_header((CACHE_CONTROL, "no-store"));
    Ok(response.streaming(stream::try_unfold(import, Import::step)))
}

fn format_of(request: &HttpRequest) -> Result<Format, Problem> {
    let unsupported = |code, detail| Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code, detail);
    let coding = request.headers().get(CONTENT_ENCODING);
    if coding.is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        let detail = "send the body as it is: packed bodies are not taken";
        return Err(unsupported("unsupported-content-encoding", detail));
    }
    match request.content_type().trim().to_ascii_lowercase().as_str() {
        "text/csv" => Ok(Format::Csv),
        "application/x-ndjson" | "application/ndjson" => Ok(Format::Ndjson),
        _ => {
            let detail = "send text/csv or application/x-ndjson, and say so in Content-Type";
            Err(unsupported("unsupported-media-type", detail))
        }
    }
}

/// The first line, before anything is answered.
async fn columns(souk: &Shared, rows: &mut Rows) -> Result<Columns, Problem> {
    let wrong = |code: &'static str| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail_of(code));
    let line = match rows.next().await {
        Piece::Row(line) => line,
        Piece::TooLong | Piece::Endless => return Err(wrong("row-too-long")),
        Piece::Open => return Err(wrong("unterminated-quote")),
        Piece::Broken(code) => return Err(Problem::bad_request(code, detail_of(code))),
        Piece::End => Bytes::new(),
    };
    let line = cells(without_mark(&line)).map_err(wrong)?;
    let (book, _) = souk.catalog.attributes().await?;
    let booleans = book.attributes().filter(|(_, known)| known.details.kind == AttributeKind::Boolean);
    Columns::read(&line, booleans.map(|(_, known)| known.code.to_string()).collect())
}

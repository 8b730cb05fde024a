//! Routes of exports: whole lists as CSV or XLSX, streamed.
//!
//! A cell that a spreadsheet would run as a formula (it begins with `=`, `+`, `-`, `@`, as wide characters too, a tab or
//! the end of a line) gets an apostrophe in front, as OWASP advises for CSV. In XLSX a text is a text, so nothing is
//! changed there.

use std::{io, sync::Arc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    web,
};
use bytes::Bytes;
use commands::UseCase;
use futures_util::stream;
use projections::analytics::exports::{Cells, Column, Export, Report, Shape};
use tokio::{
    sync::{
        OwnedSemaphorePermit, Semaphore,
        mpsc::{self, Receiver},
    },
    time::timeout,
};

use super::workbook;
use crate::{
    http::{Problem, auth::Signed, consistency::MinPosition, list::Rules},
    souk::Shared,
};

/// Exports at the same time: each holds a connection and a snapshot.
const AT_ONCE: usize = 3;
/// A page that a client does not take for so long ends its export, because a snapshot keeps old rows alive.
const PATIENCE: Duration = Duration::from_secs(60);

const NOTHING: Rules = Rules {
    is_list: false,
    has_total: false,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: &[],
};

/// How many exports may still begin.
#[derive(Clone)]
pub struct Exports(Arc<Semaphore>);

impl Default for Exports {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Exports {
    fn begin(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.0).try_acquire_owned().map_err(|_| {
            Problem::unavailable("exports-busy", 10, "others are exporting at present: try again soon")
        })
    }
}

async fn begin(
    signed: &Signed,
    souk: &Shared,
    request: &HttpRequest,
    report: &str,
    min: MinPosition,
) -> Result<(Export, Report, OwnedSemaphorePermit), Problem> {
    signed.require_everywhere(UseCase::ExportReport)?;
    NOTHING.read(request)?;
    let report = Report::ALL.iter().copied().find(|known| known.as_str() == report);
    let report = report.ok_or_else(|| {
        Problem::missing("no-such-report", "there are orders, products, customers, sales and inventory")
    })?;
    souk.reads.wait_for(min, &[report.model_name()]).await?;
    let permit = souk.exports.begin()?;
    Ok((Export::begin(souk.reads.pool(), report).await?, report, permit))
}

fn headers(response: &mut actix_web::HttpResponseBuilder, export: &Export, name: &str, kind: &str) {
    response.insert_header((CONTENT_TYPE, kind));
    response.insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")));
    response.insert_header((CACHE_CONTROL, "no-store"));
    response.insert_header(("event-position", export.position().to_string()));
}

/// Export a whole list as CSV
///
/// `orders`, `products`, `customers`, `sales` (by day, product, country and currency) or `inventory`: RFC 4180, UTF-8,
/// the first line names the columns. All rows are of one moment, whose position is `Event-Position`. An answer that
/// breaks off is not whole. Cells that a spreadsheet would take for a formula begin with an apostrophe.
#[utoipa::path(
    get,
    path = "/api/v1/export/{report}/csv",
    tag = "analytics",
    params(
        ("report" = String, Path, description = "`orders`, `products`, `customers`, `sales` or `inventory`"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = String, content_type = "text/csv"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn export_csv(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    report: web::Path<String>,
    min: MinPosition,
) -> Result<HttpResponse, Problem> {
    let (export, report, permit) = begin(&signed, &souk, &request, &report, min).await?;
    let mut response = HttpResponse::Ok();
    headers(&mut response, &export, &format!("{}.csv", report.as_str()), "text/csv; charset=utf-8");
    let heading = export.columns().iter().map(|column| Some(column.name.to_owned())).collect::<Cells>();
    let heading = written(&[heading], export.columns()).map_err(|error| Problem::internal(&error))?;
    Ok(response.streaming(stream::try_unfold(read(export, heading, permit), |mut pages| async move {
        match pages.recv().await {
            Some(Ok(Chunk::Lines(bytes))) => Ok::<_, io::Error>(Some((bytes, pages))),
            Some(Ok(Chunk::End)) => Ok(None),
            Some(Err(error)) => Err(error),
            None => Err(io::Error::other("the export was given up")),
        }
    })))
}

/// Part of a CSV; without the last one it is not whole.
enum Chunk {
    Lines(Bytes),
    End,
}

/// Reads on a task of its own, so that a client that stops taking rows cannot keep a snapshot for ever.
fn read(mut export: Export, heading: Bytes, permit: OwnedSemaphorePermit) -> Receiver<io::Result<Chunk>> {
    let (sender, receiver) = mpsc::channel(2);
    tokio::spawn(async move {
        let mut next = Ok(Chunk::Lines(heading));
        loop {
            let is_last = !matches!(next, Ok(Chunk::Lines(_)));
            let sent = timeout(PATIENCE, sender.send(next)).await;
            if is_last || !matches!(sent, Ok(Ok(()))) {
                break;
            }
            next = match export.next().await {
                Ok(rows) if rows.is_empty() => Ok(Chunk::End),
                Ok(rows) => written(&rows, export.columns()).map(Chunk::Lines),
                Err(error) => Err(io::Error::other(error)),
            };
        }
        drop(permit);
    });
    receiver
}

/// Rows as lines of CSV.
fn written(rows: &[Cells], columns: &[Column]) -> io::Result<Bytes> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::with_capacity(65_536));
    for row in rows {
        let cells = row.iter().zip(columns).map(|(cell, column)| safe(cell.as_deref(), column.shape));
        writer.write_record(cells).map_err(io::Error::other)?;
    }
    writer.into_inner().map(Bytes::from).map_err(|error| io::Error::other(error.to_string()))
}

/// What a formula begins with. Spreadsheets for East Asian scripts take the wide forms for the usual ones.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// A number is what it is; a text must not become a formula.
fn safe(cell: Option<&str>, shape: Shape) -> String {
    let text = cell.unwrap_or_default();
    if text.starts_with(FORMULA) && shape == Shape::Text {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// Export a whole list as XLSX
///
/// As the CSV, as a workbook: numbers are numbers (to 15 digits), texts are never formulas, and a list of more than
/// a million rows goes on in a second sheet.
#[utoipa::path(
    get,
    path = "/api/v1/export/{report}/xlsx",
    tag = "analytics",
    params(
        ("report" = String, Path, description = "`orders`, `products`, `customers`, `sales` or `inventory`"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = String,
            content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn export_xlsx(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    report: web::Path<String>,
    min: MinPosition,
) -> Result<HttpResponse, Problem> {
    let (mut export, report, permit) = begin(&signed, &souk, &request, &report, min).await?;
    let mut response = HttpResponse::Ok();
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    headers(&mut response, &export, &format!("{}.xlsx", report.as_str()), kind);
    let (rows, writing) = workbook::begin(report);
    loop {
        let page = export.next().await?;
        let is_last = page.is_empty();
        // The writer hangs up only when it has failed, and its own answer says why.
        if is_last || rows.send(page).await.is_err() {
            break;
        }
    }
    drop(rows);
    drop(export);
    let file = writing.await.map_err(|error| Problem::internal(&error))?;
    let file = tokio::fs::File::from_std(file.map_err(|error| Problem::internal(&error))?);
    Ok(response.streaming(stream::try_unfold((file, permit), |(mut file, permit)| async move {
        use tokio::io::AsyncReadExt;
        let mut bytes = vec![0; 65_536];
        let read = file.read(&mut bytes).await?;
        bytes.truncate(read);
        Ok::<_, io::Error>((read > 0).then(|| (Bytes::from(bytes), (file, permit))))
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_neutralised() {
        for hostile in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"] {
            assert_eq!(safe(Some(hostile), Shape::Text), format!("'{hostile}"));
        }
        for harmless in ["rice", "1-1", "", " =1", "أرز"] {
            assert_eq!(safe(Some(harmless), Shape::Text), harmless);
        }
        assert_eq!(safe(Some("-5.00"), Shape::Number), "-5.00");
        assert_eq!(safe(None, Shape::Text), "");
    }

    #[test]
    fn cells_with_commas_quotes_and_lines_are_quoted() {
        let rows = [vec![Some("a,\"b\"\n".to_owned()), None]];
        let columns = &Report::Orders.columns()[..2];
        assert_eq!(written(&rows, columns).unwrap(), "\"a,\"\"b\"\"\n\",\r\n");
    }
}

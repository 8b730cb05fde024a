//! The sitemap: the address of every page of the shop, written while it is read. A file has at most 50,000 addresses
//! (sitemaps.org); a shop with more has an index of such files.

use std::io;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
};
use bytes::Bytes;
use domain::ids::ProductId;
use futures_util::stream;
use projections::catalog::{category_list, product_list};
use sqlx::PgPool;

use super::{categories::percent_encoded, seo::site, seo_response::html};
use crate::{
    http::{
        Problem,
        list::{Rules, invalid_value},
        problem::ProblemBody,
    },
    souk::Shared,
};

/// The most addresses of one file.
const ADDRESSES: i64 = 50_000;

/// How many are read at once.
const CHUNK: i64 = 2_000;

const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

const RULES: Rules = Rules {
    is_list: false,
    has_total: false,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: &["page"],
};

/// The addresses of one file that are still to be written.
struct Rest {
    pool: PgPool,
    site: String,
    /// Written before the next addresses.
    begun: String,
    after: Option<ProductId>,
    skipped: i64,
    left: i64,
}

/// The sitemap
///
/// Every category that customers see and every product on sale, with the time of its last change. With more than 50,000
/// of them it is an index of pages, each of which is a sitemap.
#[utoipa::path(
    get,
    path = "/sitemap.xml",
    tag = "catalog",
    params(("page" = Option<i64>, Query, description = "One of the files that the index names, from 1")),
    responses(
        (status = 200, body = String, content_type = "application/xml"),
        (status = 404, body = ProblemBody),
    ),
    security(()),
)]
pub(crate) async fn sitemap(souk: Shared, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let params = RULES.read(&request)?;
    let page = params.parse_own("page", str::parse::<i64>)?;
    if page.is_some_and(|page| page < 1) {
        return Err(invalid_value("page", &"must be at least 1"));
    }
    let pool = souk.reads.pool().clone();
    let site = site(&souk);
    let mut categories = category_list::all(&pool).await?;
    categories.retain(|row| row.details.active);
    categories.truncate(usize::try_from(ADDRESSES).unwrap_or(usize::MAX));
    let above = i64::try_from(categories.len()).unwrap_or(ADDRESSES);
    let products = product_list::sitemap_count(&pool).await?;
    let pages = (products + above + ADDRESSES - 1) / ADDRESSES;
    let page = match page {
        None if pages > 1 => return Ok(answer().body(index(&site, pages))),
        page => page.unwrap_or(1),
    };
    if page > pages.max(1) {
        return Err(Problem::missing("catalog.sitemap_page_not_found", "the sitemap has fewer pages"));
    }
    let mut begun = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"{NAMESPACE}\">\n");
    for row in categories.iter().filter(|_| page == 1) {
        let path = format!("{site}/categories/{}", percent_encoded(row.details.slug.as_str()));
        begun.push_str(&address(&path, row.updated_at));
    }
    let rest = Rest {
        pool,
        site,
        begun,
        after: None,
        skipped: if page == 1 {
            0
        } else {
            (page - 1) * ADDRESSES - above
        },
        left: if page == 1 { ADDRESSES - above } else { ADDRESSES },
    };
    Ok(answer().streaming(stream::try_unfold(Some(rest), |rest| async move {
        match rest {
            Some(rest) => rest.next().await.map(Some),
            None => Ok(None),
        }
    })))
}

fn answer() -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, "application/xml; charset=utf-8"));
    response.insert_header((CACHE_CONTROL, "public, max-age=600"));
    response
}

impl Rest {
    /// The next piece of the file, and what comes behind it.
    async fn next(mut self) -> Result<(Bytes, Option<Self>), io::Error> {
        let limit = self.left.min(CHUNK);
        let rows = product_list::sitemap_page(&self.pool, self.after, self.skipped, limit).await;
        let rows = rows.map_err(io::Error::other)?;
        let mut piece = std::mem::take(&mut self.begun);
        for row in &rows {
            let path = format!("{}/products/{}", self.site, percent_encoded(&row.slug));
            piece.push_str(&address(&path, row.updated_at));
        }
        let read = i64::try_from(rows.len()).unwrap_or(limit);
        self.left -= read;
        self.after = rows.last().map(|row| row.id);
        if read < limit || self.left == 0 {
            piece.push_str("</urlset>\n");
            return Ok((piece.into(), None));
        }
        Ok((piece.into(), Some(self)))
    }
}

fn address(url: &str, changed: chrono::DateTime<chrono::Utc>) -> String {
    let changed = changed.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    format!("<url><loc>{}</loc><lastmod>{changed}</lastmod></url>\n", html(url))
}

fn index(site: &str, pages: i64) -> String {
    let mut index =
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sitemapindex xmlns=\"{NAMESPACE}\">\n");
    for page in 1..=pages {
        let url = html(&format!("{site}/sitemap.xml?page={page}"));
        index.push_str(&format!("<sitemap><loc>{url}</loc></sitemap>\n"));
    }
    index.push_str("</sitemapindex>\n");
    index
}

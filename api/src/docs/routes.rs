//! Routes of the description.

use std::sync::LazyLock;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY},
};
use bytes::Bytes;

use crate::http::{
    packing::{gzip, takes_gzip},
    routes::Routes,
};

/// Routes of this context.
pub fn routes(routes: &mut Routes) {
    routes.get("/openapi.json", openapi_json);
    routes.get("/docs", docs_page);
    routes.get("/docs/docs.js", docs_script);
    routes.get("/docs/docs.css", docs_style);
}

/// Bytes that never change while the program runs, packed once.
struct Fixed {
    plain: Bytes,
    packed: Option<Bytes>,
}

impl Fixed {
    fn new(plain: Bytes) -> Self {
        Self { packed: gzip(&plain).map(Into::into), plain }
    }

    fn send(&self, request: &HttpRequest, kind: &'static str) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.insert_header((CONTENT_TYPE, kind));
        response.insert_header((CACHE_CONTROL, "public, max-age=60"));
        response.insert_header((VARY, "Accept-Encoding"));
        // The page runs its own script and asks this server only.
        response.insert_header((
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ));
        match &self.packed {
            Some(packed) if takes_gzip(request.headers()) => {
                response.insert_header((CONTENT_ENCODING, "gzip"));
                response.body(packed.clone())
            }
            Some(_) | None => response.body(self.plain.clone()),
        }
    }
}

static DOCUMENT: LazyLock<Fixed> =
    LazyLock::new(|| Fixed::new(serde_json::to_vec(&super::document()).unwrap_or_default().into()));
static PAGE: LazyLock<Fixed> = LazyLock::new(|| Fixed::new(Bytes::from_static(include_bytes!("page.html"))));
static SCRIPT: LazyLock<Fixed> = LazyLock::new(|| Fixed::new(Bytes::from_static(include_bytes!("page.js"))));
static STYLE: LazyLock<Fixed> = LazyLock::new(|| Fixed::new(Bytes::from_static(include_bytes!("page.css"))));

/// This API as an OpenAPI 3.1 document
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "docs",
    responses((status = 200, body = Object)),
    security(()),
)]
pub(crate) async fn openapi_json(request: HttpRequest) -> HttpResponse {
    DOCUMENT.send(&request, "application/json")
}

/// This API to read and to try
#[utoipa::path(
    get,
    path = "/docs",
    tag = "docs",
    responses((status = 200, body = String, content_type = "text/html")),
    security(()),
)]
pub(crate) async fn docs_page(request: HttpRequest) -> HttpResponse {
    PAGE.send(&request, "text/html; charset=utf-8")
}

/// The script of the page
#[utoipa::path(
    get,
    path = "/docs/docs.js",
    tag = "docs",
    responses((status = 200, body = String, content_type = "text/javascript")),
    security(()),
)]
pub(crate) async fn docs_script(request: HttpRequest) -> HttpResponse {
    SCRIPT.send(&request, "text/javascript; charset=utf-8")
}

/// The style of the page
#[utoipa::path(
    get,
    path = "/docs/docs.css",
    tag = "docs",
    responses((status = 200, body = String, content_type = "text/css")),
    security(()),
)]
pub(crate) async fn docs_style(request: HttpRequest) -> HttpResponse {
    STYLE.send(&request, "text/css; charset=utf-8")
}

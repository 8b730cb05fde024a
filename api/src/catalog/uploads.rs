//! Images: uploaded, shown to everybody, deleted.

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue},
    web::{Path, Payload},
};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::catalog::ImageName;

use super::{
    seo::site,
    upload_body::{Sent, bare, form, limit_of, unsupported},
    upload_response::{FinishUploadRequest, SignUploadRequest, SignedUploadBody, UploadBody, UploadsBody},
};
use crate::{
    http::{Answer, Body, Problem, auth::Signed, etag, list::Rules, problem::ProblemBody, routes::Routes},
    souk::Shared,
};

/// Routes of images.
pub(super) fn routes(routes: &mut Routes) {
    routes.post("/api/v1/upload/image", upload_image);
    routes.post("/api/v1/upload/multiple", upload_images);
    routes.post("/api/v1/upload/signature", sign_upload);
    routes.put("/api/v1/upload/direct/{ticket}", put_directly);
    routes.get("/api/v1/upload/{name}", show_image);
    routes.delete("/api/v1/upload/{name}", delete_image);
}

const NO_PARAMS: Rules = Rules {
    is_list: false,
    has_total: false,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: &[],
};

/// Upload an image
///
/// JPEG, PNG, GIF, WebP or AVIF of at most 4 MiB: as the body, as the only part of a form, or put directly before
/// (`POST /upload/signature`), then the body is JSON with the ticket. What it is, its bytes say. It is written anew as
/// WebP, the right way up, at most 2560 pixels wide and high, and in narrower sizes; metadata such as the place where it
/// was taken are not kept. Of a moving picture the first is kept.
#[utoipa::path(
    post,
    path = "/api/v1/upload/image",
    tag = "catalog",
    request_body(content(
        (FinishUploadRequest = "application/json"),
        (String = "image/*"),
        (String = "multipart/form-data"),
    )),
    responses(
        (status = 201, body = UploadBody),
        (status = 403, body = ProblemBody, description = "`catalog.upload_ticket_invalid` too"),
        (status = 404, body = ProblemBody, description = "What the ticket led to is deleted"),
        (status = 409, body = ProblemBody, description = "`catalog.upload_missing`"),
        (status = 413, body = ProblemBody),
        (status = 415, body = ProblemBody),
        (status = 422, body = ProblemBody, description = "`catalog.image_format`, `catalog.image_unreadable`, `catalog.image_too_many_pixels`, `catalog.upload_mismatch`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn upload_image(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    payload: Payload,
) -> Result<Answer, Problem> {
    NO_PARAMS.read(&request)?;
    let call = signed.call();
    let mut batch = souk.uploads.begin(&call)?;
    match Sent::of(&request)? {
        Sent::Before => {
            let mut payload = payload.into_inner();
            let Body(FinishUploadRequest { ticket }) = Body::from_request(&request, &mut payload).await?;
            let executed = souk.uploads.finish(&call, &ticket).await?;
            return Ok(created(&executed.result)?.executed(&executed));
        }
        Sent::Form => form(&souk, &request, payload, &mut batch, limit_of(true)).await?,
        Sent::Bare => {
            let bytes = bare(&souk, &request, payload, integrations::images::MAX_BYTES).await?;
            batch.add(bytes).await?;
        }
    }
    let executed = batch.record(&call).await?;
    match executed.result.first() {
        Some(accepted) => Ok(created(accepted)?.executed(&executed)),
        None => Err(Problem::not_found()),
    }
}

fn created(accepted: &commands::catalog::UploadAccepted) -> Result<Answer, Problem> {
    let body = UploadBody::from(accepted);
    Answer::created(&body.url, &body)
}

/// Upload up to 10 images
///
/// The parts of one form; all are taken or none.
#[utoipa::path(
    post,
    path = "/api/v1/upload/multiple",
    tag = "catalog",
    request_body(content((String = "multipart/form-data"))),
    responses(
        (status = 201, body = UploadsBody),
        (status = 413, body = ProblemBody),
        (status = 415, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn upload_images(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    payload: Payload,
) -> Result<Answer, Problem> {
    NO_PARAMS.read(&request)?;
    let call = signed.call();
    let mut batch = souk.uploads.begin(&call)?;
    if Sent::of(&request)? != Sent::Form {
        return Err(unsupported());
    }
    form(&souk, &request, payload, &mut batch, limit_of(false)).await?;
    let executed = batch.record(&call).await?;
    let items: Vec<UploadBody> = executed.result.iter().map(UploadBody::from).collect();
    let location = items.first().map(|item| item.url.clone()).unwrap_or_default();
    Ok(Answer::created(&location, &UploadsBody { items })?.executed(&executed))
}

/// Prepare a direct upload
///
/// Answers a URL to which the picture is put: of the bucket where there is one, else of this server. Both take exactly
/// what was announced, for 15 minutes. Then `POST /upload/image` with the ticket looks at it and keeps it.
#[utoipa::path(
    post,
    path = "/api/v1/upload/signature",
    tag = "catalog",
    request_body = SignUploadRequest,
    responses(
        (status = 200, body = SignedUploadBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn sign_upload(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    Body(wanted): Body<SignUploadRequest>,
) -> Result<Answer, Problem> {
    NO_PARAMS.read(&request)?;
    let direct = souk.uploads.promise(&signed.call(), &wanted.media_type, wanted.bytes)?;
    Answer::ok(&SignedUploadBody::new(direct, &site(&souk)))
}

/// Put a picture directly
///
/// Where there is no bucket. The URL carries its own permission; nobody sees the picture until its owner comes back with
/// the ticket.
#[utoipa::path(
    put,
    path = "/api/v1/upload/direct/{ticket}",
    tag = "catalog",
    request_body(content((String = "image/*"))),
    params(("ticket" = String, Path, description = "As the URL of `POST /upload/signature` has it")),
    responses(
        (status = 204, description = "It has arrived"),
        (status = 403, body = ProblemBody, description = "`catalog.upload_ticket_invalid`"),
        (status = 413, body = ProblemBody),
        (status = 422, body = ProblemBody, description = "`catalog.upload_mismatch`"),
    ),
    security(()),
)]
pub(crate) async fn put_directly(
    souk: Shared,
    request: HttpRequest,
    token: Path<String>,
    payload: Payload,
) -> Result<Answer, Problem> {
    NO_PARAMS.read(&request)?;
    let ticket = souk.uploads.ticket(&token)?;
    let limit = usize::try_from(ticket.bytes).unwrap_or(0);
    let bytes = bare(&souk, &request, payload, limit).await?;
    souk.uploads.arrive(&ticket, request.content_type(), bytes).await?;
    Ok(Answer::no_content())
}

/// An image
///
/// What has a name never changes: keep it for as long as you like.
#[utoipa::path(
    get,
    path = "/api/v1/upload/{name}",
    tag = "catalog",
    params(
        ("name" = String, Path, description = "`upl_…-640.webp`"),
        ("If-None-Match" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = String, content_type = "image/webp"),
        (status = 304, description = "You have it already"),
    ),
    security(()),
)]
pub(crate) async fn show_image(
    souk: Shared,
    request: HttpRequest,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    NO_PARAMS.read(&request)?;
    let name: ImageName = name.parse().map_err(|_| unknown())?;
    let bytes = souk.uploads.show(name).await?.ok_or_else(unknown)?;
    let hash = digest::digest(&digest::SHA256, &bytes);
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(hash));
    let is_known = etag::is_known(request.headers(), tag.as_bytes());
    let mut response = if is_known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response.insert_header((ETAG, tag));
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    response.insert_header((CACHE_CONTROL, forever));
    // Shops on other sites show it.
    let policy = HeaderName::from_static("cross-origin-resource-policy");
    response.insert_header((policy, HeaderValue::from_static("cross-origin")));
    if is_known {
        return Ok(response.finish());
    }
    response.insert_header((CONTENT_TYPE, HeaderValue::from_static("image/webp")));
    Ok(response.body(bytes))
}

fn unknown() -> Problem {
    Problem::missing("catalog.upload_not_found", "uploaded image does not exist")
}

/// Delete an uploaded image
///
/// By whoever uploaded it, the same company, or an administrator. Refused while a product or a category shows it.
#[utoipa::path(
    delete,
    path = "/api/v1/upload/{name}",
    tag = "catalog",
    params(("name" = String, Path, description = "The name of its largest size: `upl_…-1600.webp`")),
    responses(
        (status = 204, description = "It is not there any more"),
        (status = 403, body = ProblemBody, description = "It is somebody else's"),
        (status = 409, body = ProblemBody, description = "`catalog.upload_in_use`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn delete_image(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    name: Path<String>,
) -> Result<Answer, Problem> {
    NO_PARAMS.read(&request)?;
    let name: ImageName = name.parse().map_err(|_| unknown())?;
    let executed = souk.uploads.remove(&signed.call(), name).await?;
    Ok(Answer::no_content().executed(&executed))
}

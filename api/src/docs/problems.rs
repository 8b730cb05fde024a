//! Error answers in the document: every one is a problem. What every operation of a kind may answer stands here once; an
//! operation names what is special about it.

use utoipa::openapi::{
    Content, OpenApi, Ref, RefOr, Response, ResponseBuilder, Schema,
    path::{Operation, PathItem},
    security::SecurityRequirement,
};

use crate::http::problem::MEDIA_TYPE;

const ANY_OTHER: &str = "Any other problem: wrong media type, too large a body, a fault of ours";
const SCHEMA: &str = "#/components/schemas/Problem";

/// Gives every operation the refusals of its kind, and an answer for all other errors; every error answer its media type.
pub(super) fn complete(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        for operation in operations(item) {
            let refusals = refusals(path, operation);
            let responses = &mut operation.responses.responses;
            for (status, description) in refusals {
                responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(problem(description)));
            }
            for response in operation.responses.responses.values_mut() {
                if let RefOr::T(response) = response {
                    response.content =
                        std::mem::take(&mut response.content).into_iter().map(retyped).collect();
                }
            }
            operation.responses.responses.insert("default".to_owned(), RefOr::T(problem(ANY_OTHER)));
        }
    }
}

/// What a path is served with.
pub(super) fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.patch,
        &mut item.delete,
    ]
    .into_iter()
    .flatten()
}

fn retyped((media_type, content): (String, Content)) -> (String, Content) {
    match &content.schema {
        Some(RefOr::Ref(schema)) if schema.ref_location == SCHEMA => (MEDIA_TYPE.to_owned(), content),
        Some(_) | None => (media_type, content),
    }
}

/// What an operation may answer because of what it takes: statuses, and what they say.
fn refusals(path: &str, operation: &Operation) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    let has_body = operation.request_body.is_some();
    let ways = operation.security.as_deref().unwrap_or_default();
    let is_signed = !ways.is_empty() && !ways.contains(&SecurityRequirement::default());
    let has_if_match = parameters.iter().any(|parameter| parameter.name == "If-Match");
    [
        (
            has_body || !parameters.is_empty(),
            "400",
            "Something in the request makes no sense; `errors` says where",
        ),
        (is_signed, "401", "Nobody is signed in"),
        (is_signed, "403", "Whoever is signed in may not do this"),
        (path.contains('{'), "404", "It is not there, or not for whoever asks"),
        (has_if_match, "412", "It has changed; `events` says how"),
        (has_body, "422", "The body is well-formed and makes no sense; `errors` says where"),
        (true, "503", "Not now: `Retry-After` says when"),
    ]
    .into_iter()
    .filter(|(is_of_its_kind, ..)| *is_of_its_kind)
    .map(|(_, status, description)| (status, description))
}

fn problem(description: &str) -> Response {
    let schema: RefOr<Schema> = RefOr::Ref(Ref::new(SCHEMA));
    ResponseBuilder::new()
        .description(description)
        .content(MEDIA_TYPE, Content::new(Some(schema)))
        .build()
}

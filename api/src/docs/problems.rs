//! Error answers in the document: every one is a problem, also those that no operation names.

use utoipa::openapi::{
    Content, OpenApi, Ref, RefOr, Response, ResponseBuilder, Schema,
    path::{Operation, PathItem},
};

use crate::http::problem::MEDIA_TYPE;

const SCHEMA: &str = "#/components/schemas/Problem";

/// Gives every error answer its media type, and every operation an answer for all other errors.
pub(super) fn complete(document: &mut OpenApi) {
    for item in document.paths.paths.values_mut() {
        for operation in operations(item) {
            for response in operation.responses.responses.values_mut() {
                if let RefOr::T(response) = response {
                    response.content =
                        std::mem::take(&mut response.content).into_iter().map(retyped).collect();
                }
            }
            operation.responses.responses.insert("default".to_owned(), RefOr::T(any_other()));
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

fn any_other() -> Response {
    let schema: RefOr<Schema> = RefOr::Ref(Ref::new(SCHEMA));
    ResponseBuilder::new()
        .description("Any other problem: wrong media type, too large a body, a fault of ours")
        .content(MEDIA_TYPE, Content::new(Some(schema)))
        .build()
}

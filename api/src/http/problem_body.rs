//! The shape of every error answer, for the documentation.

use serde_json::{Map, Value};

/// An error answer (RFC 9457), as the documentation shows it; answers are written member by member.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Problem, example = json!({
    "type": "/docs#problem-inventory.insufficient_stock",
    "title": "Conflict",
    "status": 409,
    "code": "inventory.insufficient_stock",
    "detail": "only 6 of 10 units are available",
    "request_id": "0190c7a2-0000-7000-8000-000000000001",
    "errors": [{
        "pointer": "/lines/0/quantity",
        "code": "inventory.insufficient_stock",
        "detail": "only 6 of 10 units are available",
        "numbers": {"requested": 10, "available": 6, "by_warehouse": []},
    }],
}))]
pub struct ProblemBody {
    /// Where this kind of problem is described.
    #[serde(rename = "type")]
    kind: String,
    /// The status in words.
    title: String,
    /// The status.
    status: u16,
    /// Stable: programs may branch on it.
    code: String,
    /// One sentence for a person.
    detail: String,
    /// Names this request in our log.
    request_id: String,
    /// Every fault of the request.
    errors: Option<Vec<ProblemItemBody>>,
}

/// One fault of a request.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = ProblemItem)]
pub struct ProblemItemBody {
    /// JSON Pointer (RFC 6901) into the body.
    pointer: Option<String>,
    /// The query parameter.
    parameter: Option<String>,
    /// The header.
    header: Option<String>,
    /// The segment of the path.
    segment: Option<String>,
    /// Stable code.
    code: String,
    /// One sentence for a person.
    detail: String,
    /// The numbers that you need: `requested`, `available`, `by_warehouse`, …
    #[schema(value_type = Option<Object>)]
    numbers: Option<Map<String, Value>>,
}

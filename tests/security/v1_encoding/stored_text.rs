//! Text that somebody wrote comes back as the text that it is.

use reqwest::Method;
use serde_json::json;
use souk_tests::{Reply, TestApp};

use crate::security::support::{faults::Faults, payloads::INJECTED_HEADER};

const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "</script><svg/onload=alert(1)>",
    "\"><img src=x onerror=alert(1)>",
    "javascript:alert(1)//",
    "\u{2028}\u{2029}</textarea>",
    "{\"admin\":true}",
    "\\\",\"admin\":true,\"x\":\"",
    "\u{202e}gnp.exe",
    "{{constructor.constructor('alert(1)')()}}",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v1_2_3_stored_text_comes_back_as_json_that_is_nothing_but_text() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let mut faults = Faults::default();
    for (index, text) in HOSTILE.iter().enumerate() {
        let product = json!({
            "sku": format!("XSS-{index}"), "title": {"en": text}, "description": {"en": text}, "tags": [text],
            "external_id": format!("{index} {text}"),
            "prices": {"base": {"amount": "1000", "currency": "IQD"}},
        });
        let made = admin.post("/api/v1/products", &product).await;
        let id = made.created()["id"].as_str().unwrap().to_owned();
        app.settle().await;
        for path in [
            format!("/api/v1/products/{id}"),
            format!("/api/v1/products?filter[sku]=XSS-{index}"),
            format!("/api/v1/products/{id}/history"),
        ] {
            // As a browser asks that would love to see a page.
            let asked = admin.request(Method::GET, &path).header("Accept", "text/html,*/*;q=0.1");
            let reply = Reply::of(asked).await;
            let kind = (reply.header("content-type"), reply.header("x-content-type-options"));
            faults.unless(kind == ("application/json", "nosniff"), || format!("{path}: {kind:?}"));
            let policy = reply.header("content-security-policy");
            faults.unless(policy.starts_with("default-src 'none'"), || format!("{path}: {policy}"));
            let said = reply.ok();
            faults.unless(said.to_string().contains(&json!(text).to_string()), || format!("{path}: {said}"));
            faults
                .unless(!said.to_string().contains("\"admin\":true,"), || format!("{path} has a new member"));
        }
    }
    faults.none();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v1_2_2_a_picture_is_on_https_or_here_and_nowhere_else() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let mut faults = Faults::default();
    for (index, (url, is_fine)) in [
        ("https://cdn.example/a.png", true),
        ("/pictures/a.png", true),
        ("javascript:alert(1)", false),
        ("JaVaScRiPt:alert(1)", false),
        ("data:text/html,<script>alert(1)</script>", false),
        ("http://cdn.example/a.png", false),
        ("//evil.example/a.png", false),
        ("/\\evil.example/a.png", false),
        ("https:\\\\evil.example", false),
        ("https://", false),
        ("https://a.example/\r\nX: y", false),
        (" https://a.example/", false),
        ("file:///etc/passwd", false),
        ("gopher://127.0.0.1:25/_", false),
        ("vbscript:x", false),
        ("", false),
    ]
    .into_iter()
    .enumerate()
    {
        let product = json!({
            "sku": format!("PICTURE-{index}"), "title": {"en": "x"}, "images": [{"url": url}],
            "prices": {"base": {"amount": "1000", "currency": "IQD"}},
        });
        let reply = admin.post("/api/v1/products", &product).await;
        let expected = if is_fine { 201 } else { 422 };
        faults.unless(reply.status == expected, || format!("{url:?}: {} {}", reply.status, reply.json()));
    }
    faults.none();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v1_2_1_no_text_becomes_a_header_of_an_answer() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    // Texts that answers name in headers: languages, ids, where something new is.
    let split = "en\r\nX-Injected: yes";
    let product = json!({
        "sku": split, "title": {"en": "x"}, "prices": {"base": {"amount": "1000", "currency": "IQD"}},
    });
    admin.post("/api/v1/products", &product).await.problem(422, "invalid-request");
    let code = json!({"code": split, "reward": {"type": "percentage", "percent": "10"}});
    assert_eq!(admin.post("/api/v1/coupons", &code).await.status, 422);
    let product = json!({
        "sku": "FINE", "title": {"en": "x"}, "prices": {"base": {"amount": "1000", "currency": "IQD"}},
    });
    let id = admin.post("/api/v1/products", &product).await.created()["id"].as_str().unwrap().to_owned();
    app.settle().await;
    for path in [
        format!("/api/v1/products/{id}?locale=en%0d%0aX-Injected:%20yes"),
        format!("/api/v1/products/{id}?locale=en%E5%98%8A%E5%98%8DX-Injected:%20yes"),
        format!("/api/v1/products/{id}%0d%0aX-Injected:%20yes"),
        format!("/api/v1/products/{id}?cursor=%0d%0aX-Injected:%20yes"),
        "/api/v1/export/orders%0d%0aX-Injected:%20yes/csv".to_owned(),
    ] {
        let reply = admin.get(&path).await;
        assert!(!reply.headers.contains_key(INJECTED_HEADER), "{path}: {:?}", reply.headers);
        assert!(reply.status.as_u16() < 500, "{path}: {}", reply.status);
    }
    // Only an id of the right form is taken over.
    for id in [
        "0190c7a2-0000-7000-8000-00000000abcd, x",
        "<script>",
        "0190c7a2000070008000%0d%0a",
    ] {
        let reply = admin.get_with("/api/v1/health", "X-Request-Id", id).await;
        assert_ne!(reply.header("x-request-id"), id);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v3_2_2_the_page_of_the_documentation_shows_text_as_text() {
    let app = TestApp::spawn().await;
    let script = app.anonymous().get("/docs/docs.js").await;
    let script = String::from_utf8(script.bytes).unwrap();
    for way in [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "srcdoc",
    ] {
        assert!(!script.contains(way), "the page's script uses {way}");
    }
    assert!(script.contains("textContent"));
    // Nothing of the request gets into the page.
    let plain = app.anonymous().get("/docs").await;
    let asked = app.anonymous().get("/docs?x=%3Cscript%3Ealert(1)%3C/script%3E").await;
    assert_eq!(plain.bytes, asked.bytes);
    let page = String::from_utf8(plain.bytes).unwrap();
    for inline in ["<script>", "onclick", "onload", "style=", "javascript:"] {
        assert!(!page.contains(inline), "the page has {inline}");
    }
}

//! Whose requests these are, behind proxies and without.

use reqwest::Method;
use serde_json::json;
use souk_tests::{PASSWORD, Reply, TestApp};

const SPOOFED: &str = "203.0.113.9";

/// Where the newest session of the admin came from, when it signed in with these headers.
async fn signed_in_from(app: &TestApp, headers: &[(&str, &str)]) -> String {
    let login = json!({"email": "admin@example.com", "password": PASSWORD});
    let request = app.anonymous().request(Method::POST, "/api/v1/auth/login").json(&login);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let tokens = Reply::of(request).await.ok();
    let me = app.anonymous().with_token(tokens["access_token"].as_str().unwrap());
    let sessions = me.get("/api/v1/auth/sessions").await.ok();
    let sessions = sessions["items"].as_array().unwrap().clone();
    let current = sessions.iter().find(|session| session["current"] == true).expect("this session");
    current["address"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn whoever_is_no_proxy_of_ours_cannot_choose_an_address() {
    let app = TestApp::spawn().await;
    for name in ["x-forwarded-for", "forwarded", "x-real-ip"] {
        let value = if name == "forwarded" {
            format!("for={SPOOFED}")
        } else {
            SPOOFED.to_owned()
        };
        assert_eq!(signed_in_from(&app, &[(name, value.as_str())]).await, "127.0.0.1", "{name}");
    }
}

#[tokio::test]
async fn behind_a_proxy_the_client_is_whom_the_proxy_saw() {
    let app = TestApp::spawn_with(|source| source.flag("trusted_proxies", "127.0.0.0/8, 10.0.0.0/8")).await;
    for (headers, expected) in [
        // The client wrote the first itself, and the header that this proxy does not write.
        (vec![("x-forwarded-for", "203.0.113.9, 198.51.100.7")], "198.51.100.7"),
        (vec![("x-forwarded-for", "203.0.113.9, 198.51.100.7, 10.1.1.1")], "198.51.100.7"),
        (
            vec![
                ("forwarded", "for=203.0.113.9"),
                ("x-forwarded-for", "198.51.100.7"),
            ],
            "198.51.100.7",
        ),
        (vec![("x-forwarded-for", "2001:db8::7")], "2001:db8::7"),
        (vec![("x-forwarded-for", "nonsense")], "127.0.0.1"),
        (vec![], "127.0.0.1"),
    ] {
        assert_eq!(signed_in_from(&app, &headers).await, expected, "{headers:?}");
    }
    let app = TestApp::spawn_with(|source| {
        source.flag("trusted_proxies", "127.0.0.1").flag("proxy_header", "forwarded")
    })
    .await;
    let headers = [
        ("x-forwarded-for", SPOOFED),
        ("forwarded", "for=203.0.113.9, for=\"198.51.100.7:4711\";proto=https"),
    ];
    assert_eq!(signed_in_from(&app, &headers).await, "198.51.100.7");
}

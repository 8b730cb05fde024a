//! Sessions in cookies: how they are set, what forged requests get, and that nobody is given somebody else's session.

use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

const PASSWORD: &str = "four plain words";

/// A browser: what it was told to keep.
struct Browser {
    nobody: Client,
    cookies: Vec<(String, String)>,
    csrf: String,
}

/// The cookies that an answer sets, with their attributes.
fn set_cookies(reply: &Reply) -> Vec<String> {
    let lines = reply.headers.get_all("set-cookie").iter();
    lines.map(|line| line.to_str().unwrap().to_owned()).collect()
}

impl Browser {
    fn keep(&mut self, reply: &Reply) {
        for line in set_cookies(reply) {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(own, _)| own != name);
            if !line.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        if let Some(token) = reply.json()["csrf_token"].as_str() {
            token.clone_into(&mut self.csrf);
        }
    }

    fn header(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    async fn send(&self, method: Method, path: &str, csrf: Option<&str>, body: Option<&Value>) -> Reply {
        let mut request = self.nobody.request(method, path).header("Cookie", self.header());
        if let Some(token) = csrf {
            request = request.header("x-csrf-token", token);
        }
        Reply::of(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None, None).await
    }
}

async fn browser(app: &TestApp) -> (Browser, Reply, String) {
    let email = app.customer().await.get("/api/v1/auth/me").await.ok()["email"].as_str().unwrap().to_owned();
    let mut browser = Browser {
        nobody: app.anonymous(),
        cookies: Vec::new(),
        csrf: String::new(),
    };
    let login = json!({"email": email, "password": PASSWORD, "cookies": true});
    let reply = browser.send(Method::POST, "/api/v1/auth/login", None, Some(&login)).await;
    browser.keep(&reply);
    (browser, reply, email)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_keeps_its_session_in_cookies_that_no_script_reads() {
    let app = TestApp::spawn().await;
    let (mut browser, login, _) = browser(&app).await;
    let body = login.ok();
    assert!(body["access_token"].is_null() && body["refresh_token"].is_null(), "{body}");
    let lines = set_cookies(&login);
    assert_eq!(lines.len(), 2);
    for line in &lines {
        assert!(line.starts_with("__Host-souk-"), "{line}");
        for attribute in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/"] {
            assert!(line.contains(attribute), "{line}");
        }
        assert!(!line.contains("Domain"), "{line}");
    }
    let me = browser.get("/api/v1/auth/me").await.ok();
    assert_eq!(me["role"], "customer");
    assert_eq!(browser.get("/api/v1/auth/csrf").await.ok()["csrf_token"], browser.csrf.as_str());

    let csrf = browser.csrf.clone();
    let refreshed = browser.send(Method::POST, "/api/v1/auth/refresh", Some(&csrf), None).await;
    refreshed.ok();
    let stale = browser.header();
    browser.keep(&refreshed);
    assert_ne!(stale, browser.header());
    assert_eq!(browser.get("/api/v1/auth/me").await.ok()["session_id"], me["session_id"]);
    let logout = browser.send(Method::POST, "/api/v1/auth/logout", Some(&csrf), None).await;
    assert_eq!(logout.status, 204);
    let before = browser.header();
    browser.keep(&logout);
    assert!(browser.cookies.is_empty(), "they are taken away");
    let kept = app.anonymous().get_with("/api/v1/auth/me", "Cookie", &before).await;
    kept.problem(401, "identity.token_missing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_requests_are_refused() {
    let app = TestApp::spawn().await;
    let (browser, _, _) = browser(&app).await;
    let (other, _, _) = self::browser(&app).await;
    let profile = json!({"display_name": "Shirin"});
    let path = "/api/v1/customers/profile";
    for wrong in [None, Some(""), Some("x"), Some(other.csrf.as_str())] {
        for (method, path, body) in [
            (Method::PUT, path, Some(&profile)),
            (Method::POST, "/api/v1/auth/logout", None),
            (Method::DELETE, "/api/v1/auth/sessions/ses_00000000000000000000000000000001", None),
            (Method::POST, "/api/v1/auth/refresh", None),
        ] {
            browser.send(method, path, wrong, body).await.problem(403, "identity.csrf_token_wrong");
        }
    }
    // The refused refresh has not used the token up.
    let csrf = Some(browser.csrf.as_str());
    browser.send(Method::POST, "/api/v1/auth/refresh", csrf, None).await.ok();
    browser.send(Method::PUT, path, csrf, Some(&profile)).await.ok();
    // Who sends a bearer token sends it on purpose.
    app.customer().await.put(path, &profile).await.ok();
    // A bearer token goes before cookies, and a wrong one is not made good by them.
    let both = app.anonymous().with_token("x").request(Method::GET, "/api/v1/auth/me");
    Reply::of(both.header("Cookie", browser.header())).await.problem(401, "identity.invalid_token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_planted_session_is_not_taken_over() {
    let app = TestApp::spawn().await;
    let (attacker, _, _) = browser(&app).await;
    let (_, _, email) = browser(&app).await;
    let planted = attacker.get("/api/v1/auth/me").await.ok()["session_id"].clone();
    // The victim signs in with the attacker's cookies in the browser.
    let mut victim = Browser {
        nobody: app.anonymous(),
        cookies: attacker.cookies.clone(),
        csrf: String::new(),
    };
    let login = json!({"email": email, "password": PASSWORD, "cookies": true});
    let reply = victim.send(Method::POST, "/api/v1/auth/login", None, Some(&login)).await;
    victim.keep(&reply);
    let own = victim.get("/api/v1/auth/me").await.ok();
    assert_ne!(own["session_id"], planted);
    assert_eq!(own["email"], email.as_str());
    // What the attacker holds is what it was.
    assert_ne!(attacker.get("/api/v1/auth/me").await.ok()["email"], email.as_str());
    // An invented session opens nothing.
    for invented in ["__Host-souk-access=x", "__Host-souk-access=", "souk-access=x"] {
        let answer = app.anonymous().get_with("/api/v1/auth/me", "Cookie", invented).await;
        answer.problem(401, "identity.token_missing");
    }
    // Old cookies do not stand in the way of what anybody may see.
    let seen = app.anonymous().get_with("/api/v1/products", "Cookie", "__Host-souk-access=x").await;
    assert_eq!(seen.status, 200);
}

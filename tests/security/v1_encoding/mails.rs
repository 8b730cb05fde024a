//! Mails go to one address, under our subject, with our words; what a person wrote stands in them as text.

use serde_json::json;
use souk_tests::{ReceivedMail, TestApp};

use crate::{
    identity::mailbox::{all_sent, mail, mails_to, token_of},
    security::support::faults::Faults,
};

/// Names that a mail server, a template or a browser would love.
const NAMES: &[&str] = &[
    "Eve\r\nBcc: everybody@example.com",
    "Eve\nSubject: You have won",
    "Eve\r\n\r\n<h1>You have won</h1>",
    "Eve\r\n.\r\nMAIL FROM:<a@b.example>",
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %> {% raw %}",
    "{name} {secret} {0} {} %s %n",
    "<a href=\"https://evil.example\">click</a>",
    "\"><script>alert(1)</script>",
    "=?utf-8?Q?Eve=0D=0ABcc:_x@example.com?=",
    "\u{202e}moc.live",
];

/// The headers of our mails.
const HEADERS: &[&str] = &[
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "auto-submitted",
];

fn headers(mail: &ReceivedMail) -> Vec<&str> {
    mail.raw.lines().take_while(|line| !line.is_empty()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v1_3_11_no_name_and_no_address_adds_to_a_mail() {
    let app = TestApp::spawn().await;
    let mut faults = Faults::default();
    for (index, name) in NAMES.iter().enumerate() {
        let email = format!("mail-{index}@example.com");
        let register = json!({"email": email, "password": "four plain words", "display_name": name});
        let reply = app.anonymous().post("/api/v1/auth/register", &register).await;
        faults.unless([202, 422].contains(&reply.status.as_u16()), || format!("{name:?}: {}", reply.status));
        if reply.status != 202 {
            continue;
        }
        let first = mail(&app, &email, 1).await;
        let confirmed = json!({"token": token_of(&first)});
        assert_eq!(app.anonymous().post("/api/v1/auth/verify-email", &confirmed).await.status, 204);
        app.settle().await;
        app.anonymous().post("/api/v1/auth/forgot-password", &json!({"email": email})).await;
        let second = mail(&app, &email, 2).await;
        // Before the address is confirmed, a mail to it says nothing that whoever registered wrote.
        faults.unless(!first.part("text/plain").contains("Eve"), || format!("{name:?} is in the first mail"));
        for mail in [&first, &second] {
            faults.extend(wrong(mail, name));
        }
    }
    // Addresses that would be two, or a command.
    for address in [
        "a@example.com,b@example.com",
        "a@example.com\r\nBcc: b@example.com",
        "a@example.com\nRCPT TO:<b@example.com>",
        "<a@example.com> b@example.com",
        "a@example.com;b@example.com",
        "\"a\r\n\"@example.com",
        "a b@example.com",
        "a@[127.0.0.1]",
        "a@example.com\0",
        "-oQ/tmp@example.com -X/tmp/x",
    ] {
        for path in ["register", "forgot-password", "login/otp", "resend-verification"] {
            let mut body = json!({"email": address});
            if path == "register" {
                body["password"] = json!("four plain words");
            }
            let reply = app.anonymous().post(&format!("/api/v1/auth/{path}"), &body).await;
            faults.unless(reply.status == 422, || format!("{path} takes {address:?}: {}", reply.status));
        }
    }
    all_sent(&app).await;
    for other in ["everybody@example.com", "b@example.com", "x@example.com"] {
        faults.unless(mails_to(&app, other).is_empty(), || format!("{other} got a mail"));
    }
    faults.none();
}

/// What is wrong with a mail to somebody of this name.
fn wrong(mail: &ReceivedMail, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in headers(mail) {
        let own = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        if !line.starts_with([' ', '\t']) && !HEADERS.contains(&own.as_str()) {
            found.push(format!("{name:?}: a header {line:?}"));
        }
    }
    let html = mail.part("text/html");
    for markup in ["<script", "<h1", "href=\"https://evil"] {
        if html.contains(markup) {
            found.push(format!("{name:?}: the mail has {markup}"));
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v1_3_7_what_a_person_wrote_is_never_a_template() {
    let app = TestApp::spawn().await;
    let name = "{{7*7}} ${7*7} {secret} {0} %s <b>";
    let email = "template@example.com";
    let register = json!({"email": email, "password": "four plain words", "display_name": name});
    assert_eq!(app.anonymous().post("/api/v1/auth/register", &register).await.status, 202);
    let token = token_of(&mail(&app, email, 1).await);
    app.anonymous().post("/api/v1/auth/verify-email", &json!({"token": token})).await;
    app.settle().await;
    // Whoever has confirmed the address is called by name.
    let login = json!({"email": email, "password": "four plain words"});
    let tokens = app.anonymous().post("/api/v1/auth/login", &login).await.ok();
    let own = app.anonymous().with_token(tokens["access_token"].as_str().unwrap());
    let change = json!({"current_password": "four plain words", "new_password": "five even plainer words"});
    assert_eq!(own.post("/api/v1/auth/change-password", &change).await.status, 204);
    let mail = mail(&app, email, 2).await;
    let (text, html) = (mail.part("text/plain"), mail.part("text/html"));
    assert!(text.starts_with(&format!("Hello {name}\n")), "{text}");
    assert!(html.contains("{{7*7}} ${7*7} {secret} {0} %s &lt;b&gt;"), "{html}");
    // What a sender chooses of the language is one of ours.
    let odd = json!({"email": "odd@example.com", "password": "four plain words", "locale": "../../etc"});
    assert_eq!(app.anonymous().post("/api/v1/auth/register", &odd).await.status, 422);
}

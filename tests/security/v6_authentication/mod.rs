//! V6 Authentication: passwords as they are typed, addresses as they are meant, and no way in that is not written down.
//! The rest is in `identity::{registration, passwords, one_time_codes, second_factors}`.

use std::collections::BTreeSet;

use domain::identity::Role;
use serde_json::{Value, json};
use souk_tests::{PASSWORD, Reply, TestApp};

use crate::{
    identity::{
        mailbox::{all_sent, mail, mails_to, token_of},
        second_factors::with_second_factor,
    },
    security::support::{email_of, faults::Faults, marketplace::Marketplace, me},
};

async fn login(app: &TestApp, email: &str, password: &str) -> Reply {
    app.anonymous().post("/api/v1/auth/login", &json!({"email": email, "password": password})).await
}

async fn register(app: &TestApp, email: &str, password: &str) -> Reply {
    let body = json!({"email": email, "password": password});
    app.anonymous().post("/api/v1/auth/register", &body).await
}

/// Registers and confirms.
async fn registered(app: &TestApp, email: &str, password: &str) {
    assert_eq!(register(app, email, password).await.status, 202, "{email} {password:?}");
    let token = token_of(&mail(app, email, 1).await);
    let confirmed = app.anonymous().post("/api/v1/auth/verify-email", &json!({"token": token})).await;
    assert_eq!(confirmed.status, 204);
}

/// A password of 128 characters, in which each counts.
fn longest() -> String {
    (0..128).map(|at| char::from(b'a' + u8::try_from(at * 7 % 26).unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v6_2_8_a_password_is_taken_as_it_is() {
    let app = TestApp::spawn().await;
    let long = longest();
    let kelvin = "\u{212a}elvin and Ångström";
    for (number, (password, others)) in [
        // Every character counts, to the last.
        (
            long.as_str(),
            vec![
                long[..127].to_owned(),
                long[..72].to_owned(),
                format!("{}!", &long[..127]),
            ],
        ),
        // So does its case, and so do blanks at its ends.
        ("Four Plain Words", vec!["four plain words".to_owned(), "FOUR PLAIN WORDS".to_owned()]),
        ("  padded with blanks ", vec!["padded with blanks".to_owned()]),
        // Letters that look alike or are folded into one another are different ones.
        (
            kelvin,
            vec![
                "Kelvin and Ångström".to_owned(),
                "\u{212a}elvin and A\u{30a}ngström".to_owned(),
            ],
        ),
        // Nothing ends it, and nothing is a wildcard.
        ("before' or '1'='1 after", vec!["before".to_owned(), "before%".to_owned()]),
        ("كلمة مرور طويلة", vec!["كلمة مرور طويل".to_owned()]),
    ]
    .into_iter()
    .enumerate()
    {
        let email = format!("as-it-is-{number}@example.com");
        registered(&app, &email, password).await;
        for other in others {
            login(&app, &email, &other).await.problem(401, "identity.invalid_credentials");
        }
        login(&app, &email, password).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v6_2_5_a_password_may_be_of_any_composition() {
    let app = TestApp::spawn().await;
    for (number, password) in [
        "onlysmalllettersinthisone",
        "BUT CAPITALS IN THAT",
        "7406 1835 9027",
        "!£$%^&*()_+{}:@~<>?",
        "correct horse battery staple",
        "دوازدە مانگی ساڵ",
        "🐫🐪🦙🐎🦄🐂🐏🐐",
        longest().as_str(),
    ]
    .into_iter()
    .enumerate()
    {
        let reply = register(&app, &format!("any-{number}@example.com"), password).await;
        assert_eq!(reply.status, 202, "{password}: {}", reply.json());
    }
    all_sent(&app).await;
    for short in ["", "a", "7 chars", "🐫🐪🦙🐎🦄🐂🐏", longest().repeat(2).as_str()] {
        register(&app, "short@example.com", short).await.problem(422, "identity.password_length");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v6_2_4_common_passwords_and_those_of_the_place_are_refused() {
    let app = TestApp::spawn().await;
    let mut faults = Faults::default();
    let common = [
        "password",
        "12345678",
        "123456789",
        "qwertyuiop",
        "iloveyou",
        "Password1",
        "PASSWORD123",
        "1q2w3e4r",
        "sunshine",
        "princess",
        "football",
        "trustno1",
        "letmein1",
        "aaaaaaaa",
        "11111111",
        "abababab",
        // Of the owner, and of the place.
        "annetteannette",
        "Annette2026",
        "my-annette-password",
    ];
    for password in common {
        let reply = register(&app, "annette@example.com", password).await;
        let is_refused = reply.json()["code"] == "identity.password_weak";
        faults.unless(is_refused, || format!("{password} is taken: {}", reply.status));
    }
    // The same rule at every door.
    let client = app.customer().await;
    let body = json!({"current_password": PASSWORD, "new_password": "password123"});
    client.post("/api/v1/auth/change-password", &body).await.problem(422, "identity.password_weak");
    let admin = app.admin().await;
    let invited = json!({"email": "x@example.com", "password": "12345678", "role": "analyst"});
    admin.post("/api/v1/admins", &invited).await.problem(422, "identity.password_weak");
    faults.none();
}

/// An address is its owner's, however somebody writes it: capitals are the same letters, and letters that only look alike
/// are others. A mail goes to the address that the account has, never to the one that was typed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v6_3_4_no_spelling_of_an_address_is_anothers_account() {
    let app = TestApp::spawn().await;
    let email = "mikeike@example.com";
    registered(&app, email, "four plain words").await;
    for same in [
        "MikeIke@Example.COM",
        "  mikeike@example.com ",
        "MIKEIKE@EXAMPLE.COM",
    ] {
        login(&app, same, "four plain words").await.ok();
    }
    let mut faults = Faults::default();
    let mut expected = 1;
    for (index, alike) in [
        "mıkeıke@example.com",
        "MİKEİKE@example.com",
        "mi\u{212a}ei\u{212a}e@example.com",
        "mikеike@example.com",
        "ｍｉｋｅｉｋｅ@example.com",
        "mikeike@exаmple.com",
        "mikeike@example。com",
        "mikeike@ＥＸＡＭＰＬＥ.com",
        "mike\u{200b}ike@example.com",
        "mike\u{ad}ike@example.com",
        "mikeike+x@example.com",
        "m.ikeike@example.com",
        "mikeike@example.com.",
        "mikeike@EXAMPLE.COM\u{0}",
    ]
    .into_iter()
    .enumerate()
    {
        let reply = login(&app, alike, "four plain words").await;
        // What is folded to the very same letters is the same address; everything else is nobody's.
        let is_same = alike.trim().to_lowercase() == email;
        let is_right = if is_same {
            reply.status == 200
        } else {
            matches!(reply.status.as_u16(), 401 | 422)
        };
        faults.unless(is_right, || format!("{alike:?} signs in: {}", reply.status));
        let asked = app.anonymous().post("/api/v1/auth/forgot-password", &json!({"email": alike})).await;
        faults.unless(matches!(asked.status.as_u16(), 202 | 422), || format!("{alike:?}: {}", asked.status));
        expected += usize::from(is_same && asked.status == 202);
        let password = format!("four plain words {index}");
        let taken = register(&app, alike, &password).await;
        faults.unless(matches!(taken.status.as_u16(), 202 | 422), || format!("{alike:?}: {}", taken.status));
        expected += usize::from(is_same && taken.status == 202);
        let stolen = login(&app, email, &password).await;
        faults.unless(stolen.status != 200, || format!("{alike:?} has taken the account over"));
        login(&app, email, "four plain words").await.ok();
    }
    all_sent(&app).await;
    let mails = mails_to(&app, email).len();
    faults.unless(mails == expected, || format!("{mails} mails to the owner, {expected} were asked for"));
    faults.none();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v6_3_2_there_is_no_account_that_nobody_made() {
    let app = TestApp::spawn().await;
    let accounts: Vec<(String, bool)> = sqlx::query_as("select role, active from credentials")
        .fetch_all(app.server.souk.log.pool())
        .await
        .unwrap();
    assert_eq!(accounts, [("super_admin".to_owned(), true)], "only the first super admin, as configured");
    for email in [
        "admin@souk.example",
        "admin@localhost.local",
        "root@example.com",
        "test@example.com",
    ] {
        for password in ["admin", "password", "souk", "souk-demo-2026", "changeme", ""] {
            let reply = login(&app, email, password).await;
            assert!(matches!(reply.status.as_u16(), 401 | 422 | 429), "{email} {password}: {}", reply.status);
        }
    }
    for (key, secret) in [
        ("", ""),
        ("test", "test"),
        ("key_00000000000000000000000000000000", ""),
    ] {
        app.anonymous()
            .with_key(key, secret)
            .get("/api/v1/orders")
            .await
            .problem(401, "identity.invalid_api_key");
    }
}

/// Whatever signs somebody in is in this list, and each has its own tests.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v6_3_4_every_way_in_is_written_down() {
    let town = Marketplace::open().await;
    let mut ways = BTreeSet::new();
    for route in
        town.routes.iter().filter(|route| route.method == reqwest::Method::POST && town.is_public(route))
    {
        let reply = Reply::of(town.good(route).await.request()).await;
        let body = reply.json();
        if body["access_token"].is_string() || body["refresh_token"].is_string() {
            ways.insert(route.path.clone());
        }
    }
    let meant = [
        "/api/v1/auth/2fa/verify",
        "/api/v1/auth/login",
        "/api/v1/auth/refresh",
        "/api/v1/auth/verify-otp",
    ];
    assert_eq!(ways, meant.map(str::to_owned).into());
    // docs/security.md tells of each.
    let told = include_str!("../../../docs/security.md");
    for way in [
        "one-time code",
        "second factor",
        "refresh token",
        "API key",
        "password",
    ] {
        assert!(told.contains(way), "{way}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v6_4_3_a_new_password_does_not_do_away_with_the_second_factor() {
    let app = TestApp::spawn().await;
    let person = with_second_factor(&app).await;
    let email = email_of(&person.client).await;
    app.anonymous().post("/api/v1/auth/forgot-password", &json!({"email": email})).await;
    all_sent(&app).await;
    let mails = mails_to(&app, &email);
    let about_it = mails.iter().find(|mail| mail.header("Subject").contains("password"));
    let token = token_of(about_it.expect("a mail about a new password"));
    let body = json!({"token": token, "password": "five even plainer words"});
    assert_eq!(app.anonymous().post("/api/v1/auth/reset-password", &body).await.status, 204);
    let answer = login(&app, &email, "five even plainer words").await.ok();
    assert!(answer["access_token"].is_null() && answer["challenge"].is_string(), "{answer}");
}

/// Six digits guessed at many challenges, with many sessions, are still one account's failures.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v6_6_3_guesses_side_by_side_do_not_outrun_the_lock() {
    let app = TestApp::spawn().await;
    let email = email_of(&app.account(Role::Customer, &[], None).await).await;
    let nobody = app.anonymous();
    let guesses = (0..40).map(|number| {
        let body = json!({"email": email, "password": format!("guess number {number}")});
        let nobody = nobody.clone();
        async move { nobody.post("/api/v1/auth/login", &body).await.status.as_u16() }
    });
    let looked_at =
        futures_util::future::join_all(guesses).await.into_iter().filter(|status| *status == 401).count();
    assert!(looked_at <= 5, "{looked_at} guesses were looked at");
    login(&app, &email, PASSWORD).await.problem(429, "identity.locked");

    let person = with_second_factor(&app).await;
    let mut challenges = Vec::new();
    for _ in 0..3 {
        challenges.push(person.challenge(&app).await);
    }
    let guesses = (0..24).map(|number| {
        let body = json!({"challenge": challenges[number % 3], "code": format!("{number:06}")});
        let nobody = nobody.clone();
        async move { nobody.post("/api/v1/auth/2fa/verify", &body).await.status.as_u16() }
    });
    let statuses = futures_util::future::join_all(guesses).await;
    let looked_at = statuses.iter().filter(|status| **status == 401).count();
    assert!(looked_at <= 5 && statuses.contains(&429), "{statuses:?}");
}

/// One's own account is asked for the password before what signs one in is changed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v7_5_1_who_has_only_the_session_changes_neither_password_nor_second_factor() {
    let app = TestApp::spawn().await;
    let person = with_second_factor(&app).await;
    let stolen = &person.client;
    let before = me(stolen).await;
    for (path, body) in [
        ("change-password", json!({"new_password": "five even plainer words"})),
        ("change-password", json!({"current_password": "", "new_password": "five even plainer words"})),
        (
            "change-password",
            json!({"current_password": "wrong one", "new_password": "five even plainer words"}),
        ),
        ("2fa/disable", json!({"code": person.recovery_codes[0]})),
        ("2fa/disable", json!({"password": "", "code": person.recovery_codes[0]})),
        ("2fa/setup", json!({})),
    ] {
        let reply = stolen.post(&format!("/api/v1/auth/{path}"), &body).await;
        assert!(matches!(reply.status.as_u16(), 401 | 409 | 422), "{path} {body}: {}", reply.status);
    }
    assert_eq!(before, me(stolen).await);
    let challenge: Value = login(&app, &email_of(stolen).await, PASSWORD).await.ok();
    assert!(challenge["challenge"].is_string());
}

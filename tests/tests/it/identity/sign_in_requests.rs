//! Good requests for signing in, signing out and what belongs to it. Each is about an account or a session of its own,
//! where it ends or changes one.

use serde_json::json;
use souk_tests::{Client, PASSWORD};

use super::{
    mailbox::{mail, token_of},
    one_time_codes::code_of,
    requests::Good,
    second_factors::{set_up, with_second_factor},
    world::{Caller, World, fresh},
};

pub(super) async fn auth(world: &World, caller: &Caller, route: &str) -> Good {
    let path = route.split_once("/auth/").map_or("", |(_, path)| path);
    match path {
        "register" => Good::With(json!({"email": address(), "password": PASSWORD})),
        "resend-verification" | "forgot-password" | "login/otp" => Good::With(json!({"email": address()})),
        "verify-email" | "reset-password" | "verify-otp" => mailed(world, path).await,
        "verify" => Good::With(json!({"token": caller.client.token().unwrap_or("none")})),
        _ if path.starts_with("2fa/") => second_factor(world, caller, path).await,
        _ => session(world, caller, path).await,
    }
}

fn address() -> String {
    format!("{}@example.com", fresh("new")).to_lowercase()
}

async fn session(world: &World, caller: &Caller, path: &str) -> Good {
    let email = if caller.email.is_empty() {
        &world.caller("owner").email
    } else {
        &caller.email
    };
    let login = json!({"email": email, "password": PASSWORD});
    match path {
        "login" => Good::With(login),
        "refresh" => {
            let tokens = world.app.anonymous().post("/api/v1/auth/login", &login).await.ok();
            Good::With(json!({"refresh_token": tokens["refresh_token"]}))
        }
        // The session that ends is not the one that the other requests need.
        "logout" if !caller.email.is_empty() => Good::By(world.app.sign_in(email).await, String::new()),
        "sessions/{id}" => {
            let me = world.app.sign_in(email).await.get("/api/v1/auth/me").await.ok();
            Good::At(me["session_id"].as_str().expect("a session").to_owned())
        }
        "change-password" => Good::With(json!({"current_password": PASSWORD, "new_password": PASSWORD})),
        _ => Good::Plain,
    }
}

/// What is in a mail, used for the first time.
async fn mailed(world: &World, path: &str) -> Good {
    let nobody = world.app.anonymous();
    if path == "verify-email" {
        let email = address();
        let register = json!({"email": email, "password": PASSWORD});
        nobody.post("/api/v1/auth/register", &register).await;
        return Good::With(json!({"token": token_of(&mail(&world.app, &email, 1).await)}));
    }
    let email = email_of(&world.app.customer().await).await;
    let asked = if path == "verify-otp" {
        "login/otp"
    } else {
        "forgot-password"
    };
    nobody.post(&format!("/api/v1/auth/{asked}"), &json!({"email": email})).await;
    let mail = mail(&world.app, &email, 1).await;
    Good::With(if path == "verify-otp" {
        json!({"email": email, "code": code_of(&mail)})
    } else {
        json!({"token": token_of(&mail), "password": PASSWORD})
    })
}

async fn email_of(client: &Client) -> String {
    client.get("/api/v1/auth/me").await.ok()["email"].as_str().expect("an address").to_owned()
}

async fn second_factor(world: &World, caller: &Caller, path: &str) -> Good {
    if path == "2fa/setup" {
        return Good::With(json!({"password": PASSWORD}));
    }
    if caller.email.is_empty() && path != "2fa/verify" {
        let off = json!({"code": "000000", "password": PASSWORD});
        return Good::With(if path == "2fa/disable" {
            off
        } else {
            json!({"code": "000000"})
        });
    }
    if path == "2fa/enable" {
        let (client, app_of_phone) = set_up(world.app.customer().await).await;
        let now = u64::try_from(event_store::ids::now().timestamp()).expect("after 1970");
        return Good::ByWith(client, json!({"code": app_of_phone.generate(now).to_string()}));
    }
    let person = with_second_factor(&world.app).await;
    let code: &str = &person.recovery_codes[0];
    if path == "2fa/verify" {
        return Good::With(json!({"challenge": person.challenge(&world.app).await, "code": code}));
    }
    let off = json!({"password": PASSWORD, "code": code});
    Good::ByWith(person.client, off)
}

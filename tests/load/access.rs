//! What knowing who calls costs: signing in, and showing a token.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::{
    client::{Client, ask, request},
    stage::{PASSWORD, email},
};

/// One session: tokens that were handed out at the same moment.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

/// Signs in `count` times by the password, more at once than there are cores. Answers the sessions, and how many there
/// were in a second.
pub(crate) async fn sign_ins(address: &str, count: usize, customers: usize) -> Result<(Vec<Session>, f64)> {
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..8 {
        let (address, next) = (address.to_owned(), Arc::clone(&next));
        tasks.push(tokio::spawn(async move {
            let mut sessions = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return Ok::<_, anyhow::Error>(sessions);
                }
                let body = json!({ "email": email(number % customers), "password": PASSWORD }).to_string();
                sessions.push(session(&ask(&address, "POST", "/api/v1/auth/login", &[], &body).await?)?);
            }
        }));
    }
    let mut sessions = Vec::with_capacity(count);
    for task in tasks {
        sessions.extend(task.await??);
    }
    Ok((sessions, count as f64 / started.elapsed().as_secs_f64()))
}

fn session(answer: &serde_json::Value) -> Result<Session> {
    let text = |name: &str| answer[name].as_str().map(str::to_owned).with_context(|| format!("no {name}"));
    Ok(Session {
        access: text("access_token")?,
        refresh: text("refresh_token")?,
    })
}

/// Trades every session for newer tokens, `times` over: access tokens that nobody has shown yet.
pub(crate) async fn fresh_tokens(address: &str, sessions: Vec<Session>, times: usize) -> Result<Vec<String>> {
    let mut tasks = Vec::new();
    for part in sessions.chunks(sessions.len().div_ceil(16)) {
        let (address, mut part) = (address.to_owned(), part.to_vec());
        tasks.push(tokio::spawn(async move {
            let mut tokens = Vec::new();
            for _ in 0..times {
                for own in &mut part {
                    let body = json!({ "refresh_token": own.refresh }).to_string();
                    *own = session(&ask(&address, "POST", "/api/v1/auth/refresh", &[], &body).await?)?;
                    tokens.push(own.access.clone());
                }
            }
            Ok::<_, anyhow::Error>(tokens)
        }));
    }
    let mut tokens = Vec::new();
    for task in tasks {
        tokens.extend(task.await??);
    }
    Ok(tokens)
}

/// Requests per second of GETs that show a token each, every token once.
pub(crate) async fn each_once(address: &str, paths: &[String], tokens: &[String]) -> Result<f64> {
    let mut tasks = Vec::new();
    for (part, own) in tokens.chunks(tokens.len().div_ceil(64)).enumerate() {
        let path = |index: usize| &paths[(part * 7_919 + index * 617) % paths.len()];
        let shown = own.iter().enumerate().map(|(index, token)| authorized(path(index), token));
        let (requests, mut client) = (shown.collect::<Vec<_>>(), Client::connect(address).await?);
        tasks.push(async move {
            for request in &requests {
                let answer = client.send(request).await?;
                if answer.status != 200 {
                    bail!("a token was answered {}", answer.status);
                }
            }
            Ok(())
        });
    }
    let started = Instant::now();
    let running: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
    for task in running {
        task.await??;
    }
    Ok(tokens.len() as f64 / started.elapsed().as_secs_f64())
}

/// A GET with a bearer token.
pub(crate) fn authorized(path: &str, token: &str) -> Vec<u8> {
    request("GET", path, &[("Authorization", &format!("Bearer {token}"))], "")
}

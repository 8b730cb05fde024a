//! Reading products against a server that answers a constant of the same size.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::{App, HttpResponse, HttpServer, http::header, web};
use anyhow::{Result, bail};

use crate::{
    access::authorized,
    client::{Client, request},
};

/// Connections that ask at the same time.
const CONNECTIONS: usize = 64;

/// Serves `size` bytes of JSON-like text on every path: the fastest that actix answers anything of that size.
pub(crate) fn serve_constant(address: &str, size: usize) -> Result<()> {
    let body: &'static [u8] = Box::leak(vec![b'x'; size].into_boxed_slice());
    let server = HttpServer::new(move || {
        App::new().default_service(web::to(move || async move {
            HttpResponse::Ok()
                .insert_header((header::CONTENT_TYPE, "application/json"))
                .body(web::Bytes::from_static(body))
        }))
    })
    .workers(2)
    .bind(address)?
    .run();
    actix_web::rt::System::new().block_on(server)?;
    Ok(())
}

/// Requests per second of GETs over `paths`, uniformly, and the size of the last answer. Where there are tokens, each
/// request shows one, all of them by turns.
pub(crate) async fn per_second(
    address: &str,
    paths: &Arc<Vec<String>>,
    tokens: &Arc<Vec<String>>,
    time: Duration,
) -> Result<(f64, usize)> {
    let stop = Arc::new(AtomicBool::new(false));
    let answered = Arc::new(AtomicU64::new(0));
    let mut tasks = Vec::new();
    for number in 0..CONNECTIONS {
        let mut client = Client::connect(address).await?;
        let (stop, answered) = (Arc::clone(&stop), Arc::clone(&answered));
        let (paths, tokens) = (Arc::clone(paths), Arc::clone(tokens));
        tasks.push(tokio::spawn(async move {
            let head = |(index, path): (usize, &String)| match tokens.len() {
                0 => request("GET", path, &[], ""),
                count => authorized(path, &tokens[(index + number * 131) % count]),
            };
            let requests: Vec<Vec<u8>> = paths.iter().enumerate().map(head).collect();
            let mut next = number * 7_919;
            let mut size = 0;
            while !stop.load(Ordering::Relaxed) {
                next = (next + 617) % requests.len();
                let answer = client.send(&requests[next]).await?;
                if answer.status != 200 {
                    bail!("GET {}: {}", paths[next], answer.status);
                }
                size = answer.body.len();
                answered.fetch_add(1, Ordering::Relaxed);
            }
            Ok(size)
        }));
    }
    let started = Instant::now();
    tokio::time::sleep(time).await;
    let rate = answered.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    let mut size = 0;
    for task in tasks {
        size = task.await??;
    }
    Ok((rate, size))
}

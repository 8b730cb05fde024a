//! The marketplace of the matrix, with a good request for each route from somebody who may send it: what a check then
//! spoils in one place.

use std::collections::BTreeMap;

use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use souk_tests::{Client, Reply};

use super::{
    payloads::{RAW, RAW_NUMBERS},
    routes::{Route, documented},
    shapes::Shapes,
};
use crate::identity::{
    matrix::rows,
    requests::request,
    world::{CALLERS, World},
};

pub(crate) struct Marketplace {
    pub(crate) world: World,
    pub(crate) routes: Vec<Route>,
    pub(crate) shapes: Shapes,
    matrix: BTreeMap<String, Vec<u16>>,
}

/// A request that its sender may send and that succeeds.
#[derive(Clone)]
pub(crate) struct Good {
    pub(crate) client: Client,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
    /// A body that is no JSON, and its media type.
    pub(crate) raw: Option<(&'static str, Vec<u8>)>,
}

impl Good {
    /// The request, for something else on this path and with this body.
    pub(crate) fn on(&self, path: &str, body: Option<&Value>) -> RequestBuilder {
        let key = event_store::ids::uuid().to_string();
        let sent = self.client.request(self.method.clone(), path).header("Idempotency-Key", key);
        match body {
            Some(body) => sent.header("content-type", "application/json").body(written(body)),
            None => sent,
        }
    }

    /// The request itself.
    pub(crate) fn request(&self) -> RequestBuilder {
        let sent = self.on(&self.path, self.body.as_ref());
        match &self.raw {
            Some((kind, bytes)) => sent.header("content-type", *kind).body(bytes.clone()),
            None => sent,
        }
    }

    pub(crate) async fn send_with(&self, body: &Value) -> Reply {
        Reply::of(self.on(&self.path, Some(body))).await
    }
}

/// A body as text, its raw numbers as such.
pub(crate) fn written(body: &Value) -> String {
    let mut text = body.to_string();
    for number in RAW_NUMBERS {
        text = text.replace(&format!("\"{RAW}{number}\""), number);
    }
    text
}

impl Marketplace {
    pub(crate) async fn open() -> Self {
        let world = World::open().await;
        let (mut routes, shapes) = documented(&world.app).await;
        // Offers change what orders cost, and terms what they earn: last.
        let is_late =
            |route: &Route| ["promotions", "coupons", "companies"].iter().any(|own| route.path.contains(own));
        routes.sort_by_key(is_late);
        Self { world, routes, shapes, matrix: rows().into_iter().collect() }
    }

    /// What the matrix says that a caller gets on a route.
    pub(crate) fn status(&self, route: &Route, caller: &str) -> u16 {
        let column = CALLERS.iter().position(|own| *own == caller).expect("a caller");
        let row =
            self.matrix.get(&route.name()).unwrap_or_else(|| panic!("{} is not in the matrix", route.name()));
        row[column]
    }

    pub(crate) fn may(&self, route: &Route, caller: &str) -> bool {
        (200..300).contains(&self.status(route, caller))
    }

    /// Whether nobody needs to sign in for it.
    pub(crate) fn is_public(&self, route: &Route) -> bool {
        self.may(route, "none")
    }

    /// Who may call a route: the super admin where that is possible.
    pub(crate) fn who_may(&self, route: &Route) -> &'static str {
        let mut callers = ["admin", "owner"].into_iter().chain(CALLERS);
        callers.find(|caller| self.may(route, caller)).expect("somebody who may")
    }

    /// A request that succeeds, about things that no other request needs.
    pub(crate) async fn good(&self, route: &Route) -> Good {
        self.good_of(route, self.who_may(route)).await
    }

    /// The same request, as `caller` sends it.
    pub(crate) async fn good_of(&self, route: &Route, caller: &str) -> Good {
        let world = &self.world;
        if route.path.contains("/auth/") {
            self.forgive().await;
        }
        let caller = world.caller(caller);
        let good = request(world, caller, &route.name(), true).await;
        let mut path = good.path;
        if !route.is_safe() {
            // What everything else is built on stays as it is.
            if path.contains(&world.honey) {
                path = path.replace(&world.honey, &world.product().await);
            }
            if path.contains(&world.company) {
                path = path.replace(&world.company, &world.admin().company(None).await);
            }
        }
        Good {
            client: good.client.unwrap_or_else(|| caller.client.clone()),
            method: route.method.clone(),
            path,
            body: good.body,
            raw: good.raw,
        }
    }

    /// Forgets failures, so that the many wrong passwords of a check lock nobody out of the next request.
    async fn forgive(&self) {
        for forgotten in ["delete from login_failures", "delete from mail_requests"] {
            sqlx::query(forgotten).execute(self.world.app.server.souk.log.pool()).await.unwrap();
        }
    }

    /// How far the log reaches.
    pub(crate) async fn head(&self) -> i64 {
        let log = self.world.app.server.souk.log.pool();
        sqlx::query_scalar("select coalesce(max(position), 0) from events").fetch_one(log).await.unwrap()
    }
}

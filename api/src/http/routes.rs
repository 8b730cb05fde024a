//! The table of routes: one resource per path, each method with its handler. It answers 405 with `Allow` for every other
//! method, keeps figures per route, and can be listed, so that a test holds it against the OpenAPI document.

use std::{collections::BTreeMap, sync::Arc};

use actix_web::{
    FromRequest, Handler, HttpRequest, HttpResponse, Responder, Route, guard, http::Method, web,
};

use super::{Problem, metrics::RouteFigures};

/// What is served where. Built once for each worker.
#[derive(Default)]
pub struct Routes {
    paths: BTreeMap<String, Methods>,
    order: Vec<String>,
}

#[derive(Default)]
struct Methods(Vec<(Method, Route)>);

/// One path and its figures, found again from a request by its type.
#[derive(Clone)]
pub struct PathFigures {
    path: Arc<str>,
    figures: Arc<[RouteFigures]>,
}

impl PathFigures {
    /// The pattern of the path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// As [`Self::path`], for whoever keeps it.
    #[must_use]
    pub(super) const fn shared_path(&self) -> &Arc<str> {
        &self.path
    }

    /// The figures of `method`; `HEAD` counts as `GET`.
    #[must_use]
    pub fn of(&self, method: &Method) -> Option<&RouteFigures> {
        let method = if method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        self.figures.iter().find(|figures| figures.is_of(method))
    }
}

macro_rules! methods {
    ($($name:ident $method:ident,)*) => {$(
        #[doc = concat!("Serves `", stringify!($method), "` on `path`.")]
        pub fn $name<F, Args>(&mut self, path: &str, handler: F)
        where
            F: Handler<Args>,
            Args: FromRequest + 'static,
            F::Output: Responder + 'static,
        {
            self.add(Method::$method, path, handler);
        }
    )*};
}

impl Routes {
    methods! {
        get GET,
        post POST,
        put PUT,
        patch PATCH,
        delete DELETE,
    }

    fn add<F, Args>(&mut self, method: Method, path: &str, handler: F)
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        if !self.paths.contains_key(path) {
            self.order.push(path.to_owned());
        }
        let route = if method == Method::GET {
            // A client may ask for the head of whatever it may get (RFC 9110, 9.3.2).
            Route::new().guard(guard::Any(guard::Get()).or(guard::Head()))
        } else {
            Route::new().method(method.clone())
        };
        self.paths.entry(path.to_owned()).or_default().0.push((method, route.to(handler)));
    }

    /// Every method and path, in the order of their making.
    #[must_use]
    pub fn list(&self) -> Vec<(Method, String)> {
        let methods = |path: &String| {
            let methods = self.paths.get(path).into_iter().flat_map(|methods| &methods.0);
            methods.map(|(method, _)| (method.clone(), path.clone())).collect::<Vec<_>>()
        };
        self.order.iter().flat_map(methods).collect()
    }

    /// Registers everything. Paths are tried one after the other: first those without parameters, so that
    /// `/orders/stats` goes before `/orders/{id}` and costs no expressions; then the others as they were first named.
    pub fn register(mut self, config: &mut web::ServiceConfig) {
        let mut order = std::mem::take(&mut self.order);
        order.sort_by_key(|path| path.contains('{'));
        for path in order {
            let Some(Methods(methods)) = self.paths.remove(&path) else {
                continue;
            };
            let figures: Vec<_> =
                methods.iter().map(|(method, _)| RouteFigures::new(method, &path)).collect();
            let allow = allowed(&methods);
            let mut resource = web::resource(&path)
                .app_data(PathFigures { path: path.as_str().into(), figures: figures.into() });
            for (_, route) in methods {
                resource = resource.route(route);
            }
            config.service(resource.default_service(web::to(move |request: HttpRequest| {
                let problem = not_allowed(&request, &allow);
                async move { Err::<HttpResponse, _>(problem) }
            })));
        }
        config.default_service(web::to(|| async { Err::<HttpResponse, _>(no_route()) }));
    }
}

fn allowed(methods: &[(Method, Route)]) -> String {
    let mut names: Vec<_> = methods.iter().map(|(method, _)| method.to_string()).collect();
    if names.iter().any(|name| name == "GET") {
        names.push("HEAD".to_owned());
    }
    names.join(", ")
}

fn not_allowed(request: &HttpRequest, allow: &str) -> Problem {
    let detail = format!("this path does not take {}; it takes {allow}", request.method());
    Problem::new(actix_web::http::StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail)
        .allow(allow.to_owned())
}

fn no_route() -> Problem {
    let detail = "there is no such path; /docs lists those that there are";
    Problem::new(actix_web::http::StatusCode::NOT_FOUND, "no-such-route", detail)
}

#[cfg(test)]
mod tests {
    use actix_web::{App, test};

    use super::*;

    #[actix_web::test]
    async fn a_path_without_parameters_goes_before_one_that_would_take_it() {
        let mut routes = Routes::default();
        routes.get("/orders/{id}", || async { "one" });
        routes.get("/orders/stats", || async { "stats" });
        let app = test::init_service(App::new().configure(|config| routes.register(config))).await;
        for (path, answer) in [("/orders/stats", "stats"), ("/orders/7", "one")] {
            let request = test::TestRequest::get().uri(path).to_request();
            assert_eq!(test::call_and_read_body(&app, request).await, answer);
        }
    }
}

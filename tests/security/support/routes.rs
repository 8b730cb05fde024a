//! Every route of the OpenAPI document, with what it takes.

use reqwest::Method;
use serde_json::Value;
use souk_tests::TestApp;

use super::shapes::Shapes;

/// A parameter that is not in the body.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Path,
    Query,
    Header,
}

/// One operation.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) method: Method,
    /// With braces.
    pub(crate) path: String,
    pub(crate) parameters: Vec<Parameter>,
    /// The schema of its JSON body.
    pub(crate) body: Option<Value>,
}

impl Route {
    /// As the matrix names it.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub(crate) fn is_safe(&self) -> bool {
        self.method == Method::GET
    }

    pub(crate) fn parameters(&self, place: Place) -> impl Iterator<Item = &str> {
        self.parameters.iter().filter(move |own| own.place == place).map(|own| own.name.as_str())
    }
}

/// The document of a node.
pub(crate) async fn documented(app: &TestApp) -> (Vec<Route>, Shapes) {
    let document = app.anonymous().get("/openapi.json").await.ok();
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            routes.push(Route {
                method: method.to_uppercase().parse().expect("a method"),
                path: path.clone(),
                parameters: parameters(operation),
                body: operation.pointer("/requestBody/content/application~1json/schema").cloned(),
            });
        }
    }
    assert!(routes.len() > 100, "the document has lost its routes");
    (routes, Shapes::new(document))
}

fn parameters(operation: &Value) -> Vec<Parameter> {
    let all = operation["parameters"].as_array().into_iter().flatten();
    all.map(|parameter| Parameter {
        name: parameter["name"].as_str().expect("a name").to_owned(),
        place: match parameter["in"].as_str() {
            Some("path") => Place::Path,
            Some("query") => Place::Query,
            Some("header") => Place::Header,
            other => panic!("{other:?} is no place that this suite attacks"),
        },
    })
    .collect()
}

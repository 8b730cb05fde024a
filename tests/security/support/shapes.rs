//! What bodies are made of, as their schemas say: where texts, numbers and objects stand, and how to put something there.

use serde_json::{Map, Value, json};

/// A place in a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    /// The names and indices that lead to it.
    pub(crate) path: Vec<String>,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Other,
    /// An object whose members the schema names.
    Object,
    /// An object from keys of the caller's to values.
    Map,
}

impl Member {
    pub(crate) fn pointer(&self) -> String {
        self.path.iter().map(|part| format!("/{part}")).collect()
    }
}

/// The schemas of a document.
pub(crate) struct Shapes(Value);

impl Shapes {
    pub(crate) const fn new(document: Value) -> Self {
        Self(document)
    }

    /// Every place in a body of this schema.
    pub(crate) fn members(&self, schema: &Value) -> Vec<Member> {
        let mut members = Vec::new();
        self.walk(schema, &mut Vec::new(), &mut members);
        members
    }

    fn walk(&self, schema: &Value, path: &mut Vec<String>, members: &mut Vec<Member>) {
        assert!(path.len() < 12, "a schema that contains itself: {path:?}");
        for schema in self.alternatives(schema) {
            let kind = if let Some(own) = schema["properties"].as_object() {
                for (name, member) in own {
                    path.push(name.clone());
                    self.walk(member, path, members);
                    path.pop();
                }
                Kind::Object
            } else if schema["additionalProperties"].is_object() {
                path.push("en".to_owned());
                self.walk(&schema["additionalProperties"], path, members);
                path.pop();
                Kind::Map
            } else if schema["items"].is_object() {
                path.push("0".to_owned());
                self.walk(&schema["items"], path, members);
                path.pop();
                Kind::Other
            } else if is_of(schema, "string") {
                Kind::Text
            } else {
                Kind::Other
            };
            let member = Member { path: path.clone(), kind };
            if !members.contains(&member) {
                members.push(member);
            }
        }
    }

    /// The names that the schema gives to the members of the object at `path`.
    pub(crate) fn names(&self, schema: &Value, path: &[String]) -> Vec<String> {
        let mut schemas = self.alternatives(schema);
        for part in path {
            schemas = schemas
                .into_iter()
                .filter_map(|schema| child(schema, part))
                .flat_map(|schema| self.alternatives(schema))
                .collect();
        }
        let objects = schemas.into_iter().filter_map(|schema| schema["properties"].as_object());
        objects.flat_map(Map::keys).cloned().collect()
    }

    /// `body` with `value` at `path`. What leads there and is missing is made as the schema has it.
    pub(crate) fn with(&self, schema: &Value, body: &Value, path: &[String], value: Value) -> Value {
        let Some((first, rest)) = path.split_first() else {
            return value;
        };
        let mut body = body.clone();
        let fits = |schema: &&Value| child(schema, first).is_some();
        let own = self.alternatives(schema).into_iter().find(fits).expect("a schema with this member");
        if !(body.is_object() || body.is_array()) || own["items"].is_object() != body.is_array() {
            body = self.example(own);
        }
        let inner = child(own, first).expect("a member");
        match &mut body {
            Value::Array(items) => {
                let item = items.first().cloned().unwrap_or(Value::Null);
                let item = self.with(inner, &item, rest, value);
                items.truncate(0);
                items.push(item);
            }
            Value::Object(members) => {
                let before = members.get(first).cloned().unwrap_or(Value::Null);
                members.insert(first.clone(), self.with(inner, &before, rest, value));
            }
            _ => unreachable!("an example of an object or a list is one"),
        }
        body
    }

    /// A small value of this schema.
    pub(crate) fn example(&self, schema: &Value) -> Value {
        let schema = self.alternatives(schema)[0];
        if let Some(example) = schema.get("example") {
            return example.clone();
        }
        if let Some(own) = schema["properties"].as_object() {
            let needed = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            return needed.map(|name| (name.to_owned(), self.named(name, &own[name]))).collect();
        }
        if schema["additionalProperties"].is_object() {
            return json!({"en": "x"});
        }
        if schema["items"].is_object() {
            return json!([self.example(&schema["items"])]);
        }
        self.named("", schema)
    }

    fn named(&self, name: &str, schema: &Value) -> Value {
        match name {
            "amount" | "percent" if is_of(schema, "string") => json!("10"),
            "currency" => json!("IQD"),
            "id" | "product_id" => json!("prd_0190c7a2000070008000000000000001"),
            _ if is_of(schema, "integer") || is_of(schema, "number") => json!(1),
            _ if is_of(schema, "boolean") => json!(true),
            _ if schema["enum"].is_array() => schema["enum"][0].clone(),
            _ if is_of(schema, "string") => json!("x"),
            _ => self.example(schema),
        }
    }

    /// The schema itself, or what it may be instead, without null.
    fn alternatives<'a>(&'a self, schema: &'a Value) -> Vec<&'a Value> {
        if let Some(reference) = schema["$ref"].as_str() {
            let path = reference.strip_prefix('#').expect("a reference into the document");
            return self.alternatives(self.0.pointer(path).expect("a schema"));
        }
        for way in ["oneOf", "anyOf", "allOf"] {
            if let Some(ways) = schema[way].as_array() {
                let ways = ways.iter().filter(|way| way["type"] != "null");
                return ways.flat_map(|way| self.alternatives(way)).collect();
            }
        }
        vec![schema]
    }
}

fn child<'a>(schema: &'a Value, name: &str) -> Option<&'a Value> {
    schema["properties"]
        .get(name)
        .or_else(|| schema.get("additionalProperties").filter(|inner| inner.is_object()))
        .or_else(|| schema.get("items"))
}

fn is_of(schema: &Value, kind: &str) -> bool {
    schema["type"] == kind
        || schema["type"].as_array().is_some_and(|kinds| kinds.iter().any(|own| own == kind))
}

#[test]
fn a_value_gets_where_it_is_meant_to_be() {
    let text = json!({"type": "string"});
    let price = json!({
        "type": "object", "required": ["amount", "currency"], "properties": {"amount": text, "currency": text},
    });
    let document = json!({"components": {"schemas": {"Price": price}}});
    let schema = json!({"type": "object", "properties": {
        "cap": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Price"}]},
        "name": {"type": "object", "additionalProperties": text},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"sku": text}}},
    }});
    let shapes = Shapes::new(document);
    let texts = shapes.members(&schema).into_iter().filter(|member| member.kind == Kind::Text);
    let texts: Vec<_> = texts.map(|member| member.pointer()).collect();
    assert_eq!(texts, ["/cap/amount", "/cap/currency", "/lines/0/sku", "/name/en"]);
    let put = |path: &[&str]| {
        let path: Vec<_> = path.iter().map(|part| (*part).to_owned()).collect();
        shapes.with(&schema, &json!({"lines": [{"sku": "A"}, {"sku": "B"}]}), &path, json!("!"))
    };
    let lines = json!([{"sku": "A"}, {"sku": "B"}]);
    let cap = json!({"amount": "!", "currency": "IQD"});
    assert_eq!(put(&["cap", "amount"]), json!({"cap": cap, "lines": lines}));
    assert_eq!(put(&["name", "en"]), json!({"name": {"en": "!"}, "lines": lines}));
    assert_eq!(put(&["lines", "0", "sku"]), json!({"lines": [{"sku": "!"}]}));
    assert_eq!(shapes.names(&schema, &["cap".to_owned()]), ["amount", "currency"]);
}

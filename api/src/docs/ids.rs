//! What schemas say beyond types: the pattern of every id, whose prefix its description names; and parameters that are
//! given or left out, never null.

use utoipa::openapi::{
    Object, OpenApi, RefOr, Schema,
    path::Parameter,
    schema::{ArrayItems, SchemaType, Type},
};

use crate::http::list::LIMIT_MAX;

/// Fills in every schema and parameter.
pub(super) fn complete(document: &mut OpenApi) {
    for schema in document.components.iter_mut().flat_map(|components| components.schemas.values_mut()) {
        fill(schema, None);
    }
    for item in document.paths.paths.values_mut() {
        for operation in super::problems::operations(item) {
            operation.parameters.iter_mut().flatten().for_each(parameter);
        }
    }
}

fn parameter(parameter: &mut Parameter) {
    let prefix = parameter.description.as_deref().and_then(prefix);
    if let Some(RefOr::T(Schema::Object(schema))) = &mut parameter.schema {
        if let SchemaType::Array(types) = &schema.schema_type
            && let Some(given) = types.iter().find(|kind| **kind != Type::Null)
        {
            schema.schema_type = SchemaType::Type(given.clone());
        }
        if parameter.name == "limit" {
            schema.minimum = Some(1_u32.into());
            schema.maximum = Some(LIMIT_MAX.into());
        }
        set_pattern(schema, prefix);
    }
}

fn fill(schema: &mut RefOr<Schema>, inherited: Option<String>) {
    let RefOr::T(schema) = schema else {
        return;
    };
    match schema {
        Schema::Object(object) => {
            let prefix = object.description.as_deref().and_then(prefix).or(inherited);
            set_pattern(object, prefix);
            object.properties.values_mut().for_each(|member| fill(member, None));
        }
        Schema::Array(array) => {
            let prefix = array.description.as_deref().and_then(prefix);
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                fill(items, prefix);
            }
        }
        Schema::AllOf(all) => all.items.iter_mut().for_each(|part| fill(part, None)),
        Schema::OneOf(one) => one.items.iter_mut().for_each(|part| fill(part, None)),
        Schema::AnyOf(any) => any.items.iter_mut().for_each(|part| fill(part, None)),
        _ => {}
    }
}

fn set_pattern(object: &mut Object, prefix: Option<String>) {
    let is_text = match &object.schema_type {
        SchemaType::Type(kind) => *kind == Type::String,
        SchemaType::Array(kinds) => kinds.contains(&Type::String),
        SchemaType::AnyValue => false,
    };
    if let Some(prefix) = prefix.filter(|_| is_text && object.pattern.is_none()) {
        object.pattern = Some(format!("^{prefix}_[0-9a-f]{{32}}$"));
    }
}

/// The one prefix that a description names, as in "who buys (`usr_…`)".
fn prefix(description: &str) -> Option<String> {
    let mut prefixes = description.split('`').filter_map(|code| code.strip_suffix("_…"));
    let prefix = prefixes.next()?;
    let is_prefix = prefix.len() == 3 && prefix.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_only = prefixes.next().is_none() && !description.contains(" or ");
    (is_prefix && is_only).then(|| prefix.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_read_from_the_description() {
        assert_eq!(prefix("`prd_…`").as_deref(), Some("prd"));
        assert_eq!(prefix("Who buys (`usr_…`); null for an anonymous sale.").as_deref(), Some("usr"));
        assert_eq!(prefix("`usr_…`, `system` or `anonymous`"), None);
        assert_eq!(prefix("Its id as it is stored, or as the API shows it (`ord_…`)."), None);
        assert_eq!(prefix("Its code."), None);
    }

    #[test]
    fn ids_of_requests_parameters_and_answers_have_patterns() {
        let document = serde_json::to_value(super::super::document()).unwrap();
        let schemas = &document["components"]["schemas"];
        let line = &schemas["PlaceLineRequest"]["properties"];
        assert_eq!(line["product_id"]["pattern"], "^prd_[0-9a-f]{32}$");
        assert!(line["sku"]["pattern"].is_null());
        assert_eq!(schemas["Product"]["properties"]["categories"]["items"]["pattern"], "^cat_[0-9a-f]{32}$");
        let get = &document["paths"]["/api/v1/orders/{id}"]["get"]["parameters"];
        assert_eq!(get[0]["schema"], serde_json::json!({"type": "string", "pattern": "^ord_[0-9a-f]{32}$"}));
        assert_eq!(get[1]["schema"], serde_json::json!({"type": "string"}));
    }
}

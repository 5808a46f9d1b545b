//! The published schemas, tightened: readers must tolerate keys that they do not know, but what we write ourselves has
//! every key declared.

use jsonschema::Validator;
use serde_json::{Map, Value, json};

/// A schema as it is published.
pub fn published(name: &str) -> Value {
    let path = format!("{}/crates/report/schemas/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The same with `additionalProperties: false` wherever properties are declared. Conditions (`if`, `then`) are left as
/// they are: they add demands to declared keys, and declare none.
pub fn tightened(mut schema: Value) -> Value {
    tighten(&mut schema);
    schema
}

fn tighten(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    if object.contains_key("properties") && !object.contains_key("additionalProperties") {
        object.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
    for key in ["properties", "$defs"] {
        let children = object.get_mut(key).and_then(Value::as_object_mut);
        children.into_iter().flat_map(Map::values_mut).for_each(tighten);
    }
    object.get_mut("items").into_iter().for_each(tighten);
}

/// The schema of one of the objects that a schema defines.
pub fn definition(schema: &Value, name: &str) -> Value {
    json!({"$schema": schema["$schema"], "$ref": format!("#/$defs/{name}"), "$defs": schema["$defs"]})
}

/// Ready to validate; the schema itself is checked, too.
pub fn validator(schema: &Value) -> Validator {
    jsonschema::meta::validate(schema).unwrap_or_else(|error| panic!("{error}"));
    jsonschema::validator_for(schema).unwrap_or_else(|error| panic!("{error}"))
}

/// Fails with every violation, each with its place in the document.
pub fn assert_valid(validator: &Validator, document: &Value, what: &str) {
    let errors: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{what} does not validate:\n{}", errors.join("\n"));
}

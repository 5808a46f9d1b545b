//! The published schemas, tightened: readers must tolerate keys and words that they do not know, but what we write
//! ourselves has every one declared.

use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

/// A schema as it is published.
pub fn published(name: &str) -> Value {
    let mut text = Vec::new();
    report::write_schema(name, &mut text).unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// The same without room for what is not declared. Conditions (`if`, `then`) are left as they are: they add demands to
/// declared keys, and declare none.
pub fn tightened(mut schema: Value) -> Value {
    close(&mut schema);
    schema
}

/// Lets an object have declared keys alone. Where it is used, and not where it is defined: there it may be extended.
fn close(schema: &mut Value) {
    if let Some(keywords) = schema.as_object_mut().filter(|keywords| !keywords.contains_key("additionalProperties")) {
        keywords.insert("unevaluatedProperties".to_owned(), Value::Bool(false));
    }
    tighten(schema);
}

fn tighten(schema: &mut Value) {
    let Some(keywords) = schema.as_object_mut() else { return };
    let properties = keywords.get_mut("properties").and_then(Value::as_object_mut);
    properties.into_iter().flat_map(Map::values_mut).for_each(close);
    keywords.get_mut("items").into_iter().for_each(close);
    let definitions = keywords.get_mut("$defs").and_then(Value::as_object_mut);
    definitions.into_iter().flat_map(Map::values_mut).for_each(tighten);
    for key in ["allOf", "oneOf"] {
        keywords.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten().for_each(tighten);
    }
    // A list of words, and an alternative for those of later versions.
    if let Some(words) = keywords.get_mut("anyOf").and_then(Value::as_array_mut) {
        words.retain(|word| word.get("const").is_some());
    }
}

/// The schema of one of the objects that a schema defines.
pub fn definition(schema: &Value, name: &str) -> Value {
    json!({"$schema": schema["$schema"], "$ref": format!("#/$defs/{name}"), "$defs": schema["$defs"]})
}

/// Every key that a schema declares, by the place of its declaration.
pub fn declared_keys(schema: &Value) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    add_declared_keys(schema, "", &mut keys);
    keys
}

fn add_declared_keys(schema: &Value, place: &str, keys: &mut BTreeSet<String>) {
    let object = |keyword: &str| schema.get(keyword).and_then(Value::as_object).into_iter().flatten();
    for (name, child) in object("properties") {
        let place = format!("{place}/properties/{name}");
        add_declared_keys(child, &place, keys);
        keys.insert(place);
    }
    object("$defs").for_each(|(name, child)| add_declared_keys(child, &format!("{place}/$defs/{name}"), keys));
    schema.get("items").into_iter().for_each(|child| add_declared_keys(child, &format!("{place}/items"), keys));
}

/// The declarations that the keys of a valid document are found under.
pub fn used_keys(validator: &Validator, document: &Value) -> BTreeSet<String> {
    let evaluation = validator.evaluate(document);
    let found = evaluation.iter_annotations().filter(|found| found.schema_location.ends_with("/properties"));
    let used = found.flat_map(|found| {
        let names = found.annotations.value().as_array().into_iter().flatten().filter_map(Value::as_str);
        names.map(move |name| format!("{}/{name}", found.schema_location))
    });
    used.collect()
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

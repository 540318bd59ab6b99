//! The JSON Schema of scenario files, for editors.

use serde_json::{Map, Value, json};

use super::written::scenario::ScenarioFile;

/// What a string's schema keeps when it becomes one of two choices.
const OF_THE_KEY: [&str; 3] = ["default", "description", "title"];

/// The schema of scenario files (draft 2020-12).
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(ScenarioFile).to_value();
    each_object(&mut schema, &forget_null);
    each_object(&mut schema, &ask_for_no_default);
    each_object(&mut schema, &allow_outside);
    schema["$defs"]["FromOutside"] = from_outside();
    schema
}

/// The same of overlays, which may leave out what the scenario has.
pub fn overlay_schema() -> Value {
    let mut schema = schema();
    each_object(&mut schema, &forget_required);
    schema["title"] = json!("Overlay");
    schema["$defs"]["FromOutside"] = from_outside();
    schema
}

/// A string that stands elsewhere.
fn from_outside() -> Value {
    let one = |key: &str, description: &str| {
        json!({
            "type": "object",
            "description": description,
            "properties": { key: { "type": "string", "minLength": 1 } },
            "required": [key],
            "additionalProperties": false,
        })
    };
    json!({
        "description": "In place of a string: a value that is not in this file, or not to be shown.",
        "oneOf": [
            one("env", "The value of a variable of the environment."),
            one("file", "The text of a file beside this one, without the end of its last line."),
            one("secret", "This value, shown in no output and no report."),
        ],
    })
}

/// Changes every object, those within before those around them.
fn each_object(schema: &mut Value, change: &impl Fn(&mut Map<String, Value>)) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(|item| each_object(item, change)),
        Value::Object(members) => {
            let within = members.values_mut();
            within.for_each(|member| each_object(member, change));
            change(members);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A key of TOML is there or not, but never null as JSON could have it.
fn forget_null(members: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = members.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            members.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(words)) = members.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    if let Some(Value::Array(choices)) = members.get_mut("anyOf") {
        choices.retain(|choice| choice["type"] != "null");
    }
}

/// A key that has a default may be left out.
fn ask_for_no_default(members: &mut Map<String, Value>) {
    if let Some(Value::Array(mut required)) = members.remove("required") {
        required.retain(|key| {
            let key = key.as_str().unwrap_or_default();
            members["properties"][key].get("default").is_none()
        });
        if !required.is_empty() {
            members.insert("required".to_owned(), required.into());
        }
    }
}

/// Lets a value from outside stand where a string may.
fn allow_outside(members: &mut Map<String, Value>) {
    if members.get("type") != Some(&json!("string")) {
        return;
    }
    let (of_key, string): (Map<_, _>, Map<_, _>) = std::mem::take(members)
        .into_iter()
        .partition(|(name, _)| OF_THE_KEY.contains(&name.as_str()));
    *members = of_key;
    let outside = json!({ "$ref": "#/$defs/FromOutside" });
    members.insert("anyOf".to_owned(), json!([string, outside]));
}

fn forget_required(members: &mut Map<String, Value>) {
    members.retain(|name, value| name != "required" || !value.is_array());
}

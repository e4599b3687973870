//! Messages as JSON without what may rightly differ between two servers: ids, terms, the exact remaining time of a lease.

use std::{collections::BTreeMap, sync::LazyLock};

use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};
use quorate_proto::mvccpb::{Event, KeyValue, event::EventType};
use serde_json::{Value, json};
use tonic::{Code, Status};

static MESSAGES: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(quorate_proto::PUBLIC_DESCRIPTORS).expect("our own descriptors are sound"));

/// Names for the lease ids that the server chose, by the order of the grants.
pub type ChosenLeases = BTreeMap<i64, String>;

/// A message of type `etcdserverpb.NAME` as normalised JSON.
pub fn message(name: &str, message: &impl Message, chosen: &ChosenLeases) -> Value {
    let descriptor = MESSAGES.get_message_by_name(&format!("etcdserverpb.{name}")).unwrap_or_else(|| panic!("no message {name}"));
    let dynamic = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice()).expect("what was encoded decodes");
    let options = SerializeOptions::new().use_proto_field_name(true).skip_default_fields(true);
    let mut value = dynamic.serialize_with_options(serde_json::value::Serializer, &options).expect("a message has a JSON form");
    strip(&mut value, chosen);
    if let Some(token) = value.get_mut("token") {
        *token = json!("some");
    }
    if name == "LeaseTimeToLiveResponse" {
        time_to_live(&mut value);
    }
    value
}

/// A refused request.
pub fn refusal(status: &Status) -> Value {
    json!({"code": code_name(status.code()), "error": status.message()})
}

fn strip(value: &mut Value, chosen: &ChosenLeases) {
    match value {
        Value::Object(fields) => {
            for id in ["cluster_id", "member_id", "raft_term"] {
                fields.remove(id);
            }
            fields.values_mut().for_each(|field| strip(field, chosen));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| strip(item, chosen)),
        Value::String(text) => {
            if let Some(name) = text.parse().ok().and_then(|id: i64| chosen.get(&id)) {
                name.clone_into(text);
            }
        }
        _ => {}
    }
}

/// The keys come in no order, and the time left runs.
fn time_to_live(value: &mut Value) {
    let number = |field: &str| value[field].as_str().and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
    let (left, granted) = (number("TTL"), number("grantedTTL"));
    // A slow machine may take a while from the grant to here.
    if left > 1 && (granted - left < 30 || left > granted / 10 * 9) {
        value["TTL"] = json!("about granted");
    }
    if let Some(Value::Array(keys)) = value.get_mut("keys") {
        keys.sort_by_key(|key| base64_bytes(key.as_str().expect("bytes are base64 text")));
    }
}

fn base64_bytes(text: &str) -> Vec<u8> {
    use base64::{Engine, prelude::BASE64_STANDARD};
    BASE64_STANDARD.decode(text).expect("bytes are base64 text")
}

/// The code as Go names it.
fn code_name(code: Code) -> String {
    match code {
        Code::Ok => "OK".into(),
        Code::Cancelled => "Canceled".into(),
        other => format!("{other:?}"),
    }
}

/// An event as the recorder wrote it.
pub fn event(event: &Event) -> String {
    let kind = match EventType::try_from(event.r#type) {
        Ok(EventType::Put) => "PUT".to_owned(),
        Ok(EventType::Delete) => "DELETE".to_owned(),
        Err(_) => event.r#type.to_string(),
    };
    format!("{kind} {} prev {}", key_value(event.kv.as_ref()), key_value(event.prev_kv.as_ref()))
}

fn key_value(kv: Option<&KeyValue>) -> String {
    let Some(kv) = kv else { return "none".into() };
    let key = if kv.key.len() > 20 {
        let mut short = kv.key[..10].to_vec();
        short.extend(format!("…{}", kv.key.len()).into_bytes());
        quote(&short, usize::MAX)
    } else {
        quote(&kv.key, usize::MAX)
    };
    let value = quote(&kv.value, 40);
    format!("{key}={value} c{} m{} v{} l{}", kv.create_revision, kv.mod_revision, kv.version, kv.lease)
}

/// At most `limit` characters of `bytes` as a quoted Go string; a byte that begins no character counts as one.
pub fn quote(bytes: &[u8], limit: usize) -> String {
    let mut out = String::from("\"");
    let mut count = 0;
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if count == limit {
                break;
            }
            count += 1;
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                '\x07' => out.push_str("\\a"),
                '\x08' => out.push_str("\\b"),
                '\x0c' => out.push_str("\\f"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\x0b' => out.push_str("\\v"),
                c if c < ' ' || c == '\x7f' => out.push_str(&format!("\\x{:02x}", c as u32)),
                c => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            if count == limit {
                break;
            }
            count += 1;
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out.push('"');
    out
}

#[test]
fn bytes_are_quoted_as_go_quotes_them() {
    assert_eq!(quote(b"a\x00\xff\n\"\x7f", 99), r#""a\x00\xff\n\"\x7f""#);
    assert_eq!(quote(&[b'v'; 50], 40), format!("\"{}\"", "v".repeat(40)));
    assert_eq!(quote("L…600".as_bytes(), 99), "\"L…600\"");
}

//! `docs/events.md`, made from the code: names and versions from the catalogues, meanings from the doc comments,
//! examples from the golden files. `UPDATE_DOCS=1 cargo test -p domain` writes it anew.

use std::{env, fmt::Write, fs};

use domain::fixtures::must;

use crate::aggregates::{Aggregate, all, path, read, sources};

const PAGE: &str = "../docs/events.md";

const INTRODUCTION: &str = "\
# Events

Everything that ever happened, by aggregate. This page is made from the code; `UPDATE_DOCS=1 cargo test -p domain`
writes it anew, and a test compares it.

An event is stored with its name (`event_type`, past tense, frozen for ever), its schema version (`event_version`) and
its payload: the name again as the only key, and under it the body; an event without a body is its name alone. Fields
marked *optional* are left out where there is nothing to say. Ids are UUIDs here and prefixed in the API (`ord_…`).
Amounts are decimal texts with currency and exponent, unit prices have up to six decimals, times are RFC 3339 in UTC,
quantities are whole base units of the product, texts for people are keyed by BCP 47 language tags.

A shape never changes under a version: a new shape is a new version, and old events are lifted to it when they are
read, never rewritten. A reader that meets an unknown name or version stops.
";

/// A variant or a type as its source describes it.
struct Entry {
    meaning: String,
    fields: Vec<Field>,
}

struct Field {
    name: String,
    kind: String,
    optional: bool,
    meaning: String,
}

/// Reads the item that begins with one of `starts` from rustfmt'd source: its doc comment, its fields (of a struct or
/// variant) or its values (of an enum without bodies).
fn entry(source: &str, starts: &[String]) -> Entry {
    let mut docs = Vec::new();
    let mut found: Option<Entry> = None;
    let mut optional = false;
    for line in source.lines() {
        let text = line.trim();
        if let Some(doc) = text.strip_prefix("/// ") {
            docs.push(doc.to_owned());
        } else if text.starts_with("#[") {
            optional |= text.contains("skip_serializing_if");
        } else if let Some(entry) = &mut found {
            if text.starts_with('}') {
                break;
            }
            entry.fields.push(field(text, std::mem::take(&mut optional), &std::mem::take(&mut docs)));
        } else if starts.iter().any(|start| line == start) {
            found = Some(Entry { meaning: docs.join(" "), fields: Vec::new() });
            docs.clear();
            optional = false;
            if line.ends_with(',') {
                break;
            }
        } else {
            docs.clear();
        }
    }
    must(found.ok_or(format!("{starts:?} is not in the source")))
}

/// `pub name: Type,` of a struct, `name: Type,` of a variant, `Value,` or `Value(Type),` of an enum of values.
fn field(text: &str, optional: bool, docs: &[String]) -> Field {
    let text = text.trim_start_matches("pub ").trim_end_matches(',');
    let (name, kind) = match text.split_once(": ") {
        Some((name, kind)) => (name.to_owned(), kind.to_owned()),
        None => match text.split_once('(') {
            Some((name, kind)) => (snake_case(name), kind.trim_end_matches(')').to_owned()),
            None => (snake_case(text), String::new()),
        },
    };
    let words = [
        ("Option<", ""),
        ("Box<", ""),
        ("Vec<", "list of "),
        ("BTreeSet<", "set of "),
    ];
    let kind = words.iter().fold(kind, |kind, (type_name, word)| kind.replace(type_name, word));
    let kind = kind.replace('>', "").replace("DateTime<Utc", "time");
    assert!(!docs.is_empty(), "{name} has no meaning");
    Field { name, kind, optional, meaning: docs.join(" ") }
}

/// As serde writes the values of enums without bodies.
fn snake_case(name: &str) -> String {
    let mut written = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !written.is_empty() {
            written.push('_');
        }
        written.extend(c.to_lowercase());
    }
    written
}

/// The types beside the events in a context's `event.rs` (or files whose names end so), in the order of the source.
fn shapes(source: &str, events: &[&str]) -> Vec<(String, bool)> {
    let named = |line: &str, keyword: &str| {
        let rest = line.strip_prefix(keyword)?.strip_suffix(" {")?;
        (!events.contains(&rest)).then(|| rest.to_owned())
    };
    let found = source.lines().filter_map(|line| {
        let of_struct = named(line, "pub struct ").map(|name| (name, true));
        of_struct.or_else(|| named(line, "pub enum ").map(|name| (name, false)))
    });
    found.collect()
}

fn render_fields(page: &mut String, fields: &[Field]) {
    for field in fields {
        let optional = if field.optional { ", *optional*" } else { "" };
        must(writeln!(page, "| `{}` | {}{optional} | {} |", field.name, field.kind, field.meaning));
    }
}

fn heading(aggregate: &Aggregate) -> String {
    format!("{} (`{}`)", aggregate.event.trim_end_matches("Event"), aggregate.kind)
}

fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// The names of an aggregate in the order of its catalogue, each once, with its versions.
fn events(aggregate: &Aggregate) -> Vec<(&'static str, Vec<u16>)> {
    let mut events: Vec<(&'static str, Vec<u16>)> = Vec::new();
    for (name, version) in aggregate.catalogue {
        match events.iter_mut().find(|(known, _)| known == name) {
            Some((_, versions)) => versions.push(*version),
            None => events.push((name, vec![*version])),
        }
    }
    events
}

fn render_event(page: &mut String, source: &str, aggregate: &Aggregate, name: &str, versions: &[u16]) {
    let entry = entry(source, &[format!("    {name} {{"), format!("    {name},")]);
    assert!(!entry.meaning.is_empty(), "{name} has no meaning");
    let numbers: Vec<String> = versions.iter().map(u16::to_string).collect();
    let newest = versions.iter().max().copied().unwrap_or(1);
    must(writeln!(page, "\n### {name}\n\n{}", entry.meaning));
    must(writeln!(page, "\nAggregate `{}`; versions: {}.", aggregate.kind, numbers.join(", ")));
    if !entry.fields.is_empty() {
        must(writeln!(page, "\n| field | type | meaning |\n| --- | --- | --- |"));
        render_fields(page, &entry.fields);
    }
    let example = read(&format!("tests/golden/{name}.v{newest}.json"));
    must(writeln!(page, "\n```json\n{}\n```", example.trim_end()));
}

/// The types that the fields of a context's events are made of.
fn render_shapes(page: &mut String, source: &str, events: &[&str]) {
    for (name, is_struct) in shapes(source, events) {
        let keyword = if is_struct { "struct" } else { "enum" };
        let entry = entry(source, &[format!("pub {keyword} {name} {{")]);
        must(writeln!(page, "\n### {name}\n\n{}", entry.meaning));
        if is_struct {
            must(writeln!(page, "\n| field | type | meaning |\n| --- | --- | --- |"));
            render_fields(page, &entry.fields);
        } else {
            must(writeln!(page, "\n| value | meaning |\n| --- | --- |"));
            for value in entry.fields {
                let body = if value.kind.is_empty() {
                    String::new()
                } else {
                    format!(": {}", value.kind)
                };
                must(writeln!(page, "| `{}`{body} | {} |", value.name, value.meaning));
            }
        }
    }
}

fn render() -> String {
    let mut page = INTRODUCTION.to_owned();
    must(writeln!(page, "\n| context | aggregate | events |\n| --- | --- | --- |"));
    for aggregate in all() {
        let heading = heading(&aggregate);
        let names: Vec<String> = events(&aggregate)
            .iter()
            .map(|(name, _)| format!("[{name}](#{})", name.to_lowercase()))
            .collect();
        let (context, anchor) = (aggregate.context, anchor(&heading));
        must(writeln!(page, "| {context} | [{}](#{anchor}) | {} |", aggregate.kind, names.join(", ")));
    }
    for aggregate in all() {
        let source = source_of(aggregate.context);
        must(writeln!(page, "\n## {}", heading(&aggregate)));
        for (name, versions) in events(&aggregate) {
            render_event(&mut page, &source, &aggregate, name, &versions);
        }
    }
    must(writeln!(page, "\n## Types of the fields"));
    let events: Vec<&str> = all().iter().map(|aggregate| aggregate.event).collect();
    let mut contexts: Vec<&str> = all().iter().map(|aggregate| aggregate.context).collect();
    contexts.dedup();
    for context in contexts {
        render_shapes(&mut page, &source_of(context), &events);
    }
    page
}

fn source_of(context: &str) -> String {
    sources(context, "event.rs")
}

#[test]
fn the_event_catalogue_is_that_of_the_code() {
    let rendered = render();
    if env::var_os("UPDATE_DOCS").is_some() {
        must(fs::create_dir_all(path("../docs")));
        must(fs::write(path(PAGE), &rendered));
    }
    assert!(
        read(PAGE) == rendered,
        "docs/events.md is not that of the code; UPDATE_DOCS=1 cargo test -p domain writes it anew"
    );
}

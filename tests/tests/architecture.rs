//! The shape of the house, held by a test: who may depend on whom, how things are named, how long a file may grow.
//! Needs no database.
#![cfg(test)]

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// Which crates of ours each crate may use. Arrows run one way; what is not here is forbidden.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("event-store", &["domain"]),
    ("integrations", &[]),
    ("commands", &["domain", "event-store", "integrations"]),
    ("projections", &["domain", "event-store"]),
    ("api", &["commands", "domain", "event-store", "integrations", "projections"]),
    ("replay-tool", &["domain", "event-store", "projections"]),
    (
        "souk-tests",
        &[
            "api",
            "commands",
            "domain",
            "event-store",
            "integrations",
            "projections",
        ],
    ),
];

/// What the domain must not even reach through another library: it is pure.
const NOT_IN_THE_DOMAIN: &[&str] = &["actix-web", "cqrs-es", "reqwest", "sqlx", "tokio", "tracing"];

/// The contexts. A context has the same name on every floor.
const CONTEXTS: &[&str] = &[
    "analytics",
    "cart",
    "catalog",
    "content",
    "customers",
    "delivery",
    "identity",
    "integrations",
    "inventory",
    "notifications",
    "operations",
    "orders",
    "payments",
    "payouts",
    "pricing",
    "realtime",
    "vendors",
];

/// The floors, and their folders that belong to no single context.
const FLOORS: &[(&str, &[&str])] = &[
    ("domain/src", &["fixtures", "money"]),
    ("commands/src", &["audit", "import", "jobs", "vault"]),
    ("projections/src", &[]),
    ("api/src", &["cli", "config", "demo", "docs", "http", "import"]),
];

/// Contexts whose decisions exist must be reachable on these floors.
const FLOORS_OF_EVERY_AGGREGATE: &[&str] = &["commands/src", "projections/src", "api/src"];

/// Contexts of whose aggregates there are no lists: each is read from its own stream.
const NOT_LISTED: &[&str] = &["cart"];

const LINES_OF_A_FILE: usize = 400;
const LINES_OF_A_TEST: usize = 600;

/// Files over the budget: path, budget of its own, why. The list may only shrink, and so may each budget.
const OVERSIZE: &[(&str, usize, &str)] = &[];

/// Everything at the top of the repository.
const TOP: &[&str] = &[
    ".ci",
    ".clippy.toml",
    ".config",
    ".dockerignore",
    ".env.example",
    ".gitattributes",
    ".gitignore",
    ".rustfmt.toml",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "Dockerfile",
    "LICENSE",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "SECURITY.md",
    "api",
    "commands",
    "compose.yaml",
    "deny.toml",
    "docs",
    "domain",
    "migrations",
    "projections",
    "replay-tool",
    "script",
    "tests",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every file of the repository, relative to its root: what git knows or would add; without git, what is there.
fn files() -> Vec<String> {
    let git = Command::new("git")
        .current_dir(root())
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .output();
    if let Ok(output) = git
        && output.status.success()
        && !output.stdout.is_empty()
    {
        let listed = String::from_utf8(output.stdout).unwrap();
        // A file may be listed and deleted.
        return listed.lines().filter(|file| root().join(file).is_file()).map(str::to_owned).collect();
    }
    let mut files = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            if path.is_file() {
                files.push(name);
            } else if path.is_dir() && !["target", "data", ".git"].contains(&name.as_str()) {
                folders.push(path);
            }
        }
    }
    files
}

fn read(file: &str) -> String {
    String::from_utf8_lossy(&fs::read(root().join(file)).unwrap()).into_owned()
}

/// Of this platform: libraries of others are not there without a network.
fn metadata() -> Value {
    let rustc = Command::new("rustc").arg("-vV").output().unwrap();
    let rustc = String::from_utf8(rustc.stdout).unwrap();
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(root())
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--filter-platform",
            host,
        ])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().unwrap().iter()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

fn is_ours(package: &Value) -> bool {
    package["source"].is_null()
}

/// Fails with all faults at once.
#[track_caller]
fn none(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn arrows_run_one_way() {
    let metadata = metadata();
    let ours: Vec<&Value> = list(&metadata, "packages").filter(|package| is_ours(package)).collect();
    let names: BTreeSet<&str> = ours.iter().map(|package| text(package, "name")).collect();
    let listed: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, listed, "every crate of the workspace stands in ARROWS");
    let mut faults = Vec::new();
    for package in ours {
        let name = text(package, "name");
        let allowed = ARROWS.iter().find(|(of, _)| *of == name).unwrap().1;
        for dependency in list(package, "dependencies") {
            let on = text(dependency, "name");
            // Tests of any crate may use the harness, and the crate's own features for tests.
            let is_for_tests = dependency["kind"] == "dev" && (on == name || on == "souk-tests");
            if names.contains(on) && !allowed.contains(&on) && !is_for_tests {
                faults.push(format!("{name} must not depend on {on}"));
            }
        }
    }
    none(faults);
}

#[test]
fn the_domain_reaches_nothing_that_is_not_pure() {
    let metadata = metadata();
    let names: BTreeMap<&str, &str> =
        list(&metadata, "packages").map(|package| (text(package, "id"), text(package, "name"))).collect();
    let nodes: BTreeMap<&str, &Value> =
        list(&metadata["resolve"], "nodes").map(|node| (text(node, "id"), node)).collect();
    let domain = nodes.keys().copied().find(|id| names[id] == "domain").unwrap();
    let mut reached = BTreeSet::from([domain]);
    let mut open = vec![domain];
    while let Some(id) = open.pop() {
        for dependency in list(nodes[id], "deps") {
            let is_normal = list(dependency, "dep_kinds").any(|kind| kind["kind"].is_null());
            let on = text(dependency, "pkg");
            if is_normal && reached.insert(on) {
                open.push(on);
            }
        }
    }
    let reached: BTreeSet<&str> = reached.into_iter().map(|id| names[id]).collect();
    assert!(reached.contains("serde"), "the walk sees dependencies");
    let impure = NOT_IN_THE_DOMAIN.iter().filter(|name| reached.contains(**name));
    none(impure.map(|name| format!("domain reaches {name}")).collect());
}

#[test]
fn the_domain_reads_no_clock_and_no_world() {
    let banned = [
        "Utc::now",
        "Local::now",
        "SystemTime",
        "Instant::now",
        "now_v7",
        "new_v4",
        "std::fs",
        "std::net",
        "std::env",
        "std::thread",
        "async fn",
    ];
    let mut faults = Vec::new();
    for file in files().iter().filter(|file| file.starts_with("domain/src/") && file.ends_with(".rs")) {
        let text = read(file);
        faults.extend(
            banned
                .iter()
                .filter(|banned| text.contains(**banned))
                .map(|banned| format!("{file} uses {banned}")),
        );
    }
    none(faults);
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let manifests = files().into_iter().filter(|file| file.ends_with("/Cargo.toml"));
    none(manifests.filter(|file| !read(file).contains("[lints]\nworkspace = true\n")).collect());
}

#[test]
fn files_stay_small() {
    let mut faults = Vec::new();
    for file in files().iter().filter(|file| file.ends_with(".rs")) {
        let lines = read(file).lines().count();
        let is_test = file.starts_with("tests/") || file.contains("/tests/") || file.ends_with("/tests.rs");
        let usual = if is_test { LINES_OF_A_TEST } else { LINES_OF_A_FILE };
        let own = OVERSIZE.iter().find(|(of, _, _)| of == file);
        match own {
            None if lines > usual => {
                faults.push(format!("{file} has {lines} lines, {usual} are allowed: split it"))
            }
            Some((_, budget, _)) if lines > *budget => {
                faults.push(format!("{file} has {lines} lines, its own budget is {budget}"));
            }
            Some(_) if lines <= usual => {
                faults.push(format!("{file} is small enough now: take it out of OVERSIZE"))
            }
            _ => {}
        }
    }
    let files = files();
    let gone = OVERSIZE.iter().filter(|(file, _, _)| !files.iter().any(|have| have == file));
    faults.extend(gone.map(|(file, _, _)| format!("{file} is gone: take it out of OVERSIZE")));
    none(faults);
}

/// The modules directly below a folder: name, and whether it is a folder itself.
fn modules(floor: &str) -> BTreeMap<String, bool> {
    files()
        .iter()
        .filter_map(|file| file.strip_prefix(floor)?.strip_prefix('/'))
        .filter_map(|path| match path.split_once('/') {
            Some((folder, _)) => Some((folder.to_owned(), true)),
            None => Some((path.strip_suffix(".rs")?.to_owned(), false)),
        })
        .collect()
}

#[test]
fn a_context_has_one_name_on_every_floor() {
    let mut faults = Vec::new();
    for (floor, shared) in FLOORS {
        for (name, is_folder) in modules(floor) {
            if is_folder && !CONTEXTS.contains(&name.as_str()) && !shared.contains(&name.as_str()) {
                faults.push(format!("{floor}/{name} is neither a context nor listed as shared in FLOORS"));
            }
        }
    }
    let aggregates = modules("domain/src");
    for context in aggregates.keys().filter(|name| CONTEXTS.contains(&name.as_str())) {
        for floor in FLOORS_OF_EVERY_AGGREGATE {
            if *floor == "projections/src" && NOT_LISTED.contains(&context.as_str()) {
                continue;
            }
            if !modules(floor).contains_key(context) {
                faults.push(format!("{context} has decisions, but no {floor}/{context}"));
            }
        }
    }
    none(faults);
}

#[test]
fn migrations_are_named_by_time_context_and_deed() {
    let is_fit = |name: &str| {
        let mut parts = name.strip_suffix(".sql")?.splitn(3, '_');
        let (time, context, deed) = (parts.next()?, parts.next()?, parts.next()?);
        let is_time = time.len() == 14 && time.bytes().all(|byte| byte.is_ascii_digit());
        let is_context = CONTEXTS.contains(&context) || ["log", "read"].contains(&context);
        (is_time && is_context && deed.contains('_')).then_some(())
    };
    let files = files();
    let migrations = files.iter().filter_map(|file| file.strip_prefix("migrations/"));
    none(
        migrations
            .filter(|name| is_fit(name).is_none())
            .map(|name| format!("migrations/{name} is not YYYYMMDDHHMMSS_<context>_<verb>_<object>.sql"))
            .collect(),
    );
}

#[test]
fn nothing_names_a_folder_of_somebodys_machine() {
    // In two parts each, or this file would name them.
    let prefixes = [
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("/Use", "rs/"),
        concat!("/tm", "p/"),
    ];
    let mut faults = Vec::new();
    for file in files() {
        let text = read(&file);
        for (number, line) in text.lines().enumerate() {
            let names_one = prefixes.iter().any(|prefix| {
                line.match_indices(prefix).any(|(at, _)| {
                    let before = line[..at].chars().next_back();
                    let after = line[at + prefix.len()..].chars().next();
                    // "https://example/home/…" and "a/tmp/b" are paths of something else.
                    !before.is_some_and(|c| c.is_alphanumeric() || ".-_}".contains(c))
                        && after.is_some_and(|c| c.is_alphanumeric() || c == '.')
                })
            });
            if names_one {
                faults.push(format!("{file}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    none(faults);
}

#[test]
fn the_top_of_the_repository_is_what_the_map_shows() {
    let files = files();
    let top: BTreeSet<&str> = files.iter().map(|file| file.split('/').next().unwrap_or(file)).collect();
    none(top.iter().filter(|name| !TOP.contains(name)).map(|name| format!("{name} is not in TOP")).collect());
    let readme = read("README.md");
    let folders = TOP.iter().filter(|name| root().join(name).is_dir() && !name.starts_with('.'));
    none(
        folders
            .filter(|name| !readme.contains(&format!("{name}/")))
            .map(|name| format!("the map of README.md lacks {name}/"))
            .collect(),
    );
    assert!(readme.lines().count() <= 150, "README.md is for the first five minutes");
}

#[test]
fn decisions_are_numbered_complete_and_listed() {
    let files = files();
    let mut names: Vec<&str> = files
        .iter()
        .filter_map(|file| file.strip_prefix("docs/adr/"))
        .filter(|name| *name != "README.md")
        .collect();
    names.sort_unstable();
    let index = read("docs/adr/README.md");
    let mut faults = Vec::new();
    for (number, name) in names.iter().enumerate() {
        if !name.starts_with(&format!("{:04}-", number + 1)) {
            faults.push(format!("docs/adr/{name} should have number {:04}", number + 1));
        }
        if !index.contains(&format!("({name})")) {
            faults.push(format!("docs/adr/README.md does not list {name}"));
        }
        let text = read(&format!("docs/adr/{name}"));
        for part in [
            "\nStatus: ",
            "\nDate: ",
            "\n## Context",
            "\n## Options",
            "\n## Decision",
            "\n## Consequences",
        ] {
            if !text.contains(part) {
                faults.push(format!("docs/adr/{name} lacks {:?}", part.trim()));
            }
        }
    }
    none(faults);
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut faults = Vec::new();
    for file in files().iter().filter(|file| file.ends_with(".md")) {
        let folder = Path::new(file).parent().unwrap();
        for target in read(file).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = target.split('#').next().unwrap_or_default();
            let is_elsewhere = path.is_empty() || path.contains("://") || path.starts_with("mailto:");
            if !is_elsewhere && !root().join(folder).join(path).exists() {
                faults.push(format!("{file} links to {target}, which is not there"));
            }
        }
    }
    none(faults);
}

//! What the documents say is what the code does. Needs no database.
#![cfg(test)]

use std::{fs, path::Path};

use api::{config::SETTINGS, demo};

fn document(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

/// The rows of the table whose header begins so, each cell without blanks and back-quotes.
fn table(text: &str, header: &str) -> Vec<Vec<String>> {
    let lines = text.lines().skip_while(|line| !line.starts_with(header));
    let rows = lines.take_while(|line| line.starts_with('|')).skip(2);
    rows.map(|row| {
        let cells = row.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
    })
    .collect()
}

#[test]
fn the_table_of_settings_is_the_one_of_the_code() {
    let stated = table(&document("docs/configuration.md"), "| flag |");
    let actual: Vec<Vec<String>> = SETTINGS
        .iter()
        .map(|setting| {
            [
                setting.flag,
                setting.env,
                setting.name,
                setting.default,
                setting.what,
            ]
        })
        .map(|cells| cells.map(str::to_owned).to_vec())
        .collect();
    assert_eq!(stated, actual);
}

#[test]
fn the_readme_names_every_demo_account() {
    let readme = document("README.md");
    let stated = table(&readme, "| account |");
    let actual: Vec<Vec<String>> = demo::ACCOUNTS
        .iter()
        .map(|account| {
            let role = serde_json::to_value(account.role).unwrap();
            vec![
                account.email.to_owned(),
                role.as_str().unwrap().to_owned(),
                account.who.to_owned(),
            ]
        })
        .collect();
    assert_eq!(stated, actual);
    assert!(readme.contains(&format!("`{}`", demo::PASSWORD)));
}

#[test]
fn routing_keys_have_the_contexts_of_the_events_page() {
    let rows = table(&document("docs/events.md"), "| context |");
    assert!(rows.len() > 5, "{rows:?}");
    for row in rows {
        let kind = row[1].trim_start_matches('[').split(']').next().unwrap();
        assert_eq!(commands::integrations::context_of(kind), row[0], "{kind}");
    }
}

//! Hostile values.

use serde_json::{Value, json};

/// A header that only a split answer would carry.
pub(crate) const INJECTED_HEADER: &str = "x-injected";

/// For every text: what databases, shells, templates, browsers, mail servers, spreadsheets, files and logs might run or
/// take for the end of something. The SQL among it calls the canary where it is run.
pub(crate) const TEXTS: &[&str] = &[
    "'",
    "\"",
    "\\",
    "' or '1'='1",
    "1; select public.canary_bite(); --",
    "'; select public.canary_bite(); --",
    "'||(select public.canary_bite())||'",
    "x') or public.canary_bite() > 0 --",
    "\"; select public.canary_bite(); --",
    "$$; delete from public.canary; $$",
    "'; drop table public.canary; --",
    "' or pg_sleep(3) is null or '",
    "%",
    "_%",
    "a\u{0}b",
    "%00",
    "x\r\nX-Injected: yes\r\n\r\n<html>",
    "x\nBcc: everybody@example.com",
    "${jndi:ldap://127.0.0.1/a}{{7*7}}${7*7}<%= 7*7 %>#{7*7}%n%s%x",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "../../../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "=cmd|'/c calc'!A1",
    "$(touch souk-canary)`touch souk-canary`;touch souk-canary|",
    "\u{202e}\u{feff}\u{fffe}\u{1F468}\u{200d}\u{1F469}",
];

/// As far as a header or a raw line may carry them.
pub(crate) const HEADER_TEXTS: &[&str] = &[
    "'",
    "\"\"\"",
    "\\",
    "' or '1'='1",
    "'; select public.canary_bite(); --",
    "'||(select public.canary_bite())||'",
    "1.1'; drop table public.canary; --",
    "' or pg_sleep(3) is null or '",
    "\"1\" or public.canary_bite() > 0",
    "%00%0d%0aX-Injected:%20yes",
    "${jndi:ldap://127.0.0.1/a}{{7*7}}",
    "<script>alert(1)</script>",
    "../../../../etc/passwd",
    "-1",
    "99999999999999999999999999",
    "1.9223372036854775808",
    ",,,,;;;;q=q=q=",
];

/// Another type than the one that is meant, and numbers at and beyond every limit. What JSON values cannot hold stands
/// for itself as text, in [`RAW_NUMBERS`].
pub(crate) fn other_types() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(1.5),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(""),
        json!("1e400"),
        json!("9".repeat(400)),
        json!("٣"),
        json!([]),
        json!({}),
        json!({"$ne": null}),
        json!(["' or '1'='1"]),
    ]
}

/// Numbers that are JSON, and that no value of the library holds.
pub(crate) const RAW_NUMBERS: &[&str] = &[
    "1e400",
    "-0",
    "-9223372036854775809",
    "18446744073709551616",
    "0.1000000000000000055511151231257827",
    "1E+2",
];

/// What stands in the place of a raw number until the body is text.
pub(crate) const RAW: &str = "@@raw@@";

#[test]
fn no_hostile_value_says_what_only_the_server_would() {
    let all = TEXTS.iter().chain(HEADER_TEXTS);
    for text in all {
        for inside in super::faults::INSIDE {
            assert!(!text.contains(inside), "{text} contains {inside}");
        }
    }
}

//! How deep a JSON body may nest. Nothing that the API takes is deeper than a handful.

/// Objects and lists within each other.
pub(crate) const DEPTH_LIMIT: usize = 32;

/// Whether `json` nests deeper than [`DEPTH_LIMIT`]. Looks at brackets only; whether it is JSON at all, its parser says.
pub(crate) fn is_too_deep(json: &[u8]) -> bool {
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    for byte in json {
        if is_text {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => is_text = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => is_text = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_LIMIT {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_within_texts_do_not_count() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(!is_too_deep(nested(DEPTH_LIMIT).as_bytes()));
        assert!(is_too_deep(nested(DEPTH_LIMIT + 1).as_bytes()));
        assert!(is_too_deep("{\"a\":".repeat(DEPTH_LIMIT + 1).as_bytes()));
        let text = format!(r#"{{"note":"\"{}\\"}}"#, "[{".repeat(100));
        assert!(!is_too_deep(text.as_bytes()));
        assert!(is_too_deep(format!(r#"{{"note":"\\","x":{}}}"#, nested(DEPTH_LIMIT)).as_bytes()));
        assert!(!is_too_deep(&b"[],".repeat(1_000)));
    }
}

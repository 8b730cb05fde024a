//! A small reader of Prometheus' text format 0.0.4, which accepts nothing that Prometheus would not.

use std::collections::{BTreeMap, BTreeSet};

/// One sample.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) value: f64,
}

/// One family.
#[derive(Debug, Default)]
pub(super) struct Family {
    pub(super) kind: String,
    pub(super) help: String,
    pub(super) samples: Vec<Sample>,
}

/// Every family by its name.
pub(super) struct Exposition(pub(super) BTreeMap<String, Family>);

impl Exposition {
    /// Reads the text.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if !text.ends_with('\n') {
            return Err("the last line has no end".to_owned());
        }
        let mut families: BTreeMap<String, Family> = BTreeMap::new();
        let mut current = String::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').ok_or_else(|| format!("no help: {line}"))?;
                families.entry(name.to_owned()).or_default().help = help.to_owned();
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').ok_or_else(|| format!("no type: {line}"))?;
                let family = families.entry(name.to_owned()).or_default();
                if !family.kind.is_empty() || !family.samples.is_empty() {
                    return Err(format!("a second type, or one after samples: {line}"));
                }
                family.kind = kind.to_owned();
                current = name.to_owned();
            } else if !line.starts_with('#') {
                let sample = sample(line).ok_or_else(|| format!("no sample: {line}"))?;
                let family = families.get_mut(&current).ok_or_else(|| format!("no family: {line}"))?;
                if !belongs(&sample.name, &current, &family.kind) {
                    return Err(format!("{line} stands among the samples of {current}"));
                }
                family.samples.push(sample);
            }
        }
        let exposition = Self(families);
        exposition.check()?;
        Ok(exposition)
    }

    /// The samples of `name`, with all these labels.
    pub(super) fn samples<'a>(
        &'a self,
        name: &'a str,
        labels: &'a [(&'a str, &'a str)],
    ) -> impl Iterator<Item = &'a Sample> {
        self.0.values().flat_map(|family| &family.samples).filter(move |sample| {
            sample.name == name
                && labels
                    .iter()
                    .all(|(label, value)| sample.labels.get(*label).map(String::as_str) == Some(*value))
        })
    }

    /// The value of the only sample of `name` with these labels.
    pub(super) fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let mut samples = self.samples(name, labels);
        let first = samples.next()?.value;
        samples.next().is_none().then_some(first)
    }

    fn check(&self) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        for (name, family) in &self.0 {
            if !["counter", "gauge", "histogram", "summary"].contains(&family.kind.as_str()) {
                return Err(format!("{name} has the type {:?}", family.kind));
            }
            if family.help.is_empty() {
                return Err(format!("{name} has no help"));
            }
            if (family.kind == "counter") != name.ends_with("_total") {
                return Err(format!("{name} is a {}", family.kind));
            }
            for sample in &family.samples {
                if !seen.insert((sample.name.clone(), sample.labels.clone())) {
                    return Err(format!("{name} has a sample twice: {:?}", sample.labels));
                }
            }
            if family.kind == "histogram" {
                check_buckets(name, family)?;
            }
        }
        Ok(())
    }
}

fn belongs(sample: &str, family: &str, kind: &str) -> bool {
    let suffix = sample.strip_prefix(family);
    match kind {
        "histogram" => matches!(suffix, Some("_bucket" | "_sum" | "_count")),
        "summary" => matches!(suffix, Some("" | "_sum" | "_count")),
        _ => suffix == Some(""),
    }
}

/// The buckets of each series grow, and the last one holds everything.
fn check_buckets(name: &str, family: &Family) -> Result<(), String> {
    let mut series: BTreeMap<BTreeMap<String, String>, (f64, Option<f64>)> = BTreeMap::new();
    for sample in &family.samples {
        let mut labels = sample.labels.clone();
        let bound = labels.remove("le");
        let (last, infinite) = series.entry(labels).or_default();
        if sample.name.ends_with("_bucket") {
            if sample.value < *last {
                return Err(format!("the buckets of {name} shrink"));
            }
            *last = sample.value;
            if bound.as_deref() == Some("+Inf") {
                *infinite = Some(sample.value);
            }
        } else if sample.name.ends_with("_count") && *infinite != Some(sample.value) {
            return Err(format!("the buckets of {name} do not hold everything"));
        }
    }
    Ok(())
}

fn is_name(text: &str, more: &str) -> bool {
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_' || more.contains(c);
    text.starts_with(is_first) && text.chars().all(|c| is_first(c) || c.is_ascii_digit())
}

fn sample(line: &str) -> Option<Sample> {
    let end = line.find(['{', ' '])?;
    let (name, rest) = line.split_at(end);
    let (labels, value) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (BTreeMap::new(), rest),
    };
    let value = match value.trim() {
        "+Inf" => f64::INFINITY,
        value => value.parse().ok()?,
    };
    is_name(name, ":").then(|| Sample { name: name.to_owned(), labels, value })
}

/// `a="b",c="d"} 1`
fn labels(mut rest: &str) -> Option<(BTreeMap<String, String>, &str)> {
    let mut labels = BTreeMap::new();
    loop {
        if let Some(rest) = rest.strip_prefix('}') {
            return Some((labels, rest));
        }
        let (name, after) = rest.split_once("=\"")?;
        let mut value = String::new();
        let mut characters = after.char_indices();
        let end = loop {
            match characters.next()? {
                (at, '"') => break at,
                (_, '\\') => value.push(match characters.next()?.1 {
                    'n' => '\n',
                    escaped @ ('\\' | '"') => escaped,
                    _ => return None,
                }),
                (_, '\n') => return None,
                (_, character) => value.push(character),
            }
        };
        if !is_name(name, "") || labels.insert(name.to_owned(), value).is_some() {
            return None;
        }
        rest = &after[end + 1..];
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
}

#[test]
fn the_reader_takes_what_is_right_and_nothing_else() {
    let right =
        "# HELP a_total All.\n# TYPE a_total counter\na_total{x=\"1,\\\"2\\\"}\",y=\"\"} 3\na_total 4.5\n";
    let read = Exposition::parse(right).unwrap();
    assert_eq!(read.value("a_total", &[("x", "1,\"2\"}")]), Some(3.0));
    for wrong in [
        "a_total 1\n",
        "# TYPE a_total counter\na_total 1\n",
        "# HELP a A.\n# TYPE a counter\na 1\n",
        "# HELP a A.\n# TYPE a gauge\nb 1\n",
        "# HELP a A.\n# TYPE a gauge\na 1\na 1\n",
        "# HELP a A.\n# TYPE a gauge\na one\n",
        "# HELP a A.\n# TYPE a gauge\na{1x=\"\"} 1\n",
        "# HELP a A.\n# TYPE a gauge\na{x=\"} 1\n",
        "# HELP a A.\n# TYPE a gauge\na 1",
        "# HELP a A.\n# TYPE a gauge\na 1\n# TYPE a gauge\n",
        "# HELP a A.\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n",
        "# HELP a A.\n# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 2\n",
    ] {
        assert!(Exposition::parse(wrong).is_err(), "{wrong}");
    }
}

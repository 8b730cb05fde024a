//! Query parameters: of lists (`limit`, `cursor`, `sort`, `filter[x][gte]`, `fields`, `total`) and of single things.
//! An unknown name is an error, so that a slip of the pen never looks like an answer.

use std::fmt::Display;

use actix_web::{HttpRequest, web};
use serde_json::Value;

use super::{
    Problem,
    problem::{ErrorItem, Place},
};

/// How many items a page has when nobody says.
pub const LIMIT_DEFAULT: u32 = 20;
/// How many items a page may have.
pub const LIMIT_MAX: u32 = 200;
/// The most characters of a parameter's value.
const VALUE_MAX_CHARS: usize = 2_048;

/// How a filter compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `filter[x]=…` or `filter[x][eq]=…`
    Eq,
    /// `filter[x][gt]=…`
    Gt,
    /// `filter[x][gte]=…`
    Gte,
    /// `filter[x][lt]=…`
    Lt,
    /// `filter[x][lte]=…`
    Lte,
}

impl Op {
    const fn from_name(name: &str) -> Option<Self> {
        Some(match name.as_bytes() {
            b"eq" => Self::Eq,
            b"gt" => Self::Gt,
            b"gte" => Self::Gte,
            b"lt" => Self::Lt,
            b"lte" => Self::Lte,
            _ => return None,
        })
    }
}

/// A field that a list can be filtered by, and how.
#[derive(Debug, Clone, Copy)]
pub struct FilterRule {
    /// The field.
    pub name: &'static str,
    /// Which comparisons make sense for it.
    pub ops: &'static [Op],
}

/// Only `filter[name]=value`.
#[must_use]
pub const fn exact(name: &'static str) -> FilterRule {
    FilterRule { name, ops: &[Op::Eq] }
}

/// Every comparison.
#[must_use]
pub const fn range(name: &'static str) -> FilterRule {
    FilterRule { name, ops: &[Op::Eq, Op::Gt, Op::Gte, Op::Lt, Op::Lte] }
}

/// What a route understands beside `locale`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules {
    /// Whether it is a list: `limit`, `cursor`.
    pub is_list: bool,
    /// Whether `total=true` may be asked for.
    pub has_total: bool,
    /// Filters.
    pub filters: &'static [FilterRule],
    /// Names that it can be sorted by.
    pub sorts: &'static [&'static str],
    /// Members that `fields` may name.
    pub fields: &'static [&'static str],
    /// Parameters of its own.
    pub params: &'static [&'static str],
}

/// One `sort` criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub name: &'static str,
    /// `-name`.
    pub is_descending: bool,
}

/// One filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The field.
    pub name: &'static str,
    /// The comparison.
    pub op: Op,
    /// The raw value.
    pub value: String,
}

/// The parameters of one request, known and single.
#[derive(Debug, Clone, Default)]
pub struct Params {
    /// Items per page.
    pub limit: u32,
    /// Where the page begins.
    pub cursor: Option<String>,
    /// In which order; `None` means the route's own.
    pub sort: Option<Sort>,
    /// Which items.
    pub filters: Vec<Filter>,
    /// Which members of each item; `None` means all.
    pub fields: Option<Vec<&'static str>>,
    /// Whether the number of all items is wanted.
    pub wants_total: bool,
    own: Vec<(&'static str, String)>,
}

impl Rules {
    /// Reads the query string of a request.
    ///
    /// # Errors
    /// 400 with every fault.
    pub fn read(&self, request: &HttpRequest) -> Result<Params, Problem> {
        self.parse(request.query_string())
    }

    fn parse(&self, query: &str) -> Result<Params, Problem> {
        let mut params = Params { limit: LIMIT_DEFAULT, ..Params::default() };
        if query.is_empty() {
            return Ok(params);
        }
        let pairs = web::Query::<Vec<(String, String)>>::from_query(query)
            .map_err(|_| Problem::bad_request("invalid-query", "the query string is not well-formed"))?
            .into_inner();
        let mut errors = Vec::new();
        for (index, (name, value)) in pairs.iter().enumerate() {
            let is_repeated = pairs.iter().take(index).any(|(earlier, _)| earlier == name);
            let outcome = if is_repeated {
                Err(("repeated-parameter", "is given twice".to_owned()))
            } else if value.chars().count() > VALUE_MAX_CHARS || value.contains('\0') {
                Err(("invalid-value", format!("must have at most {VALUE_MAX_CHARS} characters and no NUL")))
            } else {
                self.take(&mut params, name, value)
            };
            if let Err((code, detail)) = outcome {
                errors.push(ErrorItem::new(Place::Query(name.clone()), code, detail));
            }
        }
        if errors.is_empty() {
            Ok(params)
        } else {
            Err(Problem::invalid_parameters(errors))
        }
    }

    fn take(&self, params: &mut Params, name: &str, value: &str) -> Result<(), (&'static str, String)> {
        match name {
            "locale" => {}
            "limit" if self.is_list => params.limit = limit(value)?,
            "cursor" if self.is_list => params.cursor = Some(value.to_owned()),
            "total" if self.has_total => params.wants_total = boolean(value)?,
            "sort" if !self.sorts.is_empty() => params.sort = Some(self.sort(value)?),
            "fields" if !self.fields.is_empty() => params.fields = Some(self.fields(value)?),
            name => {
                if let Some(filter) = name.strip_prefix("filter[") {
                    params.filters.push(self.filter(filter, value)?);
                } else {
                    let known = self.params.iter().find(|known| **known == name);
                    let known =
                        known.ok_or(("unknown-parameter", "is not a parameter of this route".to_owned()))?;
                    params.own.push((known, value.to_owned()));
                }
            }
        }
        Ok(())
    }

    fn sort(&self, value: &str) -> Result<Sort, (&'static str, String)> {
        let (name, is_descending) = value.strip_prefix('-').map_or((value, false), |name| (name, true));
        self.sorts
            .iter()
            .find(|known| **known == name)
            .map(|name| Sort { name, is_descending })
            .ok_or_else(|| ("unknown-sort", one_of(self.sorts)))
    }

    fn fields(&self, value: &str) -> Result<Vec<&'static str>, (&'static str, String)> {
        value
            .split(',')
            .map(|name| self.fields.iter().find(|known| **known == name).copied())
            .collect::<Option<_>>()
            .ok_or_else(|| ("unknown-field", one_of(self.fields)))
    }

    fn filter(&self, rest: &str, value: &str) -> Result<Filter, (&'static str, String)> {
        let names = || {
            let names: Vec<_> = self.filters.iter().map(|rule| rule.name).collect();
            ("unknown-filter", one_of(&names))
        };
        let (name, rest) = rest.split_once(']').ok_or_else(names)?;
        let rule = self.filters.iter().find(|rule| rule.name == name).ok_or_else(names)?;
        let op = match rest {
            "" => Some(Op::Eq),
            rest => rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).and_then(Op::from_name),
        };
        let op = op.filter(|op| rule.ops.contains(op));
        let op = op.ok_or_else(|| ("unknown-comparison", "cannot be compared like this".to_owned()))?;
        Ok(Filter { name: rule.name, op, value: value.to_owned() })
    }
}

fn one_of(names: &[&str]) -> String {
    format!("must be one of {}", names.join(", "))
}

fn limit(value: &str) -> Result<u32, (&'static str, String)> {
    value
        .parse()
        .ok()
        .filter(|limit| (1..=LIMIT_MAX).contains(limit))
        .ok_or_else(|| ("invalid-limit", format!("must be a number from 1 to {LIMIT_MAX}")))
}

fn boolean(value: &str) -> Result<bool, (&'static str, String)> {
    value.parse().map_err(|_| ("invalid-value", "must be true or false".to_owned()))
}

impl Params {
    /// A parameter of the route's own.
    #[must_use]
    pub fn own(&self, name: &str) -> Option<&str> {
        self.own.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
    }

    /// A parameter of the route's own, read as a `T`.
    ///
    /// # Errors
    /// 400 when it is none.
    pub fn parse_own<T, E: Display>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Problem> {
        self.own(name).map(|value| parse(value).map_err(|error| invalid_value(name, &error))).transpose()
    }

    /// The filter `name` with the comparison `op`, read as a `T`.
    ///
    /// # Errors
    /// 400 when it is none.
    pub fn filter<T, E: Display>(
        &self,
        name: &str,
        op: Op,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Problem> {
        let filter = self.filters.iter().find(|filter| filter.name == name && filter.op == op);
        filter
            .map(|filter| {
                parse(&filter.value).map_err(|error| invalid_value(&format!("filter[{name}]"), &error))
            })
            .transpose()
    }

    /// Keeps the wanted members of an item, in the item's own order.
    #[must_use]
    pub fn project(&self, mut item: Value) -> Value {
        if let (Some(fields), Some(members)) = (&self.fields, item.as_object_mut()) {
            members.retain(|name, _| fields.contains(&name.as_str()));
        }
        item
    }
}

/// 400 for a parameter whose value cannot be read.
pub fn invalid_value(name: &str, error: &impl Display) -> Problem {
    let item = ErrorItem::new(Place::Query(name.to_owned()), "invalid-value", error.to_string());
    Problem::invalid_parameters(vec![item])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PRODUCTS: Rules = Rules {
        is_list: true,
        has_total: true,
        filters: &[exact("category"), range("price")],
        sorts: &["created_at", "price"],
        fields: &["id", "title"],
        params: &["search"],
    };

    #[test]
    fn everything_that_is_known_is_read() {
        let query = "limit=50&cursor=abc&sort=-price&filter[price][gte]=1.5&filter%5Bcategory%5D=cat_1\
                     &fields=id,title&total=true&search=rice%20bag&locale=ar";
        let params = PRODUCTS.parse(query).unwrap();
        assert_eq!((params.limit, params.cursor.as_deref(), params.wants_total), (50, Some("abc"), true));
        assert_eq!(params.sort, Some(Sort { name: "price", is_descending: true }));
        assert_eq!(params.filter("price", Op::Gte, str::parse::<f32>).unwrap(), Some(1.5));
        assert_eq!(params.filter("category", Op::Eq, str::parse::<String>).unwrap().unwrap(), "cat_1");
        assert_eq!(params.own("search"), Some("rice bag"));
        assert_eq!(params.project(json!({"id": 1, "title": 2, "price": 3})), json!({"id": 1, "title": 2}));
    }

    #[test]
    fn everything_else_is_an_error_that_names_it() {
        for (query, code) in [
            ("colour=red", "unknown-parameter"),
            ("limit=0", "invalid-limit"),
            ("limit=201", "invalid-limit"),
            ("limit=ten", "invalid-limit"),
            ("limit=1&limit=2", "repeated-parameter"),
            ("sort=weight", "unknown-sort"),
            ("fields=id,weight", "unknown-field"),
            ("filter[weight]=1", "unknown-filter"),
            ("filter[price=1", "unknown-filter"),
            ("filter[category][gte]=1", "unknown-comparison"),
            ("filter[price][like]=1", "unknown-comparison"),
            ("search=a%00b", "invalid-value"),
            ("total=maybe", "invalid-value"),
        ] {
            let problem = PRODUCTS.parse(query).unwrap_err();
            assert_eq!(problem.status(), 400, "{query}");
            assert!(format!("{problem:?}").contains(code), "{query}: {problem:?}");
        }
    }

    #[test]
    fn a_single_thing_has_no_limit() {
        assert!(Rules::default().parse("limit=5").is_err());
        assert!(Rules::default().parse("locale=ar").is_ok());
    }
}

//! Claims that a copy of the shop goes without: those that lead to persons, or that keep a fresh first admin from being
//! made. Nobody of the original can sign in to a copy, so its addresses are free there.

/// Their scopes.
pub(crate) const LEFT_OUT: [&str; 2] = ["email", "first_admin"];

/// As SQL takes them behind `in`.
pub(crate) fn as_sql() -> String {
    format!("('{}')", LEFT_OUT.join("', '"))
}

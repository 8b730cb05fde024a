//! Analytics: what was sold.

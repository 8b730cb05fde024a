//! Analytics: what was sold.


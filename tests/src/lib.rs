//! Souk.

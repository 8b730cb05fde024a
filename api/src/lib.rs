//! HTTP: routes, extractors, answers. Everything that decides lives in `commands`, everything that is read in
//! `projections`; here requests are parsed and answers are shaped.

pub mod demo;
pub mod http;

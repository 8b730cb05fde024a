//! The security suite, by chapter of OWASP ASVS 5.0. Each check is named after its requirement; README.md beside this file
//! says for every requirement of level 2 which check holds it, and `coverage` keeps it true.

mod coverage;
mod support;
mod v11_cryptography;
mod v13_configuration;
mod v14_data_protection;
mod v15_architecture;
mod v16_logging;
mod v1_encoding;
mod v2_validation;
mod v3_web_frontend;
mod v4_api;
mod v6_authentication;
mod v7_sessions;
mod v8_authorization;
mod v9_tokens;

//! Identity: who may do what. No names: those live beside the log.

pub mod accounts;

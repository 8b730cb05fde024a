//! The subscription runtime's promises, on real PostgreSQL: the server of `SOUK_TEST_POSTGRES_URL`, else a private one.
#![cfg(test)]

mod exactly_once;
mod followers;
mod ledger;
mod log_end;
mod poison;
mod reactor;
mod rebuild;
mod replay;
mod takeover;
mod versions;
mod waiting;
mod world;

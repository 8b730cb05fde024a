//! What the domain promises: specifications per aggregate, properties, the stored forms, and the lists made from them.

mod aggregates;
mod codes;
mod decode;
mod event_catalogue;
mod fraud_cases;
mod golden;
mod personal;
mod properties;
mod spec;
mod values;

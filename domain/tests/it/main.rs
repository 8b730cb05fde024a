//! What the domain promises: specifications per aggregate, properties, the stored forms, and the lists made from them.

mod spec;

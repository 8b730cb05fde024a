//! Points as analysts see them: what each customer has, how it came to that, and what can be had for points. The API itself
//! answers from the streams, so that nobody sees points that are spent already.

mod project;

pub use project::Loyalty;

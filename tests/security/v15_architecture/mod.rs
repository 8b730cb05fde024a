//! V15 Secure coding and architecture: only what is meant can be said, in the type that is meant, once.

mod assignment;
mod shapes;
mod work;

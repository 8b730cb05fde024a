//! A new file in `migrations` alone would not make the crate be compiled again, which has them inside.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}

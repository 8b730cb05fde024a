//! The restore that operators rehearse.

use super::{program, text};

#[test]
fn a_log_that_was_lost_is_restored_to_the_second_before() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut drill = std::process::Command::new(format!("{root}/script/restore-drill"));
    drill.arg(program("souk").parent().unwrap()).env_remove("DATABASE_URL");
    let output = drill.output().unwrap();
    let told = text(&output.stdout);
    assert!(output.status.success(), "{told}{}", text(&output.stderr));
    assert!(told.contains("up to position 2.101926: no fault"), "{told}");
}

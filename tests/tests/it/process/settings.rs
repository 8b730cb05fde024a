//! Settings: whoever made a mistake learns which one it is.

use super::{command, text};

fn refused(command: &mut std::process::Command) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = command.current_dir(folder.path()).output().unwrap();
    assert!(!output.status.success());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was begun");
    text(&output.stderr)
}

#[test]
fn a_wrong_setting_is_named() {
    for (variable, value, name) in [
        ("SOUK_WORKERS", "many", "workers"),
        ("SOUK_LISTEN", "nowhere", "listen"),
        ("SOUK_CURRENCY", "XXX", "currency"),
        ("SOUK_LOG_FORMAT", "xml", "log_format"),
        ("SOUK_ADMIN_EMAIL", "nobody", "admin_email"),
    ] {
        let error = refused(command("souk").arg("serve").env(variable, value));
        assert!(error.contains(variable) && error.contains(name), "{error}");
    }
    let error = refused(command("souk").args(["serve", "--listen", "nowhere"]));
    assert!(error.contains("--listen"), "{error}");
}

#[test]
fn a_password_in_a_wrong_url_is_not_shown() {
    let wrong = "mysql://shop:s3cret@db/souk";
    // A server waits longer for its database than this test does.
    let unreachable = "postgres://shop:s3cret@127.0.0.1:1/souk";
    for (program, what, url) in [
        ("souk", "migrate", wrong),
        ("souk-replay", "verify", wrong),
        ("souk-replay", "verify", unreachable),
    ] {
        let error = refused(command(program).args([what, "--database-url", url]));
        assert!(!error.contains("s3cret") && !error.is_empty(), "{error}");
        let help = command(program).arg("--help").env("DATABASE_URL", wrong).output().unwrap();
        assert!(!text(&help.stdout).contains("s3cret"));
    }
}

#[test]
fn a_file_goes_below_the_environment_and_knows_its_settings() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("souk.toml");
    std::fs::write(&file, "lisden = \"127.0.0.1:1\"\n").unwrap();
    let error = refused(command("souk").arg("serve").arg("--config").arg(&file));
    assert!(error.contains("lisden") && error.contains("souk.toml"), "{error}");

    std::fs::write(&file, "workers = 0\nlisten = \"nowhere\"\n").unwrap();
    let error = refused(command("souk").arg("serve").env("SOUK_CONFIG", &file).env("SOUK_WORKERS", "1"));
    assert!(error.contains("listen") && error.contains("souk.toml"), "{error}");

    let error = refused(command("souk").args(["serve", "--config", "not-there.toml"]));
    assert!(error.contains("not-there.toml"), "{error}");
}

#[test]
fn a_folder_that_is_named_goes_before_a_url_in_the_environment() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for (program, what) in [("souk", "migrate"), ("souk-replay", "verify")] {
        let mut asked = command(program);
        asked.args([what, "--data-dir"]).arg(file.path());
        let error = refused(asked.env("DATABASE_URL", "mysql://elsewhere/souk"));
        assert!(!error.contains("mysql") && !error.to_lowercase().contains("url"), "{error}");
    }
}

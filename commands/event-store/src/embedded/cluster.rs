//! Makes the cluster once, and writes its settings at every start.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    path::Path,
    process::{Output, Stdio},
};

use super::{
    EmbeddedOptions,
    account::Account,
    error::EmbeddedError,
    find::Programs,
    folder::{Layout, sync_folder_of},
};

/// The role that the application connects as: it owns its database and is no superuser.
pub(super) const ROLE: &str = "souk";
/// The application's database.
pub(super) const DATABASE: &str = "souk";

const SETTINGS_FILE: &str = "souk.conf";

/// Settings of a small machine. Nothing here trades durability for speed. `ALTER SYSTEM` and the lines after the
/// `include` in postgresql.conf override them.
const SETTINGS: &[(&str, &str)] = &[
    ("listen_addresses", "127.0.0.1"),
    // No socket file: its path may have 107 bytes at most, and a data folder may lie deeper.
    ("unix_socket_directories", ""),
    ("fsync", "on"),
    ("synchronous_commit", "on"),
    ("full_page_writes", "on"),
    ("max_connections", "200"),
    ("shared_buffers", "256MB"),
    ("effective_cache_size", "1GB"),
    ("work_mem", "16MB"),
    ("maintenance_work_mem", "128MB"),
    ("random_page_cost", "1.1"),
    ("jit", "off"),
    ("min_wal_size", "256MB"),
    ("max_wal_size", "4GB"),
    ("checkpoint_timeout", "15min"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("lc_messages", "C"),
    // One file for each day of the week, overwritten after a week.
    ("logging_collector", "on"),
    ("log_destination", "stderr"),
    ("log_directory", "log"),
    ("log_filename", "postgresql-%a.log"),
    ("log_rotation_age", "1d"),
    ("log_rotation_size", "0"),
    ("log_truncate_on_rotation", "on"),
];

/// A client that vanished must not keep its locks for the two hours of TCP's own patience.
const LINUX_SETTINGS: &[(&str, &str)] = &[
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "2"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "10s"),
];

/// Makes the cluster where it is missing. It appears under its name only when it is complete, so that a crash on the
/// way leaves nothing half made.
pub(super) fn ensure(
    layout: &Layout,
    programs: &Programs,
    account: &Account,
    options: &EmbeddedOptions,
) -> Result<(), EmbeddedError> {
    Layout::make_private(layout.home(), account)?;
    if layout.cluster().join("PG_VERSION").exists() {
        return write_settings(layout, &layout.cluster(), programs, account, options);
    }
    let unfinished = layout.unfinished_cluster();
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(EmbeddedError::file("remove", &unfinished))?;
    }
    Layout::make_private(&unfinished, account)?;
    let password = Layout::secret(&layout.password(), account)?;
    Layout::secret(&layout.superuser_password(), account)?;
    initdb(layout, &unfinished, programs, account, options)?;
    include_settings(&unfinished)?;
    write_settings(layout, &unfinished, programs, account, options)?;
    create_database(&unfinished, programs, account, &password)?;
    let cluster = layout.cluster();
    fs::rename(&unfinished, &cluster).map_err(EmbeddedError::file("create", &cluster))?;
    sync_folder_of(&cluster)
}

fn initdb(
    layout: &Layout,
    cluster: &Path,
    programs: &Programs,
    account: &Account,
    options: &EmbeddedOptions,
) -> Result<(), EmbeddedError> {
    let reachable = account.reach(cluster)?;
    let password_file = if reachable.is_detour() {
        reachable.path().join("../superuser-password")
    } else {
        layout.superuser_password()
    };
    let run = |locale: &str| -> Result<Output, EmbeddedError> {
        let program = programs.path("initdb");
        let mut command = account.command(&program, "KILL");
        command.arg("-D").arg(reachable.path());
        command.args([
            "-U",
            "postgres",
            "-A",
            "scram-sha-256",
            "-E",
            "UTF8",
            "--data-checksums",
            locale,
        ]);
        command.arg(format!("--pwfile={}", password_file.display()));
        if options.is_throwaway {
            command.arg("--no-sync");
        }
        command.output().map_err(|source| EmbeddedError::Run { program, source })
    };
    let mut output = run("--locale=C.UTF-8")?;
    if !output.status.success() && text_of(&output).contains("locale name") {
        // Systems without C.UTF-8: the same order of bytes, and ASCII only in upper and lower case.
        output = run("--locale=C")?;
    }
    if output.status.success() {
        return Ok(());
    }
    Err(EmbeddedError::Setup { program: "initdb", output: last_lines(&text_of(&output)) })
}

/// Creates role and database in single-user mode, before anything can connect.
fn create_database(
    cluster: &Path,
    programs: &Programs,
    account: &Account,
    password: &str,
) -> Result<(), EmbeddedError> {
    let program = programs.path("postgres");
    let failed = |source| EmbeddedError::Run { program: programs.path("postgres"), source };
    let mut command = account.command(&program, "KILL");
    let reachable = account.reach(cluster)?;
    command.arg("--single").arg("-D").arg(reachable.path());
    // Its messages belong to the error that is returned; and a failed statement must fail the whole.
    command.args([
        "-c",
        "logging_collector=off",
        "-c",
        "exit_on_error=on",
        "postgres",
    ]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    // One statement a line. The password is hexadecimal.
    let statements = format!(
        "create role {ROLE} login createdb createrole password '{password}';\n\
         create database {DATABASE} owner {ROLE};\n"
    );
    let fed = child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(statements.as_bytes()));
    let output = child.wait_with_output().map_err(failed)?;
    if fed.is_ok() && output.status.success() {
        return Ok(());
    }
    let output = last_lines(&text_of(&output)).replace(password, "…");
    Err(EmbeddedError::Setup { program: "postgres --single", output })
}

fn include_settings(cluster: &Path) -> Result<(), EmbeddedError> {
    let path = cluster.join("postgresql.conf");
    let append = || -> std::io::Result<()> {
        let mut file = fs::OpenOptions::new().append(true).open(&path)?;
        writeln!(file, "\ninclude '{SETTINGS_FILE}'  # written at every start; lines below override it")?;
        file.sync_all()
    };
    append().map_err(EmbeddedError::file("write", &path))
}

fn write_settings(
    layout: &Layout,
    cluster: &Path,
    programs: &Programs,
    account: &Account,
    options: &EmbeddedOptions,
) -> Result<(), EmbeddedError> {
    let wal_compression = if programs.has_lz4() { "lz4" } else { "on" };
    let own = options.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let linux = if cfg!(target_os = "linux") {
        LINUX_SETTINGS
    } else {
        &[]
    };
    let all = SETTINGS.iter().chain(linux).copied().chain([("wal_compression", wal_compression)]).chain(own);
    let mut text = format!("# Written by souk at every start of {}.\n", layout.data_dir.display());
    for (name, value) in all {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name} = '{}'", value.replace('\'', "''"));
    }
    let path = cluster.join(SETTINGS_FILE);
    if fs::read_to_string(&path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    Layout::write_private(&path, &text, account)
}

fn text_of(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The end of a long text: what a person needs of a log.
pub(super) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    lines.iter().skip(lines.len().saturating_sub(8)).copied().collect::<Vec<_>>().join("\n")
}

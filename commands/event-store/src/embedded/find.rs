//! Finds PostgreSQL's programs. They are found, never downloaded: the machine's own packages get its security fixes.

use std::{
    env,
    ffi::OsString,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::error::EmbeddedError;

/// The oldest major version that works: `MERGE`, `lz4` for full pages and `pg_database_owner` came with it.
pub(super) const MINIMUM_MAJOR: u32 = 15;

/// Folders with one version each; `*` stands for the part that holds the version.
const USUAL_PLACES: &[&str] = &[
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/libexec/postgresql*",
    "/usr/lib64/postgresql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/usr/local/pgsql*/bin",
];

/// One installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Programs {
    /// The folder that holds `postgres` and `initdb`.
    pub(super) folder: PathBuf,
    /// Its major version.
    pub(super) major: u32,
}

impl Programs {
    /// The path of one program.
    pub(super) fn path(&self, program: &str) -> PathBuf {
        self.folder.join(program)
    }

    /// Whether it was built with lz4, which compresses full pages at a tenth of pglz's cost.
    pub(super) fn has_lz4(&self) -> bool {
        output_of(&self.path("pg_config"), "--configure").is_some_and(|flags| flags.contains("--with-lz4"))
    }
}

/// Finds the programs: `SOUK_POSTGRES_BIN` alone when set, else the first of `PATH`, `pg_config --bindir` and the
/// usual places (highest version first) that fits. `wanted_major` is the version of existing data.
///
/// # Errors
/// When there is none, or none of the needed version.
pub(super) fn find(wanted_major: Option<u32>) -> Result<Programs, EmbeddedError> {
    match env::var_os("SOUK_POSTGRES_BIN").filter(|value| !value.is_empty()) {
        Some(folder) => choose(vec![PathBuf::from(folder)], "SOUK_POSTGRES_BIN", wanted_major),
        None => choose(
            candidates(env::var_os("PATH")),
            "PATH, pg_config --bindir, /usr/lib/postgresql/*/bin and other usual places",
            wanted_major,
        ),
    }
}

fn candidates(path: Option<OsString>) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        path.as_ref().map(|path| env::split_paths(path).collect()).unwrap_or_default();
    if let Some(folder) = output_of(Path::new("pg_config"), "--bindir") {
        folders.push(PathBuf::from(folder.trim()));
    }
    for place in USUAL_PLACES {
        folders.extend(expand(place));
    }
    folders
}

/// The folders that fit the pattern's one `*`, highest version first.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else {
        return Vec::new();
    };
    let (parent, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    let mut found: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = name.strip_prefix(prefix)?;
            let folder = format!("{parent}/{name}{after}");
            Some((leading_number(version).unwrap_or(0), PathBuf::from(folder)))
        })
        .collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, folder)| folder).collect()
}

fn choose(
    folders: Vec<PathBuf>,
    searched: &str,
    wanted_major: Option<u32>,
) -> Result<Programs, EmbeddedError> {
    let mut unfit = Vec::new();
    for folder in folders {
        if !is_program(&folder.join("postgres")) || !is_program(&folder.join("initdb")) {
            continue;
        }
        let Some(major) = major_version(&folder.join("postgres")) else {
            continue;
        };
        if major >= MINIMUM_MAJOR && wanted_major.is_none_or(|wanted| wanted == major) {
            return Ok(Programs { folder, major });
        }
        let found = format!("{major} in {}", folder.display());
        if !unfit.contains(&found) {
            unfit.push(found);
        }
    }
    if unfit.is_empty() {
        return Err(EmbeddedError::NotFound { minimum: MINIMUM_MAJOR, searched: searched.to_owned() });
    }
    let wanted = wanted_major.map_or_else(
        || format!("{MINIMUM_MAJOR} or later"),
        |major| format!("{major} (which made the existing data)"),
    );
    Err(EmbeddedError::Version { found: unfit.join(", "), wanted })
}

/// Whether the path is a file that may be executed.
pub(super) fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// The first program of that name in `PATH` or the system's folders.
pub(super) fn in_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/bin", "/bin", "/usr/sbin", "/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|path| is_program(path))
}

fn major_version(postgres: &Path) -> Option<u32> {
    // "postgres (PostgreSQL) 15.6 (Debian 15.6-0+deb12u1)"
    let version = output_of(postgres, "--version")?;
    leading_number(version.split_whitespace().nth(2)?)
}

fn leading_number(text: &str) -> Option<u32> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// What a program prints, when it succeeds.
pub(super) fn output_of(program: &Path, argument: &str) -> Option<String> {
    let output = Command::new(program).arg(argument).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installation(version: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for program in ["postgres", "initdb"] {
            let path = folder.path().join(program);
            fs::write(&path, format!("#!/bin/sh\necho '{program} (PostgreSQL) {version}'\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        folder
    }

    fn folders(installations: &[&tempfile::TempDir]) -> Vec<PathBuf> {
        installations.iter().map(|folder| folder.path().to_owned()).collect()
    }

    #[test]
    fn the_first_that_is_new_enough_is_taken() {
        let (old, new) = (installation("13.14"), installation("16.2 (Debian 16.2-1)"));
        let found = choose(folders(&[&old, &new]), "here", None).unwrap();
        assert_eq!(found, Programs { folder: new.path().to_owned(), major: 16 });
    }

    #[test]
    fn existing_data_needs_its_own_version() {
        let (newer, same) = (installation("17.1"), installation("15.4"));
        let found = choose(folders(&[&newer, &same]), "here", Some(15)).unwrap();
        assert_eq!(found.major, 15);
    }

    #[test]
    fn a_version_that_does_not_fit_is_named() {
        let old = installation("14.9");
        let error = choose(folders(&[&old]), "here", None).unwrap_err().to_string();
        assert!(error.contains("14 in") && error.contains("15 or later"), "{error}");
        let error = choose(folders(&[&old]), "here", Some(16)).unwrap_err().to_string();
        assert!(error.contains("16 (which made the existing data)"), "{error}");
    }

    #[test]
    fn nothing_found_names_the_places_and_the_remedies() {
        let empty = tempfile::tempdir().unwrap();
        let error = choose(vec![empty.path().to_owned()], "some places", None).unwrap_err().to_string();
        for part in [
            "some places",
            "script/bootstrap",
            "SOUK_POSTGRES_BIN",
            "--database-url",
        ] {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn versions_are_ordered_as_numbers() {
        let root = tempfile::tempdir().unwrap();
        for version in ["9.6", "15", "16", "100"] {
            fs::create_dir_all(root.path().join(version).join("bin")).unwrap();
        }
        let found = expand(&format!("{}/*/bin", root.path().display()));
        let names: Vec<_> = found
            .iter()
            .map(|folder| folder.parent().unwrap().file_name().unwrap().to_str().unwrap().to_owned())
            .collect();
        assert_eq!(names, ["100", "16", "15", "9.6"]);
    }
}

//! The list of erasures: a file outside the database that is only ever added to, because a restored database has the
//! keys of those who were erased after its backup. Ids and times, nothing else.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use domain::ids::AccountId;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use uuid::Uuid;

use super::VaultError;

#[derive(Serialize, Deserialize)]
struct Line {
    /// `usr_…`
    person: String,
    erased_at: DateTime<Utc>,
}

/// The list, and what it is known to hold. Several processes may add to one file: a line is one write.
pub(super) struct Erasures(Arc<State>);

struct State {
    path: PathBuf,
    known: Mutex<HashMap<AccountId, DateTime<Utc>>>,
}

impl Erasures {
    /// Reads the list; makes an empty one where there is none.
    pub(super) async fn open(path: PathBuf) -> Result<Self, VaultError> {
        let known = blocking(path.clone(), move |path| {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            drop(writable(path)?);
            sync_folder(path)?;
            fs::read_to_string(path)
        })
        .await?;
        let known = parse(&path, &known)?;
        Ok(Self(Arc::new(State { path, known: Mutex::new(known) })))
    }

    /// Everybody on the list.
    pub(super) fn persons(&self) -> Vec<AccountId> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }

    /// Adds a person that is not on the list yet; durable when this answers.
    pub(super) async fn add(&self, person: AccountId, erased_at: DateTime<Utc>) -> Result<(), VaultError> {
        if self.0.known.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&person) {
            return Ok(());
        }
        let state = Arc::clone(&self.0);
        blocking(self.0.path.clone(), move |path| {
            // Held while it is written, so that of two at once the second finds it done.
            let mut known = state.known.lock().unwrap_or_else(PoisonError::into_inner);
            if known.contains_key(&person) {
                return Ok(());
            }
            let line = Line { person: person.to_string(), erased_at };
            let text = serde_json::to_string(&line).map_err(io::Error::other)?;
            let mut file = writable(path)?;
            // A line that a crash cut short is ended first; an empty line means nothing.
            file.write_all(format!("\n{text}\n").as_bytes())?;
            file.sync_all()?;
            known.insert(person, erased_at);
            Ok(())
        })
        .await
    }
}

/// The list as an operator carries it from place to place.
#[derive(Debug)]
pub struct ErasureList;

impl ErasureList {
    /// Everybody who is erased in a database, as lines of the list, the first one first.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn of(pool: &PgPool) -> Result<String, VaultError> {
        let rows: Vec<(Uuid, DateTime<Utc>)> = sqlx::query_as(
            "select person_id, erased_at from person_keys where erased_at is not null order by erased_at, person_id",
        )
        .fetch_all(pool)
        .await?;
        rows.into_iter().map(|(person, erased_at)| line(AccountId::from_uuid(person), erased_at)).collect()
    }

    /// Adds to the list at `path` whoever is in `lines` and not yet in it. Answers how many.
    ///
    /// # Errors
    /// When a line cannot be understood (then nothing is added), or the file cannot be written.
    pub async fn add(path: PathBuf, lines: &str) -> Result<usize, VaultError> {
        let wanted = parse(Path::new("that was given"), lines)?;
        let list = Erasures::open(path).await?;
        let known: HashSet<AccountId> = list.persons().into_iter().collect();
        let mut added = 0;
        for (person, erased_at) in wanted {
            if !known.contains(&person) {
                list.add(person, erased_at).await?;
                added += 1;
            }
        }
        Ok(added)
    }
}

fn line(person: AccountId, erased_at: DateTime<Utc>) -> Result<String, VaultError> {
    let line = Line { person: person.to_string(), erased_at };
    let text = serde_json::to_string(&line).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    Ok(text + "\n")
}

fn writable(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// A last line without an end was being written when the machine stopped, and was not acknowledged. Any other line that
/// cannot be read stops the start: somebody may be missing from the list.
fn parse(path: &Path, text: &str) -> Result<HashMap<AccountId, DateTime<Utc>>, VaultError> {
    let mut known = HashMap::new();
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let is_whole = line.ends_with('\n');
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let person = serde_json::from_str::<Line>(line)
            .ok()
            .and_then(|line| Some((line.person.parse::<AccountId>().ok()?, line.erased_at)));
        match person {
            Some((person, erased_at)) => drop(known.insert(person, erased_at)),
            None if !is_whole || is_cut(line) => {
                tracing::warn!(line = number + 1, "a line of the list of erasures was cut short by a crash");
            }
            None => {
                return Err(VaultError::ListDamaged { path: path.display().to_string(), line: number + 1 });
            }
        }
    }
    Ok(known)
}

/// What a crash leaves of a line is its beginning.
fn is_cut(line: &str) -> bool {
    line.starts_with('{') && !line.ends_with('}') || r#"{"person":"#.starts_with(line)
}

async fn blocking<T: Send + 'static>(
    path: PathBuf,
    work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
) -> Result<T, VaultError> {
    let named = path.display().to_string();
    let failed = |source| VaultError::File { path: named, source };
    match tokio::task::spawn_blocking(move || work(&path)).await {
        Ok(outcome) => outcome.map_err(failed),
        Err(error) => Err(failed(io::Error::other(error))),
    }
}

#[cfg(test)]
mod tests {
    use event_store::ids;

    use super::*;

    fn person() -> AccountId {
        AccountId::from_uuid(ids::uuid())
    }

    #[tokio::test]
    async fn what_was_added_is_there_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept/erasures.jsonl");
        let (one, two) = (person(), person());
        let list = Erasures::open(path.clone()).await.unwrap();
        list.add(one, ids::now()).await.unwrap();
        list.add(one, ids::now()).await.unwrap();
        // Another process on the same file, and a crash in the middle of a line.
        Erasures::open(path.clone()).await.unwrap().add(two, ids::now()).await.unwrap();
        let mut torn = writable(&path).unwrap();
        torn.write_all(br#"{"person":"usr_01"#).unwrap();
        drop(torn);
        let three = person();
        let again = Erasures::open(path.clone()).await.unwrap();
        again.add(three, ids::now()).await.unwrap();
        let mut persons = Erasures::open(path.clone()).await.unwrap().persons();
        persons.sort();
        let mut wanted = vec![one, two, three];
        wanted.sort();
        assert_eq!(persons, wanted);
        assert_eq!(fs::read_to_string(&path).unwrap().matches(&one.to_string()).count(), 1);
    }

    #[tokio::test]
    async fn a_list_that_somebody_has_damaged_stops_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("erasures.jsonl");
        fs::write(&path, "{\"person\":\"nobody\",\"erased_at\":\"2026-01-01T00:00:00Z\"}\n").unwrap();
        let opened = Erasures::open(path).await;
        assert!(matches!(opened, Err(VaultError::ListDamaged { line: 1, .. })));
    }
}

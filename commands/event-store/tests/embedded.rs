//! The private PostgreSQL on a real machine: it keeps what was committed through every kind of end.
#![cfg(test)]

use std::{
    env,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use event_store::{
    connection::{ConnectionArgs, OpenMode},
    embedded::{EmbeddedError, EmbeddedOptions, EmbeddedPostgres},
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::{Connection, PgConnection};

const HOLD: &str = "SOUK_TEST_HOLD_DATA_DIR";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

async fn start(folder: &Path) -> EmbeddedPostgres {
    EmbeddedPostgres::start(EmbeddedOptions::new(folder)).await.unwrap()
}

async fn execute(url: &str, sql: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn count(url: &str) -> i64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query_scalar("select count(*) from kept").fetch_one(&mut connection).await.unwrap()
}

async fn show(url: &str, setting: &str) -> String {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query_scalar("select current_setting($1)")
        .bind(setting)
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

fn signal(pid: i32, signal: Signal) {
    kill(Pid::from_raw(pid), signal).unwrap();
}

fn wait_for_end(pid: i32) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while kill(Pid::from_raw(pid), None).is_ok() {
        assert!(Instant::now() < deadline, "process {pid} goes on");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Another process that owns the folder: this test program again, running only `the_other_process`.
struct Owner {
    process: Child,
    postmaster: i32,
    url: String,
}

impl Owner {
    fn start(folder: &Path) -> Self {
        let mut process = Command::new(env::current_exe().unwrap())
            .args(["--exact", "the_other_process", "--nocapture"])
            .env(HOLD, folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = lines.find_map(|line| line.unwrap().split_once("ready ").map(|(_, rest)| rest.to_owned()));
        let line = line.expect("the other process did not start");
        let (postmaster, url) = line.split_once(' ').unwrap();
        Self {
            process,
            postmaster: postmaster.parse().unwrap(),
            url: url.to_owned(),
        }
    }

    fn kill(self) {
        drop(self);
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// No test of its own: what [`Owner`] runs. Without the variable it has nothing to do.
#[tokio::test]
async fn the_other_process() {
    let Some(folder) = env::var_os(HOLD) else {
        return;
    };
    let postgres = start(Path::new(&folder)).await;
    println!("ready {} {}", postgres.postmaster().unwrap(), postgres.url());
    // Until it is killed, or its parent is gone.
    std::io::stdin().lines().for_each(drop);
}

#[tokio::test]
async fn it_finds_its_data_again_quickly_after_a_clean_stop() {
    let folder = folder();
    let postgres = start(folder.path()).await;
    assert!(postgres.is_owner());
    execute(postgres.url(), "create table kept (id int); insert into kept values (1)").await;
    let (first_url, pid) = (postgres.url().to_owned(), postgres.postmaster().unwrap());
    postgres.stop().await.unwrap();
    wait_for_end(pid);

    // The best of three: the machine may be busy with other tests.
    let mut best = Duration::MAX;
    let mut postgres = None;
    for _ in 0..3 {
        if let Some(earlier) = postgres.take() {
            EmbeddedPostgres::stop(earlier).await.unwrap();
        }
        let began = Instant::now();
        postgres = Some(start(folder.path()).await);
        best = best.min(began.elapsed());
    }
    assert!(best < Duration::from_secs(1), "{best:?}");
    let postgres = postgres.unwrap();
    assert_eq!(postgres.url(), first_url, "the port is kept");
    assert_eq!(count(postgres.url()).await, 1);
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn it_is_durable_private_and_utf8() {
    let folder = folder();
    let postgres = start(folder.path()).await;
    for (setting, value) in [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("server_encoding", "UTF8"),
        ("listen_addresses", "127.0.0.1"),
        ("jit", "off"),
        ("TimeZone", "UTC"),
        ("is_superuser", "off"),
    ] {
        assert_eq!(show(postgres.url(), setting).await, value, "{setting}");
    }
    let home = folder.path().join("postgres");
    assert_eq!(std::fs::metadata(&home).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(std::fs::metadata(home.join("password")).unwrap().permissions().mode() & 0o777, 0o600);
    let password = std::fs::read_to_string(home.join("password")).unwrap();
    let wrong = postgres.url().replace(password.trim(), "wrong");
    assert!(PgConnection::connect(&wrong).await.is_err());
    assert!(!format!("{postgres:?}").contains(password.trim()));
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_owner_is_refused_and_a_tool_joins() {
    let folder = folder();
    let owner = Owner::start(folder.path());
    execute(&owner.url, "create table kept (id int); insert into kept values (1)").await;

    let error = EmbeddedPostgres::start(EmbeddedOptions::new(folder.path())).await.unwrap_err();
    let pid = i32::try_from(owner.process.id()).unwrap();
    assert!(matches!(error, EmbeddedError::InUse { owner: Some(owner), .. } if owner == pid), "{error}");

    let args = ConnectionArgs { data_dir: Some(folder.path().to_owned()), database_url: None };
    let tool = args.open(OpenMode::Tool).await.unwrap();
    assert!(!tool.embedded().unwrap().is_owner());
    assert_eq!(count(tool.url().expose()).await, 1);
    tool.stop().await.unwrap();
    assert_eq!(count(&owner.url).await, 1, "a tool that joined stops nothing");
    owner.kill();
}

#[tokio::test]
async fn a_tool_starts_what_does_not_run() {
    let folder = folder();
    let args = ConnectionArgs { data_dir: Some(folder.path().to_owned()), database_url: None };
    let tool = args.open(OpenMode::Tool).await.unwrap();
    assert!(tool.embedded().unwrap().is_owner());
    tool.stop().await.unwrap();
    let error = EmbeddedPostgres::attach(folder.path()).unwrap_err();
    assert!(matches!(error, EmbeddedError::NotRunning { .. }), "{error}");
}

#[tokio::test]
async fn killing_owner_and_server_together_loses_nothing() {
    let folder = folder();
    for round in 1..=3 {
        let owner = Owner::start(folder.path());
        execute(&owner.url, "create table if not exists kept (id int)").await;
        execute(&owner.url, "insert into kept select generate_series(1, 1000)").await;
        let pid = i32::try_from(owner.process.id()).unwrap();
        signal(pid, Signal::SIGSTOP);
        signal(owner.postmaster, Signal::SIGKILL);
        signal(pid, Signal::SIGKILL);
        // At once: what the killed server left behind may still be there.
        let postgres = start(folder.path()).await;
        assert_eq!(count(postgres.url()).await, round * 1000);
        postgres.stop().await.unwrap();
    }
}

#[tokio::test]
async fn the_server_ends_with_its_owner() {
    let folder = folder();
    let owner = Owner::start(folder.path());
    execute(&owner.url, "create table kept (id int); insert into kept values (1)").await;
    let postmaster = owner.postmaster;
    owner.kill();
    if cfg!(target_os = "linux") {
        wait_for_end(postmaster);
    }
    let postgres = start(folder.path()).await;
    assert_eq!(count(postgres.url()).await, 1);
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_killed_server_is_started_again_on_the_same_port() {
    let folder = folder();
    let postgres = start(folder.path()).await;
    execute(postgres.url(), "create table kept (id int); insert into kept values (1)").await;
    let first = postgres.postmaster().unwrap();
    signal(first, Signal::SIGKILL);
    let deadline = Instant::now() + Duration::from_secs(20);
    while PgConnection::connect(postgres.url()).await.is_err() {
        assert!(Instant::now() < deadline, "not started again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_ne!(postgres.postmaster(), Some(first));
    assert_eq!(count(postgres.url()).await, 1);
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_stale_process_id_that_belongs_to_somebody_else_does_no_harm() {
    let folder = folder();
    let owner = Owner::start(folder.path());
    execute(&owner.url, "create table kept (id int); insert into kept values (1)").await;
    let path = folder.path().join("postgres/cluster/postmaster.pid");
    let left = std::fs::read_to_string(&path).unwrap();
    let postmaster = owner.postmaster;
    owner.kill();
    wait_for_end(postmaster);
    // As in a restarted container: the id of the killed server is now another process, of the same user.
    let mut other = other_process_of_the_same_user(&folder.path().join("postgres"));
    let left = left.replacen(&postmaster.to_string(), &other.id().to_string(), 1);
    std::fs::write(&path, left).unwrap();
    let error = EmbeddedPostgres::attach(folder.path()).unwrap_err();
    assert!(matches!(error, EmbeddedError::NotRunning { .. }), "{error}");
    let postgres = start(folder.path()).await;
    assert_eq!(count(postgres.url()).await, 1);
    postgres.stop().await.unwrap();
    assert!(other.try_wait().unwrap().is_none(), "the other process was touched");
    other.kill().unwrap();
    other.wait().unwrap();
}

fn other_process_of_the_same_user(owned: &Path) -> Child {
    use std::os::unix::{fs::MetadataExt, process::CommandExt};
    let owner = std::fs::metadata(owned).unwrap();
    let mut command = Command::new("sleep");
    command.arg("300");
    if nix::unistd::geteuid().is_root() {
        command.uid(owner.uid()).gid(owner.gid());
    }
    command.spawn().unwrap()
}

#[tokio::test]
async fn a_first_start_that_was_cut_off_is_repeated() {
    let folder = folder();
    // What a kill in the middle of making the cluster leaves.
    let half = folder.path().join("postgres/cluster.unfinished");
    std::fs::create_dir_all(&half).unwrap();
    std::fs::write(half.join("PG_VERSION"), "15\n").unwrap();
    let home = folder.path().join("postgres");
    if nix::unistd::geteuid().is_root() {
        let nobody = nix::unistd::User::from_name("nobody").unwrap().unwrap();
        nix::unistd::chown(&home, Some(nobody.uid), Some(nobody.gid)).unwrap();
    }
    let postgres = start(folder.path()).await;
    execute(postgres.url(), "create table kept (id int)").await;
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn it_works_below_a_folder_that_only_its_owner_may_enter() {
    let outer = tempfile::tempdir().unwrap();
    std::fs::set_permissions(outer.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let folder = outer.path().join("a folder with 'quotes'").join("data");
    for round in 1..=2 {
        let postgres = start(&folder).await;
        execute(postgres.url(), "create table if not exists kept (id int); insert into kept values (1)")
            .await;
        assert_eq!(count(postgres.url()).await, round);
        let joined = EmbeddedPostgres::attach(&folder).unwrap();
        assert_eq!(joined.url(), postgres.url());
        postgres.stop().await.unwrap();
    }
}

//! The mails of a node without a mail server: files in its data folder.

use std::{fs, time::Duration};

use souk_tests::{ReceivedMail, TestApp};

/// Longer than any mail takes.
const ARRIVES_WITHIN: Duration = Duration::from_secs(20);

/// The mails to an address that have arrived.
pub(crate) fn mails_to(app: &TestApp, address: &str) -> Vec<ReceivedMail> {
    let files = fs::read_dir(app.data_dir().join("mail")).into_iter().flatten().flatten();
    let mut files: Vec<_> =
        files.filter(|file| file.path().extension().is_some_and(|extension| extension == "eml")).collect();
    files.sort_by_key(|file| file.metadata().unwrap().modified().unwrap());
    let mails = files.iter().filter_map(|file| fs::read_to_string(file.path()).ok());
    mails.map(|raw| ReceivedMail { raw }).filter(|mail| mail.header("To") == address).collect()
}

/// Waits until so many mails have arrived, and gives the last one.
pub(crate) async fn mail(app: &TestApp, address: &str, number: usize) -> ReceivedMail {
    let deadline = tokio::time::Instant::now() + ARRIVES_WITHIN;
    loop {
        let mut mails = mails_to(app, address);
        assert!(mails.len() <= number, "{} mails instead of {number}", mails.len());
        if mails.len() == number {
            return mails.pop().unwrap();
        }
        assert!(tokio::time::Instant::now() < deadline, "{} of {number} mails came", mails.len());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until every mail that was asked for has been sent.
pub(crate) async fn all_sent(app: &TestApp) {
    let deadline = tokio::time::Instant::now() + ARRIVES_WITHIN;
    loop {
        let waiting: Vec<String> =
            sqlx::query_scalar("select to_json(jobs)::text from jobs where state <> 'done'")
                .fetch_all(app.server.souk.log.pool())
                .await
                .unwrap();
        if waiting.is_empty() {
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "these mails wait: {waiting:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The token that a mail carries: the same in both of its parts.
pub(crate) fn token_of(mail: &ReceivedMail) -> String {
    let text = mail.part("text/plain");
    let is_token = |line: &&str| line.len() == 64 && !line.contains(' ');
    let token = text.lines().find(is_token).unwrap_or_else(|| panic!("no token in {text}")).to_owned();
    assert!(mail.part("text/html").contains(&token));
    token
}

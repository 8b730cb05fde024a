//! The broker and the mail server by TLS: reached when their certificates are trusted, and not otherwise.

use std::{path::Path, process::Command};

use souk_tests::{TestRabbitMq, TestSmtp};

use super::{PASSWORD, Server, serving, wait_until};

const SHOP: &str = "baghdad-shop@souk.example";

/// A certificate for this machine, which is trusted where it is named as an authority.
fn certificate(folder: &Path) {
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=souk test",
            "-days",
            "2",
        ])
        .args([
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ])
        .args(["-keyout", "key.pem", "-out", "certificate.pem"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

async fn broker(folder: &Path) -> (TestRabbitMq, String) {
    let port = TestSmtp::free_port().unwrap();
    let folder = folder.display();
    let broker = TestRabbitMq::start_with(&format!(
        "listeners.ssl.1 = 127.0.0.1:{port}\n\
         ssl_options.cacertfile = {folder}/certificate.pem\n\
         ssl_options.certfile = {folder}/certificate.pem\n\
         ssl_options.keyfile = {folder}/key.pem\n\
         ssl_options.verify = verify_none\n"
    ))
    .await;
    (broker, format!("amqps://guest:guest@127.0.0.1:{port}"))
}

/// A mail server that speaks TLS from the first byte, or after STARTTLS, and takes no mail without it.
async fn mail_server(folder: &Path, kind: &str) -> (TestSmtp, u16) {
    let port = TestSmtp::free_port().unwrap();
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    let (certificate, key) = (certificate.display().to_string(), key.display().to_string());
    let flags = [format!("--{kind}cert"), format!("--{kind}key")];
    let server = TestSmtp::start_with(port, &[&flags[0], &certificate, &flags[1], &key]).await.unwrap();
    (server, port)
}

fn start(folder: &Path, amqp: Option<&str>, smtp: &str, trusted: Option<&Path>) -> Server {
    let mut command = serving();
    command.args(["--demo", "--data-dir"]).arg(folder).env("SMTP_URL", smtp);
    if let Some(amqp) = amqp {
        command.env("AMQP_URL", amqp);
    }
    if let Some(file) = trusted {
        command.env("SSL_CERT_FILE", file);
    }
    Server::start_as(&mut command)
}

async fn order(server: &Server) -> String {
    let token = server.login(SHOP, PASSWORD).await.unwrap();
    server.place(&token, "one", "SALT-1", 12).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_confirmation_goes_by_tls_to_a_broker_and_a_mail_server_that_are_trusted() {
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path());
    let trusted = folder.path().join("certificate.pem");
    let (_rabbit, amqp) = broker(folder.path()).await;
    let (mails, port) = mail_server(folder.path(), "smtps").await;
    let smtp = format!("smtps://127.0.0.1:{port}");

    let trusting = start(&folder.path().join("trusting"), Some(&amqp), &smtp, Some(&trusted));
    let placed = order(&trusting).await;
    wait_until("the mail has come", || !mails.mails().unwrap().is_empty());
    assert!(mails.mails().unwrap()[0].text().contains(&placed), "{:?}", mails.mails());
    let (_, health) = trusting.get("/health", None).await;
    assert_eq!((&health["status"], &health["broker"]["status"]), (&"ok".into(), &"ok".into()), "{health}");
    assert_eq!(trusting.stop().code(), Some(0));

    // The jobs of this one go through the database, so only the mail server stands in the way.
    let by_starttls = mail_server(folder.path(), "tls").await;
    let smtp = format!("smtp://127.0.0.1:{}?tls=required", by_starttls.1);
    let upgrading = start(&folder.path().join("upgrading"), None, &smtp, Some(&trusted));
    order(&upgrading).await;
    wait_until("the mail has come", || !by_starttls.0.mails().unwrap().is_empty());
    assert_eq!(upgrading.stop().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_nobody_trusts_gets_neither_events_nor_mails() {
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path());
    let (_rabbit, amqp) = broker(folder.path()).await;
    let (mails, port) = mail_server(folder.path(), "smtps").await;
    let wary = start(&folder.path().join("wary"), Some(&amqp), &format!("smtps://127.0.0.1:{port}"), None);
    order(&wary).await;
    wait_until("the broker is refused", || wary.logged().contains("certificate"));
    let (_, health) = wary.get("/health", None).await;
    assert_eq!(health["broker"]["status"], "unreachable", "{health}");
    assert_eq!(wary.stop().code(), Some(0));

    let wary = start(&folder.path().join("mailing"), None, &format!("smtps://127.0.0.1:{port}"), None);
    order(&wary).await;
    wait_until("the mail server is refused", || wary.logged().contains("certificate"));
    assert!(mails.mails().unwrap().is_empty());
    assert_eq!(wary.stop().code(), Some(0));
}

//! Handing a mail over, and what a job may remember of a failure.

use integrations::mail::{Mail, MailError, Mailer};

use crate::jobs::JobError;

/// Sends a mail; the error of a failure is kept with the job, and holds no address.
pub(super) async fn send(mailer: &dyn Mailer, mail: &Mail) -> Result<(), JobError> {
    mailer.send(mail).await.map_err(|error| match error {
        // A server's words may hold the address.
        MailError::Temporary(said) => {
            JobError::Retry(MailError::Temporary(without(&said, &mail.to)).to_string())
        }
        MailError::Refused(said) => JobError::Never(MailError::Refused(without(&said, &mail.to)).to_string()),
    })
}

/// `text` without an address, nor what stands before its `@`.
fn without(text: &str, address: &str) -> String {
    let local = address.split('@').next().unwrap_or(address);
    let mut hidden = text.to_owned();
    for part in [address, local] {
        while let Some(start) = hidden.to_ascii_lowercase().find(&part.to_ascii_lowercase()) {
            hidden.replace_range(start..start + part.len(), "…");
        }
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn a_servers_words_lose_the_address() {
        let text = "550 5.1.1 <Ann@example.com>: mailbox ann unknown";
        assert_eq!(without(text, "ann@example.com"), "550 5.1.1 <…>: mailbox … unknown");
        assert_eq!(without("421 try later", "ann@example.com"), "421 try later");
    }
}

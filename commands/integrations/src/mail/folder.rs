//! Mail without an SMTP server: a file for each, for somebody to look at.

use std::{collections::HashSet, io, path::PathBuf};

use async_trait::async_trait;
use tokio::fs;
use uuid::Uuid;

use super::{Mail, MailError, Mailer, Sender};

/// Puts mails into a folder, each as `<id>.eml` (for an account: `<account>-<id>.eml`). A repeat replaces its file.
#[derive(Debug, Clone)]
pub struct MailFolder {
    folder: PathBuf,
    sender: Sender,
}

impl MailFolder {
    /// Mails from `sender` go into `folder`, which is made with the first one.
    #[must_use]
    pub const fn new(folder: PathBuf, sender: Sender) -> Self {
        Self { folder, sender }
    }

    /// Removes the mails for these accounts.
    ///
    /// # Errors
    /// When one cannot be removed.
    pub async fn forget(&self, persons: &HashSet<Uuid>) -> io::Result<()> {
        let mut files = match fs::read_dir(&self.folder).await {
            Ok(files) => files,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        while let Some(file) = files.next_entry().await? {
            let name = file.file_name();
            let person = name.to_str().and_then(|name| Uuid::try_parse(name.split('-').next()?).ok());
            if person.is_some_and(|person| persons.contains(&person)) {
                fs::remove_file(file.path()).await?;
            }
        }
        Ok(())
    }

    async fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        // Mails are personal: for nobody but this user.
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).await?;
        // Complete under its name or not there at all.
        let draft = self.folder.join(format!("{name}.draft"));
        fs::write(&draft, bytes).await?;
        fs::rename(&draft, self.folder.join(format!("{name}.eml"))).await
    }
}

#[async_trait]
impl Mailer for MailFolder {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = self.sender.compose(mail)?.formatted();
        let name = match mail.person {
            Some(person) => format!("{}-{}", person.simple(), mail.id.simple()),
            None => mail.id.simple().to_string(),
        };
        self.write(&name, &message).await.map_err(|error| MailError::Temporary(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_repeat_is_the_same_file() {
        let folder = std::env::temp_dir().join(format!("souk-mail-{}", std::process::id()));
        let mails = MailFolder::new(folder.clone(), Sender::parse("Souk <souk@souk.example>").unwrap());
        let id = Uuid::from_u128(7);
        let mail = Mail {
            id,
            person: Some(Uuid::from_u128(8)),
            to: "shop@souk.example".to_owned(),
            subject: "تم تأكيد طلبك".to_owned(),
            text: "شكراً لك\n".to_owned(),
            html: None,
        };
        for _ in 0..2 {
            mails.send(&mail).await.unwrap();
        }
        let files: Vec<_> = std::fs::read_dir(&folder).unwrap().flatten().collect();
        assert_eq!(files.len(), 1);
        let text = std::fs::read_to_string(files[0].path()).unwrap();
        assert!(text.contains(&format!("Message-ID: <{}@souk.example>", id.simple())), "{text}");
        assert!(text.contains("From: Souk <souk@souk.example>"), "{text}");
        let wrong = Mail { to: "nobody".to_owned(), ..mail };
        assert!(matches!(mails.send(&wrong).await, Err(MailError::Refused(_))));
        let erased = |person| HashSet::from([Uuid::from_u128(person)]);
        mails.forget(&erased(9)).await.unwrap();
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
        mails.forget(&erased(8)).await.unwrap();
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        std::fs::remove_dir_all(&folder).unwrap();
        mails.forget(&erased(8)).await.unwrap();
    }
}

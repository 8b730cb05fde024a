//! Operations: tree heads are brought to places that whoever runs this shop does not control, so that nobody can
//! put another history in the place of this one unnoticed (docs/evidence.md).

use std::{sync::Arc, time::Duration};

use event_store::evidence::SealedHead;
use integrations::{files::Files, webhook::Webhook};
use tokio::{sync::watch, time::sleep};

/// Between two heads that are brought to one place: the newest one says everything that those before it did.
const PAUSE: Duration = Duration::from_secs(1);
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// A place for tree heads.
#[derive(Clone)]
pub enum HeadPlace {
    /// A folder or a bucket: `heads/EPOCH/SIZE` for each head, and `checkpoint` for the newest.
    Files {
        /// Where.
        files: Files,
        /// What it is called in the program's log.
        name: &'static str,
    },
    /// Somebody who takes each as the body of a POST.
    Webhook(Webhook),
}

impl HeadPlace {
    /// Brings every newest head there; never ends. One that is not taken is tried again, until there is a newer one.
    pub async fn follow(self, mut newest: watch::Receiver<Option<Arc<SealedHead>>>) {
        let mut wait = FIRST_WAIT;
        loop {
            let head = newest.borrow_and_update().clone();
            if let Some(head) = head
                && let Err(error) = self.bring(&head).await
            {
                tracing::warn!(
                    place = self.name(),
                    size = head.size,
                    error,
                    "a tree head was not taken; it is tried again"
                );
                sleep(wait).await;
                wait = (wait * 2).min(LONGEST_WAIT);
                continue;
            }
            wait = FIRST_WAIT;
            sleep(PAUSE).await;
            if newest.changed().await.is_err() {
                return;
            }
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Files { name, .. } => name,
            Self::Webhook(webhook) => webhook.host(),
        }
    }

    async fn bring(&self, head: &SealedHead) -> Result<(), String> {
        match self {
            Self::Files { files, .. } => {
                let note = bytes::Bytes::from(head.note.clone());
                let key = format!("heads/{}/{:012}", head.epoch, head.size);
                files.put(&key, note.clone()).await.map_err(|error| error.to_string())?;
                files.put("checkpoint", note).await.map_err(|error| error.to_string())
            }
            Self::Webhook(webhook) => {
                webhook.post(head.note.clone()).await.map_err(|error| error.to_string())
            }
        }
    }
}

//! The first super admin of a new marketplace.

use domain::identity::{PersonalDetails, Role};

use super::{EMAIL_TAKEN, Email, Identity, NewAccount, Secret, account::Entry, secret::random_text};
use crate::{Call, CommandError};

const SCOPE: &str = "first_admin";
const KEY: &str = "super_admin";

/// What [`Identity::ensure_first_admin`] found or did.
#[derive(Debug)]
pub enum FirstAdmin {
    /// There is a super admin already.
    Existing,
    /// It was made now.
    Created {
        /// What it signs in with.
        email: Email,
        /// Its password, where none was given: to be shown once.
        generated: Option<Secret>,
    },
}

impl Identity {
    /// Makes the first super admin if there is none; of several nodes that start together, one does.
    ///
    /// # Errors
    /// When the given password is too weak, another account has the address, or the log cannot be written.
    pub async fn ensure_first_admin(
        &self,
        email: Email,
        password: Option<Secret>,
    ) -> Result<FirstAdmin, CommandError> {
        let exists: bool =
            sqlx::query_scalar("select exists (select from claims where scope = $1 and key = $2)")
                .bind(SCOPE)
                .bind(KEY)
                .fetch_one(self.log.pool())
                .await?;
        if exists {
            return Ok(FirstAdmin::Existing);
        }
        let generated = match password {
            Some(_) => None,
            None => Some(Secret::new(random_text(18)?)),
        };
        let Some(password) = password.or_else(|| generated.clone()) else {
            return Err(CommandError::Fault("there is no password".to_owned()));
        };
        let new = NewAccount {
            email: email.clone(),
            password,
            role: Role::SuperAdmin,
            zones: Vec::new(),
            company: None,
            details: PersonalDetails::default(),
        };
        let lost = crate::Refused { faults: Vec::new(), ..EMAIL_TAKEN.refusal() };
        match self.register(&Call::system(), new, Some((SCOPE, KEY, lost.clone())), Entry::Verified).await {
            Ok(_) => Ok(FirstAdmin::Created { email, generated }),
            // Another node was quicker. (An address that is taken has a fault at /email.)
            Err(CommandError::Refused(refused)) if refused == lost => Ok(FirstAdmin::Existing),
            Err(error) => Err(error),
        }
    }
}

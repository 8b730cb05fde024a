//! What can keep a batch from being written.

/// Why an append did not come to its COMMIT.
pub(super) enum Setback {
    /// The connection or the server failed; nothing was written.
    Connection(sqlx::Error),
    /// PostgreSQL refuses some row.
    Data(sqlx::Error),
    /// A planted fault: write it all again without looking.
    #[cfg(feature = "planted-faults")]
    Blind,
}

impl From<sqlx::Error> for Setback {
    fn from(error: sqlx::Error) -> Self {
        if is_data(&error) {
            Self::Data(error)
        } else {
            Self::Connection(error)
        }
    }
}

/// Whether PostgreSQL refused what stands in a row; the transaction is over.
pub(super) fn is_data(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(database) => {
            database.code().is_some_and(|code| ["22", "23", "54"].iter().any(|class| code.starts_with(class)))
        }
        sqlx::Error::Encode(_) => true,
        _ => false,
    }
}

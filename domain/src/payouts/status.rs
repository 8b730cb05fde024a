//! How far a payout or a settlement has come.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! statuses {
    ($($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$of])* $variant,)*
        }

        impl $name {
            /// Every status, in order of progress.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As in JSON and SQL.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )*};
}

statuses! {
    /// How far a payout has come.
    PayoutStatus {
        /// Its items are taken; nobody has allowed it yet.
        Pending = "pending",
        /// It may be paid.
        Approved = "approved",
        /// The money is with the company.
        Paid = "paid",
        /// It will not be paid; its items are due again.
        Failed = "failed",
    }
    /// How far a settlement has come.
    SettlementStatus {
        /// Drawn up.
        Open = "open",
        /// The company objects.
        Disputed = "disputed",
        /// Both sides agree.
        Confirmed = "confirmed",
        /// Done with.
        Closed = "closed",
    }
}

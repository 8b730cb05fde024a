//! Imports of other systems' histories: files become commands, and every figure is read back from the log.

mod online_retail;

pub use online_retail::{
    Figures, ImportError, Phase, Progress, Reconciliation, Unplaced, online_retail, online_retail_with,
};

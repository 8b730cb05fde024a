//! In the order of the log: no position is missing, time never steps back, every metadata is readable.

use chrono::{DateTime, Utc};
use event_store::Metadata;
use indicatif::ProgressBar;

use super::{Fault, PAGE, Report};
use crate::source::Source;

/// Looks at every position up to `head`; answers how many events there are.
///
/// # Errors
/// When the database fails: what was not read is never counted as sound.
pub(super) async fn check(
    source: &Source,
    head: i64,
    report: &mut Report,
    bar: &ProgressBar,
) -> anyhow::Result<u64> {
    let mut order = Order::default();
    let mut read: u64 = 0;
    loop {
        let page = source.headers(order.position, head, PAGE).await?;
        if page.is_empty() {
            order.end(head, report);
            return Ok(read);
        }
        for (position, recorded_at, metadata) in &page {
            order.see(*position, *recorded_at, report);
            if let Err(error) = serde_json::from_str::<Metadata>(metadata) {
                let message = format!("event {position}: its metadata cannot be read: {error}");
                report.fault(Fault::new("metadata-unreadable", message).at(*position));
            }
        }
        read += u64::try_from(page.len())?;
        bar.set_position(u64::try_from(order.position)?);
    }
}

/// What was seen so far.
#[derive(Default)]
struct Order {
    position: i64,
    recorded_at: Option<DateTime<Utc>>,
}

impl Order {
    fn see(&mut self, position: i64, recorded_at: DateTime<Utc>, report: &mut Report) {
        self.gap(position, report);
        if let Some(before) = self.recorded_at.filter(|before| recorded_at < *before) {
            let message = format!(
                "event {position}: recorded at {}, earlier than the one before it at {}",
                recorded_at.to_rfc3339(),
                before.to_rfc3339()
            );
            report.fault(Fault::new("time-steps-back", message).at(position));
        }
        self.position = position;
        self.recorded_at = Some(recorded_at);
    }

    fn end(&self, head: i64, report: &mut Report) {
        self.gap(head + 1, report);
    }

    fn gap(&self, next: i64, report: &mut Report) {
        let first = self.position + 1;
        let message = match next - self.position {
            1 => return,
            2 => format!("position {first} is missing"),
            _ => format!("positions {first} to {} are missing", next - 1),
        };
        report.fault(Fault::new("position-missing", message).at(first));
    }
}

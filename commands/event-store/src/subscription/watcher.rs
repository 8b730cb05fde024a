//! One task per node: notices what the live instances on other nodes do, and keeps the metrics.

use std::{collections::HashMap, sync::Arc, sync::atomic::Ordering, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use super::{
    SubscriptionState,
    checkpoint::{self, Mark},
    line::{Line, Passed},
    runner::{Context, Control},
    status::{self, ProjectionStatus},
};
use crate::{EventFilter, RecordedEvent};

const METRICS_INTERVAL: Duration = Duration::from_secs(1);

/// Beyond this many positions followers are told to forget everything rather than what has happened.
const TELL_LIMIT: i64 = 5_000;

/// Runs until told to stop.
pub(super) async fn run(context: Arc<Context>, lines: Vec<Arc<Line>>, mut control: watch::Receiver<Control>) {
    let mut samples = HashMap::new();
    let mut measured = Instant::now();
    loop {
        let is_all_here = lines.iter().all(|line| line.is_live());
        let pause = if is_all_here {
            METRICS_INTERVAL
        } else {
            context.options.poll_interval
        };
        tokio::select! {
            () = sleep(pause) => {}
            stopped = control.wait_for(|control| *control == Control::Stop) => {
                drop(stopped);
                return;
            }
        }
        let outcome = if is_all_here {
            Ok(())
        } else {
            notice(&context, &lines).await
        };
        if let Err(error) = outcome {
            tracing::debug!(error = %error, "checkpoints could not be read");
        }
        if measured.elapsed() >= METRICS_INTERVAL {
            measured = Instant::now();
            if let Ok(statuses) = status::read(context.reader.pool(), &lines).await {
                measure(&lines, &statuses, &mut samples);
            }
        }
    }
}

/// Tells followers on this node what other nodes' instances have made visible.
async fn notice(context: &Context, lines: &[Arc<Line>]) -> Result<(), crate::LogError> {
    let rows = checkpoint::load_all(context.reader.pool()).await?;
    let marks: HashMap<&str, Mark> = rows.iter().map(|row| (row.name.as_str(), row.mark)).collect();
    let moved: Vec<_> = lines
        .iter()
        .filter_map(|line| {
            let mark = *marks.get(line.key.as_str())?;
            Some((line, mark, line.notice(mark)?))
        })
        .collect();
    let is_tellable = |mark: Mark, before: crate::LogPosition| {
        mark.epoch == before.epoch && mark.position - before.position <= TELL_LIMIT
    };
    let told = || {
        moved.iter().filter(|(line, mark, noticed)| {
            line.has_followers() && !noticed.is_replaced && is_tellable(*mark, noticed.before)
        })
    };
    let from = told().map(|(_, _, noticed)| noticed.before.position).min();
    let to = told().map(|(_, mark, _)| mark.position).max();
    let events = match (from, to) {
        (Some(from), Some(to)) if to - from <= TELL_LIMIT * 2 => between(context, from, to).await?,
        _ => Vec::new(),
    };
    let first = events.first().map_or(i64::MAX, |event| event.position);
    for (line, mark, noticed) in moved {
        let up_to = mark.at();
        let is_covered = first <= noticed.before.position + 1 && !noticed.is_replaced;
        line.pass(if is_covered && is_tellable(mark, noticed.before) {
            let range = noticed.before.position + 1..=mark.position;
            let events = events
                .iter()
                .filter(|event| range.contains(&event.position) && line.takes(&event.event_type))
                .cloned()
                .collect();
            Passed::Events { events, up_to }
        } else {
            Passed::Anything { up_to }
        });
    }
    Ok(())
}

async fn between(context: &Context, from: i64, to: i64) -> Result<Vec<Arc<RecordedEvent>>, crate::LogError> {
    let filter = EventFilter { after: from, up_to: Some(to), ..EventFilter::default() };
    let events = context.reader.read(&filter, usize::MAX).await?;
    Ok(events.into_iter().map(Arc::new).collect())
}

fn measure(
    lines: &[Arc<Line>],
    statuses: &[ProjectionStatus],
    samples: &mut HashMap<String, (i64, Instant)>,
) {
    for status in statuses {
        let now = Instant::now();
        let position = status.position.position;
        if let Some((before, since)) = samples.insert(status.key.clone(), (position, now)) {
            let moved = u64::try_from(position - before).unwrap_or(0);
            let elapsed_ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
            if let Some(line) = lines.iter().find(|line| line.key == status.key) {
                line.rate.store(moved.saturating_mul(1_000) / elapsed_ms, Ordering::Relaxed);
            }
        }
        let projection = status.key.clone();
        metrics::gauge!("souk_projection_position", "projection" => projection.clone())
            .set(whole(u64::try_from(position).unwrap_or(0)));
        metrics::gauge!("souk_projection_lag_events", "projection" => projection.clone())
            .set(whole(status.lag_events));
        metrics::gauge!("souk_projection_lag_seconds", "projection" => projection.clone()).set(status.lag);
        metrics::gauge!("souk_projection_stopped", "projection" => projection)
            .set(u8::from(status.state == SubscriptionState::Stopped));
    }
}

/// A count as a gauge's value: the standard library's only lossless-by-contract way from `u64` to `f64`.
const fn whole(count: u64) -> Duration {
    Duration::from_secs(count)
}

//! Read your own writes: waiting until a subscription has reached a position.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::{checkpoint, checkpoint::SubscriptionState, line::Line, runner::Context};
use crate::LogPosition;

/// How often a checkpoint that another node moves is read while somebody waits for it.
const REMOTE_POLL: Duration = Duration::from_millis(20);

/// How often a waiter looks whether the live instance is still on this node.
const LOCAL_CHECK: Duration = Duration::from_millis(500);

/// A subscription has not reached a position in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} stands at {reached} and has not reached {wanted}")]
pub struct Behind {
    /// Which subscription: its name as it was asked for.
    pub name: String,
    /// The position that was waited for.
    pub wanted: LogPosition,
    /// Where it stands.
    pub reached: LogPosition,
    /// True when it has stopped (or is unknown), so that waiting longer is of no use.
    pub is_stopped: bool,
}

/// Waits until everything up to `wanted` is visible in the tables of `line`, whichever node writes them.
pub(super) async fn wait_for(
    context: &Context,
    line: &Line,
    wanted: LogPosition,
    limit: Duration,
) -> Result<(), Behind> {
    if line.reached() >= wanted {
        return Ok(());
    }
    let deadline = Instant::now() + limit;
    let _counted = line.wait();
    let mut reached = line.follow();
    let behind = |is_stopped| Behind {
        name: line.name.clone(),
        wanted,
        reached: line.reached(),
        is_stopped,
    };
    loop {
        if line.is_stopped() {
            return Err(behind(true));
        }
        let pause = if line.is_live() { LOCAL_CHECK } else { REMOTE_POLL };
        let look_again = deadline.min(Instant::now() + pause);
        if timeout_at(look_again, reached.wait_for(|reached| *reached >= wanted)).await.is_ok() {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(behind(false));
        }
        if !line.is_live() {
            match timeout_at(deadline, checkpoint::load(context.reader.pool(), &line.key)).await {
                Ok(Ok(Some(row))) if row.mark.at() >= wanted => return Ok(()),
                Ok(Ok(Some(row))) if row.state == SubscriptionState::Stopped => return Err(behind(true)),
                Ok(Ok(_)) => {}
                // The database is not there at the moment; the deadline ends this.
                Ok(Err(_)) => sleep(REMOTE_POLL).await,
                Err(_) => return Err(behind(false)),
            }
        }
    }
}

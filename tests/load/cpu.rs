//! Processor time of processes, from `/proc`: what an order costs, whoever else uses the machine meanwhile.

use std::fs;

use anyhow::{Context, Result};

/// `sysconf(_SC_CLK_TCK)` on every Linux that Rust's standard library runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// Seconds of processor time of some processes since this was made.
pub(crate) struct Meter {
    pids: Vec<u32>,
    before: Vec<f64>,
}

impl Meter {
    /// Each of `pids` with its children, those that ended included.
    pub(crate) fn start(pids: Vec<u32>) -> Result<Self> {
        let before = pids.iter().map(|pid| seconds(*pid)).collect::<Result<_>>()?;
        Ok(Self { pids, before })
    }

    /// Microseconds for each of `count` pieces of work, in the order of the processes.
    pub(crate) fn microseconds_each(&self, count: u64) -> Result<Vec<f64>> {
        let each = |(pid, before): (&u32, &f64)| Ok((seconds(*pid)? - before) * 1e6 / count.max(1) as f64);
        self.pids.iter().zip(&self.before).map(each).collect()
    }
}

/// Of a process, of its children that ended, and of those that run.
fn seconds(pid: u32) -> Result<f64> {
    let mut ticks = own(pid)?.2;
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let child = name.to_str().and_then(|name| name.parse::<u32>().ok());
        // A process may end while it is looked at.
        if let Some(Ok((parent, own, _))) = child.map(own)
            && parent == pid
        {
            ticks += own;
        }
    }
    Ok(ticks / TICKS_PER_SECOND)
}

/// The parent, the ticks of the process, and the same with those of the children it waited for (proc(5)).
fn own(pid: u32) -> Result<(u32, f64, f64)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, after_name) = stat.rsplit_once(") ").context("no name in stat")?;
    let fields: Vec<&str> = after_name.split(' ').collect();
    let number = |index: usize| -> Result<f64> { Ok(fields.get(index).context("stat is short")?.parse()?) };
    let own = number(11)? + number(12)?;
    Ok((fields[1].parse()?, own, own + number(13)? + number(14)?))
}

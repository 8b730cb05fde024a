//! What the operating system says about this process, in the names that Prometheus clients share. Linux only:
//! elsewhere there are no such figures.

use std::fmt::{self, Write};

/// Clock ticks per second in `/proc`: a constant of the Linux interface.
const TICKS_PER_SECOND: u64 = 100;

/// One look at `/proc`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Process {
    resident_bytes: Option<u64>,
    peak_resident_bytes: Option<u64>,
    cpu_ticks: Option<u64>,
    threads: Option<u64>,
    open_files: Option<usize>,
}

impl Process {
    /// Reads the figures; what cannot be read is absent.
    pub(super) fn read() -> Self {
        let text = |name: &str| std::fs::read_to_string(format!("/proc/self/{name}")).unwrap_or_default();
        let open_files = std::fs::read_dir("/proc/self/fd").map(Iterator::count).ok();
        Self { open_files, ..Self::of(&text("status"), &text("stat")) }
    }

    fn of(status: &str, stat: &str) -> Self {
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes =
            |name| field(name)?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1_024);
        // The second field is the name of the program, which may contain anything.
        let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let tick = |index| after_name.split_whitespace().nth(index)?.parse::<u64>().ok();
        Self {
            resident_bytes: kilobytes("VmRSS:"),
            peak_resident_bytes: kilobytes("VmHWM:"),
            cpu_ticks: tick(11).zip(tick(12)).and_then(|(user, system)| user.checked_add(system)),
            threads: field("Threads:").and_then(|threads| threads.trim().parse().ok()),
            open_files: None,
        }
    }

    /// As Prometheus reads them.
    pub(super) fn write(self, out: &mut String) -> fmt::Result {
        if let Some(ticks) = self.cpu_ticks {
            let hundredths = ticks % TICKS_PER_SECOND;
            let text = format!("{}.{hundredths:02}", ticks / TICKS_PER_SECOND);
            family(out, "process_cpu_seconds_total", "counter", "User and system CPU time.", &text)?;
        }
        let gauges = [
            ("process_resident_memory_bytes", "Memory that the process has in RAM.", self.resident_bytes),
            (
                "souk_process_peak_resident_memory_bytes",
                "The most RAM that it ever had.",
                self.peak_resident_bytes,
            ),
            ("process_threads", "Threads of the process.", self.threads),
            (
                "process_open_fds",
                "Open file descriptors.",
                self.open_files.and_then(|files| u64::try_from(files).ok()),
            ),
        ];
        for (name, help, value) in gauges {
            if let Some(value) = value {
                family(out, name, "gauge", help, &value.to_string())?;
            }
        }
        Ok(())
    }
}

/// A family of one sample without labels.
pub(super) fn family(out: &mut String, name: &str, kind: &str, help: &str, value: &str) -> fmt::Result {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_name_with_spaces_and_brackets_does_no_harm() {
        let stat = "42 (so) uk) S 1 42 42 0 -1 4194560 100 0 0 0 250 155 0 0 20 0 9 0 1000 1 1";
        let status = "Name:\tso) uk\nVmHWM:\t    300 kB\nVmRSS:\t    200 kB\nThreads:\t9\n";
        let process = Process::of(status, stat);
        assert_eq!(
            process,
            Process {
                resident_bytes: Some(204_800),
                peak_resident_bytes: Some(307_200),
                cpu_ticks: Some(405),
                threads: Some(9),
                open_files: None,
            }
        );
        let mut text = String::new();
        process.write(&mut text).unwrap();
        assert!(text.contains("\nprocess_cpu_seconds_total 4.05\n"), "{text}");
        assert!(
            text.contains(
                "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes 204800\n"
            )
        );
    }

    #[test]
    fn elsewhere_there_are_no_such_figures() {
        let mut text = String::new();
        Process::of("", "").write(&mut text).unwrap();
        assert_eq!(text, "");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_all_of_them() {
        let process = Process::read();
        assert!(process.resident_bytes > Some(0) && process.peak_resident_bytes >= process.resident_bytes);
        assert!(process.cpu_ticks.is_some() && process.threads > Some(0) && process.open_files > Some(0));
    }
}

//! Writing to standard output, and progress to a terminal.

use std::io::{self, BufWriter, StdoutLock, Write};

use indicatif::{ProgressBar, ProgressStyle};

use crate::tone::Tone;

/// Standard output, written in blocks.
pub(crate) fn stdout() -> BufWriter<StdoutLock<'static>> {
    BufWriter::with_capacity(64 * 1024, io::stdout().lock())
}

/// A line or more on standard output, at the end of the work: whoever closes it (`head`) still gets the exit status.
pub(crate) fn say(text: &str) {
    drop(io::stdout().write_all(text.as_bytes()));
}

/// The one document that a machine gets.
pub(crate) fn document(document: &impl serde::Serialize) -> anyhow::Result<()> {
    let mut out = stdout();
    // As an error of input and output, so that a reader who has seen enough is recognized.
    serde_json::to_writer(&mut out, document).map_err(io::Error::from)?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

/// Whoever read our output (`head`, a pager) has seen enough.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(broken))
}

/// A bar on standard error; nothing where that is no terminal.
pub(crate) fn progress(what: &'static str, total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {bar:40} {human_pos}/{human_len} {per_sec} {eta}");
    let bar = ProgressBar::new(total).with_message(what);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Rows under headings, each column as wide as its widest cell. For tables that fit in memory.
pub(crate) struct Table<const N: usize> {
    headings: [&'static str; N],
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    pub(crate) const fn new(headings: [&'static str; N]) -> Self {
        Self { headings, rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: [String; N]) {
        self.rows.push(cells);
    }

    pub(crate) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let mut widths = self.headings.map(|heading| heading.chars().count());
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        writeln!(to, "{}", Tone::Heading.paint(&line(&self.headings.map(str::to_owned), &widths)))?;
        write_row(to, &widths.map(|width| "-".repeat(width)), &widths)?;
        self.rows.iter().try_for_each(|row| write_row(to, row, &widths))
    }
}

/// One line of a table whose widths are known beforehand.
pub(crate) fn write_row<const N: usize>(
    to: &mut impl Write,
    cells: &[String; N],
    widths: &[usize; N],
) -> io::Result<()> {
    writeln!(to, "{}", line(cells, widths))
}

fn line<const N: usize>(cells: &[String; N], widths: &[usize; N]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        let padding = width.saturating_sub(cell.chars().count());
        line.push_str(cell);
        line.extend(std::iter::repeat_n(' ', padding + 2));
    }
    line.truncate(line.trim_end().len());
    line
}

/// A number of things: `1 row`, `2 rows`.
pub(crate) fn counted(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// A time as people read it, to the second.
pub(crate) fn time(time: chrono::DateTime<chrono::Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%SZ").to_string()
}

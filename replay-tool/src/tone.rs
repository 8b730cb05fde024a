//! Colours, for people at a terminal: headings stand out, what is sound is green, what is not is red. What is said never
//! hangs on them.

use std::{io, sync::OnceLock};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

use crate::output::counted;

/// What a colour means.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tone {
    Heading,
    Good,
    Bad,
}

impl Tone {
    const fn style(self) -> Style {
        match self {
            Self::Heading => Style::new().bold(),
            Self::Good => AnsiColor::Green.on_default().bold(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
        }
    }

    /// The text in this tone.
    pub(crate) fn paint(self, text: &str) -> String {
        if !is_wanted() {
            return text.to_owned();
        }
        let style = self.style();
        format!("{style}{text}{style:#}")
    }
}

/// How a check has ended: `no fault`, `1 fault`, `2 faults`.
pub(crate) fn verdict(faults: u64) -> String {
    match faults {
        0 => Tone::Good.paint("no fault"),
        faults => Tone::Bad.paint(&counted(faults, "fault")),
    }
}

/// What a fault's line begins with.
pub(crate) fn fault() -> String {
    Tone::Bad.paint("fault:")
}

/// Whether standard output is a terminal that shows colours, and nobody said no to them (`NO_COLOR`, `CLICOLOR`).
fn is_wanted() -> bool {
    static WANTED: OnceLock<bool> = OnceLock::new();
    *WANTED.get_or_init(|| AutoStream::choice(&io::stdout()) != ColorChoice::Never)
}

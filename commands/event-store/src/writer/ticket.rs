//! A job in the writer's hands.

use crate::{Interrupt, unit::Job};

/// How often one unit may ask for more before it counts as broken.
const MAX_ATTEMPTS: u32 = 32;

/// A job on its way, with how often it was decided.
pub(super) struct Ticket {
    pub(super) job: Box<dyn Job>,
    attempts: u32,
    /// Its decision was accepted in the batch at hand.
    pub(super) accepted: bool,
    /// Written again without looking whether it stands already: a planted fault.
    #[cfg(feature = "planted-faults")]
    pub(super) blind: bool,
}

impl Ticket {
    pub(super) fn new(job: Box<dyn Job>) -> Self {
        Self {
            job,
            attempts: 0,
            accepted: false,
            #[cfg(feature = "planted-faults")]
            blind: false,
        }
    }

    /// Whether the table of commands is asked for it.
    #[cfg(feature = "planted-faults")]
    pub(super) const fn looks(&self) -> bool {
        !self.blind
    }

    /// Whether the table of commands is asked for it.
    #[cfg(not(feature = "planted-faults"))]
    #[expect(clippy::unused_self, reason = "the planted variant needs it")]
    pub(super) const fn looks(&self) -> bool {
        true
    }

    /// Notes what the job asked for, so that the next batch fetches it.
    pub(super) fn wants(&mut self, interrupt: Interrupt) -> Result<(), String> {
        self.attempts += 1;
        if self.attempts > MAX_ATTEMPTS {
            return Err("the decision asks for ever more".to_owned());
        }
        self.fetch_next(interrupt)
    }

    fn fetch_next(&mut self, interrupt: Interrupt) -> Result<(), String> {
        match interrupt {
            Interrupt::Stream(stream) => self.job.unit_mut().streams.push(stream),
            Interrupt::Claim(scope, key) => self.job.unit_mut().claims.push((scope, key)),
            Interrupt::Many(interrupts) => {
                return interrupts.into_iter().try_for_each(|interrupt| self.fetch_next(interrupt));
            }
            Interrupt::Misuse(reason) => return Err(reason.to_owned()),
        }
        Ok(())
    }
}

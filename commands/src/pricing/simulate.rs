//! What a promotion would have cost.

use std::collections::HashMap;

use domain::{customers::CustomerGroupsEvent, ids::AccountId, pricing::Simulation, text::Code};
use event_store::{EventFilter, LogError, ids};

use super::{Pricing, PromotionDraft};
use crate::{Call, CommandError, Refused, UseCase};

/// Events of one look-up.
const BATCH: usize = 5_000;

impl Pricing {
    /// A draft, ready to be applied to past orders.
    ///
    /// # Errors
    /// `permission_denied`, and the rules of its terms but for those about its time.
    pub fn simulation(&self, call: &Call, draft: &PromotionDraft) -> Result<Simulation, CommandError> {
        call.require(UseCase::SimulatePromotion)?;
        let now = ids::now();
        Ok(Simulation::new(draft.terms(now), now).map_err(|refusal| Refused::of(&refusal))?)
    }

    /// The groups that customers are in now; who is in none is left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all_groups(&self) -> Result<HashMap<AccountId, Vec<Code>>, CommandError> {
        let mut filter = EventFilter {
            event_types: vec!["CustomerGrouped".to_owned()],
            ..EventFilter::default()
        };
        let mut groups = HashMap::new();
        loop {
            let events = self.log.reader().read(&filter, BATCH).await?;
            let Some(last) = events.last() else {
                return Ok(groups);
            };
            filter.after = last.position;
            for event in &events {
                let CustomerGroupsEvent::CustomerGrouped { groups: of } =
                    event.typed().map_err(LogError::from)?;
                if let Ok(id) = event.aggregate_id.parse() {
                    groups.insert(AccountId::from_uuid(id), of.iter().cloned().collect());
                }
            }
        }
    }
}

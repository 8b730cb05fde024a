//! What happens to accounts.

use domain::{
    identity::{Account, AccountCommand, OwnerProof, Role},
    ids::AccountId,
    text::Zone,
};

use super::{History, text};

impl History {
    pub(super) fn account(&mut self) -> Option<()> {
        let known = Self::any(&mut self.chance, &self.world.accounts).filter(|_| !self.chance.one_in(3));
        let role = self.chance.pick(&[Role::Customer, Role::Vendor, Role::LocationAdmin]);
        let zones = self.chance.maybe(|_| text(Zone::parse, "erbil")).into_iter().collect();
        let company = self.company();
        let (id, command) = match known {
            Some(id) if self.chance.one_in(3) => (id, AccountCommand::Reassign { role, zones, company }),
            Some(id) => (id, self.change()),
            None => {
                (AccountId::from_uuid(self.chance.uuid()), AccountCommand::Register { role, zones, company })
            }
        };
        let state = self.world.accounts.entry(id).or_default();
        Self::decide::<Account>(&mut self.unit, state, id.stream(), command).map(drop)
    }

    fn change(&mut self) -> AccountCommand {
        self.chance.pick(&[
            AccountCommand::Deactivate,
            AccountCommand::Reactivate,
            AccountCommand::VerifyEmail,
            AccountCommand::ChangePassword { proof: OwnerProof::Password },
            AccountCommand::RevokePassword,
            AccountCommand::EnableSecondFactor,
            AccountCommand::DisableSecondFactor,
        ])
    }
}

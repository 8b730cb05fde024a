use domain::{
    decider::Decider,
    fixtures::{company, sealed, text},
    identity::{Account, AccountCommand, AccountError, AccountEvent, OwnerProof, Role},
    refusal::Refusal,
    spec::given,
    text::Zone,
};

fn register(role: Role, zones: &[&str], of: Option<u64>) -> AccountCommand {
    AccountCommand::Register {
        role,
        zones: zones.iter().map(|zone| text::<Zone>(zone)).collect(),
        company: of.map(company),
    }
}

fn registered(role: Role, zones: &[&str], of: Option<u64>) -> AccountEvent {
    AccountEvent::AccountRegistered {
        role,
        zones: zones.iter().map(|zone| text::<Zone>(zone)).collect(),
        company: of.map(company),
    }
}

fn customer() -> AccountEvent {
    registered(Role::Customer, &["erbil"], None)
}

#[test]
fn an_account_is_registered_with_role_zones_and_company() {
    let state = given::<Account>(&[])
        .when(register(Role::Vendor, &["erbil", "duhok"], Some(1)))
        .then(&[registered(Role::Vendor, &["erbil", "duhok"], Some(1))]);
    assert!(state.exists() && state.is_active());
    assert_eq!(state.role(), Some(Role::Vendor));
    assert_eq!(state.standing().map(|standing| standing.zones.len()), Some(2));
    assert_eq!(state.standing().and_then(|standing| standing.company), Some(company(1)));
}

#[test]
fn an_account_is_registered_once() {
    for history in [
        vec![customer()],
        vec![customer(), AccountEvent::AccountDeactivated],
    ] {
        given::<Account>(&history)
            .when(register(Role::Customer, &[], None))
            .then_err(AccountError::AlreadyRegistered);
    }
}

#[test]
fn a_location_admin_without_zones_would_see_everything_and_is_refused() {
    given::<Account>(&[])
        .when(register(Role::LocationAdmin, &[], None))
        .then_err(AccountError::ZonesRequired);
    let faults = AccountError::ZonesRequired.faults();
    assert_eq!(faults.first().map(|fault| fault.pointer.as_str()), Some("/zones"));
}

#[test]
fn a_vendor_without_a_company_is_refused() {
    given::<Account>(&[])
        .when(register(Role::Vendor, &["erbil"], None))
        .then_err(AccountError::CompanyRequired);
}

#[test]
fn a_deactivated_account_may_not_sign_in_and_keeps_its_role() {
    let state = given::<Account>(&[customer()])
        .when(AccountCommand::Deactivate)
        .then(&[AccountEvent::AccountDeactivated]);
    assert!(state.exists() && !state.is_active());
    assert_eq!(state.role(), Some(Role::Customer));
}

#[test]
fn deactivating_twice_does_nothing() {
    given::<Account>(&[customer(), AccountEvent::AccountDeactivated])
        .when(AccountCommand::Deactivate)
        .then_nothing();
}

#[test]
fn a_deactivated_account_can_be_reactivated() {
    let state = given::<Account>(&[customer(), AccountEvent::AccountDeactivated])
        .when(AccountCommand::Reactivate)
        .then(&[AccountEvent::AccountReactivated]);
    assert!(state.is_active());
}

#[test]
fn reactivating_an_active_account_does_nothing() {
    given::<Account>(&[customer()]).when(AccountCommand::Reactivate).then_nothing();
}

#[test]
fn an_account_that_does_not_exist_is_neither_deactivated_nor_reactivated() {
    for command in [AccountCommand::Deactivate, AccountCommand::Reactivate] {
        given::<Account>(&[]).when(command).then_err(AccountError::NotFound);
    }
}

fn revise_profile() -> AccountCommand {
    AccountCommand::ReviseProfile {
        display_name: Some(sealed(1, 1)),
        phone: Some(sealed(1, 2)),
        locale: None,
    }
}

fn profile_revised() -> AccountEvent {
    AccountEvent::ProfileRevised {
        display_name: Some(sealed(1, 1)),
        phone: Some(sealed(1, 2)),
        locale: None,
    }
}

#[test]
fn a_profile_is_revised_whole_and_as_often_as_its_owner_likes() {
    for history in [
        vec![customer()],
        vec![customer(), profile_revised()],
        vec![customer(), AccountEvent::AccountDeactivated],
    ] {
        let state = given::<Account>(&history).when(revise_profile()).then(&[profile_revised()]);
        assert_eq!(state, Account::fold(&history), "a profile changes nothing that is decided on");
    }
}

#[test]
fn an_erased_account_keeps_its_role_and_zones_and_nothing_else() {
    for history in [
        vec![customer(), profile_revised()],
        vec![customer(), AccountEvent::AccountDeactivated],
    ] {
        let state =
            given::<Account>(&history).when(AccountCommand::Erase).then(&[AccountEvent::AccountErased]);
        assert!(state.exists() && state.is_erased() && !state.is_active());
        assert_eq!(state.role(), Some(Role::Customer));
    }
}

#[test]
fn erasing_twice_does_nothing() {
    given::<Account>(&[customer(), AccountEvent::AccountErased])
        .when(AccountCommand::Erase)
        .then_nothing();
}

#[test]
fn nothing_brings_an_erased_account_back() {
    let history = [customer(), AccountEvent::AccountErased];
    for command in [
        AccountCommand::Deactivate,
        AccountCommand::Reactivate,
        revise_profile(),
    ] {
        given::<Account>(&history).when(command).then_err(AccountError::Erased);
    }
    given::<Account>(&history)
        .when(register(Role::Customer, &[], None))
        .then_err(AccountError::AlreadyRegistered);
}

#[test]
fn what_does_not_exist_is_neither_revised_nor_erased() {
    for command in [revise_profile(), AccountCommand::Erase] {
        given::<Account>(&[]).when(command).then_err(AccountError::NotFound);
    }
}

#[test]
fn an_account_is_assigned_to_something_else_and_to_the_same_only_once() {
    let to = |role, zones: &[&str]| AccountCommand::Reassign {
        role,
        zones: zones.iter().map(|zone| text::<Zone>(zone)).collect(),
        company: None,
    };
    let now = |role, zones: &[&str]| AccountEvent::AccountReassigned {
        role,
        zones: zones.iter().map(|zone| text::<Zone>(zone)).collect(),
        company: None,
    };
    let admin = registered(Role::LocationAdmin, &["erbil"], None);
    let state = given::<Account>(std::slice::from_ref(&admin))
        .when(to(Role::LocationAdmin, &["basra"]))
        .then(&[now(Role::LocationAdmin, &["basra"])]);
    assert!(state.is_active());
    given::<Account>(std::slice::from_ref(&admin)).when(to(Role::LocationAdmin, &["erbil"])).then(&[]);
    given::<Account>(std::slice::from_ref(&admin))
        .when(to(Role::LocationAdmin, &[]))
        .then_err(AccountError::ZonesRequired);
    given::<Account>(std::slice::from_ref(&admin))
        .when(to(Role::Vendor, &[]))
        .then_err(AccountError::CompanyRequired);
    // Who may not sign in may not sign in as something else either.
    let state = given::<Account>(&[admin.clone(), AccountEvent::AccountDeactivated])
        .when(to(Role::Auditor, &[]))
        .then(&[now(Role::Auditor, &[])]);
    assert!(!state.is_active() && state.role() == Some(Role::Auditor));
    given::<Account>(&[]).when(to(Role::Auditor, &[])).then_err(AccountError::NotFound);
    given::<Account>(&[admin, AccountEvent::AccountErased])
        .when(to(Role::Auditor, &[]))
        .then_err(AccountError::Erased);
}

/// What tells the log that something beside it changed.
fn beside_the_log() -> [(AccountCommand, AccountEvent); 5] {
    let proof = OwnerProof::MailedToken;
    [
        (AccountCommand::VerifyEmail, AccountEvent::EmailVerified),
        (AccountCommand::ChangePassword { proof }, AccountEvent::PasswordChanged { proof }),
        (AccountCommand::RevokePassword, AccountEvent::PasswordRevoked),
        (AccountCommand::EnableSecondFactor, AccountEvent::SecondFactorEnabled),
        (AccountCommand::DisableSecondFactor, AccountEvent::SecondFactorDisabled),
    ]
}

#[test]
fn what_signs_an_account_in_changes_until_it_is_erased() {
    for (command, event) in beside_the_log() {
        for history in [
            vec![customer()],
            vec![customer(), AccountEvent::AccountDeactivated],
        ] {
            let state = given::<Account>(&history).when(command.clone()).then(std::slice::from_ref(&event));
            assert_eq!(state, Account::fold(&history), "nothing is decided on it");
        }
        given::<Account>(&[]).when(command.clone()).then_err(AccountError::NotFound);
        given::<Account>(&[customer(), AccountEvent::AccountErased])
            .when(command)
            .then_err(AccountError::Erased);
    }
}

//! Personal data: sealed for one person, readable while its key exists, and never again.

use std::time::Duration;

use commands::{
    Call, CommandError, Principal,
    customers::{Customers, NewAddress},
    identity::{Device, Email, Identity, IdentityOptions, KeySource, NewAccount, Secret, email_of},
    orders::{NewOrder, Orders},
    vault::{MasterKeySource, Opened, Rotated, Vault, VaultError, VaultOptions},
};
use domain::{
    customers::{AddressDetails, AddressText},
    decider::Decider,
    identity::{Account, AccountEvent, DISPLAY_NAME, DisplayName, PersonalDetails, Phone, Role},
    ids::{AccountId, AddressId, EventId, ProductId, SessionId},
    sealed::{Place, Sealed},
    text::Zone,
};
use event_store::{AsOf, Log, LogOptions, ids};
use sqlx::PgPool;

use crate::shop::{Database, code, database, order_of, vault};

const PASSWORD: &str = "correct horse battery";
const NAME: &str = "Shirin Aziz";

/// A node: its own memory, its own caches, its own list of erasures.
struct Node {
    log: Log,
    vault: Vault,
    identity: Identity,
    customers: Customers,
    orders: Orders,
    folder: tempfile::TempDir,
}

async fn node(database: &Database) -> Node {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::open(LogOptions::new(database.connect.clone())).await.unwrap();
    let vault = vault(&log, folder.path()).await;
    let source = KeySource::File(folder.path().join("signing.pem"));
    let identity =
        Identity::open(log.clone(), source, IdentityOptions::default(), vault.clone()).await.unwrap();
    let customers = Customers::new(log.clone(), vault.clone());
    let orders = Orders::new(log.clone(), vault.clone());
    Node { log, vault, identity, customers, orders, folder }
}

impl Node {
    async fn register(&self, address: &str, role: Role, zones: &[&str]) -> Principal {
        let zones: Vec<Zone> = zones.iter().map(|zone| Zone::parse(zone).unwrap()).collect();
        let new = NewAccount {
            email: Email::parse(address).unwrap(),
            password: Secret::new(PASSWORD.to_owned()),
            role,
            zones: zones.clone(),
            company: None,
            details: details(NAME),
        };
        let accepted = self.identity.register_account(&Call::system(), new).await.unwrap();
        Principal {
            account: accepted.result.account,
            session: SessionId::from_uuid(ids::uuid()),
            role,
            zones,
            company: None,
            key: None,
        }
    }

    /// The newest name in the log, with its place.
    async fn name(&self, account: AccountId) -> (Place, Sealed) {
        let events =
            self.log.reader().read_stream(Account::KIND, &account.stream(), 0, AsOf::Now).await.unwrap();
        let found = events.iter().rev().find_map(|event| match event.typed::<AccountEvent>().unwrap() {
            AccountEvent::ProfileRevised { display_name: Some(name), .. } => {
                let event = EventId::from_uuid(event.metadata.event_id);
                Some((Place { event, field: DISPLAY_NAME }, name.clone()))
            }
            _ => None,
        });
        found.expect("a name")
    }

    async fn opened(&self, account: AccountId) -> Option<String> {
        let (place, sealed) = self.name(account).await;
        self.vault.open_one(place, &sealed).await.unwrap().text()
    }
}

fn details(name: &str) -> PersonalDetails {
    PersonalDetails {
        display_name: Some(DisplayName::parse(name).unwrap()),
        phone: Some(Phone::parse("+964 750 123 4567").unwrap()),
        locale: None,
    }
}

fn address() -> NewAddress {
    NewAddress {
        country: None,
        zone: Some(Zone::parse("erbil").unwrap()),
        details: AddressDetails {
            label: None,
            recipient: DisplayName::parse(NAME).unwrap(),
            phone: None,
            street: AddressText::parse("Gulan Street 7").unwrap(),
            street_2: None,
            district: None,
            city: AddressText::parse("Erbil").unwrap(),
            postal_code: None,
            note: None,
            point: None,
        },
    }
}

/// An order of some product; the address is looked at first.
fn order_to(address: AddressId) -> NewOrder {
    NewOrder {
        address: Some(address),
        ..order_of(&[(ProductId::from_uuid(ids::uuid()), 1)])
    }
}

fn call(principal: &Principal) -> Call {
    Call::new(commands::Caller::Account(principal.clone()))
}

/// The row of a person's key: whether it is wrapped, and whether it is a tombstone.
async fn key_row(pool: &PgPool, account: AccountId) -> (bool, bool) {
    sqlx::query_as("select wrapped is not null, erased_at is not null from person_keys where person_id = $1")
        .bind(account.as_uuid())
        .fetch_one(pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn what_is_personal_is_sealed_and_opens_while_the_key_exists() {
    let database = database().await;
    let node = node(&database).await;
    let shirin = node.register("shirin@example.com", Role::Customer, &[]).await;
    assert_eq!(node.opened(shirin.account).await.as_deref(), Some(NAME));
    let revised =
        node.identity.revise_profile(&call(&shirin), shirin.account, &details("Shirin A."), Some(2)).await;
    assert_eq!(revised.unwrap().result.version, 3);
    assert_eq!(node.opened(shirin.account).await.as_deref(), Some("Shirin A."));
    let stale = node.identity.revise_profile(&call(&shirin), shirin.account, &details(NAME), Some(2)).await;
    assert!(matches!(stale, Err(CommandError::PreconditionFailed { expected: 2, current: 3 })));
    // A sealed value that was moved to another place does not open.
    let (place, sealed) = node.name(shirin.account).await;
    let elsewhere = Place { event: EventId::from_uuid(ids::uuid()), ..place };
    assert!(matches!(node.vault.open_one(elsewhere, &sealed).await, Err(VaultError::Damaged { .. })));
    let everything: Vec<String> = sqlx::query_scalar(
        "select payload::text from events union all select c::text from credentials c \
         union all select c::text from claims c",
    )
    .fetch_all(node.log.pool())
    .await
    .unwrap();
    for part in ["Shirin", "964", "shirin@"] {
        assert!(everything.iter().all(|row| !row.contains(part)), "{part}");
    }
    assert_eq!(
        email_of(node.log.pool(), &node.vault, shirin.account).await.unwrap().as_deref(),
        Some("shirin@example.com")
    );
}

#[tokio::test]
async fn erasing_ends_everything_and_leaves_a_tombstone() {
    let database = database().await;
    let (one, two) = (node(&database).await, node(&database).await);
    let shirin = one.register("shirin@example.com", Role::Customer, &[]).await;
    let email = Email::parse("shirin@example.com").unwrap();
    let password = Secret::new(PASSWORD.to_owned());
    let tokens = two.identity.login(&email, &password, &Device::default()).await.unwrap().complete().unwrap();
    // Both nodes have the key in memory.
    for node in [&one, &two] {
        assert_eq!(node.opened(shirin.account).await.as_deref(), Some(NAME));
    }
    let (place, sealed) = one.name(shirin.account).await;
    one.identity.erase(&call(&shirin), shirin.account, None).await.unwrap();
    assert!(one.vault.open_one(place, &sealed).await.unwrap() == Opened::Erased, "at once on this node");
    assert_eq!(key_row(one.log.pool(), shirin.account).await, (false, true));
    for table in ["credentials", "sessions", "refresh_tokens", "login_failures"] {
        let count: i64 = sqlx::query_scalar(&format!("select count(*) from {table}"))
            .fetch_one(one.log.pool())
            .await
            .unwrap();
        assert_eq!(count, 0, "{table}");
    }
    assert!(two.identity.login(&email, &password, &Device::default()).await.is_err());
    for _ in 0..100 {
        let known = two.vault.open_one(place, &sealed).await.unwrap() == Opened::Erased
            && two.identity.verifier().verify(tokens.access_token.expose()).await.is_err();
        if known {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(two.vault.open_one(place, &sealed).await.unwrap() == Opened::Erased, "within seconds elsewhere");
    assert!(two.identity.verifier().verify(tokens.access_token.expose()).await.is_err());
    assert!(two.identity.refresh(&tokens.refresh_token, &Device::default()).await.is_err());
    // Twice is once, and both nodes' lists know.
    let again = one.identity.erase(&Call::system(), shirin.account, None).await.unwrap();
    assert_eq!(again.result.version, 3);
    for node in [&one, &two] {
        let list = std::fs::read_to_string(node.folder.path().join("erasures.jsonl")).unwrap();
        assert_eq!(list.matches(&shirin.account.to_string()).count(), 1, "{list}");
    }
    // The address is free again, for somebody new with a key of its own.
    let other = two.register("shirin@example.com", Role::Customer, &[]).await;
    assert_ne!(other.account, shirin.account);
    assert_eq!(two.opened(other.account).await.as_deref(), Some(NAME));
}

#[tokio::test]
async fn a_late_command_of_a_node_with_old_memory_makes_no_new_key() {
    let database = database().await;
    let (one, two) = (node(&database).await, node(&database).await);
    let shirin = one.register("shirin@example.com", Role::Customer, &[]).await;
    // The second node holds the account, its addresses and its key in memory.
    let home = two.customers.add_address(&call(&shirin), address(), false).await.unwrap().result.address;
    two.identity.revise_profile(&call(&shirin), shirin.account, &details("S."), None).await.unwrap();
    one.identity.erase(&Call::system(), shirin.account, None).await.unwrap();
    let head = one.log.reader().refresh_head().await.unwrap();
    // At once, before it can have heard of it.
    let profile = two.identity.revise_profile(&call(&shirin), shirin.account, &details("late"), None).await;
    assert_eq!(code(profile), "identity.account_erased");
    let added = two.customers.add_address(&call(&shirin), address(), true).await;
    assert_eq!(code(added), "identity.account_erased");
    let order = two.orders.place(&call(&shirin), order_to(home)).await;
    assert_eq!(code(order), "identity.account_erased");
    assert_eq!(two.log.reader().refresh_head().await.unwrap(), head, "nothing was appended");
    assert_eq!(key_row(two.log.pool(), shirin.account).await, (false, true));
    // Not even by hand.
    for statement in [
        "update person_keys set wrapped = '\\x00', master_key_id = 'x', erased_at = null",
        "delete from person_keys",
        "truncate person_keys",
    ] {
        assert!(sqlx::query(statement).execute(two.log.pool()).await.is_err(), "{statement}");
    }
}

#[tokio::test]
async fn a_database_from_before_an_erasure_is_brought_up_to_the_list() {
    let database = database().await;
    let before = node(&database).await;
    let shirin = before.register("shirin@example.com", Role::Customer, &[]).await;
    let narin = before.register("narin@example.com", Role::Customer, &[]).await;
    // The list that was kept outside, and a stranger who is not in this backup at all.
    let list = format!(
        "{{\"person\":\"{}\",\"erased_at\":\"2026-01-01T00:00:00Z\"}}\n\
         {{\"person\":\"{}\",\"erased_at\":\"2026-01-01T00:00:00Z\"}}\n",
        shirin.account,
        AccountId::from_uuid(ids::uuid())
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("erasures.jsonl"), list).unwrap();
    let vault = vault(&before.log, folder.path()).await;
    assert_eq!(vault.unfinished_erasures().await.unwrap(), [shirin.account]);
    let source = KeySource::File(folder.path().join("signing.pem"));
    let identity =
        Identity::open(before.log.clone(), source, IdentityOptions::default(), vault).await.unwrap();
    assert_eq!(identity.repeat_erasures().await.unwrap(), 1);
    assert_eq!(key_row(before.log.pool(), shirin.account).await, (false, true));
    assert_eq!(key_row(before.log.pool(), narin.account).await, (true, false));
    assert_eq!(identity.repeat_erasures().await.unwrap(), 0);
}

#[tokio::test]
async fn who_looks_after_a_zone_erases_customers_there_and_nobody_else() {
    let database = database().await;
    let node = node(&database).await;
    let admin = node.register("admin@example.com", Role::SuperAdmin, &[]).await;
    let erbil = node.register("erbil@example.com", Role::LocationAdmin, &["erbil"]).await;
    let inside = node.register("inside@example.com", Role::Customer, &["erbil"]).await;
    let outside = node.register("outside@example.com", Role::Customer, &["erbil", "duhok"]).await;
    for hidden in [&outside, &admin] {
        let erased = node.identity.erase(&call(&erbil), hidden.account, None).await;
        assert_eq!(code(erased), "identity.account_not_found");
    }
    assert_eq!(code(node.identity.erase(&call(&inside), outside.account, None).await), "permission_denied");
    assert_eq!(
        code(node.identity.erase(&call(&admin), admin.account, None).await),
        "identity.last_super_admin"
    );
    node.identity.erase(&call(&erbil), inside.account, None).await.unwrap();
    node.identity.erase(&call(&admin), outside.account, None).await.unwrap();
    let unknown = AccountId::from_uuid(ids::uuid());
    assert_eq!(code(node.identity.erase(&call(&admin), unknown, None).await), "identity.account_not_found");
    let stranger = node.identity.revise_profile(&call(&erbil), outside.account, &details("x"), None).await;
    assert_eq!(code(stranger), "permission_denied");
}

#[tokio::test]
async fn a_rotated_master_key_wraps_everything_and_old_nodes_go_on() {
    let database = database().await;
    let folder = tempfile::tempdir().unwrap();
    let log = Log::open(LogOptions::new(database.connect.clone())).await.unwrap();
    let file = MasterKeySource::File(folder.path().join("master-key"));
    let open = || VaultOptions::new(file.clone(), folder.path().join("erasures.jsonl"));
    let running = Vault::open(log.pool().clone(), open()).await.unwrap();
    let source = KeySource::File(folder.path().join("signing.pem"));
    let identity =
        Identity::open(log.clone(), source, IdentityOptions::default(), running.clone()).await.unwrap();
    let register = async |address: &str| {
        let new = NewAccount {
            email: Email::parse(address).unwrap(),
            password: Secret::new(PASSWORD.to_owned()),
            role: Role::Customer,
            zones: Vec::new(),
            company: None,
            details: PersonalDetails::default(),
        };
        identity.register_account(&Call::system(), new).await.unwrap().result.account
    };
    let (one, two) = (register("one@example.com").await, register("two@example.com").await);
    identity.erase(&Call::system(), two, None).await.unwrap();
    let rotated = Rotated::rotate(log.pool(), file.clone()).await.unwrap();
    // One person, the key of lookups and that of strangers; a tombstone has nothing to wrap.
    assert_eq!((rotated.rewrapped, rotated.dropped), (3, 0));
    let again = Rotated::rotate(log.pool(), file.clone()).await.unwrap();
    assert_eq!((again.rewrapped, again.dropped), (3, 1));
    assert_ne!(rotated.key_id, again.key_id);
    let names: Vec<String> = sqlx::query_scalar(
        "select master_key_id from person_keys where wrapped is not null union select master_key_id from vault_keys",
    )
    .fetch_all(log.pool())
    .await
    .unwrap();
    assert_eq!(names, std::slice::from_ref(&again.key_id));
    let fresh = Vault::open(log.pool().clone(), open()).await.unwrap();
    for vault in [&running, &fresh] {
        let email = email_of(log.pool(), vault, one).await.unwrap();
        assert_eq!(email.as_deref(), Some("one@example.com"));
    }
    // A node with another master key does not start.
    let stranger = VaultOptions::new(
        MasterKeySource::File(folder.path().join("another-key")),
        folder.path().join("erasures.jsonl"),
    );
    let opened = Vault::open(log.pool().clone(), stranger).await;
    assert!(matches!(opened, Err(VaultError::MasterKeyMissing { key_id }) if key_id == again.key_id));
}

#[tokio::test]
async fn accounts_from_before_the_vault_are_sealed_at_the_first_start() {
    let database = database().await;
    let pool = PgPool::connect_with(database.connect.clone()).await.unwrap();
    let account = ids::uuid();
    sqlx::query(
        "insert into credentials (account_id, email, password_hash, role) values ($1, 'old@example.com', 'x', 'customer')",
    )
    .bind(account)
    .execute(&pool)
    .await
    .unwrap();
    // As the plain SHA-256 of the address was claimed then.
    sqlx::query("insert into claims (scope, key, holder, position) values ('email', encode(sha256('old@example.com'), 'hex'), $1, 1)")
        .bind(account.to_string())
        .execute(&pool)
        .await
        .unwrap();
    let node = node(&database).await;
    let account = AccountId::from_uuid(account);
    let email = email_of(&pool, &node.vault, account).await.unwrap();
    assert_eq!(email.as_deref(), Some("old@example.com"));
    let clear: i64 = sqlx::query_scalar("select count(*) from credentials where email is not null")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(clear, 0);
    // The claim holds under its new name.
    let taken = NewAccount {
        email: Email::parse("old@example.com").unwrap(),
        password: Secret::new(PASSWORD.to_owned()),
        role: Role::Customer,
        zones: Vec::new(),
        company: None,
        details: PersonalDetails::default(),
    };
    let registered = node.identity.register_account(&Call::system(), taken).await;
    assert_eq!(code(registered), "identity.email_taken");
}

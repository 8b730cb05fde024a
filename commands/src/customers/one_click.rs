//! Ordering with one click. The token is derived from an id in the customer's stream (ADR 0017): neither the log nor a
//! table holds it, and a repeat of the request that gave it gets the same. There is no payment here: how it is paid is a
//! reference that a payment provider gave, kept sealed with the customer's key until there is somebody to show it to.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    customers::{
        AddressBook, AddressBookError, OneClick, OneClickCommand, OneClickError, OneClickEvent,
        OneClickState, PAYMENT_METHOD, PaymentToken,
    },
    decider::Decider,
    identity::{Account, AccountError},
    ids::{AccountId, AddressId, EventId, OneClickTokenId, ProductId},
    money::Money,
    orders::{Fulfilment, PaymentMethod},
    quantity::Quantity,
    sealed::Place,
    text::Reason,
};
use event_store::{AsOf, Executed, StreamRef, ids};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Customers, PRICE_CHANGED, address::must_be_alive};
use crate::{
    Call, CommandError, Refused, UseCase,
    execute::{FORBIDDEN, execute, judge, judge_as, refuse},
    identity::Secret,
    orders::{LineProduct, NewLine, NewOrder, OrderAccepted, Orders},
    pricing::{NewQuote, Pricing},
    vault::Vault,
};

/// What tokens are derived under.
const LABEL: &str = "token/one_click";

/// How one orders with one click.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOneClick {
    /// Where it goes; the default address where it is absent.
    pub address: Option<AddressId>,
    /// How it is paid: what a provider gave for it.
    pub payment_method: PaymentToken,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneClickChanged {
    /// Where it goes, while it is on.
    pub address: Option<AddressId>,
    /// Of which the token is derived, where a new one was given.
    pub token: Option<OneClickTokenId>,
    /// How often it was changed.
    pub version: i64,
}

/// How one orders with one click now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneClickView {
    /// Where it goes, while it is on.
    pub address: Option<AddressId>,
    /// How it is paid.
    pub payment_method: Option<String>,
    /// How often it was changed.
    pub version: i64,
}

/// One product in one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneClickOrder {
    /// The token.
    pub token: Secret,
    /// Which product.
    pub product: ProductId,
    /// How many base units.
    pub quantity: Quantity,
    /// What the goods cost less discounts when the customer saw them, before delivery and tax.
    pub expected_price: Option<Money>,
}

impl Customers {
    /// One's own settings.
    ///
    /// # Errors
    /// `permission_denied`, or when the database fails.
    pub async fn one_click(&self, call: &Call) -> Result<OneClickView, CommandError> {
        let owner = own(call, UseCase::ShowOneClick)?;
        let events = self.log.reader().read_stream(OneClick::KIND, &owner.stream(), 0, AsOf::Now).await?;
        let mut view = OneClickView { address: None, payment_method: None, version: 0 };
        let Some(last) = events.last() else {
            return Ok(view);
        };
        view.version = last.sequence;
        let change = last.typed::<OneClickEvent>().map_err(|error| CommandError::Fault(error.to_string()))?;
        if let OneClickEvent::OneClickEnabled { address, payment_method, .. } = change {
            let place = Place {
                event: EventId::from_uuid(last.metadata.event_id),
                field: PAYMENT_METHOD,
            };
            view.address = Some(*address);
            view.payment_method = self.vault.open_one(place, payment_method).await?.text();
        }
        Ok(view)
    }

    /// Turns it on, or on anew: the token before is good no longer.
    ///
    /// # Errors
    /// `permission_denied`, `customers.address_not_found`, `identity.account_erased`.
    pub async fn enable_one_click(
        &self,
        call: &Call,
        new: NewOneClick,
    ) -> Result<Executed<OneClickChanged>, CommandError> {
        let owner = own(call, UseCase::SetOneClick)?;
        let id = owner.stream();
        let event = EventId::from_uuid(ids::uuid());
        let keys = self.vault.keys([owner]).await?;
        let place = Place { event, field: PAYMENT_METHOD };
        let sealed = keys.seal(owner, place, new.payment_method.as_str())?;
        let payment_method = sealed.ok_or_else(|| Refused::of(&AccountError::Erased))?;
        let token = OneClickTokenId::from_uuid(ids::uuid());
        let unit = call
            .unit()
            .reads(StreamRef::of::<OneClick>(id.as_str()))
            .reads(StreamRef::of::<AddressBook>(id.as_str()))
            .reads(StreamRef::of::<Account>(id.as_str()));
        execute(&self.log, call, unit, move |decision| {
            must_be_alive(decision, &id)?;
            let book = decision.state::<AddressBook>(&id)?;
            let address = new.address.or(book.default_address()).filter(|id| book.address(*id).is_some());
            let Some(address) = address else {
                return refuse(Refused::of(&AddressBookError::NotFound));
            };
            let enable = OneClickCommand::Enable { address, payment_method: payment_method.clone(), token };
            judge_as::<OneClick>(decision, &id, event, enable)?;
            Ok(OneClickChanged {
                address: Some(address),
                token: Some(token),
                version: decision.version::<OneClick>(&id)?,
            })
        })
        .await
    }

    /// Turns it off: no token is good any more.
    ///
    /// # Errors
    /// `permission_denied`, or when the log cannot be written.
    pub async fn disable_one_click(&self, call: &Call) -> Result<Executed<OneClickChanged>, CommandError> {
        let id = own(call, UseCase::SetOneClick)?.stream();
        let unit = call.unit().reads(StreamRef::of::<OneClick>(id.as_str()));
        execute(&self.log, call, unit, move |decision| {
            judge::<OneClick>(decision, &id, OneClickCommand::Disable)?;
            Ok(OneClickChanged {
                address: None,
                token: None,
                version: decision.version::<OneClick>(&id)?,
            })
        })
        .await
    }

    /// The token that was given with a change, for the one answer that gives it to the customer.
    #[must_use]
    pub fn one_click_token(&self, changed: &OneClickChanged) -> Option<Secret> {
        changed.token.map(|id| token(&self.vault, id.as_uuid()))
    }

    /// Orders one product as every order is placed, on account, to the address of the settings.
    ///
    /// # Errors
    /// `permission_denied`, `customers.one_click_off`, `customers.one_click_token_invalid`, `customers.price_changed`,
    /// and as [`Orders::place`].
    pub async fn order_in_one_click(
        &self,
        call: &Call,
        (orders, pricing): (&Orders, &Pricing),
        new: OneClickOrder,
    ) -> Result<Executed<OrderAccepted>, CommandError> {
        let owner = own(call, UseCase::OrderInOneClick)?;
        let invalid = || Refused::of(&OneClickError::TokenInvalid);
        let token = read(&self.vault, &new.token).map(OneClickTokenId::from_uuid).ok_or_else(invalid)?;
        let state: OneClickState =
            self.log.reader().load::<OneClick>(&owner.stream(), AsOf::Now).await?.state;
        let address = state.address_for(token).map_err(|refusal| Refused::of(&refusal))?;
        let line = NewLine::new(LineProduct::Id(new.product), new.quantity);
        if let Some(expected) = new.expected_price
            && !self.is_answered(call).await?
        {
            let quote = NewQuote {
                customer: Some(owner),
                zone: self.zone_of(owner, address).await?,
                lines: vec![line.clone()],
                coupons: Vec::new(),
                is_strict: false,
            };
            let current = pricing.quote(call, quote).await?.total;
            if current != expected {
                return Err(price_changed(expected, current).into());
            }
        }
        let order = NewOrder {
            customer: Some(owner),
            external_id: None,
            country: None,
            zone: None,
            address: Some(address),
            fulfilment: Fulfilment::Delivery,
            payment_method: PaymentMethod::Invoice,
            lines: vec![line],
            preferred: Vec::new(),
            coupons: Vec::new(),
            promotions: Vec::new(),
        };
        let executed = orders.place(call, order).await?;
        if let Some(expected) = new.expected_price {
            self.hold_to(orders, &executed.result, expected).await?;
        }
        Ok(executed)
    }

    /// A price that changed between the look and the order: the order is pending, and is taken back whole.
    async fn hold_to(
        &self,
        orders: &Orders,
        placed: &OrderAccepted,
        expected: Money,
    ) -> Result<(), CommandError> {
        let goods = placed.totals.subtotal.checked_sub(placed.totals.discount);
        let current = goods.map_err(|error| CommandError::Fault(error.to_string()))?;
        if current == expected {
            return Ok(());
        }
        let reason = Reason::parse("the price changed while it was ordered");
        let reason = reason.map_err(|error| CommandError::Fault(error.to_string()))?;
        orders.cancel(&Call::system(), placed.order, reason, None).await?;
        Err(price_changed(expected, current).into())
    }

    /// Whether the call repeats one that has its answer: what was good then is not asked again.
    async fn is_answered(&self, call: &Call) -> Result<bool, CommandError> {
        let Some(idempotency) = &call.idempotency else {
            return Ok(false);
        };
        let known: bool = sqlx::query_scalar("select exists (select from commands where id = $1)")
            .bind(idempotency.key)
            .fetch_one(self.log.pool())
            .await?;
        Ok(known)
    }

    async fn zone_of(
        &self,
        owner: AccountId,
        address: AddressId,
    ) -> Result<Option<domain::text::Zone>, CommandError> {
        let book = self.log.reader().load::<AddressBook>(&owner.stream(), AsOf::Now).await?.state;
        Ok(book.address(address).and_then(|known| known.zone.clone()))
    }
}

fn price_changed(expected: Money, current: Money) -> Refused {
    let mut refused = PRICE_CHANGED.refusal_at("/expected_price");
    for fault in &mut refused.faults {
        fault.numbers.insert("expected".to_owned(), expected.decimal().into());
        fault.numbers.insert("current".to_owned(), current.decimal().into());
    }
    refused
}

fn own(call: &Call, use_case: UseCase) -> Result<AccountId, CommandError> {
    call.require(use_case)?;
    call.caller.account().ok_or_else(|| FORBIDDEN.refusal().into())
}

fn derive(vault: &Vault, id: Uuid) -> [u8; 32] {
    vault.lookup(LABEL, &id.simple().to_string())
}

/// 64 characters of base64url: the id and its keyed hash.
fn token(vault: &Vault, id: Uuid) -> Secret {
    let bytes = [id.as_bytes().as_slice(), &derive(vault, id)].concat();
    Secret::new(URL_SAFE_NO_PAD.encode(bytes))
}

/// Which id a token is derived of; `None` where it is none of ours.
fn read(vault: &Vault, shown: &Secret) -> Option<Uuid> {
    let bytes = URL_SAFE_NO_PAD.decode(shown.expose().trim()).ok()?;
    let (id, secret) = bytes.split_at_checked(16)?;
    let id = Uuid::from_slice(id).ok()?;
    verify_slices_are_equal(&derive(vault, id), secret).ok().map(|()| id)
}

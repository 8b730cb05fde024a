//! Every kind of stream, without its types.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    str::FromStr,
};

use domain::{
    cart::Cart,
    catalog::{AttributeBook, Category, Product, Review, SellingUnit, Unit, Upload},
    customers::{
        AddressBook, AlertRegister, CustomerGroups, Favorites, LoyaltyAccount, LoyaltyAccountEvent,
        LoyaltyAccountState, LoyaltyProgram, NeededItem, OneClick, StockAlerts,
    },
    decider::{Decider, Event, decode},
    identity::{Account, ApiKey},
    ids::{
        AccountId, ApiKeyId, CartId, CompanyId, OrderId, PayoutId, PriceListId, ProductId, PromotionId,
        ReorderId, ReturnId, SettlementId, SupplierId, UploadId, WarehouseId,
    },
    inventory::{Reorder, Stock, StockEvent, StockState, Supplier, Warehouse},
    orders::{Counter, CounterEvent, CounterState, Order, Return, fraud::FraudPolicy},
    payouts::{Payout, Settlement, SettlementBook, SettlementBookEvent, SettlementBookState},
    pricing::{
        Coupon, PriceBook, PriceList, Promotion, PromotionBook, Redemptions, RedemptionsEvent,
        RedemptionsState, TaxTable,
    },
    vendors::Company,
};
use uuid::Uuid;

/// A kind of stream.
pub(crate) struct Kind {
    /// Its `aggregate_type`.
    pub(crate) name: &'static str,
    /// The names and versions of its events.
    pub(crate) catalogue: &'static [(&'static str, u16)],
    /// A state before its first event.
    pub(crate) empty: fn() -> Box<dyn Fold + Send>,
}

/// A state that grows event by event.
pub(crate) trait Fold {
    /// Decodes a stored event, lifts it to its newest version and adds it.
    ///
    /// # Errors
    /// Why it cannot be read or added, or what the state would become that it must never be.
    fn add(&mut self, name: &str, version: u16, payload: &str) -> Result<(), String>;

    /// As the code sees it, a value a line.
    fn show(&self) -> String;
}

/// What holds for every history of an aggregate, beyond being readable.
trait Sound: Decider {
    fn check(_before: &Self::State, _event: &Self::Event) -> Result<(), String> {
        Ok(())
    }
}

impl Sound for Account {}
impl Sound for ApiKey {}
impl Sound for AddressBook {}
impl Sound for CustomerGroups {}
impl Sound for Favorites {}
impl Sound for LoyaltyProgram {}
impl Sound for StockAlerts {}
impl Sound for AlertRegister {}
impl Sound for NeededItem {}
impl Sound for OneClick {}

impl Sound for LoyaltyAccount {
    fn check(before: &LoyaltyAccountState, event: &LoyaltyAccountEvent) -> Result<(), String> {
        let balance = before.balance();
        match balance.checked_add_signed(event.change()) {
            Some(_) => Ok(()),
            None => Err(format!("{} points would go of {balance}", event.change().unsigned_abs())),
        }
    }
}

impl Sound for Cart {}
impl Sound for AttributeBook {}
impl Sound for Category {}
impl Sound for Review {}
impl Sound for SellingUnit {}
impl Sound for Unit {}
impl Sound for Upload {}
impl Sound for Product {}
impl Sound for Warehouse {}
impl Sound for Supplier {}
impl Sound for Reorder {}
impl Sound for Order {}
impl Sound for Return {}
impl Sound for Promotion {}
impl Sound for PromotionBook {}
impl Sound for Coupon {}
impl Sound for PriceList {}
impl Sound for PriceBook {}
impl Sound for TaxTable {}
impl Sound for FraudPolicy {}

impl Sound for Redemptions {
    fn check(before: &RedemptionsState, event: &RedemptionsEvent) -> Result<(), String> {
        let (used, due) = match event {
            RedemptionsEvent::RedemptionTaken { used, .. } => (*used, before.used.checked_add(1)),
            RedemptionsEvent::RedemptionReturned { used, .. } => (*used, before.used.checked_sub(1)),
        };
        if due == Some(used) {
            Ok(())
        } else {
            Err(format!("{used} redemptions are counted after {}", before.used))
        }
    }
}

impl Sound for Company {}
impl Sound for Payout {}
impl Sound for Settlement {}

impl Sound for SettlementBook {
    fn check(before: &SettlementBookState, event: &SettlementBookEvent) -> Result<(), String> {
        let SettlementBookEvent::PeriodSettled { from, to, .. } = event;
        let due = before.settled_to;
        if *from == due && to > from {
            Ok(())
        } else {
            Err(format!("the positions {from} to {to} were settled where {due} was settled before"))
        }
    }
}

impl Sound for Stock {
    fn check(before: &StockState, event: &StockEvent) -> Result<(), String> {
        let mut moved: BTreeMap<WarehouseId, (i128, i128, i128)> = BTreeMap::new();
        event.each_movement(|movement| {
            let (on_hand, reserved, held) = moved.entry(movement.warehouse).or_default();
            *on_hand += i128::from(movement.on_hand);
            *reserved += i128::from(movement.reserved);
            *held += i128::from(movement.held);
        });
        for (warehouse, (on_hand, reserved, held)) in moved {
            let level = before.level(warehouse);
            let on_hand = i128::from(level.on_hand) + on_hand;
            let reserved = i128::from(level.reserved) + reserved;
            let held = i128::from(level.held) + held;
            if reserved < 0 || held < 0 || on_hand - reserved - held < 0 {
                return Err(format!(
                    "the stock in {warehouse} would be {on_hand} on hand, {reserved} reserved, {held} held"
                ));
            }
        }
        Ok(())
    }
}

impl Sound for Counter {
    fn check(before: &CounterState, event: &CounterEvent) -> Result<(), String> {
        let CounterEvent::NumberIssued { number, .. } = event;
        let due = before.next();
        if *number == due {
            Ok(())
        } else {
            Err(format!("number {number} was issued where {due} was due"))
        }
    }
}

struct Folded<D: Decider>(D::State);

impl<D: Sound> Fold for Folded<D> {
    fn add(&mut self, name: &str, version: u16, payload: &str) -> Result<(), String> {
        let event: D::Event = decode(name, version, payload).map_err(|error| error.to_string())?;
        let checked = D::check(&self.0, &event);
        // Folding never fails: where it does, that is a fault to report, and not the end of this program.
        catch_unwind(AssertUnwindSafe(|| D::evolve(&mut self.0, &event)))
            .map_err(|_| format!("{name} cannot be added to what came before it"))?;
        checked
    }

    fn show(&self) -> String {
        format!("{:#?}", self.0)
    }
}

const fn kind<D: Sound>() -> Kind {
    Kind {
        name: D::KIND,
        catalogue: D::Event::CATALOGUE,
        empty: || Box::new(Folded::<D>(D::State::default())),
    }
}

/// The kinds that this program knows.
pub(crate) const KINDS: &[Kind] = &[
    kind::<Account>(),
    kind::<ApiKey>(),
    kind::<AddressBook>(),
    kind::<CustomerGroups>(),
    kind::<Favorites>(),
    kind::<LoyaltyProgram>(),
    kind::<LoyaltyAccount>(),
    kind::<StockAlerts>(),
    kind::<AlertRegister>(),
    kind::<NeededItem>(),
    kind::<OneClick>(),
    kind::<AttributeBook>(),
    kind::<Category>(),
    kind::<Review>(),
    kind::<SellingUnit>(),
    kind::<Unit>(),
    kind::<Upload>(),
    kind::<Product>(),
    kind::<Warehouse>(),
    kind::<Supplier>(),
    kind::<Reorder>(),
    kind::<Stock>(),
    kind::<Order>(),
    kind::<Return>(),
    kind::<Counter>(),
    kind::<Promotion>(),
    kind::<PromotionBook>(),
    kind::<Coupon>(),
    kind::<Redemptions>(),
    kind::<PriceList>(),
    kind::<PriceBook>(),
    kind::<TaxTable>(),
    kind::<FraudPolicy>(),
    kind::<Company>(),
    kind::<Payout>(),
    kind::<Settlement>(),
    kind::<SettlementBook>(),
    kind::<Cart>(),
];

/// The kind of this name.
pub(crate) fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// Which streams to look at: a kind, or one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StreamFilter {
    pub(crate) kind: &'static str,
    pub(crate) id: Option<String>,
}

impl FromStr for StreamFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some((kind, id)) = id_of(text) {
            return Ok(Self { kind, id: Some(id) });
        }
        let (kind, id) = text.split_once('/').map_or((text, None), |(kind, id)| (kind, Some(id)));
        let known = || KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ");
        let kind =
            find(kind).ok_or_else(|| format!("expected one of {}, or an id such as ord_…", known()))?;
        let id = id.map(|id| id_of(id).map_or_else(|| id.to_owned(), |(_, id)| id));
        Ok(Self { kind: kind.name, id })
    }
}

/// An id in the API's form, as kind and stream.
fn id_of(text: &str) -> Option<(&'static str, String)> {
    let account = || text.parse::<AccountId>().ok().map(|id| (Account::KIND, id.stream()));
    let order = || text.parse::<OrderId>().ok().map(|id| (Order::KIND, id.stream()));
    let product = || text.parse::<ProductId>().ok().map(|id| (Product::KIND, id.stream()));
    let promotion = || text.parse::<PromotionId>().ok().map(|id| (Promotion::KIND, id.stream()));
    let returned = || text.parse::<ReturnId>().ok().map(|id| (Return::KIND, id.stream()));
    let warehouse = || text.parse::<WarehouseId>().ok().map(|id| (Warehouse::KIND, id.stream()));
    let company = || text.parse::<CompanyId>().ok().map(|id| (Company::KIND, id.stream()));
    let payout = || text.parse::<PayoutId>().ok().map(|id| (Payout::KIND, id.stream()));
    let settlement = || text.parse::<SettlementId>().ok().map(|id| (Settlement::KIND, id.stream()));
    let upload = || text.parse::<UploadId>().ok().map(|id| (Upload::KIND, id.stream()));
    let key = || text.parse::<ApiKeyId>().ok().map(|id| (ApiKey::KIND, id.stream()));
    let goods =
        account().or_else(order).or_else(product).or_else(promotion).or_else(returned).or_else(warehouse);
    let cart = || text.parse::<CartId>().ok().map(|id| (Cart::KIND, id.stream()));
    goods
        .or_else(cart)
        .or_else(upload)
        .or_else(company)
        .or_else(payout)
        .or_else(settlement)
        .or_else(key)
}

/// A stream's id in the API's form, where its kind has one.
pub(crate) fn api_id(kind: &str, id: &str) -> Option<String> {
    let id = Uuid::try_parse(id).ok()?;
    Some(match kind {
        // What a customer keeps has the customer's id.
        Account::KIND | AddressBook::KIND | CustomerGroups::KIND | Favorites::KIND => {
            AccountId::from_uuid(id).to_string()
        }
        ApiKey::KIND => ApiKeyId::from_uuid(id).to_string(),
        Cart::KIND => CartId::from_uuid(id).to_string(),
        Order::KIND => OrderId::from_uuid(id).to_string(),
        // The stock of a product has the product's id.
        Product::KIND | Stock::KIND => ProductId::from_uuid(id).to_string(),
        // The counts of a coupon have its code, which is no UUID.
        Promotion::KIND | Redemptions::KIND => PromotionId::from_uuid(id).to_string(),
        PriceList::KIND => PriceListId::from_uuid(id).to_string(),
        Company::KIND => CompanyId::from_uuid(id).to_string(),
        Payout::KIND => PayoutId::from_uuid(id).to_string(),
        Settlement::KIND => SettlementId::from_uuid(id).to_string(),
        Return::KIND => ReturnId::from_uuid(id).to_string(),
        Warehouse::KIND => WarehouseId::from_uuid(id).to_string(),
        Upload::KIND => UploadId::from_uuid(id).to_string(),
        Supplier::KIND => SupplierId::from_uuid(id).to_string(),
        Reorder::KIND => ReorderId::from_uuid(id).to_string(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "0193e1f0-0000-7000-8000-000000000001";
    const SHORT: &str = "0193e1f0000070008000000000000001";

    #[test]
    fn a_stream_is_named_by_kind_or_id() {
        let parse = |text: &str| text.parse::<StreamFilter>().map(|filter| (filter.kind, filter.id));
        assert_eq!(parse("order"), Ok(("order", None)));
        assert_eq!(parse(&format!("order/{UUID}")), Ok(("order", Some(UUID.to_owned()))));
        assert_eq!(parse(&format!("ord_{SHORT}")), Ok(("order", Some(UUID.to_owned()))));
        assert_eq!(parse(&format!("stock/prd_{SHORT}")), Ok(("stock", Some(UUID.to_owned()))));
        assert_eq!(parse("counter/invoice"), Ok(("counter", Some("invoice".to_owned()))));
        assert_eq!(parse(&format!("pay_{SHORT}")), Ok(("payout", Some(UUID.to_owned()))));
        assert!(parse("parcel").is_err());
        assert_eq!(api_id("stock", UUID), Some(format!("prd_{SHORT}")));
        assert_eq!(api_id("counter", "invoice"), None);
    }

    #[test]
    fn a_state_that_must_never_be_is_a_fault() {
        let warehouse = UUID;
        let received =
            |quantity| format!(r#"{{"StockReceived":{{"warehouse":"{warehouse}","quantity":{quantity}}}}}"#);
        let deducted = |quantity| {
            format!(
                r#"{{"StockDeducted":{{"order":"{UUID}","allocations":[{{"warehouse":"{warehouse}","quantity":{quantity}}}]}}}}"#
            )
        };
        let mut stock = (find("stock").unwrap().empty)();
        assert_eq!(stock.add("StockReceived", 1, &received(5)), Ok(()));
        assert!(stock.add("StockDeducted", 1, &deducted(1)).unwrap_err().contains("-1 reserved"));
        assert!(stock.add("StockReceived", 9, &received(5)).unwrap_err().contains("version 9"));
        let mut counter = (find("counter").unwrap().empty)();
        let issued = |number| format!(r#"{{"NumberIssued":{{"number":{number},"document":"d"}}}}"#);
        assert_eq!(counter.add("NumberIssued", 1, &issued(1)), Ok(()));
        let mut redemptions = (find("redemptions").unwrap().empty)();
        let taken = |used| format!(r#"{{"RedemptionTaken":{{"order":"{UUID}","used":{used}}}}}"#);
        assert_eq!(redemptions.add("RedemptionTaken", 1, &taken(1)), Ok(()));
        assert!(redemptions.add("RedemptionTaken", 1, &taken(1)).unwrap_err().contains("1 redemptions"));
        assert!(counter.add("NumberIssued", 1, &issued(3)).unwrap_err().contains("2 was due"));
        let mut book = (find("settlement_book").unwrap().empty)();
        let settled = |from, to| {
            format!(
                r#"{{"PeriodSettled":{{"settlement":"{UUID}","from":{from},"to":{to},"closing":{{"amount":"1","currency":"IQD","exponent":0}}}}}}"#
            )
        };
        assert_eq!(book.add("PeriodSettled", 1, &settled(0, 9)), Ok(()));
        assert!(book.add("PeriodSettled", 1, &settled(8, 12)).unwrap_err().contains("9 was settled before"));
    }
}

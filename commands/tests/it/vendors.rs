//! Companies: who may change them, and what their terms do to orders.

use commands::{Call, vendors::NewCompany};
use domain::{
    identity::Role,
    ids::{CompanyId, ProductId},
    money::{BasisPoints, Currency, Money},
    text::{LocalizedText, Zone},
    vendors::{DeliveryFee, RegisterCompany, ReviseCompany},
};
use event_store::ids;

use crate::shop::{Shop, call_of, code, new_product, order_of, reason};

pub(crate) fn gbp(amount: &str) -> Money {
    Money::parse(amount, Currency::GBP).unwrap()
}

pub(crate) fn new_company_id() -> CompanyId {
    CompanyId::from_uuid(ids::uuid())
}

/// A product of `company` with `units` in a warehouse of its own.
pub(crate) async fn stocked(
    shop: &Shop,
    sku: &str,
    price: &str,
    company: CompanyId,
    units: u32,
) -> ProductId {
    let mut new = new_product(sku, price);
    new.company = Some(company);
    let product = shop.register(new).await;
    let warehouse = shop.warehouse(&format!("W-{sku}")).await;
    shop.receive(product, warehouse, units).await;
    product
}

fn new_company() -> NewCompany {
    NewCompany {
        id: None,
        company: RegisterCompany {
            name: LocalizedText::single("en", "Tigris").unwrap(),
            description: None,
            zones: vec![Zone::parse("erbil").unwrap()],
            commission_rate: BasisPoints::ZERO,
            delivery_fees: vec![DeliveryFee { zone: None, fee: gbp("3"), free_from: Some(gbp("20")) }],
        },
    }
}

#[tokio::test]
async fn only_who_manages_companies_changes_them() {
    let shop = Shop::open().await;
    let system = Call::system();
    let company = shop.vendors.register_company(&system, new_company()).await.unwrap().result.company;
    for role in [Role::LocationAdmin, Role::Vendor, Role::Customer, Role::Auditor] {
        let call = call_of(role, &["erbil"], Some(company));
        assert_eq!(code(shop.vendors.register_company(&call, new_company()).await), "permission_denied");
        assert_eq!(
            code(shop.vendors.set_commission(&call, company, BasisPoints::MAX, None).await),
            "permission_denied"
        );
    }
    let admin = call_of(Role::SuperAdmin, &[], None);
    let changed = shop.vendors.set_commission(&admin, company, BasisPoints::MAX, Some(1)).await.unwrap();
    assert_eq!(changed.result.version, 2);
    let stale = shop.vendors.revise_company(&admin, company, ReviseCompany::default(), Some(1)).await;
    assert!(matches!(stale, Err(commands::CommandError::PreconditionFailed { expected: 1, current: 2 })));
    let taken = NewCompany { id: Some(company), ..new_company() };
    assert_eq!(
        code(shop.vendors.register_company(&admin, taken).await),
        "vendors.company_already_registered"
    );
    let unknown = shop.vendors.set_active(&admin, new_company_id(), false, None, None).await;
    assert_eq!(code(unknown), "vendors.company_not_found");
}

#[tokio::test]
async fn a_product_names_a_company_that_exists() {
    let shop = Shop::open().await;
    let mut new = new_product("TEA", "1");
    new.company = Some(new_company_id());
    let refused = shop.catalog.register_product(&Call::system(), new.clone()).await;
    assert_eq!(code(refused), "vendors.company_not_found");
    shop.company(new.company.unwrap()).await;
    shop.register(new).await;
}

#[tokio::test]
async fn an_order_keeps_the_terms_of_its_day() {
    let shop = Shop::open().await;
    let system = Call::system();
    let company = shop.vendors.register_company(&system, new_company()).await.unwrap().result.company;
    let rate = BasisPoints::try_from(1_250).unwrap();
    shop.vendors.set_commission(&system, company, rate, None).await.unwrap();
    let product = stocked(&shop, "TEA", "1.50", company, 50).await;
    let first = shop.place(&system, &[(product, 3)]).await.result;
    assert_eq!((first.totals.subtotal, first.totals.delivery), (gbp("4.50"), gbp("3")));
    shop.vendors.set_commission(&system, company, BasisPoints::ZERO, None).await.unwrap();
    let second = shop.place(&system, &[(product, 20)]).await.result;
    assert_eq!(second.totals.delivery, gbp("0"), "free from 20 on");
    let commission = async |order| shop.order(order).await.lines()[0].commission;
    let frozen = commission(first.order).await.unwrap();
    assert_eq!((frozen.rate, frozen.amount), (rate, gbp("0.56")));
    assert_eq!(commission(second.order).await, None);
}

#[tokio::test]
async fn an_inactive_company_and_a_foreign_zone_are_refused_line_by_line() {
    let shop = Shop::open().await;
    let system = Call::system();
    let company = shop.vendors.register_company(&system, new_company()).await.unwrap().result.company;
    let product = stocked(&shop, "TEA", "1", company, 5).await;
    let mut order = order_of(&[(product, 1)]);
    order.zone = Some(Zone::parse("basra").unwrap());
    let refused = crate::shop::refused(shop.orders.place(&system, order.clone()).await);
    assert_eq!(
        (refused.code, refused.faults[0].pointer.as_str()),
        ("vendors.zone_not_served", "/lines/0/product")
    );
    order.fulfilment = domain::orders::Fulfilment::Pickup;
    shop.orders.place(&system, order.clone()).await.unwrap();
    shop.vendors.set_active(&system, company, false, Some(reason()), None).await.unwrap();
    assert_eq!(code(shop.orders.place(&system, order.clone()).await), "vendors.company_inactive");
    shop.vendors.set_active(&system, company, true, None, None).await.unwrap();
    shop.orders.place(&system, order).await.unwrap();
}

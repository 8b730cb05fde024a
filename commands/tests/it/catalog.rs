use commands::{Call, CommandError};
use domain::{
    catalog::ReviseProduct,
    identity::Role,
    ids::{CompanyId, ProductId},
    quantity::Quantity,
    text::ExternalId,
};
use event_store::ids;

use crate::shop::{Shop, call_of, code, customer, new_product};

#[tokio::test]
async fn a_sku_and_an_external_id_belong_to_one_product() {
    let shop = Shop::open().await;
    let mut first = new_product("TEA", "2.50");
    first.external_id = Some(ExternalId::parse("odoo-1").unwrap());
    shop.register(first.clone()).await;
    let same_sku = shop.catalog.register_product(&Call::system(), new_product("TEA", "1")).await;
    assert_eq!(code(same_sku), "catalog.sku_taken");
    first.sku = domain::text::Sku::parse("TEA-2").unwrap();
    let same_external_id = shop.catalog.register_product(&Call::system(), first).await;
    assert_eq!(code(same_external_id), "catalog.external_id_taken");
    shop.product("tea", "1").await;
}

#[tokio::test]
async fn one_of_many_who_want_a_sku_at_once_gets_it() {
    let shop = Shop::open().await;
    let system = Call::system();
    let all = futures_util::future::join_all(
        (0..20).map(|_| shop.catalog.register_product(&system, new_product("HOT", "1"))),
    )
    .await;
    assert_eq!(all.iter().filter(|outcome| outcome.is_ok()).count(), 1);
}

#[tokio::test]
async fn a_revision_from_an_old_version_is_refused() {
    let shop = Shop::open().await;
    let product = shop.product("TEA", "2.50").await;
    let minimum = |units| ReviseProduct {
        min_order_quantity: Some(Quantity::new(units).unwrap()),
        ..ReviseProduct::default()
    };
    let system = Call::system();
    let second = shop.catalog.revise_product(&system, product, minimum(2), Some(1)).await.unwrap();
    assert_eq!(second.result.version, 2);
    let stale = shop.catalog.revise_product(&system, product, minimum(3), Some(1)).await;
    assert!(matches!(stale, Err(CommandError::PreconditionFailed { expected: 1, current: 2 })));
    let unknown = ProductId::from_uuid(ids::uuid());
    let nothing = shop.catalog.revise_product(&system, unknown, minimum(3), Some(1)).await;
    assert_eq!(code(nothing), "catalog.product_not_found");
}

#[tokio::test]
async fn a_vendor_has_its_own_products_only() {
    let shop = Shop::open().await;
    let company = CompanyId::from_uuid(ids::uuid());
    shop.company(company).await;
    let vendor = call_of(Role::Vendor, &[], Some(company));
    let own = shop.catalog.register_product(&vendor, new_product("OWN", "1")).await.unwrap().result.product;
    let other = shop.product("OTHER", "1").await;
    assert_eq!(
        code(shop.catalog.discontinue_product(&vendor, other, None, None).await),
        "catalog.product_not_found"
    );
    shop.catalog.discontinue_product(&vendor, own, None, None).await.unwrap();
    let mut foreign = new_product("FOREIGN", "1");
    foreign.company = Some(CompanyId::from_uuid(ids::uuid()));
    assert_eq!(code(shop.catalog.register_product(&vendor, foreign).await), "catalog.foreign_company");
    assert_eq!(
        code(shop.catalog.register_product(&customer(), new_product("X", "1")).await),
        "permission_denied"
    );
}

//! Every query runs on tables that hold nothing.

use domain::{
    ids::{AccountId, CompanyId, OrderId, PayoutId, ProductId, ReturnId, SettlementId, WarehouseId},
    money::Currency,
    text::{ExternalId, Sku},
};
use event_store::AsOf;
use projections::{
    PageRequest, Sort,
    catalog::product_list::{self, ProductFilter, ProductSort},
    customers::address_list,
    identity::accounts,
    inventory::{stock_history, stock_levels},
    orders::{
        order_list::{self, OrderFilter, OrderSort},
        return_list,
    },
    payouts::{company_account, settlement_list},
    vendors::company_list,
};
use uuid::Uuid;

use crate::support::Bench;

const PAGE: PageRequest = PageRequest { after: None, limit: 20, with_total: true };

#[tokio::test]
async fn nothing_is_found_where_nothing_happened() {
    let bench = Bench::new().await;
    bench.install_and_project(10).await;
    let pool = bench.pool();
    let product = ProductId::from_uuid(Uuid::nil());
    assert_eq!(product_list::get(&pool, product).await.unwrap(), None);
    assert_eq!(product_list::get_with_checkpoint(&pool, product).await.unwrap(), (None, 0));
    assert_eq!(product_list::by_sku(&pool, &Sku::parse("A").unwrap()).await.unwrap(), None);
    let external = ExternalId::parse("A").unwrap();
    assert_eq!(product_list::by_external_id(&pool, &external).await.unwrap(), None);
    assert_eq!(product_list::by_ids(&pool, &[product]).await.unwrap(), []);
    for key in [
        ProductSort::CreatedAt,
        ProductSort::Price,
        ProductSort::Sku,
        ProductSort::Title,
    ] {
        for descending in [false, true] {
            let page = product_list::list(&pool, &ProductFilter::default(), Sort { key, descending }, &PAGE)
                .await
                .unwrap();
            assert_eq!((page.items.len(), page.next, page.total), (0, None, Some(0)));
        }
    }
    let nobody = AccountId::from_uuid(Uuid::nil());
    assert_eq!(address_list::of_customer(&pool, nobody).await.unwrap().addresses, []);
    let warehouse = WarehouseId::from_uuid(Uuid::nil());
    assert_eq!(stock_levels::stock_of(&pool, product).await.unwrap().by_warehouse, []);
    assert_eq!(stock_levels::stock_of_with_checkpoint(&pool, product).await.unwrap().1, 0);
    assert_eq!(stock_levels::stock_of_products(&pool, &[product]).await.unwrap().len(), 1);
    assert_eq!(stock_levels::low_stock(&pool, &[warehouse], &PAGE).await.unwrap().total, Some(0));
    assert_eq!(stock_levels::out_of_stock(&pool, &[], &PAGE).await.unwrap().total, Some(0));
    assert_eq!(stock_levels::warehouse(&pool, warehouse).await.unwrap(), None);
    assert_eq!(stock_levels::warehouses(&pool, &[], &PAGE).await.unwrap().total, Some(0));
    let any = stock_history::MovementFilter::default();
    assert_eq!(stock_history::history(&pool, &any, &PAGE).await.unwrap().total, Some(0));
    assert_eq!(stock_history::stock_as_of(&pool, product, AsOf::Now).await.unwrap(), []);
    let order = OrderId::from_uuid(Uuid::nil());
    assert_eq!(order_list::get(&pool, order).await.unwrap(), None);
    assert_eq!(order_list::get_with_checkpoint(&pool, order).await.unwrap(), (None, 0));
    assert_eq!(order_list::detail(&pool, order).await.unwrap(), None);
    assert_eq!(order_list::lines_of(&pool, order).await.unwrap(), []);
    assert_eq!(order_list::by_external_id(&pool, &external).await.unwrap(), None);
    assert_eq!(order_list::stats(&pool, &OrderFilter::default()).await.unwrap(), []);
    for key in [OrderSort::PlacedAt, OrderSort::Total] {
        let page =
            order_list::list(&pool, &OrderFilter::default(), Sort::descending(key), &PAGE).await.unwrap();
        assert_eq!(page.total, Some(0));
    }
    let id = ReturnId::from_uuid(Uuid::nil());
    assert_eq!(return_list::get(&pool, id).await.unwrap(), None);
    assert_eq!(return_list::get_with_checkpoint(&pool, id).await.unwrap(), (None, 0));
    assert_eq!(return_list::detail(&pool, id).await.unwrap(), None);
    assert_eq!(return_list::by_external_id(&pool, &external).await.unwrap(), None);
    let returns = return_list::list(&pool, &return_list::ReturnFilter::default(), &PAGE).await.unwrap();
    assert_eq!(returns.total, Some(0));
    let account = AccountId::from_uuid(Uuid::nil());
    assert_eq!(accounts::get(&pool, account).await.unwrap(), None);
    let none = accounts::AccountFilter::default();
    assert_eq!(accounts::list(&pool, &none, &PAGE).await.unwrap().total, Some(0));
    nothing_of_vendors(&pool).await;
}

async fn nothing_of_vendors(pool: &sqlx::PgPool) {
    let company = CompanyId::from_uuid(Uuid::nil());
    assert_eq!(company_list::get(pool, company).await.unwrap(), None);
    assert_eq!(company_list::by_ids(pool, &[company]).await.unwrap(), []);
    assert_eq!(company_list::commission_rates(pool, company).await.unwrap(), []);
    let none = company_list::CompanyFilter::default();
    assert_eq!(company_list::list(pool, &none, &PAGE).await.unwrap().total, Some(0));
    assert_eq!(company_account::accounts(pool, Some(company)).await.unwrap(), []);
    assert_eq!(company_account::due(pool, company, Currency::GBP, 9).await.unwrap(), []);
    let payout = PayoutId::from_uuid(Uuid::nil());
    assert_eq!(company_account::get(pool, payout).await.unwrap(), None);
    assert_eq!(company_account::items_of(pool, payout).await.unwrap(), []);
    let none = company_account::PayoutFilter::default();
    assert_eq!(company_account::list(pool, &none, &PAGE).await.unwrap().total, Some(0));
    let settlement = SettlementId::from_uuid(Uuid::nil());
    assert_eq!(settlement_list::get(pool, settlement).await.unwrap(), None);
    let none = settlement_list::SettlementFilter::default();
    assert_eq!(settlement_list::list(pool, &none, &PAGE).await.unwrap().total, Some(0));
}

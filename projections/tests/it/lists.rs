//! Filters, orders and pages answer what the same question to plain rows answers; and no text of a request becomes
//! part of a statement.

use std::cmp::Ordering;

use domain::{
    ids::{CategoryId, CompanyId},
    money::Currency,
    orders::{OrderStatus, ReturnStatus},
    text::{Country, ExternalId, Sku, Tag, Zone},
};
use projections::{
    PageRequest, ReadError, Sort,
    analytics::sales::{self, BestBy, Period, SalesFilter},
    catalog::product_list::{self, ProductFilter, ProductRow, ProductSort, ProductStatus},
    identity::accounts::{self, AccountFilter},
    inventory::{
        stock_history::{self, MovementFilter},
        stock_levels,
    },
    orders::{
        order_list::{self, OrderFilter, OrderRow, OrderSort},
        return_list::{self, ReturnFilter},
    },
};
use sqlx::PgPool;
use uuid::Uuid;

use crate::support::{all, expected::Expected, filled};

async fn products(pool: &PgPool, filter: &ProductFilter, sort: Sort<ProductSort>) -> Vec<ProductRow> {
    all(|page| async move { product_list::list(pool, filter, sort, &page).await }).await
}

async fn orders(pool: &PgPool, filter: &OrderFilter, sort: Sort<OrderSort>) -> Vec<OrderRow> {
    all(|page| async move { order_list::list(pool, filter, sort, &page).await }).await
}

/// A filter must find exactly what `matches` finds, and something must match.
async fn finds(
    pool: &PgPool,
    expected: &Expected,
    filter: ProductFilter,
    matches: impl Fn(&ProductRow) -> bool,
) {
    let found: Vec<_> = products(pool, &filter, Sort::ascending(ProductSort::Sku))
        .await
        .into_iter()
        .map(|row| row.sku)
        .collect();
    let mut wanted: Vec<_> =
        expected.products.values().filter(|row| matches(row)).map(|row| row.sku.clone()).collect();
    wanted.sort();
    assert!(!wanted.is_empty(), "{filter:?} is not tried");
    assert_eq!(found, wanted, "{filter:?}");
}

#[tokio::test]
async fn product_filters_find_what_they_name() {
    let (bench, expected) = filled(11).await;
    let (pool, none) = (&bench.pool(), ProductFilter::default);
    let category = CategoryId::from_uuid(Uuid::from_u64_pair(7, 1));
    let company = CompanyId::from_uuid(Uuid::from_u64_pair(8, 1));
    finds(pool, &expected, ProductFilter { categories: Some(vec![category]), ..none() }, |row| {
        row.categories.contains(&category)
    })
    .await;
    finds(pool, &expected, ProductFilter { company: Some(company), ..none() }, |row| {
        row.company == Some(company)
    })
    .await;
    finds(pool, &expected, ProductFilter { currency: Some(Currency::IQD), ..none() }, |row| {
        row.currency() == Currency::IQD
    })
    .await;
    finds(pool, &expected, ProductFilter { tag: Some(Tag::parse("new").unwrap()), ..none() }, |row| {
        row.tags.iter().any(|tag| tag == "new")
    })
    .await;
    let (least, most) = (2_000_000, 9_000_000);
    let prices = ProductFilter {
        price_gte_micros: Some(least),
        price_lte_micros: Some(most),
        ..none()
    };
    finds(pool, &expected, prices, |row| (least..=most).contains(&row.price().micros())).await;
    for wanted in [true, false] {
        finds(pool, &expected, ProductFilter { in_stock: Some(wanted), ..none() }, |row| {
            row.in_stock() == wanted
        })
        .await;
    }
    for status in [ProductStatus::Active, ProductStatus::Discontinued] {
        finds(pool, &expected, ProductFilter { status: Some(status), ..none() }, |row| row.status == status)
            .await;
    }
    let some = expected.products.values().next().unwrap();
    let sku = Sku::parse(&some.sku).unwrap();
    finds(pool, &expected, ProductFilter { sku: Some(sku.clone()), ..none() }, |row| row.sku == some.sku)
        .await;
    assert_eq!(product_list::by_sku(pool, &sku).await.unwrap().unwrap(), *some);
    let ids: Vec<_> = expected.products.keys().copied().collect();
    assert_eq!(product_list::by_ids(pool, &ids).await.unwrap().len(), ids.len());
    for row in expected.products.values() {
        let found = match &row.external_id {
            Some(id) => product_list::by_external_id(pool, &ExternalId::parse(id).unwrap()).await.unwrap(),
            None => continue,
        };
        assert_eq!(found.as_ref(), Some(row));
    }
}

/// Words in any case and order, in any language, with the wildcards of SQL taken for themselves.
#[tokio::test]
async fn a_search_finds_its_words_literally() {
    let (bench, expected) = filled(12).await;
    let pool = &bench.pool();
    for q in [
        "rice",
        "LIGHT tea",
        "50%",
        "_",
        "lámpara",
        "أرز",
        "o'hara's \"mug\"",
        "84",
        "b%",
    ] {
        let matches = |row: &ProductRow| {
            let text = row.title.by_language().values().map(String::as_str).collect::<Vec<_>>().join("\n");
            let code = row.barcode.as_deref().unwrap_or_default();
            let text = format!("{text}\n{}\n{code}", row.sku).to_lowercase();
            q.to_lowercase().split_whitespace().all(|word| text.contains(word))
        };
        let filter = ProductFilter { q: Some(q.to_owned()), ..ProductFilter::default() };
        finds(pool, &expected, filter, matches).await;
    }
}

#[tokio::test]
async fn lists_come_in_the_order_that_is_asked_for() {
    let (bench, expected) = filled(13).await;
    let pool = &bench.pool();
    let compare = |key: ProductSort, a: &ProductRow, b: &ProductRow| match key {
        ProductSort::CreatedAt => a.created_at.cmp(&b.created_at),
        ProductSort::Price => a.price().micros().cmp(&b.price().micros()),
        ProductSort::Sku => a.sku.cmp(&b.sku),
        ProductSort::Title => {
            a.title.pick(&["en"]).1.to_lowercase().cmp(&b.title.pick(&["en"]).1.to_lowercase())
        }
    };
    for key in [
        ProductSort::CreatedAt,
        ProductSort::Price,
        ProductSort::Sku,
        ProductSort::Title,
    ] {
        for descending in [false, true] {
            let rows = products(pool, &ProductFilter::default(), Sort { key, descending }).await;
            assert_eq!(rows.len(), expected.products.len());
            assert!(rows.is_sorted_by(|a, b| {
                let order = compare(key, a, b).then(a.id.cmp(&b.id));
                order
                    == if descending {
                        Ordering::Greater
                    } else {
                        Ordering::Less
                    }
            }));
        }
    }
    for descending in [false, true] {
        let rows = orders(pool, &OrderFilter::default(), Sort { key: OrderSort::PlacedAt, descending }).await;
        assert_eq!(rows.len(), expected.orders.len());
        assert!(rows.is_sorted_by(|a, b| {
            let order = a.placed_at.cmp(&b.placed_at).then(a.id.cmp(&b.id));
            order
                == if descending {
                    Ordering::Greater
                } else {
                    Ordering::Less
                }
        }));
    }
}

/// What was there when a list was begun is seen once, whatever comes and goes meanwhile.
#[tokio::test]
async fn a_cursor_stays_where_it_is_when_rows_come_and_go() {
    let (bench, expected) = filled(14).await;
    let pool = &bench.pool();
    let sort = Sort::descending(OrderSort::PlacedAt);
    let first = order_list::list(pool, &OrderFilter::default(), sort, &PageRequest::first(10)).await.unwrap();
    // One that was seen goes, and one comes before the cursor.
    sqlx::query("delete from order_list_v2.orders where id = $1")
        .bind(first.items[3].id.as_uuid())
        .execute(pool)
        .await
        .unwrap();
    sqlx::query(
        "insert into order_list_v2.orders select (r).* from (\
             select json_populate_record(o, json_build_object('id', gen_random_uuid())) as r \
             from order_list_v2.orders o where id = $1) t",
    )
    .bind(first.items[0].id.as_uuid())
    .execute(pool)
    .await
    .unwrap();
    let mut seen: Vec<_> = first.items.iter().map(|row| row.id).collect();
    let mut after = first.next;
    while let Some(cursor) = after {
        let page = PageRequest { after: Some(cursor), limit: 10, with_total: false };
        let page = order_list::list(pool, &OrderFilter::default(), sort, &page).await.unwrap();
        seen.extend(page.items.iter().map(|row| row.id));
        after = page.next;
    }
    let wanted = seen.len();
    seen.retain(|id| expected.orders.contains_key(id));
    seen.sort_unstable();
    seen.dedup();
    // The one that came has the sort key of the first: whether it stands before the cursor its random id cannot change.
    assert_eq!((seen.len(), wanted), (expected.orders.len(), expected.orders.len()));
    let elsewhere = PageRequest { after: first_cursor(pool).await, limit: 5, with_total: false };
    let refused = order_list::list(pool, &OrderFilter::default(), sort, &elsewhere).await;
    assert!(matches!(refused, Err(ReadError::InvalidCursor)));
}

async fn first_cursor(pool: &PgPool) -> Option<String> {
    let sort = Sort::descending(ProductSort::CreatedAt);
    product_list::list(pool, &ProductFilter::default(), sort, &PageRequest::first(1))
        .await
        .unwrap()
        .next
}

type Matches<'a> = Box<dyn Fn(&OrderRow) -> bool + 'a>;

/// Filters, and what each is to find.
fn order_cases(expected: &Expected) -> Vec<(OrderFilter, Matches<'_>)> {
    let some = expected.orders.values().nth(20).unwrap();
    let none = OrderFilter::default;
    let zone = |text| Zone::parse(text).unwrap();
    let ext = expected.orders.values().find_map(|row| row.external_id.clone()).unwrap();
    let customer = expected.orders.values().find_map(|row| row.customer).unwrap();
    let part =
        expected.orders.values().flat_map(|row| &row.parts).find(|part| part.company.is_some()).unwrap();
    let (from, to) = ("2010-12-01T00:00:00Z".parse().unwrap(), some.placed_at);
    vec![
        (
            OrderFilter { status: Some(OrderStatus::Cancelled), ..none() },
            Box::new(|row| row.status == OrderStatus::Cancelled),
        ),
        (
            OrderFilter { customer: Some(customer), ..none() },
            Box::new(move |row| row.customer == Some(customer)),
        ),
        (
            OrderFilter { zones: vec![zone("erbil"), zone("north")], ..none() },
            Box::new(|row| matches!(row.zone.as_deref(), Some("erbil" | "north"))),
        ),
        (
            OrderFilter { country: Some(Country::parse("EIRE").unwrap()), ..none() },
            Box::new(|row| row.country.as_deref() == Some("EIRE")),
        ),
        (
            OrderFilter { company: part.company, ..none() },
            Box::new(move |row| row.parts.iter().any(|other| other.company == part.company)),
        ),
        (
            OrderFilter { warehouse: part.warehouse, ..none() },
            Box::new(move |row| row.parts.iter().any(|other| other.warehouse == part.warehouse)),
        ),
        (
            OrderFilter { from: Some(from), to: Some(to), ..none() },
            Box::new(move |row| (from..=to).contains(&row.placed_at)),
        ),
        (
            OrderFilter {
                currency: Some(Currency::GBP),
                total_gte: Some(1_000),
                total_lte: Some(9_000),
                ..none()
            },
            Box::new(|row| row.currency() == Currency::GBP && (1_000..=9_000).contains(&row.total.minor())),
        ),
        (
            OrderFilter {
                external_id: Some(ExternalId::parse(&ext).unwrap()),
                ..none()
            },
            Box::new(move |row| row.external_id.as_ref() == Some(&ext)),
        ),
    ]
}

#[tokio::test]
async fn order_filters_find_what_they_name() {
    let (bench, expected) = filled(15).await;
    let pool = &bench.pool();
    let some = expected.orders.values().nth(20).unwrap();
    let ext = expected.orders.values().find_map(|row| row.external_id.clone()).unwrap();
    for (filter, matches) in order_cases(&expected) {
        let mut found: Vec<_> =
            orders(pool, &filter, Sort::default()).await.into_iter().map(|row| row.id).collect();
        found.sort_unstable();
        let wanted: Vec<_> = expected.orders.values().filter(|row| matches(row)).map(|row| row.id).collect();
        assert!(!wanted.is_empty(), "{filter:?} is not tried");
        assert_eq!(found, wanted, "{filter:?}");
        let stats = order_list::stats(pool, &filter).await.unwrap();
        assert_eq!(stats.iter().map(|row| row.orders).sum::<i64>(), i64::try_from(wanted.len()).unwrap());
        let total: i128 = expected
            .orders
            .values()
            .filter(|row| matches(row))
            .map(|row| i128::from(row.total.minor()))
            .sum();
        assert_eq!(stats.iter().map(|row| row.total.minor).sum::<i128>(), total);
    }
    let found = order_list::by_external_id(pool, &ExternalId::parse(&ext).unwrap()).await.unwrap().unwrap();
    assert_eq!(found, expected.orders[&found.id]);
    let (order, checkpoint) = order_list::get_with_checkpoint(pool, some.id).await.unwrap();
    assert_eq!(order.as_ref(), Some(some));
    let at: i64 = sqlx::query_scalar("select position from checkpoints where name = 'order_list_v2'")
        .fetch_one(pool)
        .await
        .unwrap();
    assert_eq!(checkpoint, at);
}

#[tokio::test]
async fn return_and_account_filters_find_what_they_name() {
    let (bench, expected) = filled(16).await;
    let pool = &bench.pool();
    let returns = expected.returns.values().collect::<Vec<_>>();
    let some = returns.iter().find(|row| row.order.is_some()).unwrap();
    let legacy = returns.iter().find(|row| row.external_id.is_some()).unwrap();
    let external = ExternalId::parse(legacy.external_id.as_deref().unwrap()).unwrap();
    let none = ReturnFilter::default;
    let filters = [
        ReturnFilter { status: Some(ReturnStatus::Credited), ..none() },
        ReturnFilter { order: some.order, customer: some.customer, ..none() },
        ReturnFilter {
            from: Some(some.requested_at),
            to: Some(some.requested_at),
            ..none()
        },
        ReturnFilter { external_id: Some(external.clone()), ..none() },
    ];
    for filter in &filters {
        let found = all(|page| async move { return_list::list(pool, filter, &page).await }).await;
        let wanted = returns.iter().filter(|row| {
            filter.status.is_none_or(|status| row.status == status)
                && filter.order.is_none_or(|order| row.order == Some(order))
                && filter.customer.is_none_or(|customer| row.customer == Some(customer))
                && filter.from.is_none_or(|from| row.requested_at >= from)
                && filter.to.is_none_or(|to| row.requested_at <= to)
                && filter
                    .external_id
                    .as_ref()
                    .is_none_or(|id| row.external_id.as_deref() == Some(id.as_str()))
        });
        assert!(!found.is_empty(), "{filter:?}");
        assert_eq!(found.len(), wanted.count(), "{filter:?}");
    }
    assert_eq!(return_list::by_external_id(pool, &external).await.unwrap().as_ref(), Some(*legacy));
    let detail = return_list::detail(pool, some.id).await.unwrap().unwrap();
    assert_eq!((&detail.return_row, &detail.lines), (*some, &expected.return_lines[&some.id]));
    assert_eq!(return_list::get_with_checkpoint(pool, some.id).await.unwrap().0.as_ref(), Some(*some));
    let some = expected.accounts.values().find(|row| row.company.is_some() && !row.zones.is_empty()).unwrap();
    let filter = &AccountFilter {
        role: Some(some.role),
        besides: None,
        zone: Some(Zone::parse("erbil").unwrap()),
        company: some.company,
        active: Some(some.active),
        within: None,
    };
    let found = all(|page| async move { accounts::list(pool, filter, &page).await }).await;
    assert!(found.contains(some));
    assert!(found.iter().all(|row| row.role == some.role && row.active == some.active));
    assert_eq!(accounts::get_with_checkpoint(pool, some.id).await.unwrap().0.as_ref(), Some(some));
}

/// Whatever a text says, it is a value: the answer is empty or an error of the caller's, and the tables still stand.
#[tokio::test]
async fn no_text_of_a_request_becomes_sql() {
    let (bench, expected) = filled(18).await;
    let pool = &bench.pool();
    for evil in [
        "'; drop schema order_list_v2 cascade; --",
        "x' or '1'='1",
        "\\'; select pg_sleep(9); --",
        "$1) or true --",
        "%' or 1=1 /*",
        "}{[]\"\u{feff}\u{202e}",
    ] {
        let product = ProductFilter {
            tag: Some(Tag::parse(evil).unwrap()),
            sku: Some(Sku::parse(evil).unwrap()),
            q: Some(format!("{evil}\0")),
            ..ProductFilter::default()
        };
        assert_eq!(products(pool, &product, Sort::default()).await, []);
        let only_q = ProductFilter { q: Some(evil.to_owned()), ..ProductFilter::default() };
        assert_eq!(products(pool, &only_q, Sort::default()).await, []);
        let order = OrderFilter {
            zones: vec![Zone::parse(evil).unwrap()],
            country: Some(Country::parse(evil).unwrap()),
            external_id: Some(ExternalId::parse(evil).unwrap()),
            ..OrderFilter::default()
        };
        assert_eq!(orders(pool, &order, Sort::default()).await, []);
        assert_eq!(order_list::stats(pool, &order).await.unwrap(), []);
        let external = ExternalId::parse(evil).unwrap();
        assert_eq!(order_list::by_external_id(pool, &external).await.unwrap(), None);
        assert_eq!(return_list::by_external_id(pool, &external).await.unwrap(), None);
        let filter = AccountFilter {
            zone: Some(Zone::parse(evil).unwrap()),
            ..AccountFilter::default()
        };
        assert_eq!(accounts::list(pool, &filter, &PageRequest::first(9)).await.unwrap().items, []);
        let sales = SalesFilter {
            from: chrono::NaiveDate::MIN,
            to: chrono::NaiveDate::MAX,
            country: Some(Country::parse(evil).unwrap()),
            currency: Some(Currency::GBP),
        };
        assert_eq!(sales::totals(pool, &sales).await.unwrap().by_currency, []);
        assert_eq!(sales::by_product(pool, &sales, BestBy::Revenue, 5).await.unwrap(), []);
        for period in [Period::Week, Period::Month] {
            assert_eq!(sales::by_period(pool, &sales, period).await.unwrap(), []);
        }
        let page = PageRequest { after: Some(evil.to_owned()), limit: 0, with_total: false };
        let lists = [
            product_list::list(pool, &only_q, Sort::default(), &page).await.err(),
            order_list::list(pool, &order, Sort::default(), &page).await.err(),
            return_list::list(pool, &ReturnFilter::default(), &page).await.err(),
            stock_levels::low_stock(pool, &[], &page).await.err(),
            stock_levels::warehouses(pool, &[], &page).await.err(),
            stock_history::history(pool, &MovementFilter::default(), &page).await.err(),
            accounts::list(pool, &AccountFilter::default(), &page).await.err(),
        ];
        assert!(lists.iter().all(|error| matches!(error, Some(ReadError::InvalidCursor))), "{lists:?}");
    }
    let filter = OrderFilter {
        from: Some(chrono::DateTime::<chrono::Utc>::MIN_UTC),
        to: Some(chrono::DateTime::<chrono::Utc>::MAX_UTC),
        ..OrderFilter::default()
    };
    assert_eq!(orders(pool, &filter, Sort::default()).await.len(), expected.orders.len());
    let ever = MovementFilter {
        from: filter.from,
        to: filter.to,
        ..MovementFilter::default()
    };
    let page = PageRequest { after: None, limit: 1, with_total: true };
    let moved = stock_history::history(pool, &ever, &page).await.unwrap();
    assert_eq!(moved.total, Some(i64::try_from(expected.moved.len()).unwrap()));
}

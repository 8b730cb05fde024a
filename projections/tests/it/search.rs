//! What leads to products, against an independent fold; and what a search finds of many.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    catalog::words::{normalise, words_of},
    ids::ProductId,
    slug::Slug,
    text::Zone,
};
use projections::{
    PageRequest, ReadError,
    catalog::product_list::{self, Found, ProductFilter, ProductRow, ProductStatus},
};
use sqlx::{Executor, PgPool};
use uuid::Uuid;

use crate::support::{Bench, expected::Expected, filled, history::History, shelf::ExpectedShelf};

async fn ask(pool: &PgPool, q: &str) -> Found {
    let all = PageRequest { with_total: true, ..PageRequest::first(200) };
    product_list::search(pool, Some(q), &ProductFilter::default(), &all, true).await.unwrap()
}

fn is_on_sale(expected: &Expected, row: &ProductRow) -> bool {
    row.status == ProductStatus::Active && !row.company.is_some_and(|id| expected.closed.contains(&id))
}

#[tokio::test]
async fn slugs_and_words_are_what_an_independent_fold_says() {
    for (seed, batch) in [(41, 3), (42, 5_000)] {
        let events = History::random(seed, 600);
        let expected = ExpectedShelf::of(&events);
        let bench = Bench::with(&events).await;
        bench.install_and_project(batch).await;
        let pool = &bench.pool();
        let slugs: Vec<(String, Uuid)> =
            sqlx::query_as("select slug, product from product_list_v3.product_slugs")
                .fetch_all(pool)
                .await
                .unwrap();
        let slugs: BTreeMap<_, _> =
            slugs.into_iter().map(|(slug, id)| (slug, ProductId::from_uuid(id))).collect();
        assert!(!slugs.is_empty());
        assert_eq!(slugs, expected.slugs);
        let words: Vec<String> =
            sqlx::query_scalar("select word from product_list_v3.words").fetch_all(pool).await.unwrap();
        assert_eq!(words.into_iter().collect::<BTreeSet<_>>(), expected.words);
        for (slug, id) in &expected.slugs {
            let found = product_list::by_slug(pool, &Slug::parse(slug).unwrap()).await.unwrap();
            assert_eq!(found.map(|row| row.id), Some(*id), "{slug}");
        }
    }
}

/// Every product on sale whose words begin with all that is asked, and no other, on pages of any size.
#[tokio::test]
async fn a_search_finds_what_has_all_words() {
    let (bench, expected) = filled(43).await;
    let pool = &bench.pool();
    let text = |row: &ProductRow| {
        let mut text: Vec<String> = row.title.by_language().values().cloned().collect();
        text.extend(row.description.iter().flat_map(|it| it.by_language().values().cloned()));
        text.extend(row.tags.iter().cloned().chain(row.barcode.clone()).chain([row.sku.clone()]));
        words_of(&text.join("\n"))
    };
    for q in [
        "rice",
        "LIGHT tea",
        "ri te",
        "أرز",
        "ارز",
        "lampara",
        "o'hara's",
        "84",
    ] {
        let has = |row: &&ProductRow| {
            let words = text(row);
            words_of(q).iter().all(|asked| words.iter().any(|word| word.starts_with(asked.as_str())))
        };
        let wanted: BTreeSet<ProductId> = expected
            .products
            .values()
            .filter(|row| is_on_sale(&expected, row))
            .filter(has)
            .map(|row| row.id)
            .collect();
        if wanted.is_empty() {
            continue;
        }
        let found = ask(pool, q).await;
        assert!(found.instead.is_empty(), "{q}: {:?}", found.instead);
        let ids: BTreeSet<ProductId> = found.page.items.iter().map(|row| row.id).collect();
        assert_eq!(ids, wanted, "{q}");
        assert_eq!(found.page.total, i64::try_from(wanted.len()).ok(), "{q}");
        let mut paged = Vec::new();
        let mut page = PageRequest::first(3);
        loop {
            let part = product_list::search(pool, Some(q), &ProductFilter::default(), &page, false)
                .await
                .unwrap()
                .page;
            paged.extend(part.items.into_iter().map(|row| row.id));
            match part.next {
                Some(next) => page.after = Some(next),
                None => break,
            }
        }
        assert_eq!(paged, found.page.items.iter().map(|row| row.id).collect::<Vec<_>>(), "{q}");
    }
}

#[tokio::test]
async fn no_question_finds_everything_on_sale() {
    let (bench, expected) = filled(48).await;
    let all = PageRequest { with_total: true, ..PageRequest::first(200) };
    let found =
        product_list::search(&bench.pool(), None, &ProductFilter::default(), &all, false).await.unwrap();
    let wanted = expected.products.values().filter(|row| is_on_sale(&expected, row)).count();
    assert!(wanted < expected.products.len(), "nothing is off sale");
    assert_eq!(found.page.total, i64::try_from(wanted).ok());
}

#[tokio::test]
async fn facets_count_what_was_found() {
    let (bench, expected) = filled(44).await;
    let pool = &bench.pool();
    let found = ask(pool, "rice").await;
    let (rows, facets) = (&found.page.items, found.facets.unwrap());
    assert!(rows.len() > 3, "only {}", rows.len());
    assert!(rows.iter().all(|row| is_on_sale(&expected, row)));
    let count =
        |of: &dyn Fn(&ProductRow) -> bool| i64::try_from(rows.iter().filter(|row| of(row)).count()).unwrap();
    assert_eq!(facets.total, count(&|_| true));
    assert_eq!(facets.in_stock, count(&ProductRow::in_stock));
    for (category, number) in &facets.categories {
        assert_eq!(*number, count(&|row| row.categories.contains(category)));
    }
    for (company, number) in &facets.companies {
        assert_eq!(*number, count(&|row| row.company == *company));
    }
    assert_eq!(facets.companies.iter().map(|(_, number)| number).sum::<i64>(), facets.total);
    for range in &facets.prices {
        let within = |row: &ProductRow| {
            row.currency() == range.from.currency()
                && row.price().micros() >= range.from.micros()
                && range.to.is_none_or(|to| row.price().micros() < to.micros())
        };
        assert_eq!(range.count, count(&within), "{range:?}");
    }
    assert_eq!(facets.prices.iter().map(|range| range.count).sum::<i64>(), facets.total);
}

#[tokio::test]
async fn zones_and_featured_narrow_a_list() {
    let (bench, expected) = filled(45).await;
    let pool = &bench.pool();
    let erbil = Zone::parse("erbil").unwrap();
    let all = PageRequest { with_total: true, ..PageRequest::first(1) };
    let count = |filter: ProductFilter| {
        let all = all.clone();
        async move {
            let sort = projections::Sort::ascending(product_list::ProductSort::Sku);
            product_list::list(pool, &filter, sort, &all).await.unwrap().total.unwrap()
        }
    };
    let zones = ProductFilter { zones: Some(vec![erbil.clone()]), ..ProductFilter::default() };
    let sold = expected.products.values().filter(|row| row.presentation.is_sold_in(&erbil)).count();
    assert!(sold < expected.products.len());
    assert_eq!(count(zones).await, i64::try_from(sold).unwrap());
    let featured = ProductFilter { featured: Some(true), ..ProductFilter::default() };
    let shown = expected.products.values().filter(|row| row.presentation.featured).count();
    assert!(shown > 0);
    assert_eq!(count(featured).await, i64::try_from(shown).unwrap());
}

#[tokio::test]
async fn what_is_no_word_finds_nothing_and_fails_nothing() {
    let (bench, _) = filled(46).await;
    let pool = &bench.pool();
    let long = "\u{FDFA}".repeat(200);
    for q in [
        "%",
        "_",
        "\\",
        "'",
        "& | ! ( ) : *",
        "\u{0650}",
        "",
        "'; drop table products --x",
        &long,
        "a:b <-> c",
    ] {
        let found = ask(pool, q).await;
        assert!(!normalise(q).is_empty() || found.page.items.is_empty(), "{q}");
    }
    let forged = PageRequest { after: Some("x".to_owned()), ..PageRequest::first(3) };
    for q in ["rice", "%"] {
        let refused = product_list::search(pool, Some(q), &ProductFilter::default(), &forged, false).await;
        assert!(matches!(refused, Err(ReadError::InvalidCursor)), "{q}");
    }
}

/// A database without the extension, where one slip of the pen is forgiven all the same.
#[tokio::test]
async fn one_slip_is_forgiven_without_the_extension_and_two_with_it() {
    let events = History::random(47, 600);
    let (with, without) = tokio::join!(Bench::with(&events), Bench::with(&events));
    with.install_and_project(500).await;
    // As if an administrator had put it where this account cannot use it.
    let elsewhere = "create schema elsewhere; drop extension if exists pg_trgm cascade; create extension pg_trgm schema elsewhere";
    without.pool().execute(elsewhere).await.unwrap();
    without.install_and_project(500).await;
    for bench in [&with, &without] {
        let found = ask(&bench.pool(), "rcie").await;
        assert_eq!(found.instead["rcie"], ["rice"], "{:?}", found.instead);
        assert!(!found.page.items.is_empty());
    }
    let two = |bench: &Bench| {
        let pool = bench.pool();
        async move { ask(&pool, "lamparrra").await.instead.contains_key("lamparrra") }
    };
    assert!(two(&with).await && !two(&without).await);
}

/// Of products that very many share a word with, the newest come first in each tier, and pages neither repeat nor miss any.
#[tokio::test]
async fn what_thousands_have_comes_in_tiers_the_newest_first() {
    let (bench, _) = filled(44).await;
    let pool = &bench.pool();
    // Every thirtieth has the word three times: weighed, it would come first.
    let sql = "insert into product_list_v3.products (id, sku, kind, title, sort_title, categories, tags, images, attributes, \
            currency, base_micros, price_micros, min_order_quantity, status, version, created_at, updated_at, search, \
            featured, sale_zones, main_words, other_words) \
         select ('0190c7a2-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, \
                case n when 77 then 'commonword' else 'MANY-' || n end, kind, title, sort_title, '{}', '{}', images, attributes, \
                currency, base_micros, price_micros, min_order_quantity, 'active', 1, created_at, updated_at, '', false, '{}', \
                case when n = 77 then 'commonword' when n % 30 = 0 then 'commonword commonword commonword' \
                     when n % 3 = 0 then 'commonword' when n % 3 = 1 then 'commonwords' else 'other' end, \
                case when n <= 1500 then 'bygone days' else '' end \
           from generate_series(1, 6000) n, (select * from product_list_v3.products limit 1) one";
    pool.execute(sql).await.unwrap();
    pool.execute("analyze product_list_v3.products").await.unwrap();
    let newest = |kind: u128| (1..=6_000_u128).rev().filter(move |n| n % 3 == kind && *n != 77);
    let wanted: Vec<u128> = std::iter::once(77).chain(newest(0)).chain(newest(1)).collect();
    assert_eq!(all(pool, "commonword").await, wanted);
    // A slip of the pen: what was meant is one tier.
    let known =
        "insert into product_list_v3.word_deletions (deletion, word) values ('commonwrd', 'commonword')";
    pool.execute(known).await.unwrap();
    let meant: Vec<u128> = (1..=6_000).rev().filter(|n| n % 3 == 0 || *n == 77).collect();
    assert_eq!(all(pool, "commonwrod").await, meant);
    // What only old products have is not found by walking through the new ones.
    let old: Vec<u128> = (1..=1_500).rev().collect();
    assert_eq!(all(pool, "bygone").await, old);
    // Of words that always stand together statistics expect fewer products than there are.
    assert_eq!(all(pool, "days bygone").await, old);
}

/// The numbers of all products with a word, page by page.
async fn all(pool: &PgPool, word: &str) -> Vec<u128> {
    let number = |row: &ProductRow| row.id.as_uuid().as_u128() & 0xffff_ffff;
    let mut found = Vec::new();
    let mut page = PageRequest::first(170);
    loop {
        let filter = ProductFilter::default();
        let part = product_list::search(pool, Some(word), &filter, &page, false).await.unwrap().page;
        found.extend(part.items.iter().map(number));
        match part.next {
            Some(next) => page.after = Some(next),
            None => return found,
        }
    }
}

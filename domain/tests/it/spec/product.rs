use std::collections::BTreeSet;

use domain::{
    catalog::{
        Image, MAX_CATEGORIES, MAX_CERTIFICATIONS, MAX_IMAGES, MAX_SALE_ZONES, MAX_TAGS, Presentation,
        Prices, Product, ProductCommand, ProductDetails, ProductError, ProductEvent, ProductKind,
        RegisterProduct, ReviseProduct, Sustainability,
    },
    fixtures::{
        catalog::{details, new_product, prices, register, registered},
        category, company, english, must, price, reason, text, units,
    },
    money::{Currency, UnitPrice},
    refusal::Refusal,
    slug::Slug,
    spec::given,
};

fn discontinued() -> ProductEvent {
    ProductEvent::ProductDiscontinued { reason: None }
}

fn discontinue() -> ProductCommand {
    ProductCommand::Discontinue { reason: None }
}

fn slug(text: &str) -> Slug {
    must(Slug::parse(text))
}

fn presented() -> Presentation {
    Presentation {
        slug: Some(slug("holder")),
        featured: false,
        sale_zones: BTreeSet::from([text("erbil")]),
    }
}

fn image(url: &str) -> Image {
    Image { url: url.to_owned(), alt: None }
}

fn register_with(details: ProductDetails) -> ProductCommand {
    ProductCommand::Register(RegisterProduct { details, ..new_product() })
}

fn register_at(prices: Prices) -> ProductCommand {
    ProductCommand::Register(RegisterProduct { prices, ..new_product() })
}

fn revise(parts: ReviseProduct) -> ProductCommand {
    ProductCommand::Revise(parts)
}

#[test]
fn a_product_is_registered_with_all_that_it_is() {
    let new = RegisterProduct {
        company: Some(company(1)),
        external_id: Some(text("odoo-17")),
        min_order_quantity: units(6),
        presentation: presented(),
        ..new_product()
    };
    let state = given::<Product>(&[]).when(ProductCommand::Register(new.clone())).then(&[
        ProductEvent::ProductRegistered {
            sku: new.sku.clone(),
            kind: ProductKind::Goods,
            details: details(),
            prices: prices(),
            min_order_quantity: units(6),
            external_id: new.external_id.clone(),
            company: Some(company(1)),
            presentation: presented(),
        },
    ]);
    assert!(state.exists() && state.is_active());
    assert_eq!(state.sku(), Some(&new.sku));
    assert_eq!(state.kind(), Some(ProductKind::Goods));
    assert_eq!(state.prices(), Some(&prices()));
    assert_eq!(state.details(), Some(&details()));
    assert_eq!(state.min_order_quantity(), Some(units(6)));
    assert_eq!(state.company(), Some(company(1)));
}

#[test]
fn a_product_is_registered_once() {
    given::<Product>(&[registered()]).when(register()).then_err(ProductError::AlreadyRegistered);
    given::<Product>(&[registered(), discontinued()])
        .when(register())
        .then_err(ProductError::AlreadyRegistered);
}

#[test]
fn a_price_may_be_zero_but_not_negative() {
    let free = Prices { base: price("0"), ..prices() };
    given::<Product>(&[]).when(register_at(free)).then_accepted();
    let below = Prices { base: price("-0.01"), ..prices() };
    given::<Product>(&[])
        .when(register_at(below))
        .then_err(ProductError::NegativePrice { pointer: "/prices/base" });
    let below = Prices { wholesale: Some(price("-1")), ..prices() };
    given::<Product>(&[])
        .when(register_at(below))
        .then_err(ProductError::NegativePrice { pointer: "/prices/wholesale" });
}

#[test]
fn all_prices_are_in_one_currency() {
    let euros = must(UnitPrice::parse("2", Currency::EUR));
    given::<Product>(&[])
        .when(register_at(Prices { discounted: Some(euros), ..prices() }))
        .then_err(ProductError::CurrencyMismatch { pointer: "/prices/discounted" });
}

#[test]
fn a_discounted_price_is_at_most_the_base_price() {
    let equal = Prices { discounted: Some(price("2.55")), ..prices() };
    given::<Product>(&[]).when(register_at(equal)).then_accepted();
    given::<Product>(&[])
        .when(register_at(Prices { discounted: Some(price("2.550001")), ..prices() }))
        .then_err(ProductError::DiscountAboveBase);
}

#[test]
fn a_product_has_at_most_ten_images() {
    let images = |number: usize| ProductDetails { images: vec![image("/files/1.webp"); number], ..details() };
    given::<Product>(&[]).when(register_with(images(MAX_IMAGES))).then_accepted();
    given::<Product>(&[])
        .when(register_with(images(MAX_IMAGES + 1)))
        .then_err(ProductError::TooManyImages { max: 10 });
}

#[test]
fn an_image_is_an_https_url_or_a_path_of_this_server() {
    let with = |url: &str| {
        register_with(ProductDetails {
            images: vec![image("https://cdn.example/1.jpg"), image(url)],
            ..details()
        })
    };
    given::<Product>(&[]).when(with("/files/a.png")).then_accepted();
    let long = format!("/{}", "a".repeat(2_000));
    for url in [
        "",
        "http://x.example/a",
        "//evil.example/a",
        "javascript:alert(1)",
        "https://",
        "/a b",
        "/a\0",
        &long,
    ] {
        given::<Product>(&[]).when(with(url)).then_err(ProductError::InvalidImageUrl { index: 1 });
    }
}

#[test]
fn categories_are_few_and_named_once() {
    let with = |categories| register_with(ProductDetails { categories, ..details() });
    given::<Product>(&[])
        .when(with((0..=20).map(category).collect()))
        .then_err(ProductError::TooManyCategories { max: MAX_CATEGORIES });
    given::<Product>(&[])
        .when(with(vec![category(1), category(2), category(1)]))
        .then_err(ProductError::RepeatedCategory { index: 2 });
}

#[test]
fn tags_are_few_and_named_once() {
    let with = |tags| register_with(ProductDetails { tags, ..details() });
    given::<Product>(&[])
        .when(with((0..=50).map(|n| text(&format!("tag-{n}"))).collect()))
        .then_err(ProductError::TooManyTags { max: MAX_TAGS });
    given::<Product>(&[])
        .when(with(vec![text("new"), text("new")]))
        .then_err(ProductError::RepeatedTag { index: 1 });
}

#[test]
fn a_revision_tells_each_part_that_changed() {
    let described = ProductDetails { title: english("Holder"), ..details() };
    let repriced = Prices { base: price("2.95"), ..prices() };
    let state = given::<Product>(&[registered()])
        .when(revise(ReviseProduct {
            details: Some(described.clone()),
            prices: Some(repriced),
            min_order_quantity: Some(units(2)),
            featured: Some(true),
            ..ReviseProduct::default()
        }))
        .then(&[
            ProductEvent::ProductDescribed { details: described.clone() },
            ProductEvent::ProductRepriced { prices: repriced },
            ProductEvent::MinimumOrderQuantitySet { min_order_quantity: units(2) },
            ProductEvent::ProductPresented {
                presentation: Presentation { featured: true, ..Presentation::default() },
            },
        ]);
    assert_eq!(state.details(), Some(&described));
    assert_eq!(state.prices(), Some(&repriced));
    assert_eq!(state.min_order_quantity(), Some(units(2)));
}

#[test]
fn a_revision_of_what_is_so_already_does_nothing() {
    let same = ReviseProduct {
        details: Some(details()),
        prices: Some(prices()),
        min_order_quantity: Some(units(1)),
        slug: None,
        featured: Some(false),
        sale_zones: Some(BTreeSet::new()),
    };
    given::<Product>(&[registered()]).when(revise(same)).then_nothing();
    given::<Product>(&[registered()]).when(revise(ReviseProduct::default())).then_nothing();
}

#[test]
fn a_revision_obeys_the_same_rules_as_a_registration() {
    let prices = Prices { base: price("-1"), ..prices() };
    given::<Product>(&[registered()])
        .when(revise(ReviseProduct { prices: Some(prices), ..ReviseProduct::default() }))
        .then_err(ProductError::NegativePrice { pointer: "/prices/base" });
    let details = ProductDetails { tags: vec![text("a"), text("a")], ..details() };
    given::<Product>(&[registered()])
        .when(revise(ReviseProduct { details: Some(details), ..ReviseProduct::default() }))
        .then_err(ProductError::RepeatedTag { index: 1 });
}

#[test]
fn only_a_product_that_is_sold_can_be_revised() {
    given::<Product>(&[]).when(revise(ReviseProduct::default())).then_err(ProductError::NotFound);
    given::<Product>(&[registered(), discontinued()])
        .when(revise(ReviseProduct::default()))
        .then_err(ProductError::Discontinued);
}

#[test]
fn a_discontinued_product_is_not_sold_and_stays_readable() {
    let why = Some(reason("out of season"));
    let state = given::<Product>(&[registered()])
        .when(ProductCommand::Discontinue { reason: why.clone() })
        .then(&[ProductEvent::ProductDiscontinued { reason: why }]);
    assert!(state.exists() && !state.is_active());
    assert_eq!(state.sku(), Some(&new_product().sku));
}

#[test]
fn discontinuing_twice_does_nothing() {
    given::<Product>(&[registered(), discontinued()]).when(discontinue()).then_nothing();
}

#[test]
fn a_product_that_does_not_exist_is_not_discontinued() {
    given::<Product>(&[]).when(discontinue()).then_err(ProductError::NotFound);
}

#[test]
fn what_is_not_said_of_the_presentation_stays() {
    let before = ProductEvent::ProductPresented { presentation: presented() };
    let renamed = ReviseProduct {
        slug: Some(slug("حامل-شموع")), ..ReviseProduct::default()
    };
    let state = given::<Product>(&[registered(), before.clone()]).when(revise(renamed)).then(&[
        ProductEvent::ProductPresented {
            presentation: Presentation { slug: Some(slug("حامل-شموع")), ..presented() },
        },
    ]);
    let listing = state.listing().unwrap();
    assert!(listing.presentation.is_sold_in(&text("erbil")));
    assert!(!listing.presentation.is_sold_in(&text("basra")));
    assert!(Presentation::default().is_sold_in(&text("basra")));
    let same = ReviseProduct { slug: Some(slug("holder")), ..ReviseProduct::default() };
    given::<Product>(&[registered(), before]).when(revise(same)).then_nothing();
}

#[test]
fn a_product_is_confined_to_a_bounded_number_of_zones() {
    let zones = |number: usize| (0..number).map(|n| text(&format!("zone-{n}"))).collect();
    let confined = |number| ReviseProduct { sale_zones: Some(zones(number)), ..ReviseProduct::default() };
    given::<Product>(&[registered()]).when(revise(confined(MAX_SALE_ZONES))).then_accepted();
    given::<Product>(&[registered()])
        .when(revise(confined(MAX_SALE_ZONES + 1)))
        .then_err(ProductError::TooManySaleZones { max: MAX_SALE_ZONES });
}

#[test]
fn faults_point_into_the_request() {
    let pointer = |error: ProductError| error.faults().first().map(|fault| fault.pointer.clone());
    assert_eq!(pointer(ProductError::NotFound), None);
    assert_eq!(pointer(ProductError::DiscountAboveBase).as_deref(), Some("/prices/discounted"));
    assert_eq!(pointer(ProductError::InvalidImageUrl { index: 3 }).as_deref(), Some("/images/3/url"));
}

fn sustainable() -> Sustainability {
    Sustainability {
        carbon_grams: Some(5_000),
        recycled_percent: Some(40),
        ..Sustainability::default()
    }
}

#[test]
fn it_is_said_how_sustainable_a_product_is() {
    let say = |known: Sustainability| ProductCommand::StateSustainability(known);
    let stated = ProductEvent::SustainabilityStated { sustainability: sustainable() };
    let state =
        given::<Product>(&[registered()]).when(say(sustainable())).then(std::slice::from_ref(&stated));
    assert_eq!(state.listing().unwrap().sustainability, Some(sustainable()));
    given::<Product>(&[registered(), stated]).when(say(sustainable())).then_nothing();
    given::<Product>(&[]).when(say(sustainable())).then_err(ProductError::NotFound);
    given::<Product>(&[registered(), discontinued()])
        .when(say(sustainable()))
        .then_err(ProductError::Discontinued);
    let whole = Sustainability { recyclable_packaging_percent: Some(101), ..sustainable() };
    given::<Product>(&[registered()])
        .when(say(whole))
        .then_err(ProductError::PercentTooGreat { pointer: "/recyclable_packaging_percent" });
    let many = (0..=MAX_CERTIFICATIONS).map(|n| text(&format!("certificate {n}"))).collect();
    given::<Product>(&[registered()])
        .when(say(Sustainability { certifications: many, ..sustainable() }))
        .then_err(ProductError::TooManyCertifications { max: MAX_CERTIFICATIONS });
}

#[test]
fn a_score_has_points_for_what_is_known() {
    let best = Sustainability {
        carbon_grams: Some(0),
        recycled_percent: Some(100),
        recyclable_packaging_percent: Some(100),
        transport_km: Some(0),
        certifications: BTreeSet::from([text("a"), text("b"), text("c")]),
    };
    assert_eq!(best.score().total(), 100);
    assert_eq!(Sustainability::default().score().total(), 0);
    let worst = Sustainability {
        carbon_grams: Some(u64::MAX),
        transport_km: Some(u32::MAX),
        recycled_percent: Some(0),
        ..Sustainability::default()
    };
    assert_eq!(worst.score().total(), 0);
    let score = sustainable().score();
    assert_eq!((score.carbon, score.recycled, score.total()), (30, 10, 40));
}

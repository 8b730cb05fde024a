use domain::{
    catalog::{
        Category, CategoryCommand, CategoryDetails, CategoryError, CategoryEvent, Image, ReviseCategory,
    },
    fixtures::{category, english, must},
    ids::CategoryId,
    refusal::Refusal,
    slug::Slug,
    spec::given,
};

fn details(slug: &str) -> CategoryDetails {
    CategoryDetails {
        name: english("Rice"),
        slug: must(Slug::parse(slug)),
        description: None,
        image: None,
        sort_order: 1,
        shown_on_home: false,
        active: true,
    }
}

fn created(parent: Option<CategoryId>) -> CategoryEvent {
    CategoryEvent::CategoryCreated { details: details("rice"), parent }
}

fn create(details: CategoryDetails) -> CategoryCommand {
    CategoryCommand::Create { details, parent: Some(category(9)) }
}

fn described_with(url: &str) -> CategoryDetails {
    CategoryDetails {
        image: Some(Image { url: url.to_owned(), alt: None }),
        ..details("rice")
    }
}

fn revise(details: Option<CategoryDetails>, parent: Option<Option<CategoryId>>) -> CategoryCommand {
    CategoryCommand::Revise(ReviseCategory { details, parent })
}

#[test]
fn a_category_is_created_once() {
    let state = given::<Category>(&[]).when(create(details("rice"))).then(&[created(Some(category(9)))]);
    assert_eq!(state.node().and_then(|node| node.parent), Some(category(9)));
    given::<Category>(&[created(None)])
        .when(create(details("rice")))
        .then_err(CategoryError::AlreadyCreated);
    given::<Category>(&[created(None), CategoryEvent::CategoryRemoved])
        .when(create(details("rice")))
        .then_err(CategoryError::AlreadyCreated);
}

#[test]
fn what_is_described_anew_and_where_it_hangs_are_told_apart() {
    let anew = CategoryEvent::CategoryDescribed { details: details("basmati") };
    given::<Category>(&[created(None)])
        .when(revise(Some(details("basmati")), None))
        .then(std::slice::from_ref(&anew));
    let moved = CategoryEvent::CategoryMoved { parent: Some(category(2)) };
    let state = given::<Category>(&[created(None)])
        .when(revise(Some(details("basmati")), Some(Some(category(2)))))
        .then(&[anew, moved]);
    assert_eq!(
        state.node().map(|node| (node.details.slug.as_str(), node.parent)),
        Some(("basmati", Some(category(2))))
    );
    given::<Category>(&[created(Some(category(2)))])
        .when(revise(None, Some(None)))
        .then(&[CategoryEvent::CategoryMoved { parent: None }]);
    given::<Category>(&[created(None)]).when(revise(Some(details("rice")), Some(None))).then_nothing();
    given::<Category>(&[]).when(revise(None, None)).then_err(CategoryError::NotFound);
}

#[test]
fn a_removed_category_is_gone() {
    let state = given::<Category>(&[created(None)])
        .when(CategoryCommand::Remove)
        .then(&[CategoryEvent::CategoryRemoved]);
    assert_eq!(state.node(), None);
    let removed = [created(None), CategoryEvent::CategoryRemoved];
    given::<Category>(&removed).when(CategoryCommand::Remove).then_nothing();
    given::<Category>(&removed).when(revise(None, None)).then_err(CategoryError::NotFound);
    given::<Category>(&[]).when(CategoryCommand::Remove).then_err(CategoryError::NotFound);
}

#[test]
fn a_picture_is_safe_to_show() {
    for url in [
        "http://example.com/a.png",
        "javascript:alert(1)",
        "//example.com/a.png",
    ] {
        let error = CategoryError::InvalidImageUrl;
        assert_eq!(error.faults()[0].pointer, "/image/url");
        given::<Category>(&[]).when(create(described_with(url))).then_err(error);
        given::<Category>(&[created(None)]).when(revise(Some(described_with(url)), None)).then_err(error);
    }
    given::<Category>(&[]).when(create(described_with("/files/rice.webp"))).then(&[
        CategoryEvent::CategoryCreated {
            details: described_with("/files/rice.webp"),
            parent: Some(category(9)),
        },
    ]);
}

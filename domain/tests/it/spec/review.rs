use domain::{
    catalog::{
        FlagReason, Opinion, Rating, Review, ReviewCommand, ReviewContent, ReviewError, ReviewEvent,
        ReviewStatus, ReviewText, ReviewTitle, Verdict,
    },
    fixtures::{account, must, order, product, reason, sealed},
    refusal::Refusal,
    spec::given,
    text::TextError,
};

fn rating(stars: u8) -> Rating {
    must(Rating::try_from(stars))
}

fn opinion(stars: u8, number: u8) -> Opinion {
    Opinion {
        rating: rating(stars),
        content: sealed(1, number),
        purchase: Some(order(1)),
    }
}

fn written() -> ReviewEvent {
    ReviewEvent::ReviewWritten {
        product: product(1),
        customer: account(1),
        rating: rating(4),
        content: sealed(1, 1),
        purchase: Some(order(1)),
    }
}

fn revised() -> ReviewEvent {
    ReviewEvent::ReviewRevised {
        rating: rating(2),
        content: sealed(1, 2),
        purchase: Some(order(1)),
    }
}

fn flagged(by: u64) -> ReviewEvent {
    ReviewEvent::ReviewFlagged { customer: account(by), reason: FlagReason::Spam }
}

fn rejected() -> ReviewEvent {
    ReviewEvent::ReviewRejected { reason: reason("an advertisement") }
}

fn publish() -> ReviewCommand {
    ReviewCommand::Moderate(Verdict::Publish)
}

fn reject() -> ReviewCommand {
    ReviewCommand::Moderate(Verdict::Reject { reason: reason("an advertisement") })
}

fn flag(by: u64) -> ReviewCommand {
    ReviewCommand::Flag { customer: account(by), reason: FlagReason::Spam }
}

#[test]
fn a_review_is_written_once_and_waits() {
    let write = || ReviewCommand::Write {
        product: product(1),
        customer: account(1),
        opinion: opinion(4, 1),
    };
    let state = given::<Review>(&[]).when(write()).then(&[written()]);
    assert_eq!(state.known().map(|known| known.status), Some(ReviewStatus::Pending));
    given::<Review>(&[written()]).when(write()).then_err(ReviewError::AlreadyWritten);
    given::<Review>(&[written(), ReviewEvent::ReviewRemoved])
        .when(write())
        .then_err(ReviewError::AlreadyWritten);
}

#[test]
fn what_is_written_anew_waits_again() {
    let published = [written(), ReviewEvent::ReviewPublished];
    let state = given::<Review>(&published).when(ReviewCommand::Revise(opinion(2, 2))).then(&[revised()]);
    assert_eq!(state.known().map(|known| known.status), Some(ReviewStatus::Pending));
    given::<Review>(&published).when(ReviewCommand::Revise(opinion(4, 1))).then_nothing();
    given::<Review>(&[]).when(ReviewCommand::Revise(opinion(2, 2))).then_err(ReviewError::NotFound);
}

#[test]
fn a_verdict_is_given_once_unless_there_is_something_to_settle() {
    given::<Review>(&[written()]).when(publish()).then(&[ReviewEvent::ReviewPublished]);
    given::<Review>(&[written(), ReviewEvent::ReviewPublished]).when(publish()).then_nothing();
    given::<Review>(&[written(), ReviewEvent::ReviewPublished, flagged(2)])
        .when(publish())
        .then(&[ReviewEvent::ReviewPublished]);
    given::<Review>(&[written()]).when(reject()).then(&[rejected()]);
    given::<Review>(&[written(), rejected()]).when(reject()).then_nothing();
    let state =
        given::<Review>(&[written(), rejected()]).when(publish()).then(&[ReviewEvent::ReviewPublished]);
    assert_eq!(state.known().map(|known| known.status), Some(ReviewStatus::Published));
    given::<Review>(&[]).when(publish()).then_err(ReviewError::NotFound);
}

#[test]
fn a_reader_flags_a_text_once() {
    let published = [written(), ReviewEvent::ReviewPublished];
    given::<Review>(&published).when(flag(2)).then(&[flagged(2)]);
    let flags = [written(), ReviewEvent::ReviewPublished, flagged(2)];
    given::<Review>(&flags).when(flag(2)).then_nothing();
    given::<Review>(&flags).when(flag(3)).then(&[flagged(3)]);
    // Also once a moderator has looked; another text is another matter.
    let settled = [flags.as_slice(), &[ReviewEvent::ReviewPublished]].concat();
    given::<Review>(&settled).when(flag(2)).then_nothing();
    let anew = [settled.as_slice(), &[revised(), ReviewEvent::ReviewPublished]].concat();
    given::<Review>(&anew).when(flag(2)).then(&[flagged(2)]);
}

#[test]
fn nobody_flags_an_own_review_or_one_that_is_hidden() {
    given::<Review>(&[written(), ReviewEvent::ReviewPublished]).when(flag(1)).then_err(ReviewError::Own);
    given::<Review>(&[written()]).when(flag(2)).then_err(ReviewError::NotFound);
    given::<Review>(&[written(), rejected()]).when(flag(2)).then_err(ReviewError::NotFound);
}

#[test]
fn a_removed_review_stays_removed() {
    let removed = [written(), ReviewEvent::ReviewRemoved];
    given::<Review>(&[written()]).when(ReviewCommand::Remove).then(&[ReviewEvent::ReviewRemoved]);
    given::<Review>(&removed).when(ReviewCommand::Remove).then_nothing();
    given::<Review>(&removed).when(publish()).then_err(ReviewError::NotFound);
    given::<Review>(&[]).when(ReviewCommand::Remove).then_err(ReviewError::NotFound);
}

#[test]
fn a_rating_has_one_to_five_stars() {
    let stars: Vec<u8> = (0..=9).filter(|stars| Rating::try_from(*stars).is_ok()).collect();
    assert_eq!(stars, [1, 2, 3, 4, 5]);
    assert!(serde_json::from_str::<Rating>("6").is_err());
    assert!(serde_json::from_str::<Rating>("4.5").is_err());
}

#[test]
fn hostile_texts_are_refused_and_none_is_shown_by_debug() {
    assert_eq!(ReviewText::parse(" \n "), Err(TextError::Empty));
    assert_eq!(ReviewText::parse("a\0b"), Err(TextError::ControlCharacter));
    assert_eq!(ReviewText::parse("a\u{9b}31mb"), Err(TextError::ControlCharacter));
    assert_eq!(ReviewText::parse(&"x".repeat(2_001)), Err(TextError::TooLong { max: 2_000 }));
    assert_eq!(ReviewTitle::parse(&"x".repeat(151)), Err(TextError::TooLong { max: 150 }));
    assert!(!format!("{:?}", ReviewText::parse("my neighbour")).contains("neighbour"));
}

#[test]
fn pictures_are_few_and_safe() {
    let content = |media: &[&str]| ReviewContent {
        title: None,
        text: must(ReviewText::parse("good")),
        media: media.iter().map(|url| (*url).to_owned()).collect(),
    };
    assert_eq!(content(&["https://cdn.example/1.jpg"; 5]).check(), Ok(()));
    let many = content(&["https://cdn.example/1.jpg"; 6]).check();
    assert_eq!(many, Err(ReviewError::TooManyMedia { max: 5 }));
    let long = format!("https://cdn.example/{}", "x".repeat(300));
    for url in [
        "http://cdn.example/1.jpg",
        "javascript:alert(1)",
        "/own.jpg",
        "https://a\nb",
        &long,
    ] {
        let refused = content(&["https://cdn.example/1.jpg", url]).check();
        assert_eq!(refused, Err(ReviewError::InvalidMediaUrl { index: 1 }), "{url}");
    }
    let fault = ReviewError::InvalidMediaUrl { index: 1 }.faults().remove(0);
    assert_eq!(fault.pointer, "/media/1");
}

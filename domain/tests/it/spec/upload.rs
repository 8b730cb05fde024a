use domain::{
    catalog::{
        ImageName, ImageUser, InvalidImageName, Rendition, UPLOADS, Upload, UploadCommand, UploadError,
        UploadEvent, UploadedImage,
    },
    fixtures::{product, uuid},
    ids::{AccountId, CategoryId, UploadId},
    refusal::Refusal,
    spec::given,
};

fn image() -> UploadedImage {
    UploadedImage {
        received_type: "image/png".to_owned(),
        received_bytes: 70,
        sha256: "00".repeat(32),
        largest: Rendition { width: 700, height: 500, bytes: 60 },
        variants: vec![
            Rendition { width: 320, height: 229, bytes: 20 },
            Rendition { width: 640, height: 457, bytes: 40 },
        ],
    }
}

fn uploaded() -> UploadEvent {
    UploadEvent::ImageUploaded {
        owner: Some(AccountId::from_uuid(uuid(1))),
        company: None,
        image: image(),
    }
}

fn keep() -> UploadCommand {
    UploadCommand::Keep {
        owner: Some(AccountId::from_uuid(uuid(1))),
        company: None,
        image: image(),
    }
}

const fn used(by: ImageUser) -> UploadEvent {
    UploadEvent::ImageUsed { by }
}

fn rice() -> ImageUser {
    ImageUser::Product(product(1))
}

fn food() -> ImageUser {
    ImageUser::Category(CategoryId::from_uuid(uuid(9)))
}

#[test]
fn a_picture_is_uploaded_once() {
    let state = given::<Upload>(&[]).when(keep()).then(&[uploaded()]);
    assert_eq!(state.kept().map(|kept| &kept.image), Some(&image()));
    given::<Upload>(&[uploaded()]).when(keep()).then_err(UploadError::AlreadyUploaded);
    given::<Upload>(&[uploaded(), UploadEvent::ImageRemoved])
        .when(keep())
        .then_err(UploadError::AlreadyUploaded);
}

#[test]
fn what_is_shown_is_not_removed() {
    let shown = [uploaded(), used(rice()), used(food())];
    given::<Upload>(&shown).when(UploadCommand::Remove).then_err(UploadError::InUse { users: 2 });
    let faults = UploadError::InUse { users: 2 }.faults();
    assert_eq!(faults.first().and_then(|fault| fault.numbers.get("users")), Some(&2.into()));
    let released = [shown.to_vec(), vec![UploadEvent::ImageReleased { by: rice() }]].concat();
    given::<Upload>(&released).when(UploadCommand::Remove).then_err(UploadError::InUse { users: 1 });
    let free = [released, vec![UploadEvent::ImageReleased { by: food() }]].concat();
    let state = given::<Upload>(&free).when(UploadCommand::Remove).then(&[UploadEvent::ImageRemoved]);
    assert!(state.kept().is_none());
}

#[test]
fn what_is_removed_stays_so() {
    let gone = [uploaded(), UploadEvent::ImageRemoved];
    given::<Upload>(&gone).when(UploadCommand::Remove).then_nothing();
    given::<Upload>(&gone).when(UploadCommand::Use { by: rice() }).then_err(UploadError::NotFound);
    given::<Upload>(&gone).when(UploadCommand::Release { by: rice() }).then_nothing();
    given::<Upload>(&[]).when(UploadCommand::Remove).then_err(UploadError::NotFound);
    given::<Upload>(&[]).when(UploadCommand::Use { by: rice() }).then_err(UploadError::NotFound);
}

#[test]
fn a_user_counts_once() {
    given::<Upload>(&[uploaded()]).when(UploadCommand::Use { by: rice() }).then(&[used(rice())]);
    given::<Upload>(&[uploaded(), used(rice())]).when(UploadCommand::Use { by: rice() }).then_nothing();
    given::<Upload>(&[uploaded(), used(rice())])
        .when(UploadCommand::Release { by: rice() })
        .then(&[UploadEvent::ImageReleased { by: rice() }]);
    given::<Upload>(&[uploaded(), used(rice())])
        .when(UploadCommand::Release { by: food() })
        .then_nothing();
}

#[test]
fn a_name_says_what_else_there_is() {
    let upload = UploadId::from_uuid(uuid(1));
    let name = ImageName { upload, width: 700 };
    assert_eq!(name.to_string(), format!("{upload}-700.webp"));
    assert_eq!(name.to_string().parse(), Ok(name));
    assert_eq!(ImageName::in_url(&name.url()), Ok(Some(name)));
    let widths = |width| ImageName { upload, width }.variants().map(|one| one.width).collect::<Vec<_>>();
    assert_eq!(widths(700), [320, 640]);
    assert_eq!(widths(1_280), [320, 640]);
    assert_eq!(widths(1_281), [320, 640, 1_280]);
    assert_eq!(widths(320), [0_u32; 0]);
}

#[test]
fn a_rendition_has_one_name() {
    let upload = UploadId::from_uuid(uuid(1));
    for wrong in [
        format!("{upload}-0700.webp"),
        format!("{upload}-+700.webp"),
        format!("{upload}-700.WEBP"),
        format!("{upload}-700.webp/.."),
        format!("{upload}"),
        format!("{upload}-99999999999.webp"),
        "../secrets".to_owned(),
        String::new(),
    ] {
        assert_eq!(wrong.parse::<ImageName>(), Err(InvalidImageName), "{wrong}");
        assert_eq!(ImageName::in_url(&format!("{UPLOADS}{wrong}")), Err(InvalidImageName), "{wrong}");
    }
    assert_eq!(ImageName::in_url("https://images.example/1.jpg"), Ok(None));
    assert_eq!(ImageName::in_url("/images/1.jpg"), Ok(None));
}

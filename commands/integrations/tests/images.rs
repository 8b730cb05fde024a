//! Pictures of every kind come out as WebP, the right way up, in the right sizes, and without what came with them.
#![cfg(test)]

use std::io::Cursor;

use bytes::Bytes;
use exif::{Field, In, Rational, Tag, Value, experimental::Writer};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use integrations::images::{Format, ImageError, Images, MAX_SIDE, Prepared, Rendition};

const WIDTHS: &[u32] = &[16, 48, 640];

/// Four fields of colour: red, green, blue and white.
fn four(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| match (x < width / 2, y < height / 2) {
        (true, true) => Rgb([220, 30, 30]),
        (false, true) => Rgb([30, 200, 40]),
        (true, false) => Rgb([30, 40, 210]),
        (false, false) => Rgb([240, 240, 240]),
    })
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Bytes {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner().into()
}

async fn prepare(bytes: impl Into<Bytes>) -> Result<Prepared, ImageError> {
    Images::new(1).prepare(bytes.into(), WIDTHS).await
}

fn shown(rendition: &Rendition) -> RgbaImage {
    let shown = image::load_from_memory_with_format(&rendition.webp, ImageFormat::WebP).unwrap();
    assert_eq!((shown.width(), shown.height()), (rendition.width, rendition.height));
    shown.into_rgba8()
}

/// The colours in the middle of the four fields.
#[track_caller]
fn assert_colours(shown: &RgbaImage, expected: [[u8; 3]; 4]) {
    let (width, height) = shown.dimensions();
    let places = [(1, 1), (3, 1), (1, 3), (3, 3)];
    for ((x, y), expected) in places.into_iter().zip(expected) {
        let Rgba([r, g, b, _]) = *shown.get_pixel(width * x / 4, height * y / 4);
        let distance =
            [r, g, b].iter().zip(expected).map(|(is, wanted)| is.abs_diff(wanted)).max().unwrap_or(0);
        assert!(distance <= 14, "{:?} at {x} {y}, {expected:?} expected", [r, g, b]);
    }
}

const RED: [u8; 3] = [220, 30, 30];
const GREEN: [u8; 3] = [30, 200, 40];
const BLUE: [u8; 3] = [30, 40, 210];
const WHITE: [u8; 3] = [240, 240, 240];

#[tokio::test]
async fn every_kind_becomes_webp_in_the_widths_that_are_narrower() {
    let picture = DynamicImage::from(four(96, 64));
    for (bytes, format) in [
        (encoded(&picture, ImageFormat::Jpeg), Format::Jpeg),
        (encoded(&picture, ImageFormat::Png), Format::Png),
        (encoded(&picture, ImageFormat::Gif), Format::Gif),
        (encoded(&picture, ImageFormat::WebP), Format::WebP),
        (Bytes::from_static(include_bytes!("pictures/four.avif")), Format::Avif),
    ] {
        let prepared = prepare(bytes).await.unwrap();
        assert_eq!(prepared.format, format);
        assert_eq!((prepared.main.width, prepared.main.height), (96, 64));
        let sizes: Vec<_> = prepared.variants.iter().map(|one| (one.width, one.height)).collect();
        assert_eq!(sizes, [(16, 11), (48, 32)], "{format:?}");
        for rendition in prepared.variants.iter().chain([&prepared.main]) {
            assert_colours(&shown(rendition), [RED, GREEN, BLUE, WHITE]);
        }
    }
}

/// EXIF as a phone writes it: the camera, the place, and which side is up.
fn exif(orientation: u16) -> Vec<u8> {
    let degrees =
        |degree, minute| Value::Rational([degree, minute, 28].map(|num| Rational { num, denom: 1 }).to_vec());
    let field = |tag, value| Field { tag, ifd_num: In::PRIMARY, value };
    let fields = [
        field(Tag::Make, Value::Ascii(vec![b"SecretCam".to_vec()])),
        field(Tag::Orientation, Value::Short(vec![orientation])),
        field(Tag::GPSLatitudeRef, Value::Ascii(vec![b"N".to_vec()])),
        field(Tag::GPSLatitude, degrees(36, 11)),
        field(Tag::GPSLongitudeRef, Value::Ascii(vec![b"E".to_vec()])),
        field(Tag::GPSLongitude, degrees(44, 0)),
    ];
    let mut writer = Writer::new();
    for field in &fields {
        writer.push_field(field);
    }
    let mut bytes = Cursor::new(Vec::new());
    writer.write(&mut bytes, false).unwrap();
    bytes.into_inner()
}

/// A JPEG with an APP1 segment of its own right behind its beginning.
fn with_exif(jpeg: &[u8], exif: &[u8]) -> Vec<u8> {
    let length = u16::try_from(exif.len() + 8).unwrap();
    let segment = [&[0xFF, 0xE1], length.to_be_bytes().as_slice(), b"Exif\0\0", exif].concat();
    [&jpeg[..2], &segment, &jpeg[2..]].concat()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn where_a_picture_was_taken_is_not_kept() {
    let jpeg = encoded(&four(96, 64).into(), ImageFormat::Jpeg);
    let sent = with_exif(&jpeg, &exif(1));
    let said = exif::Reader::new().read_from_container(&mut Cursor::new(&sent)).unwrap();
    assert!(said.get_field(Tag::GPSLatitude, In::PRIMARY).is_some(), "the test sends a place");
    let avif = Bytes::from_static(include_bytes!("pictures/four.avif"));
    assert!(contains(&avif, b"SecretCam"), "the test sends a camera");
    for sent in [Bytes::from(sent), avif] {
        let prepared = prepare(sent).await.unwrap();
        for kept in prepared.variants.iter().chain([&prepared.main]) {
            let read = exif::Reader::new().read_from_container(&mut Cursor::new(&kept.webp));
            assert!(read.is_err());
            for part in [b"SecretCam".as_slice(), b"EXIF", b"Exif", b"XMP ", b"ICCP"] {
                assert!(!contains(&kept.webp, part), "{part:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_a_camera_holds_sideways_is_turned() {
    let jpeg = encoded(&four(96, 64).into(), ImageFormat::Jpeg);
    // 6: to be turned a quarter clockwise.
    let prepared = prepare(with_exif(&jpeg, &exif(6))).await.unwrap();
    assert_eq!((prepared.main.width, prepared.main.height), (64, 96));
    assert_colours(&shown(&prepared.main), [BLUE, RED, WHITE, GREEN]);
}

#[tokio::test]
async fn what_is_transparent_stays_so() {
    let clear = RgbaImage::from_fn(40, 40, |x, _| Rgba([200, 10, 10, if x < 20 { 0 } else { 255 }]));
    let sent = [
        encoded(&clear.into(), ImageFormat::Png),
        Bytes::from_static(include_bytes!("pictures/clear.avif")),
    ];
    for sent in sent {
        let prepared = prepare(sent).await.unwrap();
        let shown = shown(&prepared.main);
        let (width, height) = shown.dimensions();
        let alpha = |x: u32| shown.get_pixel(x, height / 2).0[3];
        assert_eq!((alpha(width / 8), alpha(width * 7 / 8)), (0, 255));
    }
}

#[tokio::test]
async fn avif_without_colour_is_grey() {
    let prepared = prepare(Bytes::from_static(include_bytes!("pictures/grey.avif"))).await.unwrap();
    for Rgba([r, g, b, a]) in shown(&prepared.main).pixels() {
        assert!(r.abs_diff(*g) < 3 && g.abs_diff(*b) < 3 && *a == 255, "{r} {g} {b} {a}");
    }
}

#[tokio::test]
async fn what_is_larger_than_screens_is_made_smaller() {
    let picture = RgbImage::from_pixel(MAX_SIDE + 640, 100, Rgb([9, 90, 9]));
    let prepared = prepare(encoded(&picture.into(), ImageFormat::Png)).await.unwrap();
    assert_eq!((prepared.main.width, prepared.main.height), (MAX_SIDE, 80));
    assert_eq!(prepared.variants.len(), WIDTHS.len());
}

/// A PNG that says it has `width` x `height` pixels, and holds few bytes.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = encoded(&four(8, 8).into(), ImageFormat::Png).to_vec();
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    // The checksum of the header must be right, else it is refused for that.
    let sum = bytes[12..29].iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xEDB8_8320 * (sum & 1)))
    });
    bytes[29..33].copy_from_slice(&(!sum).to_be_bytes());
    bytes
}

#[tokio::test]
async fn a_bomb_is_refused_before_it_is_unpacked() {
    assert!(prepare(bomb(8, 8)).await.is_ok(), "the test makes whole pictures");
    let started = std::time::Instant::now();
    let refused = prepare(bomb(60_000, 60_000)).await;
    assert_eq!(refused, Err(ImageError::TooManyPixels { width: 60_000, height: 60_000 }));
    assert!(started.elapsed().as_millis() < 500, "nothing is unpacked");
}

#[tokio::test]
async fn what_is_no_picture_is_refused() {
    for bytes in [
        &b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..],
        b"",
        b"PK\x03\x04",
        b"\0\0\0\x18ftypheic",
    ] {
        assert_eq!(prepare(bytes).await, Err(ImageError::UnknownFormat), "{bytes:?}");
    }
    let picture = DynamicImage::from(four(96, 64));
    let whole = [
        encoded(&picture, ImageFormat::Jpeg),
        encoded(&picture, ImageFormat::Png),
        encoded(&picture, ImageFormat::Gif),
        encoded(&picture, ImageFormat::WebP),
        Bytes::from_static(include_bytes!("pictures/four.avif")),
    ];
    for bytes in whole {
        assert_eq!(prepare(bytes.slice(..40)).await, Err(ImageError::Unreadable), "{:?}", Format::of(&bytes));
    }
}

/// Bytes that differ anywhere lead to a picture or to a refusal, never further.
#[tokio::test]
async fn damaged_avif_does_no_harm() {
    let whole = include_bytes!("pictures/four.avif");
    for place in (12..whole.len()).step_by(17) {
        let mut bytes = whole.to_vec();
        bytes[place] ^= 0x5A;
        drop(prepare(bytes).await);
    }
}

#[tokio::test]
async fn no_more_than_some_are_worked_on_at_once() {
    let images = Images::new(2);
    let bytes = encoded(&four(600, 400).into(), ImageFormat::Png);
    let all = (0..6).map(|_| images.prepare(bytes.clone(), WIDTHS));
    let prepared = futures_util::future::join_all(all).await;
    assert!(prepared.iter().all(|one| one == &prepared[0] && one.is_ok()));
    assert_eq!(images.free(), 2);
    let working = images.prepare(bytes.clone(), WIDTHS);
    futures_util::pin_mut!(working);
    assert!(futures_util::poll!(working.as_mut()).is_pending());
    assert_eq!(images.free(), 1);
    assert!(working.await.is_ok());
}

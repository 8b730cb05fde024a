//! Decodes a picture and writes it anew in several sizes.

use std::io::Cursor;

use bytes::Bytes;
use image::{
    DynamicImage, GenericImageView, ImageDecoder, ImageFormat, ImageReader, Limits, imageops::FilterType,
    metadata::Orientation,
};

use super::{Format, ImageError, MAX_PIXELS, MAX_SIDE, Prepared, Rendition, avif, check_pixels};

/// How good a WebP is, of 100: no difference is seen at arm's length.
const QUALITY: f32 = 82.0;

/// Eight bytes for each pixel: the most that any kind of picture takes.
const MAX_ALLOC_BYTES: u64 = MAX_PIXELS * 8;

pub(super) fn prepare(bytes: &[u8], widths: &[u32]) -> Result<Prepared, ImageError> {
    let format = Format::of(bytes).ok_or(ImageError::UnknownFormat)?;
    let decoded = match format {
        Format::Jpeg => decode(bytes, ImageFormat::Jpeg),
        Format::Png => decode(bytes, ImageFormat::Png),
        Format::Gif => decode(bytes, ImageFormat::Gif),
        Format::WebP => decode(bytes, ImageFormat::WebP),
        Format::Avif => avif::decode(bytes),
    }?;
    let (width, height) = decoded.dimensions();
    let full = if width.max(height) > MAX_SIDE {
        decoded.thumbnail(MAX_SIDE, MAX_SIDE)
    } else {
        decoded
    };
    // What is worked on from here on has four bytes a pixel at most.
    let full = if full.color().has_alpha() {
        DynamicImage::from(full.into_rgba8())
    } else {
        DynamicImage::from(full.into_rgb8())
    };
    let main = rendition(&full)?;
    let narrower = widths.iter().filter(|width| **width < main.width);
    let variants = narrower.map(|width| {
        let height = scaled(main.height, *width, main.width);
        rendition(&full.resize_exact(*width, height, FilterType::Triangle))
    });
    Ok(Prepared { format, variants: variants.collect::<Result<_, _>>()?, main })
}

fn decode(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage, ImageError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOC_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| ImageError::Unreadable)?;
    let (width, height) = decoder.dimensions();
    check_pixels(width, height)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut decoded = DynamicImage::from_decoder(decoder).map_err(|_| ImageError::Unreadable)?;
    // What says which side is up goes with the rest of the metadata: turn it now.
    decoded.apply_orientation(orientation);
    Ok(decoded)
}

fn rendition(picture: &DynamicImage) -> Result<Rendition, ImageError> {
    let (width, height) = picture.dimensions();
    let encoder = match picture {
        DynamicImage::ImageRgba8(pixels) => webp::Encoder::from_rgba(pixels, width, height),
        DynamicImage::ImageRgb8(pixels) => webp::Encoder::from_rgb(pixels, width, height),
        _ => return Err(ImageError::Unreadable),
    };
    let webp = encoder.encode_simple(false, QUALITY).map_err(|_| ImageError::Unreadable)?;
    Ok(Rendition { width, height, webp: Bytes::copy_from_slice(&webp) })
}

/// `height` of a picture of width `of`, at the width `width`, rounded, at least 1.
fn scaled(height: u32, width: u32, of: u32) -> u32 {
    let exact = (u64::from(height) * u64::from(width) + u64::from(of) / 2) / u64::from(of.max(1));
    u32::try_from(exact).unwrap_or(u32::MAX).max(1)
}

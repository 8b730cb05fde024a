//! AVIF: the container by `avif-parse`, the picture by `re_rav1d`, the colours here.

use avif_parse::AvifData;
use image::{DynamicImage, RgbImage, RgbaImage};
use re_rav1d::dav1d::{
    Decoder, Error, Picture, PixelLayout, PlanarImageComponent as Component, Settings,
    pixel::{MatrixCoefficients, YUVRange},
};

use super::{ImageError, MAX_PIXELS, check_pixels};

/// More turns than a decoder needs for one picture.
const MAX_TURNS: usize = 64;

pub(super) fn decode(bytes: &[u8]) -> Result<DynamicImage, ImageError> {
    let unreadable = |_| ImageError::Unreadable;
    let data = AvifData::from_reader(&mut &*bytes).map_err(unreadable)?;
    let facts = data.primary_item_metadata().map_err(unreadable)?;
    check_pixels(facts.max_frame_width.get(), facts.max_frame_height.get())?;
    let colour = Planes::of(&picture(&data.primary_item)?)?;
    let Some(alpha) = &data.alpha_item else {
        let rgb = RgbImage::from_fn(colour.width, colour.height, |x, y| image::Rgb(colour.rgb(x, y)));
        return Ok(rgb.into());
    };
    let alpha = Planes::of(&picture(alpha)?)?;
    if (alpha.width, alpha.height) != (colour.width, colour.height) {
        return Err(ImageError::Unreadable);
    }
    let rgba = RgbaImage::from_fn(colour.width, colour.height, |x, y| {
        let ([r, g, b], a) = (colour.rgb(x, y), alpha.luma(x, y));
        image::Rgba([r, g, b, a])
    });
    Ok(rgba.into())
}

fn picture(stream: &[u8]) -> Result<Picture, ImageError> {
    let unreadable = |_| ImageError::Unreadable;
    let mut settings = Settings::new();
    settings.set_n_threads(1);
    settings.set_max_frame_delay(1);
    settings.set_frame_size_limit(u32::try_from(MAX_PIXELS).unwrap_or(u32::MAX));
    let mut decoder = Decoder::with_settings(&settings).map_err(unreadable)?;
    match decoder.send_data(stream.to_vec(), None, None, None) {
        Ok(()) | Err(Error::Again) => {}
        Err(_) => return Err(ImageError::Unreadable),
    }
    for _ in 0..MAX_TURNS {
        match decoder.get_picture() {
            Ok(picture) => return Ok(picture),
            Err(Error::Again) => match decoder.send_pending_data() {
                Ok(()) | Err(Error::Again) => {}
                Err(_) => return Err(ImageError::Unreadable),
            },
            Err(_) => return Err(ImageError::Unreadable),
        }
    }
    Err(ImageError::Unreadable)
}

/// How colours are written, in 65,536ths: red of V, green of U and of V, blue of U.
#[derive(Debug, Clone, Copy)]
enum Matrix {
    /// Green, blue and red as they are.
    Identity,
    /// Lightness and two differences.
    Differences([i32; 4]),
}

impl Matrix {
    const BT601: Self = Self::Differences([91_881, 22_554, 46_802, 116_130]);
    const BT709: Self = Self::Differences([103_206, 12_276, 30_679, 121_609]);
    const BT2020: Self = Self::Differences([96_639, 10_784, 37_444, 123_299]);

    fn of(coefficients: MatrixCoefficients) -> Self {
        match coefficients {
            MatrixCoefficients::Identity => Self::Identity,
            MatrixCoefficients::BT709 => Self::BT709,
            MatrixCoefficients::BT2020NonConstantLuminance | MatrixCoefficients::BT2020ConstantLuminance => {
                Self::BT2020
            }
            // What is not said is what JPEG has.
            _ => Self::BT601,
        }
    }
}

/// A decoded picture, by samples.
struct Planes {
    width: u32,
    height: u32,
    matrix: Matrix,
    is_full_range: bool,
    /// How far samples are shifted to have eight bits; `None` where one byte holds a sample.
    shift: Option<u32>,
    luma: Plane,
    chroma: Option<[Plane; 2]>,
    /// Whether there are half as many columns, and half as many rows, of colour.
    halved: (bool, bool),
}

struct Plane {
    samples: Vec<u8>,
    stride: usize,
}

impl Planes {
    fn of(picture: &Picture) -> Result<Self, ImageError> {
        let (width, height) = (picture.width(), picture.height());
        check_pixels(width, height)?;
        let plane = |component: Component| {
            let stride = usize::try_from(picture.stride(component)).map_err(|_| ImageError::Unreadable)?;
            Ok(Plane { samples: picture.plane(component).to_vec(), stride })
        };
        let layout = picture.pixel_layout();
        let chroma = match layout {
            PixelLayout::I400 => None,
            PixelLayout::I420 | PixelLayout::I422 | PixelLayout::I444 => {
                Some([plane(Component::U)?, plane(Component::V)?])
            }
        };
        let bits = picture.bits_per_component().map_or(8, |bits| bits.0);
        Ok(Self {
            width,
            height,
            matrix: Matrix::of(picture.matrix_coefficients()),
            is_full_range: matches!(picture.color_range(), YUVRange::Full),
            shift: u32::try_from(bits).ok().and_then(|bits| bits.checked_sub(8)).filter(|bits| *bits > 0),
            luma: plane(Component::Y)?,
            chroma,
            halved: match layout {
                PixelLayout::I420 => (true, true),
                PixelLayout::I422 => (true, false),
                PixelLayout::I400 | PixelLayout::I444 => (false, false),
            },
        })
    }

    /// One sample, of eight bits.
    fn sample(&self, plane: &Plane, x: u32, y: u32) -> i32 {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else {
            return 0;
        };
        let row = plane.samples.get(y * plane.stride..).unwrap_or_default();
        match self.shift {
            None => row.get(x).copied().map_or(0, i32::from),
            Some(bits) => match row.get(2 * x..) {
                Some([low, high, ..]) => i32::from(u16::from_ne_bytes([*low, *high])) >> bits,
                Some(_) | None => 0,
            },
        }
    }

    fn luma(&self, x: u32, y: u32) -> u8 {
        byte(self.lightness(x, y))
    }

    fn lightness(&self, x: u32, y: u32) -> i32 {
        let sample = self.sample(&self.luma, x, y);
        if self.is_full_range {
            sample
        } else {
            ((sample - 16) * 255 + 109) / 219
        }
    }

    fn rgb(&self, x: u32, y: u32) -> [u8; 3] {
        let lightness = self.lightness(x, y);
        let Some([u, v]) = &self.chroma else {
            return [byte(lightness); 3];
        };
        let x = if self.halved.0 { x / 2 } else { x };
        let y = if self.halved.1 { y / 2 } else { y };
        let (u, v) = (self.sample(u, x, y), self.sample(v, x, y));
        let [red_v, green_u, green_v, blue_u] = match self.matrix {
            Matrix::Identity => return [byte(v), byte(lightness), byte(u)],
            Matrix::Differences(factors) => factors,
        };
        let centred = |sample: i32| {
            if self.is_full_range {
                sample - 128
            } else {
                (sample - 128) * 255 / 224
            }
        };
        let (u, v) = (centred(u), centred(v));
        let add = |difference: i32| byte(lightness + ((difference + 32_768) >> 16));
        [add(red_v * v), add(-green_u * u - green_v * v), add(blue_u * u)]
    }
}

fn byte(value: i32) -> u8 {
    u8::try_from(value.clamp(0, 255)).unwrap_or(u8::MAX)
}

//! Floats of 16 bits (IEEE 754 binary16).

/// Returns the value of a half float, if it is finite. Infinity becomes 65536.
pub(super) const fn float_of_half(half: u16) -> f32 {
    const INFINITY: u32 = 0x7c00;
    // The exponents of half floats begin 112 later. The product brings the small ones, which have
    // no leading one, into place too.
    const SCALE: f32 = f32::from_bits((127 + 112) << 23);
    let (sign, bits) = ((half & 0x8000) as u32, (half & 0x7fff) as u32);
    let size = (f32::from_bits(bits << 13) * SCALE).to_bits();
    let size = if bits > INFINITY { f32::NAN.to_bits() } else { size };
    f32::from_bits(size | (sign << 16))
}

#[cfg(test)]
mod tests {
    use super::float_of_half;
    use crate::media::canvas::srgb_curve::{CURVE, entry_of, entry_of_half};

    #[test]
    fn every_half_float_is_as_its_float() {
        for bits in 0..=u16::MAX {
            let float = float_of_half(bits);
            let exponent = i32::from((bits >> 10) & 31);
            let mantissa = f32::from(bits & 0x3ff) / 1024.0;
            let sign = if bits >= 0x8000 { -1.0 } else { 1.0 };
            match exponent {
                31 if mantissa != 0.0 => assert!(float.is_nan()),
                0 => assert_eq!(float, sign * mantissa * 2f32.powi(-14)),
                _ => assert_eq!(float, sign * (1.0 + mantissa) * 2f32.powi(exponent - 15)),
            }
            assert!(
                CURVE.byte(entry_of_half(bits)).abs_diff(CURVE.byte(entry_of(float))) <= 1,
                "{bits:#x}"
            );
        }
    }
}

//! The samples of a movie fragment (`moof`).

use mp4_atom::{Atom, Tfdt, Tfhd, Trex, Trun};

use super::Error;
use super::boxes::Boxes;
use super::sample::{NewSample, Samples};
use super::sample_table::signed;

/// The bit of a sample's flags that says that it needs other samples.
const IS_NOT_A_KEY_FRAME: u32 = 0x0001_0000;

/// What samples of fragments are like unless the fragment says otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Defaults {
    pub(super) duration: u32,
    pub(super) size: u32,
    pub(super) flags: u32,
}

impl From<Trex> for Defaults {
    fn from(trex: Trex) -> Self {
        Self {
            duration: trex.default_sample_duration,
            size: trex.default_sample_size,
            flags: trex.default_sample_flags,
        }
    }
}

/// Returns the number of the track that a `traf` box is of.
pub(super) fn track(traf: Boxes<'_>) -> Result<Tfhd, Error> {
    traf.decode("tfhd")?.ok_or(Error::Damaged { name: "tfhd" })
}

/// Returns when the samples of a `traf` box start, in the track's units, if it says so.
pub(super) fn start(traf: Boxes<'_>) -> Result<Option<i64>, Error> {
    let tfdt = traf.decode::<Tfdt>("tfdt")?;
    Ok(tfdt.map(|tfdt| i64::try_from(tfdt.base_media_decode_time).unwrap_or(i64::MAX)))
}

/// Appends the samples of a `traf` box in the `moof` box at `moof_offset`.
pub(super) fn read(
    traf: Boxes<'_>,
    tfhd: &Tfhd,
    defaults: Defaults,
    moof_offset: u64,
    samples: &mut Samples,
) -> Result<(), Error> {
    if let Some(time) = start(traf)? {
        // Time never goes back, not even where two files were joined.
        samples.end = samples.end.max(time);
    }
    let base = tfhd.base_data_offset.unwrap_or(moof_offset);
    let mut offset = base;
    for (name, mut body) in traf {
        if name != *b"trun" {
            continue;
        }
        let run = Trun::decode_body(&mut body).map_err(|_| Error::Damaged { name: "trun" })?;
        if let Some(distance) = run.data_offset {
            offset = base.saturating_add_signed(distance.into());
        }
        for entry in run.samples.iter() {
            let length = entry.size.or(tfhd.default_sample_size).unwrap_or(defaults.size);
            let flags = entry.flags.or(tfhd.default_sample_flags).unwrap_or(defaults.flags);
            let duration = entry.duration.or(tfhd.default_sample_duration);
            let sample = NewSample {
                offset,
                length,
                duration: duration.unwrap_or(defaults.duration),
                composition: signed(entry.cts.unwrap_or_default()),
                is_key_frame: flags & IS_NOT_A_KEY_FRAME == 0,
            };
            if !samples.push(sample)? {
                return Ok(());
            }
            offset = offset.saturating_add(length.into());
        }
    }
    Ok(())
}

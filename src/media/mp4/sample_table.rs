//! The samples of a track by the tables of its `stbl` box.

use mp4_atom::{Co64, Ctts, Stco, Stsc, Stss, Stsz, StszSamples, Stts};

use super::Error;
use super::boxes::Boxes;
use super::sample::{NewSample, Samples};

/// Returns how long the samples of a `stbl` box last together, in the track's units.
pub(super) fn length(table: Boxes<'_>) -> Result<i64, Error> {
    let durations = table.decode::<Stts>("stts")?.unwrap_or_default().entries;
    Ok(durations.iter().fold(0_i64, |sum, run| {
        let length = i64::from(run.sample_count).saturating_mul(run.sample_delta.into());
        sum.saturating_add(length)
    }))
}

/// Appends the samples of a `stbl` box, up to the first one that the file does not have.
pub(super) fn read(table: Boxes<'_>, samples: &mut Samples) -> Result<(), Error> {
    let durations = table.decode::<Stts>("stts")?.unwrap_or_default().entries;
    let compositions = table.decode::<Ctts>("ctts")?.unwrap_or_default().entries;
    let key_frames = table.decode::<Stss>("stss")?.map(|stss| stss.entries);
    let sizes = table.decode::<Stsz>("stsz")?.unwrap_or_default().samples;
    let per_chunk = table.decode::<Stsc>("stsc")?.unwrap_or_default().entries;
    let chunks = match table.decode::<Stco>("stco")? {
        Some(stco) => Chunks::Short(stco.entries),
        None => Chunks::Long(table.decode::<Co64>("co64")?.unwrap_or_default().entries),
    };

    let mut durations = Runs::new(durations.iter().map(|it| (it.sample_count, it.sample_delta)));
    let mut compositions =
        Runs::new(compositions.iter().map(|it| (it.sample_count, signed(it.sample_offset))));
    let mut key_frames = key_frames.as_deref().map(|numbers| numbers.iter().peekable());
    let mut per_chunk = per_chunk.iter().peekable();
    let mut samples_in_chunk = 0;
    let mut number = 0_u32;
    for chunk in 0..chunks.len() {
        while let Some(entry) =
            per_chunk.next_if(|it| it.first_chunk as usize <= chunk.saturating_add(1))
        {
            samples_in_chunk = entry.samples_per_chunk;
        }
        let mut offset = chunks.get(chunk);
        for _ in 0..samples_in_chunk {
            let Some(length) = size(&sizes, number) else { return Ok(()) };
            number = number.saturating_add(1);
            let is_key_frame = key_frames.as_mut().is_none_or(|numbers| {
                while numbers.next_if(|it| **it < number).is_some() {}
                numbers.next_if(|it| **it == number).is_some()
            });
            let sample = NewSample {
                offset,
                length,
                duration: durations.next().unwrap_or_default(),
                composition: compositions.next().unwrap_or_default(),
                is_key_frame,
            };
            if !samples.push(sample)? {
                return Ok(());
            }
            offset = offset.saturating_add(length.into());
        }
    }
    Ok(())
}

/// Takes an offset for a signed one. Those of version 0 should not be, but some writers put
/// negative ones there.
pub(super) fn signed(offset: i64) -> i64 {
    u32::try_from(offset).map_or(offset, |offset| offset.cast_signed().into())
}

enum Chunks {
    Short(Vec<u32>),
    Long(Vec<u64>),
}

impl Chunks {
    const fn len(&self) -> usize {
        match self {
            Self::Short(offsets) => offsets.len(),
            Self::Long(offsets) => offsets.len(),
        }
    }

    fn get(&self, chunk: usize) -> u64 {
        match self {
            Self::Short(offsets) => offsets.get(chunk).copied().map(u64::from),
            Self::Long(offsets) => offsets.get(chunk).copied(),
        }
        .unwrap_or(u64::MAX)
    }
}

fn size(sizes: &StszSamples, number: u32) -> Option<u32> {
    match sizes {
        StszSamples::Identical { count, size } => (number < *count).then_some(*size),
        StszSamples::Different { sizes } => sizes.get(number as usize).copied(),
    }
}

/// Values that are given as runs of equal ones.
struct Runs<I, T> {
    runs: I,
    left: u32,
    value: Option<T>,
}

impl<T: Copy, I: Iterator<Item = (u32, T)>> Runs<I, T> {
    const fn new(runs: I) -> Self {
        Self { runs, left: 0, value: None }
    }

    /// Returns the next value. If there are no more, returns the last one again.
    fn next(&mut self) -> Option<T> {
        while self.left == 0 {
            let Some((count, value)) = self.runs.next() else { return self.value };
            (self.left, self.value) = (count, Some(value));
        }
        self.left = self.left.saturating_sub(1);
        self.value
    }
}

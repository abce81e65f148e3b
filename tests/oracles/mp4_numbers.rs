//! The numbers in MP4 files, at their edges.

use crate::file_numbers::{EDGES, LONG_EDGES, Tried};

/// The samples of each track, and the bytes of each.
const SAMPLES: u32 = 25;
const SAMPLE_BYTES: u32 = 40;

/// A box with its length.
fn boxed(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32 + 8).to_be_bytes(), &name[..], body].concat()
}

/// A box with version and flags.
fn full(name: &[u8; 4], version: u8, flags: u32, fields: &[u32]) -> Vec<u8> {
    let mut body = (u32::from(version) << 24 | flags).to_be_bytes().to_vec();
    fields.iter().for_each(|field| body.extend(field.to_be_bytes()));
    boxed(name, &body)
}

/// The tables of a film. A test changes one number of one of them.
#[derive(Clone)]
struct Film {
    movie_timescale: u32,
    timescale: u32,
    track: u32,
    edits: Vec<u32>,
    durations: Vec<u32>,
    compositions: (u8, Vec<u32>),
    key_frames: Vec<u32>,
    sizes: Vec<u32>,
    per_chunk: Vec<u32>,
    chunks: Vec<u32>,
    long_chunks: Option<u64>,
    fragments: Vec<u8>,
}

impl Default for Film {
    fn default() -> Self {
        Self {
            movie_timescale: 1_000,
            timescale: 12_800,
            track: 1,
            edits: vec![1, 1_000, 0, 0x0001_0000],
            durations: vec![1, SAMPLES, 512],
            compositions: (0, vec![1, SAMPLES, 0]),
            key_frames: vec![2, 1, 11],
            sizes: vec![SAMPLE_BYTES, SAMPLES],
            per_chunk: vec![1, 1, SAMPLES, 1],
            chunks: vec![1, 32],
            long_chunks: None,
            fragments: Vec::new(),
        }
    }
}

impl Film {
    /// `ftyp`, the media, then the index and the fragments.
    fn file(&self) -> Vec<u8> {
        let mut file = boxed(b"ftyp", b"isom\0\0\0\0isomiso2");
        file.extend(boxed(b"mdat", &vec![7; (SAMPLES * SAMPLE_BYTES) as usize]));
        file.extend(self.moov());
        file.extend(&self.fragments);
        file
    }

    fn moov(&self) -> Vec<u8> {
        let times = [0, 0, self.movie_timescale, 0];
        let mvhd = full(b"mvhd", 0, 0, &[&times[..], &[0; 20]].concat());
        let tkhd = full(b"tkhd", 0, 7, &[&[0, 0, self.track][..], &[0; 17]].concat());
        let edts = boxed(b"edts", &full(b"elst", 0, 0, &self.edits));
        let mdhd = full(b"mdhd", 0, 0, &[0, 0, self.timescale, 0, 0]);
        let hdlr = boxed(b"hdlr", b"\0\0\0\0\0\0\0\0vide\0\0\0\0\0\0\0\0\0\0\0\0\0");
        let avcc =
            boxed(b"avcC", b"\x01\x42\xc0\x1e\xff\xe1\0\x04\x67\x42\xc0\x1e\x01\0\x02\x68\xcb");
        let avc1 = boxed(b"avc1", &[&[0; 78][..], &avcc].concat());
        let stsd = boxed(b"stsd", &[&[0, 0, 0, 0, 0, 0, 0, 1][..], &avc1].concat());
        let chunks = match self.long_chunks {
            Some(offset) => full(b"co64", 0, 0, &[1, (offset >> 32) as u32, offset as u32]),
            None => full(b"stco", 0, 0, &self.chunks),
        };
        let stbl = [
            stsd,
            full(b"stts", 0, 0, &self.durations),
            full(b"ctts", self.compositions.0, 0, &self.compositions.1),
            full(b"stss", 0, 0, &self.key_frames),
            full(b"stsz", 0, 0, &self.sizes),
            full(b"stsc", 0, 0, &self.per_chunk),
            chunks,
        ];
        let minf = boxed(b"minf", &boxed(b"stbl", &stbl.concat()));
        let mdia = boxed(b"mdia", &[mdhd, hdlr, minf].concat());
        let trak = boxed(b"trak", &[tkhd, edts, mdia].concat());
        let trex = full(b"trex", 0, 0, &[self.track, 1, 512, SAMPLE_BYTES, 0]);
        let mvex = boxed(b"mvex", &trex);
        boxed(b"moov", &[mvhd, trak, mvex].concat())
    }
}

fn changed(change: impl FnOnce(&mut Film)) -> Vec<u8> {
    let mut film = Film::default();
    change(&mut film);
    film.file()
}

#[test]
fn tables_may_say_anything() {
    let mut tried = Tried::default();
    tried.play("unchanged", Film::default().file());
    for value in EDGES {
        type Change<'a> = &'a dyn Fn(&mut Film);
        let changes: [(&str, Change<'_>); 5] = [
            ("movie timescale", &|film| film.movie_timescale = value),
            ("timescale", &|film| film.timescale = value),
            ("track", &|film| film.track = value),
            ("both timescales", &|film| {
                (film.movie_timescale, film.timescale) = (value, value);
            }),
            ("signed composition", &|film| film.compositions = (1, vec![1, SAMPLES, value])),
        ];
        for (what, change) in changes {
            tried.play(&format!("{what} {value}"), changed(|film| change(film)));
        }
        type Table = fn(&mut Film) -> &mut Vec<u32>;
        let tables: [(&str, Table); 7] = [
            ("elst", |film| &mut film.edits),
            ("stts", |film| &mut film.durations),
            ("ctts", |film| &mut film.compositions.1),
            ("stss", |film| &mut film.key_frames),
            ("stsz", |film| &mut film.sizes),
            ("stsc", |film| &mut film.per_chunk),
            ("stco", |film| &mut film.chunks),
        ];
        for (what, table) in tables {
            for field in 0..table(&mut Film::default()).len() {
                let file = changed(|film| table(film)[field] = value);
                tried.play(&format!("{what}, field {field}: {value}"), file);
            }
        }
    }
    for value in LONG_EDGES {
        tried.play(&format!("co64 {value}"), changed(|film| film.long_chunks = Some(value)));
    }
    tried.expect(200);
}

/// All pairs of numbers in an edit list of three edits, the second of which is empty.
#[test]
fn edit_lists_may_say_anything() {
    let mut tried = Tried::default();
    let usual = [3, 400, 0, 0x0001_0000, 200, u32::MAX, 0x0001_0000, 400, 2_560, 0x0001_0000];
    tried.play("unchanged", changed(|film| film.edits = usual.to_vec()));
    for value in EDGES {
        for field in 0..usual.len() {
            let mut edits = usual.to_vec();
            edits[field] = value;
            tried.play(&format!("field {field}: {value}"), changed(|film| film.edits = edits));
        }
    }
    let many = std::iter::once(50_000).chain([0, 0, 0x0001_0000].repeat(50_000));
    tried
        .play("an edit that is repeated 50,000 times", changed(|film| film.edits = many.collect()));
    tried.expect(100);
}

#[test]
fn boxes_may_have_any_length() {
    let mut tried = Tried::default();
    let usual = Film::default().file();
    let starts: Vec<usize> = (4..usual.len() - 4)
        .filter(|at| usual[*at..at + 4].iter().all(u8::is_ascii_lowercase))
        .map(|at| at - 4)
        .collect();
    assert!(starts.len() > 15, "{starts:?}");
    for start in starts {
        for value in EDGES.into_iter().chain(3..=9) {
            let mut file = usual.clone();
            file[start..start + 4].copy_from_slice(&value.to_be_bytes());
            tried.play(&format!("length {value} at {start}"), file);
        }
        for value in LONG_EDGES.into_iter().chain(14..=18) {
            let mut file = usual.clone();
            file[start..start + 4].copy_from_slice(&1_u32.to_be_bytes());
            file.splice(start + 8..start + 8, value.to_be_bytes());
            tried.play(&format!("long length {value} at {start}"), file);
        }
    }
    tried.expect(200);
}

/// A fragment whose fields a test changes: track, base offset, defaults, time and run.
fn fragment(base: Option<u64>, time: u64, size: u32, run: &[u32], run_flags: u32) -> Vec<u8> {
    let mut head = vec![1];
    if let Some(base) = base {
        head.extend([(base >> 32) as u32, base as u32]);
    }
    head.extend([512, size, 0]);
    let flags = 0x38 | u32::from(base.is_some());
    let tfhd = full(b"tfhd", 0, flags, &head);
    let tfdt = full(b"tfdt", 1, 0, &[(time >> 32) as u32, time as u32]);
    let trun = full(b"trun", 1, run_flags, run);
    boxed(b"moof", &boxed(b"traf", &[tfhd, tfdt, trun].concat()))
}

/// An index without samples, and fragments.
fn fragmented(fragments: &[Vec<u8>]) -> Vec<u8> {
    changed(|film| {
        film.durations = vec![0];
        film.compositions = (0, vec![0]);
        film.key_frames = vec![0];
        film.sizes = vec![0, 0];
        film.per_chunk = vec![0];
        film.chunks = vec![0];
        film.fragments = fragments.concat();
    })
}

#[test]
fn fragments_may_say_anything() {
    /// The run has an offset, which is 0.
    const OFFSET: u32 = 1;
    let mut tried = Tried::default();
    let usual = |time| fragment(Some(32), time, SAMPLE_BYTES, &[25, 0], OFFSET);
    tried.play("unchanged", fragmented(&[usual(0), usual(12_800)]));
    for value in LONG_EDGES {
        let base = fragment(Some(value), 0, SAMPLE_BYTES, &[25, 0], OFFSET);
        tried.play(&format!("base {value}"), fragmented(&[base]));
        for (before, after) in [(0, value), (value, 0), (value, value)] {
            let file = fragmented(&[usual(before), usual(after)]);
            tried.play(&format!("time {before}, then {after}"), file);
        }
    }
    for value in EDGES {
        let count = fragment(Some(32), 0, SAMPLE_BYTES, &[value, 0], OFFSET);
        tried.play(&format!("{value} samples"), fragmented(&[count]));
        let empty = fragment(Some(32), 0, 0, &[value, 0], OFFSET);
        tried.play(&format!("{value} empty samples"), fragmented(&[empty]));
        let size = fragment(Some(32), 0, value, &[25, 0], OFFSET);
        tried.play(&format!("samples of {value} bytes"), fragmented(&[size]));
        let offset = fragment(Some(32), 0, SAMPLE_BYTES, &[25, value], OFFSET);
        tried.play(&format!("offset {value}"), fragmented(&[offset]));
        let offset = fragment(None, 0, SAMPLE_BYTES, &[25, value], OFFSET);
        tried.play(&format!("offset {value} from the fragment"), fragmented(&[offset]));
        // Duration, size, flags and composition of each sample, for one sample.
        for field in 0..4 {
            let mut sample = [512, SAMPLE_BYTES, 0, 0];
            sample[field] = value;
            let run = [&[1, 0][..], &sample].concat();
            let run = fragment(Some(32), 0, SAMPLE_BYTES, &run, OFFSET | 0xf00);
            tried.play(&format!("sample's field {field}: {value}"), fragmented(&[run]));
        }
    }
    tried.expect(100);
}

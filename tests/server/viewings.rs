//! Who watches which file.

use std::path::Path;
use std::sync::Arc;

use rendercast::Refusal;
use rendercast::media::flv;
use rendercast::vod::{FileHandler, Library, Viewing, ViewingHandler, Watched};

use crate::support::{Client, Host, Told};

/// Notes viewings, without the time.
struct Accounts(Told);

impl ViewingHandler for Accounts {
    fn begin(&self, viewing: &Viewing) -> Result<(), Refusal> {
        self.0.note(format!("begin {} at {:?}", viewing.file, viewing.from));
        match viewing.file.as_str() {
            "secret" => Err(Refusal::stream_not_found("secret")),
            _ => Ok(()),
        }
    }

    fn end(&self, viewing: &Viewing, watched: Watched) {
        assert!(viewing.viewer.ip().is_some_and(|ip| ip.is_loopback()));
        assert!(watched.bytes > 0, "{watched:?}");
        self.0.note(format!("end {}", viewing.file));
    }
}

/// Receives what is sent in more than one go. Bytes are counted after each.
fn watch(client: &mut Client) {
    (0..100).for_each(|_| drop(client.next_media()));
}

#[test]
fn viewings_are_told_with_the_one_name_of_the_file_and_bounded() {
    let told = Told::default();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/h264_aac.flv");
    let film = || Arc::new(flv::File::open(&path).expect("an FLV file"));
    let files = ["film", "other", "secret"].map(|name| (name.to_owned(), film()));
    let files = FileHandler::new(Library::memory(files.map(|(name, file)| (name, file.into()))));
    let files = files.observe(Accounts(told.clone())).viewers_per_file(1);
    let host = Host::start(files);
    let mut client = host.client();
    let stream = client.create_stream();
    client.request(stream, "play", &["flv:film?x=1".into(), 500.into()]);
    client.next_media();
    // Another viewer of the file is one too many, under whichever name.
    let mut late = host.client();
    let refused = late.create_stream();
    late.ask_to_play(refused, "flv:film");
    late.wait_for_code("NetStream.Play.Failed");
    late.ask_to_play(refused, "secret");
    late.wait_for_code("NetStream.Play.StreamNotFound");
    client.play(stream, "other");
    watch(&mut client);
    late.play(refused, "film");
    watch(&mut late);
    drop((client, late));
    told.wait_for("end other");
    told.wait_for_times("end film", 2);
    let begun = ["begin film at 500ms", "begin secret at 0ns", "end film"];
    assert_eq!(told.all()[..3], begun);
    assert_eq!(told.count("end secret"), 0);
}

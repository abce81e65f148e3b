//! Loops by name, and the properties that viewers set.

use std::sync::{Arc, mpsc};

use rendercast::amf::{Object, Value};
use rendercast::{
    Connection, HandlerResult, LoopCanvas, LoopProperty, RenderLoop, RenderLoopConfig,
    RenderLoopError, ServerConfig, Stream,
};

use super::{CODEC, Numbers, flicker, next_mark};
use crate::support::{Client, Host, PATIENCE};

/// Starts a server whose clients play its loops by name, and call their procedures.
fn host() -> Host {
    let host = Host::start_empty(ServerConfig::default());
    let codecs = host.server.video_codec_factory();
    codecs.add(Arc::new(Numbers::default())).expect("no other codec has the name");
    let loops = host.server.render_loops().clone();
    host.server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        loops.register_remote_calls(connection);
        let loops = loops.clone();
        connection.register_stream_event_handler(move |stream: &Stream, _: &Value| {
            loops.show_by_name(stream);
            Ok(true)
        });
        Ok(true)
    });
    host
}

fn config(name: &str) -> RenderLoopConfig {
    RenderLoopConfig::new(name).size(4, 2).rate(100.0)
}

fn names(loops: &[Arc<RenderLoop>]) -> Vec<&str> {
    loops.iter().map(|render_loop| render_loop.name()).collect()
}

#[test]
fn loops_are_played_by_name_and_a_name_is_free_after_the_end() {
    let host = host();
    let loops = host.server.render_loops();
    loops.start(config("one"), CODEC, flicker()).expect("it starts");
    loops.start(config("two"), CODEC, flicker()).expect("it starts");
    let error = loops.start(config("one"), CODEC, flicker()).expect_err("the name is taken");
    assert!(matches!(error, RenderLoopError::NameTaken { .. }), "{error}");
    assert_eq!(names(&loops.list()), ["one", "two"]);
    let mut client = host.client();
    let stream = client.play_new("two?token=any");
    next_mark(&mut client);
    assert_eq!(loops.find("two").expect("it runs").viewers(), 1);
    let unknown = client.create_stream();
    client.ask_to_play(unknown, "three");
    client.wait_for_code("NetStream.Play.StreamNotFound");
    assert!(loops.end("two"));
    client.wait_for_code("NetStream.Play.Stop");
    assert!(!loops.end("two"), "it has ended");
    assert!(loops.find("two").is_none());
    loops.start(config("two"), CODEC, flicker()).expect("its name is free");
    client.play(stream, "two");
    next_mark(&mut client);
    let one = loops.find("one").expect("it runs");
    host.server.shutdown();
    assert!(one.has_ended(), "a shutdown ends all loops");
    assert!(loops.list().is_empty());
}

#[test]
fn viewers_list_and_set_the_properties_of_a_loop() {
    let host = host();
    let config = config("scene")
        .property(LoopProperty::integer("mark", 1..=50, 7).description("What is drawn."))
        .property(LoopProperty::choice("mode", ["shaded", "lines"]));
    let (tell, drawn) = mpsc::channel();
    let draw = move |canvas: &mut LoopCanvas| -> HandlerResult {
        let mark = canvas.property("mark").and_then(Value::as_number).ok_or("no such property")?;
        canvas.row_mut(0).fill(mark as u8);
        canvas.finish();
        tell.send(mark)?;
        Ok(true)
    };
    let scene = host.server.render_loops().start(config, CODEC, draw).expect("it starts");
    let mut client = host.client();
    client.play_new("scene");
    assert_eq!(next_mark(&mut client), 7);
    assert_eq!(drawn.recv_timeout(PATIENCE), Ok(7.0));

    let listed = client.call("render_loops", &[]).expect("a list");
    let described = Object::new()
        .with("name", "scene")
        .with("viewers", 1)
        .with("rate", 100)
        .with("width", 4)
        .with("height", 2);
    assert_eq!(listed, Value::StrictArray(vec![described.into()]));
    let properties = client.call("render_loop_properties", &["scene".into()]).expect("a list");
    let Value::StrictArray(properties) = properties else { panic!("{properties:?}") };
    let names: Vec<_> = properties.iter().filter_map(|property| property.get("name")).collect();
    assert_eq!(names, [&"mark".into(), &"mode".into()]);
    assert_eq!(properties[0].get("max"), Some(&50.into()));

    let set = |client: &mut Client, key: &str, value: Value| {
        client.call("set_render_loop_property", &["scene".into(), key.into(), value])
    };
    let answer = set(&mut client, "mark", 9.into()).expect("it is set");
    assert!(answer.get("frame").is_some_and(|frame| *frame != Value::Null), "{answer:?}");
    assert_eq!(drawn.recv_timeout(PATIENCE), Ok(9.0));
    assert_eq!(scene.property("mark"), Some(9.into()));
    for (key, value, words) in [
        ("mark", 51.into(), "must be a whole number from 1 to 50"),
        ("mode", "x".into(), "must be one of"),
        ("size", 1.into(), "has no property \"size\""),
    ] {
        let error = set(&mut client, key, value).expect_err("it is refused");
        let text = error.get("description").and_then(Value::as_str).unwrap_or_default();
        assert!(text.contains(words), "{text}");
    }
    let error = client.call("render_loop_properties", &["other".into()]).expect_err("no loop");
    assert_eq!(error.get("description"), Some(&"There is no render loop \"other\".".into()));
}

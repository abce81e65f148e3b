//! A thousand calls at once, both ways, while video plays.

use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use rendercast::amf::{Object, Value};
use rendercast::config::Queues;
use rendercast::protocol::Timestamp;
use rendercast::protocol::chunk::MessageType;
use rendercast::{Connection, ConnectionHandle, FrameOut, HandlerResult, ServerConfig, Stream};

use crate::support::{
    Client, Host, PATIENCE, Received, ensure, frame_number, inter_frame, one_of_several,
};

/// The number of calls under way at once in each direction.
const CALLS: u32 = 1000;

/// The bytes of a frame: 50 of them a second are some 800 kbit/s.
const FRAME_RATE: u32 = 50;
const FRAME_BYTES: usize = 2000;

/// A gap of ten frames is a fault.
const DISTURBANCE: Duration = Duration::from_millis(10 * 1000 / FRAME_RATE as u64);

#[test]
fn a_thousand_calls_each_way_in_amf0_leave_the_video_alone() {
    one_of_several(|| call_during_video(0));
}

#[test]
fn a_thousand_calls_each_way_in_amf3_leave_the_video_alone() {
    one_of_several(|| call_during_video(3));
}

/// Returns what disturbed the video.
fn call_during_video(object_encoding: u32) -> Result<(), String> {
    let (handles, handle) = mpsc::channel();
    let config = ServerConfig::default().queues(Queues::default().calls_in_flight(CALLS as usize));
    let host = Host::start_alone(config, Reception { handles });
    let mut client = Client::open(host.address);
    let properties = Object::new().with("app", "live").with("objectEncoding", object_encoding);
    client.connect_with(properties, &[]).expect("the connection is claimed");
    client.play_new("scene");
    client.next_media();

    let handle = handle.recv_timeout(PATIENCE).expect("the handle of a connection");
    let (answered, answers) = mpsc::channel();
    let calling = thread::spawn(move || {
        for number in 0..CALLS {
            let answered = answered.clone();
            let reply = move |reply| answered.send((number, reply)).expect("the test waits");
            handle.call("square", &[number.into()], reply).expect("the connection is open");
        }
    });
    let asked: Vec<f64> =
        (0..CALLS).map(|number| client.begin_call("double", &[number.into()])).collect();
    let report = Report::of(&mut client);
    calling.join().expect("every call is taken");
    let encoding = match object_encoding {
        3 => MessageType::COMMAND_AMF3,
        _ => MessageType::COMMAND_AMF0,
    };
    report.check_answers(&asked, encoding);

    client.sync();
    let answers: Vec<_> = answers.try_iter().collect();
    let expected: Vec<_> =
        (0..CALLS).map(|number| (number, Ok(Value::from(number * number)))).collect();
    assert!(answers == expected, "{} answers: {:?}", answers.len(), answers.first());
    report.check_video()
}

/// Doubles numbers, and plays numbered frames.
struct Reception {
    handles: Sender<ConnectionHandle>,
}

impl rendercast::ConnectEventHandler for Reception {
    fn connect(&self, connection: &Connection, _: &Object, _: &[Value]) -> HandlerResult {
        connection.register_remote_call_handler(
            "double",
            |_: &Connection, _: &str, _: &Value, arguments: &[Value]| {
                let number = arguments.first().and_then(Value::as_number).ok_or("no number")?;
                Ok((2.0 * number).into())
            },
        );
        connection.register_stream_event_handler(|stream: &Stream, _: &Value| -> HandlerResult {
            stream.set_property("render_rate", FRAME_RATE)?;
            let mut numbers = 0..;
            stream.register_frame_event_handler(
                move |_: &Stream, out: &mut FrameOut, _: bool| -> HandlerResult {
                    let number = numbers.next().ok_or("out of numbers")?;
                    out.video(inter_frame(number, FRAME_BYTES));
                    Ok(true)
                },
            );
            Ok(true)
        });
        self.handles.send(connection.handle())?;
        Ok(true)
    }
}

/// Returns what came until all calls were answered. Answers the calls of the server.
#[derive(Default)]
struct Report {
    replies: Vec<(f64, Result<Value, Value>, MessageType)>,
    calls: Vec<(Vec<Value>, MessageType)>,
    frames: Vec<(u32, Timestamp)>,
}

impl Report {
    fn of(client: &mut Client) -> Self {
        let mut report = Self::default();
        while report.replies.len() < CALLS as usize || report.calls.len() < CALLS as usize {
            let received = client.next().expect("the connection stays open");
            report.note(client, received);
        }
        // The video has not been disturbed.
        for received in client.listen(Duration::from_millis(200)) {
            report.note(client, received);
        }
        report
    }

    fn note(&mut self, client: &mut Client, received: Received) {
        match received {
            Received::Reply { transaction, outcome, message_type } => {
                self.replies.push((transaction, outcome, message_type));
            }
            Received::Call { transaction, arguments, message_type, .. } => {
                let number = arguments[0].as_number().expect("a number");
                client.answer(transaction, Ok((number * number).into()));
                self.calls.push((arguments, message_type));
            }
            Received::Media(media) => {
                self.frames.push((frame_number(media.payload()), media.tag.timestamp));
            }
            _ => {}
        }
    }

    fn check_answers(&self, asked: &[f64], encoding: MessageType) {
        let expected: Vec<_> = asked
            .iter()
            .zip(0..)
            .map(|(transaction, number): (_, u32)| {
                (*transaction, Ok((2 * number).into()), encoding)
            })
            .collect();
        assert!(self.replies == expected, "{} replies", self.replies.len());
        let expected: Vec<_> = (0..CALLS).map(|number| (vec![number.into()], encoding)).collect();
        assert!(self.calls == expected, "{} calls", self.calls.len());
    }

    fn check_video(&self) -> Result<(), String> {
        for pair in self.frames.windows(2) {
            let [(before, sooner), (number, later)] = pair else { unreachable!("windows of two") };
            assert_eq!(*number, before + 1, "a frame is missing");
            let gap = later.since(*sooner).try_into().map(Duration::from_millis);
            let gap = gap.expect("time goes on");
            let told = || format!("{gap:?} without a frame before number {number}");
            ensure(gap < DISTURBANCE, told)?;
        }
        ensure(self.frames.len() >= 5, || format!("{} frames", self.frames.len()))
    }
}

//! Properties return what the SDK's return.

use rendercast::amf::{Object, Value};
use rendercast::{Connection, HandlerResult, PropertyError, Stream};

use crate::support::{Host, Told, on_streams};

#[test]
fn a_connection_takes_properties_of_the_application_alone() {
    let told = Told::default();
    let noted = told.clone();
    let host =
        Host::start(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
            assert_eq!(connection.set_property("user_name", "Ada"), Ok(()));
            assert_eq!(connection.set_property("user_name", "Grace"), Ok(()));
            assert_eq!(connection.property("user_name"), Some("Grace".into()));
            for key in ["name", "render_rate", "transport", ""] {
                let missing = PropertyError::NoSuchProperty { key: key.to_owned() };
                assert_eq!(connection.set_property(key, 1), Err(missing));
            }
            assert_eq!(connection.property("name"), None);
            assert_eq!(connection.property("transport"), Some("rtmp".into()));
            noted.note("checked");
            Ok(true)
        });
    drop(host.client());
    told.wait_for("checked");
}

#[test]
fn a_stream_takes_a_render_rate_in_its_range_and_properties_of_the_application() {
    let told = Told::default();
    let noted = told.clone();
    let host = Host::start(on_streams(move |stream: &Stream| {
        assert_eq!(stream.property("render_rate"), Some(25.into()));
        assert_eq!(stream.set_property("render_rate", 12.5), Ok(()));
        for value in [0.0.into(), Value::from(-1), 1000.1.into(), f64::NAN.into(), "25".into()] {
            let outcome = stream.set_property("render_rate", value.clone());
            let is_invalid = matches!(outcome, Err(PropertyError::InvalidValue { .. }));
            assert!(is_invalid, "{value:?}: {outcome:?}");
        }
        assert_eq!(stream.property("render_rate"), Some(12.5.into()));
        let missing = PropertyError::NoSuchProperty { key: "rate".to_owned() };
        assert_eq!(stream.set_property("rate", 25), Err(missing));
        assert_eq!(stream.set_property("user_scene", "cornell box"), Ok(()));
        assert_eq!(stream.property("user_scene"), Some("cornell box".into()));
        assert_eq!(stream.property("user_other"), None);
        // A stream and its connection have different properties.
        assert_eq!(stream.connection().property("user_scene"), None);
        noted.note("checked");
    }));
    host.client().create_stream();
    told.wait_for("checked");
}

//! The procedures that clients can call.

use std::sync::Arc;

use rendercast::amf::Value;
use rendercast::{Connection, HandlerResult, LoopCommands, Refusal};

use crate::studio::Studio;
use crate::vector::vector;

/// The most that one call moves the camera, in degrees. Far larger numbers would become infinite.
const MAX_DEGREES: f64 = 1e6;

const COLOUR_USAGE: &str = "set_colour takes \"#rrggbb\", or three numbers from 0 to 255";

/// Registers every procedure with a connection.
pub(crate) fn register(connection: &Connection, studio: &Arc<Studio>) {
    for (name, procedure) in [("move_camera", move_camera as Procedure), ("set_colour", set_colour)]
    {
        let studio = Arc::clone(studio);
        connection.register_remote_call_handler(
            name,
            move |connection: &Connection, _: &str, _: &Value, arguments: &[Value]| {
                change_scene(connection, &studio, procedure, arguments)
            },
        );
    }
    for (name, procedure) in
        [("set_render_rate", set_render_rate as Procedure), ("statistics", statistics)]
    {
        let studio = Arc::clone(studio);
        connection.register_remote_call_handler(
            name,
            move |_: &Connection, _: &str, _: &Value, arguments: &[Value]| {
                procedure(&studio, arguments)
            },
        );
    }
}

type Procedure = fn(&Studio, &[Value]) -> HandlerResult<Value>;

/// Changes the scene: between two renders if all viewers share them, and at once otherwise.
fn change_scene(
    connection: &Connection,
    studio: &Arc<Studio>,
    procedure: Procedure,
    arguments: &[Value],
) -> HandlerResult<Value> {
    let Some(shared) = studio.shared_loop() else { return procedure(studio, arguments) };
    // The loop is part of the studio, so it must not keep the studio.
    let (studio, arguments) = (Arc::downgrade(studio), arguments.to_vec());
    let change = move || procedure(&*studio.upgrade().ok_or("the server is gone")?, &arguments);
    shared.answer(connection, LoopCommands::of(change))
}

fn statistics(studio: &Studio, _: &[Value]) -> HandlerResult<Value> {
    Ok(studio.statistics().into())
}

/// Moves the camera by degrees to the right and up. Returns its new position.
fn move_camera(studio: &Studio, arguments: &[Value]) -> HandlerResult<Value> {
    let numbers: Option<Vec<f64>> = arguments
        .iter()
        .map(|value| value.as_number().filter(|number| number.abs() <= MAX_DEGREES))
        .collect();
    let Some([right, up]) = numbers.as_deref() else {
        let usage = "move_camera(dx, dy) takes two numbers, in degrees";
        return Err(Refusal::call_failed(usage).into());
    };
    let mut view = studio.view();
    view.move_camera(*right as f32, *up as f32);
    let (yaw, pitch) = view.camera_degrees();
    Ok(vec![f64::from(yaw).into(), f64::from(pitch).into()].into())
}

/// Reads `"#rrggbb"`, or three numbers from 0 to 255.
fn set_colour(studio: &Studio, arguments: &[Value]) -> HandlerResult<Value> {
    let [red, green, blue] = colour(arguments).ok_or_else(|| Refusal::call_failed(COLOUR_USAGE))?;
    let part = |byte: u8| f32::from(byte) / 255.0;
    studio.view().set_colour(vector(part(red), part(green), part(blue)));
    Ok(format!("#{red:02x}{green:02x}{blue:02x}").into())
}

fn colour(arguments: &[Value]) -> Option<[u8; 3]> {
    if let [Value::String(text)] = arguments {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        return Some([red, green, blue]);
    }
    let byte = |value: &Value| {
        let number = value.as_number().filter(|number| (0.0..=255.0).contains(number))?;
        Some(number.round() as u8)
    };
    let bytes: Option<Vec<u8>> = arguments.iter().map(byte).collect();
    bytes?.try_into().ok()
}

/// Sets the rate in pictures per second, 1 to 120.
fn set_render_rate(studio: &Studio, arguments: &[Value]) -> HandlerResult<Value> {
    let rate = match arguments {
        [rate] => rate.as_number().filter(|rate| (1.0..=120.0).contains(rate)),
        _ => None,
    };
    let usage = "set_render_rate(fps) takes a number from 1 to 120";
    let rate = rate.ok_or_else(|| Refusal::call_failed(usage))?.round();
    studio.set_render_rate(rate as u32);
    Ok(rate.into())
}

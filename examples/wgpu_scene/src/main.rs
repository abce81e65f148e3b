//! Renders a cube on the graphics card with `wgpu`, and serves it live.
//!
//! The render thread lets the card draw a picture, and takes the newest one that has arrived: the
//! one before, as a rule. So it never waits for the card, and what a viewer sees is one picture
//! older than it could be.

mod check;
mod gpu;
mod options;
mod scene;
#[path = "../../shared/mod.rs"]
mod shared;

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use rendercast::amf::{Object, Value};
use rendercast::{
    Connection, HandlerResult, LoopCanvas, LoopCommands, LoopRenderEventHandler, Refusal,
    RenderLoop, RenderLoopConfig, Server, ServerConfig, Stream,
};

use gpu::Gpu;
use options::Options;
use scene::Scene;

fn main() -> ExitCode {
    shared::run("wgpu_scene", Options::read, run)
}

fn run(options: &Options) -> Result<()> {
    if let Some(pictures) = options.check {
        return check::check(options, pictures);
    }
    let interrupts = shared::interrupts()?;
    let (width, height) = options.size;
    let gpu = Gpu::new(width, height)?;
    shared::say(format_args!("renders on {}", gpu.name()));
    let server = serve(options, gpu)?;
    for url in server.listen_addresses().iter().filter_map(|at| shared::url(at, "scene")) {
        shared::say(format_args!("ffplay -analyzeduration 100000 {url}"));
        shared::say(format_args!("cargo run --release --example call -- {url} move_camera 15 5"));
    }
    interrupts.recv().context("Ctrl-C cannot be waited for")?;
    server.shutdown();
    Ok(())
}

/// Starts a server all of whose streams show what the card draws.
fn serve(options: &Options, gpu: Gpu) -> Result<Server> {
    let server = Server::new(ServerConfig::default());
    let (width, height) = options.size;
    let config = RenderLoopConfig::new("scene")
        .size(width, height)
        .pixel_type(gpu::PIXEL_TYPE)
        .rate(options.rate.into());
    let scene = Arc::new(Mutex::new(Scene::default()));
    let renderer = Renderer { gpu, scene: Arc::clone(&scene) };
    let shown = RenderLoop::new(config, server.video_codec_factory(), &options.codec, renderer)?;
    let shown = Arc::new(shown);
    server.install(move |connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
        register_move_camera(connection, &shown, &scene);
        let shown = Arc::clone(&shown);
        connection.register_stream_event_handler(move |stream: &Stream, _: &Value| {
            stream.join(&shown);
            Ok(true)
        });
        Ok(true)
    });
    shared::start(&server, &options.listen)?;
    Ok(server)
}

/// What the render thread of the loop calls.
struct Renderer {
    gpu: Gpu,
    scene: Arc<Mutex<Scene>>,
}

impl LoopRenderEventHandler for Renderer {
    fn render(&mut self, canvas: &mut LoopCanvas) -> HandlerResult {
        let scene = {
            let mut scene = self.scene.lock().unwrap_or_else(PoisonError::into_inner);
            scene.turn();
            *scene
        };
        self.gpu.begin(&scene);
        if !self.gpu.take(canvas)? {
            canvas.keep_last();
        }
        Ok(true)
    }
}

/// Lets a client call `move_camera(dx, dy)`, which runs between two renders.
fn register_move_camera(
    connection: &Connection,
    shown: &Arc<RenderLoop>,
    scene: &Arc<Mutex<Scene>>,
) {
    let (shown, scene) = (Arc::clone(shown), Arc::clone(scene));
    connection.register_remote_call_handler(
        "move_camera",
        move |connection: &Connection, _: &str, _: &Value, arguments: &[Value]| {
            let number = |value: &Value| value.as_number().filter(|number| number.is_finite());
            let numbers: Option<Vec<f64>> = arguments.iter().map(number).collect();
            let Some([right, up]) = numbers.as_deref() else {
                let usage = "move_camera(dx, dy) takes two numbers, in degrees";
                return Err(Refusal::call_failed(usage).into());
            };
            let (right, up, scene) = (*right as f32, *up as f32, Arc::clone(&scene));
            let moves = move || {
                let mut scene = scene.lock().unwrap_or_else(PoisonError::into_inner);
                let place = scene.move_camera(right, up);
                Ok(place.map(|degrees| Value::from(f64::from(degrees))).to_vec().into())
            };
            shown.answer(connection, LoopCommands::of(moves))
        },
    );
}

//! The graphics card: draws the scene, and copies the pictures back without waiting for them.

use anyhow::{Context, Result};
use crossbeam_channel::{Receiver, Sender};
use rendercast::media::{Canvas, PixelType};

use crate::scene::{BACKGROUND, Scene};

/// How many pictures can be on their way from the card. With one the renderer would have to wait
/// for it; with three the card draws one while it copies another, and the third is read.
const RING: usize = 3;

/// The format of the pixels, as the card and the library call it.
const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Bgra8Unorm;
pub(crate) const PIXEL_TYPE: PixelType = PixelType::Bgra8;
const PIXEL_BYTES: u32 = 4;

/// The number of corners of all triangles.
const CORNERS: u32 = 36;

const NO_CARD: &str = "there is no graphics card with Vulkan; Debian's mesa-vulkan-drivers draw \
                       in software";

/// Draws the scene on a graphics card.
pub(crate) struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
    adapter: wgpu::AdapterInfo,
    pipeline: wgpu::RenderPipeline,
    uniform: wgpu::Buffer,
    bindings: wgpu::BindGroup,
    texture: wgpu::Texture,
    /// The bytes from the start of a row to that of the next, in the buffers.
    stride: u32,
    ring: Vec<wgpu::Buffer>,
    /// The buffers of the ring that hold nothing.
    free: Vec<usize>,
    arrived: Receiver<Arrival>,
    arrivals: Sender<Arrival>,
}

/// A picture that can be read, or cannot.
struct Arrival {
    buffer: usize,
    outcome: Result<(), wgpu::BufferAsyncError>,
}

impl Gpu {
    /// Uses the fastest card. Its pictures have `width` by `height` pixels.
    pub(crate) fn new(width: u32, height: u32) -> Result<Self> {
        let instance =
            wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        };
        let adapter = pollster::block_on(instance.request_adapter(&options)).context(NO_CARD)?;
        let (device, queue) = pollster::block_on(adapter.request_device(&Default::default()))
            .context("the graphics card cannot be used")?;
        let texture = texture(&device, width, height);
        let uniform = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("scene"),
            size: Scene::default().uniform(1.0).len() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let pipeline = pipeline(&device);
        let bindings = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("scene"),
            layout: &pipeline.get_bind_group_layout(0),
            entries: &[wgpu::BindGroupEntry { binding: 0, resource: uniform.as_entire_binding() }],
        });
        let stride = (width * PIXEL_BYTES).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let buffer = |_| {
            device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("picture"),
                size: u64::from(stride) * u64::from(height),
                usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
                mapped_at_creation: false,
            })
        };
        let ring = (0..RING).map(buffer).collect();
        let (arrivals, arrived) = crossbeam_channel::bounded(RING);
        Ok(Self {
            adapter: adapter.get_info(),
            pipeline,
            uniform,
            bindings,
            texture,
            stride,
            ring,
            free: (0..RING).collect(),
            arrived,
            arrivals,
            device,
            queue,
        })
    }

    /// Returns the name of the card and of its driver.
    pub(crate) fn name(&self) -> String {
        format!("{} ({})", self.adapter.name, self.adapter.driver_info)
    }

    /// Lets the card draw the scene and copy the picture. Does not wait for that. Does nothing if
    /// all of the ring is on its way: the card is slower than the loop.
    pub(crate) fn begin(&mut self, scene: &Scene) {
        let Some(buffer) = self.free.pop() else { return };
        let size = self.texture.size();
        let uniform = scene.uniform(size.width as f32 / size.height as f32);
        self.queue.write_buffer(&self.uniform, 0, &uniform);
        let mut commands = self.device.create_command_encoder(&Default::default());
        self.draw(&mut commands);
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(self.stride),
            rows_per_image: None,
        };
        commands.copy_texture_to_buffer(
            self.texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo { buffer: &self.ring[buffer], layout },
            size,
        );
        let arrivals = self.arrivals.clone();
        commands.map_buffer_on_submit(
            &self.ring[buffer],
            wgpu::MapMode::Read,
            ..,
            // The channel has room for all of the ring.
            move |outcome| drop(arrivals.try_send(Arrival { buffer, outcome })),
        );
        self.queue.submit([commands.finish()]);
    }

    fn draw(&self, commands: &mut wgpu::CommandEncoder) {
        let [red, green, blue] = BACKGROUND.map(|byte| f64::from(byte) / 255.0);
        let view = self.texture.create_view(&Default::default());
        let mut pass = commands.begin_render_pass(&wgpu::RenderPassDescriptor {
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color { r: red, g: green, b: blue, a: 1.0 }),
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bindings, &[]);
        pass.draw(0..CORNERS, 0..1);
    }

    /// Copies the newest picture that has arrived to `canvas`, without waiting for one. Returns
    /// whether there was one.
    pub(crate) fn take(&mut self, canvas: &mut Canvas<'_>) -> Result<bool> {
        // This calls the closures of what has arrived.
        self.device.poll(wgpu::PollType::Poll).context("the graphics card has failed")?;
        let mut newest = None;
        for Arrival { buffer, outcome } in self.arrived.try_iter() {
            outcome.context("a picture cannot be read from the graphics card")?;
            self.free.push(buffer);
            if let Some(older) = newest.replace(buffer) {
                self.ring[older].unmap();
            }
        }
        let Some(newest) = newest else { return Ok(false) };
        self.copy(&self.ring[newest], canvas)?;
        self.ring[newest].unmap();
        Ok(true)
    }

    /// Copies the rows, which are aligned in the buffer, to a canvas.
    fn copy(&self, buffer: &wgpu::Buffer, canvas: &mut Canvas<'_>) -> Result<()> {
        let bytes = buffer.get_mapped_range(..)?;
        let (width, height) = (canvas.width(), canvas.height());
        let stride = self.stride as usize;
        let picture = Canvas::borrowed_with_stride(width, height, PIXEL_TYPE, &bytes, stride)?;
        for row in 0..height {
            canvas.row_mut(row).copy_from_slice(picture.row(row));
        }
        Ok(())
    }

    /// Waits until all pictures have arrived. Only for measurements.
    pub(crate) fn wait(&self) -> Result<()> {
        self.device.poll(wgpu::PollType::wait_indefinitely())?;
        Ok(())
    }
}

fn texture(device: &wgpu::Device, width: u32, height: u32) -> wgpu::Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: Some("scene"),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: FORMAT,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    })
}

fn pipeline(device: &wgpu::Device) -> wgpu::RenderPipeline {
    let module = device.create_shader_module(wgpu::include_wgsl!("scene.wgsl"));
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("scene"),
        layout: None,
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("corner"),
            compilation_options: Default::default(),
            buffers: &[],
        },
        primitive: wgpu::PrimitiveState { cull_mode: Some(wgpu::Face::Back), ..Default::default() },
        depth_stencil: None,
        multisample: Default::default(),
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some("colour"),
            compilation_options: Default::default(),
            targets: &[Some(FORMAT.into())],
        }),
        multiview_mask: None,
        cache: None,
    })
}

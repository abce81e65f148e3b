//! The plugin's side of the boundary, for plugins in Rust: what
//! [`export_video_plugin`](crate::export_video_plugin) expands to. Do not use it directly.

mod catch;
mod codec_object;
mod decoder;
mod descriptor;
mod encoder;
mod guest_plugin;
mod logger;

pub use descriptor::Descriptor;
pub use guest_plugin::{BoxError, GuestPlugin, PluginSlot};

/// Exports a [`VideoPlugin`](crate::media::codec::VideoPlugin) from a library, that is a package
/// whose `Cargo.toml` has `crate-type = ["cdylib"]`. Use it at most once in a library.
///
/// The first argument is the codec's name, which the plugin's `name` must return too. The second
/// is an expression that makes the plugin. If a `?` in it returns an error, the plugin is not
/// loaded.
///
/// The plugin is made when the library is loaded, and dropped before the library is unloaded. Its
/// drop must join all its threads. Lines that it logs with the `log` crate go to the application's
/// log.
///
/// A panic in an encoder or decoder becomes an error of that call and ends that encoder or decoder.
/// If making the plugin panics, it is not loaded. Both hold for libraries that unwind, as Cargo
/// builds them by default.
///
/// ```
/// use std::io;
///
/// use rendercast::media::codec::{VideoDecoder, VideoEncoder, VideoPlugin};
///
/// struct Vp6 {/* state that all encoders share */}
///
/// impl Vp6 {
///     fn open() -> io::Result<Self> {
///         Ok(Self {})
///     }
/// }
///
/// impl VideoPlugin for Vp6 {
///     fn name(&self) -> &str {
///         "vp6"
///     }
///
///     fn create_video_encoder(&self) -> Option<Box<dyn VideoEncoder>> {
///         None // your encoder
///     }
///
///     fn create_video_decoder(&self) -> Option<Box<dyn VideoDecoder>> {
///         None
///     }
/// }
///
/// rendercast::export_video_plugin!("vp6", Vp6::open()?);
/// ```
#[macro_export]
macro_rules! export_video_plugin {
    ($name:literal, $plugin:expr) => {
        const _: () = {
            struct Guest;

            impl $crate::plugin::guest::GuestPlugin for Guest {
                const NAME: &'static ::core::ffi::CStr = {
                    let bytes = ::core::concat!($name, "\0").as_bytes();
                    match ::core::ffi::CStr::from_bytes_with_nul(bytes) {
                        ::core::result::Result::Ok(name) => name,
                        ::core::result::Result::Err(_) => {
                            ::core::panic!("a plugin's name has no NUL in it")
                        }
                    }
                };

                fn make() -> ::core::result::Result<
                    ::std::boxed::Box<dyn $crate::media::codec::VideoPlugin>,
                    $crate::plugin::guest::BoxError,
                > {
                    ::core::result::Result::Ok(::std::boxed::Box::new($plugin))
                }

                fn slot() -> &'static $crate::plugin::guest::PluginSlot {
                    static SLOT: $crate::plugin::guest::PluginSlot =
                        $crate::plugin::guest::PluginSlot::new();
                    &SLOT
                }
            }

            static DESCRIPTOR: $crate::plugin::guest::Descriptor =
                $crate::plugin::guest::Descriptor::of::<Guest>();

            #[allow(unsafe_code, reason = "the host looks the function up by this name")]
            #[unsafe(no_mangle)]
            extern "C" fn rendercast_plugin() -> *const $crate::plugin::guest::Descriptor {
                &raw const DESCRIPTOR
            }
        };
    };
}

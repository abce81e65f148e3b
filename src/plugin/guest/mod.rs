//! The plugin's side of the boundary, for plugins in Rust: what
//! [`export_video_plugin`](crate::export_video_plugin) and
//! [`export_audio_plugin`](crate::export_audio_plugin) expand to. Do not use it directly.

mod audio_encoder;
mod catch;
mod codec_object;
mod decoder;
mod descriptor;
mod encoder;
mod guest_plugin;
mod logger;

pub use descriptor::{AudioDescriptor, Descriptor};
pub use guest_plugin::{BoxError, GuestPlugin, Named, PluginSlot};

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
            $crate::implement_guest!($name, $plugin, $crate::media::codec::VideoPlugin);

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

/// Exports an [`AudioPlugin`](crate::media::codec::sound::AudioPlugin) from a library. All else is
/// as with [`export_video_plugin`](crate::export_video_plugin). A library exports one plugin.
///
/// ```
/// use rendercast::media::codec::sound::{AudioEncoder, AudioPlugin};
///
/// struct Mp3;
///
/// impl AudioPlugin for Mp3 {
///     fn name(&self) -> &str {
///         "mp3"
///     }
///
///     fn create_audio_encoder(&self) -> Option<Box<dyn AudioEncoder>> {
///         None // your encoder
///     }
/// }
///
/// rendercast::export_audio_plugin!("mp3", Mp3);
/// ```
#[macro_export]
macro_rules! export_audio_plugin {
    ($name:literal, $plugin:expr) => {
        const _: () = {
            $crate::implement_guest!($name, $plugin, $crate::media::codec::sound::AudioPlugin);

            static DESCRIPTOR: $crate::plugin::guest::AudioDescriptor =
                $crate::plugin::guest::AudioDescriptor::of::<Guest>();

            #[allow(unsafe_code, reason = "the host looks the function up by this name")]
            #[unsafe(no_mangle)]
            extern "C" fn rendercast_plugin_audio() -> *const $crate::plugin::guest::AudioDescriptor
            {
                &raw const DESCRIPTOR
            }
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! implement_guest {
    ($name:literal, $plugin:expr, $kind:path) => {
        struct Guest;

        impl $crate::plugin::guest::GuestPlugin for Guest {
            type Plugin = dyn $kind;

            const NAME: &'static ::core::ffi::CStr = {
                let bytes = ::core::concat!($name, "\0").as_bytes();
                match ::core::ffi::CStr::from_bytes_with_nul(bytes) {
                    ::core::result::Result::Ok(name) => name,
                    ::core::result::Result::Err(_) => {
                        ::core::panic!("a plugin's name has no NUL in it")
                    }
                }
            };

            fn make()
            -> ::core::result::Result<::std::boxed::Box<dyn $kind>, $crate::plugin::guest::BoxError>
            {
                ::core::result::Result::Ok(::std::boxed::Box::new($plugin))
            }

            fn slot() -> &'static $crate::plugin::guest::PluginSlot<dyn $kind> {
                static SLOT: $crate::plugin::guest::PluginSlot<dyn $kind> =
                    $crate::plugin::guest::PluginSlot::new();
                &SLOT
            }
        }
    };
}

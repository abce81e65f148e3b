//! The plugin's side, for plugins in Rust: what [`export_video_plugin`](crate::export_video_plugin)
//! stands for. None of it is to be named elsewhere.

mod decoder;
mod encoder;
mod entry;
mod exported;
mod exposed;
mod guard;
mod logger;

pub use entry::Descriptor;
pub use exported::{BoxError, Exported, Slot};

/// Exports a [`VideoPlugin`](crate::media::codec::VideoPlugin) from a library: a package whose
/// `Cargo.toml` says `crate-type = ["cdylib"]`. Says the codec's name, which the plugin's `name` has
/// to return too, and makes the plugin; a `?` in there keeps it from being loaded. At most once in a
/// library.
///
/// The plugin is made when the library is loaded, and dropped before it is unloaded; it must have
/// joined its threads by then. What it logs with the `log` crate goes to the application's log. A
/// panic in an encoder or decoder is an error of that call and ends that encoder or decoder; one in
/// making the plugin keeps it from being loaded. That holds for libraries that unwind, as Cargo
/// builds them by default.
///
/// ```
/// use std::io;
///
/// use rendercast::media::codec::{VideoDecoder, VideoEncoder, VideoPlugin};
///
/// struct Vp6 {/* what all encoders share */}
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
            struct Exported;

            impl $crate::plugin::export::Exported for Exported {
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
                    $crate::plugin::export::BoxError,
                > {
                    ::core::result::Result::Ok(::std::boxed::Box::new($plugin))
                }

                fn slot() -> &'static $crate::plugin::export::Slot {
                    static SLOT: $crate::plugin::export::Slot = $crate::plugin::export::Slot::new();
                    &SLOT
                }
            }

            static DESCRIPTOR: $crate::plugin::export::Descriptor =
                $crate::plugin::export::Descriptor::of::<Exported>();

            #[allow(unsafe_code, reason = "the host looks the function up by this name")]
            #[unsafe(no_mangle)]
            extern "C" fn rendercast_plugin() -> *const $crate::plugin::export::Descriptor {
                &raw const DESCRIPTOR
            }
        };
    };
}

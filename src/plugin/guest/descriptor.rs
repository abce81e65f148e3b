//! The descriptors that the functions of libraries return, with `init` and `exit`.
#![allow(unsafe_code, reason = "the host passes pointers")]

use super::catch::catch_or;
use super::guest_plugin::{GuestPlugin, Named as _};
use super::{audio_encoder, decoder, encoder, logger};
use crate::media::codec::VideoPlugin;
use crate::media::codec::sound::AudioPlugin;
use crate::plugin::abi::{self, Api, RawAudioPlugin, RawPlugin, init};

/// The descriptor of a library with a video codec, in the layout of the header.
#[repr(transparent)]
#[derive(Debug)]
pub struct Descriptor(RawPlugin);

// SAFETY: everything that it points to is constant.
unsafe impl Sync for Descriptor {}

impl Descriptor {
    /// Makes the descriptor of `E`.
    #[must_use]
    pub const fn of<E: GuestPlugin<Plugin = dyn VideoPlugin>>() -> Self {
        Self(RawPlugin {
            abi_version: abi::ABI_VERSION,
            struct_size: size_of::<RawPlugin>() as u32,
            r#type: abi::TYPE.as_ptr(),
            name: E::NAME.as_ptr(),
            init: Some(init_plugin::<E>),
            exit: Some(exit_plugin::<E>),
            encoder: encoder::Functions::<E>::TABLE,
            decoder: decoder::Functions::<E>::TABLE,
        })
    }
}

/// The descriptor of a library with an audio encoder, in the layout of the header.
#[repr(transparent)]
#[derive(Debug)]
pub struct AudioDescriptor(RawAudioPlugin);

// SAFETY: everything that it points to is constant.
unsafe impl Sync for AudioDescriptor {}

impl AudioDescriptor {
    /// Makes the descriptor of `E`.
    #[must_use]
    pub const fn of<E: GuestPlugin<Plugin = dyn AudioPlugin>>() -> Self {
        Self(RawAudioPlugin {
            abi_version: abi::ABI_VERSION,
            struct_size: size_of::<RawAudioPlugin>() as u32,
            r#type: abi::AUDIO_TYPE.as_ptr(),
            name: E::NAME.as_ptr(),
            init: Some(init_plugin::<E>),
            exit: Some(exit_plugin::<E>),
            encoder: audio_encoder::Functions::<E>::TABLE,
        })
    }
}

/// # Safety
/// The host keeps to the header.
unsafe extern "C" fn init_plugin<E: GuestPlugin>(api: *const Api) -> i32 {
    // SAFETY: the host keeps to the header.
    unsafe { logger::install(api) };
    let code = catch_or(init::FAILED, make::<E>);
    if code != abi::OK {
        logger::release();
    }
    code
}

fn make<E: GuestPlugin>() -> i32 {
    let plugin = match E::make() {
        Ok(plugin) => plugin,
        Err(error) => {
            log::error!("{error}");
            return init::FAILED;
        }
    };
    let (exported, name) = (E::NAME.to_string_lossy(), plugin.name());
    if name != exported {
        log::error!("the plugin is exported as {exported:?}, but its name is {name:?}");
        return init::INVALID_PARAMETERS;
    }
    E::slot().put(plugin);
    abi::OK
}

/// # Safety
/// The host keeps to the header.
unsafe extern "C" fn exit_plugin<E: GuestPlugin>() {
    catch_or((), || drop(E::slot().take()));
    logger::release();
}

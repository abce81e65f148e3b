//! The descriptor that a library's `rendercast_plugin` returns, with its `init` and `exit`.
#![allow(unsafe_code, reason = "the host passes pointers")]

use super::catch::catch_or;
use super::guest_plugin::GuestPlugin;
use super::{decoder, encoder, logger};
use crate::plugin::abi::{self, Api, RawPlugin, init};

/// A library's descriptor, in the layout of the header.
#[repr(transparent)]
#[derive(Debug)]
pub struct Descriptor(RawPlugin);

// SAFETY: everything that it points to is constant.
unsafe impl Sync for Descriptor {}

impl Descriptor {
    /// Makes the descriptor of `E`.
    #[must_use]
    pub const fn of<E: GuestPlugin>() -> Self {
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

//! Why a plugin is not loaded.

use std::io;
use std::path::PathBuf;

/// Why a plugin is not loaded. Each message names the file and includes the system's reason.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PluginError {
    /// The file does not exist, or cannot be examined.
    #[error("cannot load the plugin {}: {cause}", file.display())]
    File {
        /// The plugin's file.
        file: PathBuf,
        /// The system's reason.
        cause: io::Error,
    },
    /// The path is that of a folder, a pipe or a device.
    #[error("cannot load the plugin {}: it is not a file", file.display())]
    NotAFile {
        /// The path.
        file: PathBuf,
    },
    /// The file is no shared library for this system, or a library that it needs is missing.
    #[error("{} is not a library that can be loaded: {cause}", file.display())]
    NotALibrary {
        /// The file.
        file: PathBuf,
        /// The reason of the system's loader.
        cause: String,
    },
    /// The file is a library, but no plugin.
    #[error(
        "{} is not a plugin of this kind: it does not export {symbol} ({cause})", file.display()
    )]
    MissingSymbol {
        /// The library.
        file: PathBuf,
        /// The function that it should export.
        symbol: String,
        /// The reason of the system's loader.
        cause: String,
    },
    /// The plugin was built for another version of the plugin interface.
    #[error(
        "the plugin {} is of version {found} of the plugin interface, and this program takes \
         version {understood}: rebuild it with this program's rendercast_plugin.h",
        file.display()
    )]
    AbiVersion {
        /// The plugin's file.
        file: PathBuf,
        /// The version that the plugin was built for.
        found: u32,
        /// The version that this program takes.
        understood: u32,
    },
    /// The plugin is of another type than its function says.
    #[error(
        "the plugin {} is of the type {found:?}, and this program takes {understood:?}",
        file.display()
    )]
    Type {
        /// The plugin's file.
        file: PathBuf,
        /// The plugin's type.
        found: String,
        /// The type that this program takes.
        understood: String,
    },
    /// The plugin's descriptor is invalid.
    #[error("the plugin {} is broken: {fault}", file.display())]
    Descriptor {
        /// The plugin's file.
        file: PathBuf,
        /// What is wrong with the descriptor.
        fault: DescriptorFault,
    },
    /// The plugin's `init` failed. It is unloaded, without a call of its `exit`.
    #[error("the plugin {} ({name:?}) does not start: its init returned {code}", file.display())]
    Init {
        /// The plugin's file.
        file: PathBuf,
        /// The plugin's name.
        name: String,
        /// The number that `init` returned: a `RENDERCAST_INIT_...` of the header.
        code: i32,
    },
    /// A codec of this name exists already, bundled or of another plugin.
    #[error("the plugin {} is not added: a codec named {name:?} exists already", file.display())]
    NameTaken {
        /// The plugin's file.
        file: PathBuf,
        /// The plugin's name.
        name: String,
    },
    /// The folder of plugins cannot be read.
    #[error("cannot read the plugin folder {}: {cause}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The system's reason.
        cause: io::Error,
    },
}

/// What is wrong with a plugin's descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DescriptorFault {
    /// The function that it exports returned null.
    #[error("its function returned no descriptor")]
    Absent,
    /// The address of a structure is not aligned.
    #[error("the address of its {structure} is not aligned")]
    Misaligned {
        /// The structure.
        structure: &'static str,
    },
    /// A structure is shorter than in this version of the interface.
    #[error("the struct_size of its {structure} is {found} bytes; it must be at least {wanted}")]
    StructSize {
        /// The structure.
        structure: &'static str,
        /// The structure's `struct_size`.
        found: u32,
        /// Its size in this version, in bytes.
        wanted: usize,
    },
    /// A text is missing.
    #[error("it has no {text}")]
    NoText {
        /// The text.
        text: &'static str,
    },
    /// A text is empty or too long.
    #[error("its {text} must have 1 to {most} bytes")]
    TextLength {
        /// The text.
        text: &'static str,
        /// The most bytes that it may have.
        most: usize,
    },
    /// A text is not UTF-8.
    #[error("its {text} is not UTF-8")]
    NotUtf8 {
        /// The text.
        text: &'static str,
    },
    /// A required function is missing.
    #[error("it has no function `{function}`")]
    NoFunction {
        /// The function.
        function: &'static str,
    },
    /// The plugin has neither an encoder nor a decoder.
    #[error("it has neither an encoder nor a decoder")]
    NoCodec,
}

//! Why a plugin is not loaded.

use std::io;
use std::path::PathBuf;

/// Why a plugin is not loaded. The text of each says all: the file, and the system's words.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PluginError {
    /// There is no such file, or no way to look at it.
    #[error("cannot load the plugin {}: {cause}", file.display())]
    File {
        /// The plugin's file.
        file: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// It is a folder, a pipe or a device.
    #[error("cannot load the plugin {}: it is not a file", file.display())]
    NotAFile {
        /// What was to be the plugin's file.
        file: PathBuf,
    },
    /// It is no shared library of this machine's kind, or needs something that is missing.
    #[error("{} is not a library that can be loaded: {cause}", file.display())]
    NotALibrary {
        /// The file.
        file: PathBuf,
        /// What the system's loader said.
        cause: String,
    },
    /// It is a library, but no plugin.
    #[error(
        "{} is not a plugin: it does not export rendercast_plugin ({cause})", file.display()
    )]
    MissingSymbol {
        /// The library.
        file: PathBuf,
        /// What the system's loader said.
        cause: String,
    },
    /// It was made for another version of this library.
    #[error(
        "the plugin {} is of version {found} of the plugin interface, and this program takes \
         version {understood}: build it anew against this program's rendercast_plugin.h",
        file.display()
    )]
    AbiVersion {
        /// The plugin's file.
        file: PathBuf,
        /// Its version.
        found: u32,
        /// Ours.
        understood: u32,
    },
    /// It is a plugin for something else.
    #[error(
        "the plugin {} is of the type {found:?}, and this program takes {understood:?}",
        file.display()
    )]
    Type {
        /// The plugin's file.
        file: PathBuf,
        /// Its type.
        found: String,
        /// Ours.
        understood: String,
    },
    /// What it says of itself makes no sense.
    #[error("the plugin {} is broken: {fault}", file.display())]
    Descriptor {
        /// The plugin's file.
        file: PathBuf,
        /// What is wrong with it.
        fault: DescriptorFault,
    },
    /// Its `init` failed. It has been unloaded, without a call of its `exit`.
    #[error("the plugin {} ({name:?}) does not start: its init returned {code}", file.display())]
    Init {
        /// The plugin's file.
        file: PathBuf,
        /// The plugin's name.
        name: String,
        /// What it returned: a `RENDERCAST_INIT_...` of the header.
        code: i32,
    },
    /// There is a codec of this name already, bundled or of another plugin.
    #[error("the plugin {} is not added: there is a codec named {name:?} already", file.display())]
    NameTaken {
        /// The plugin's file.
        file: PathBuf,
        /// The plugin's name.
        name: String,
    },
    /// A folder of plugins cannot be read.
    #[error("cannot read the plugin folder {}: {cause}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

/// What is wrong with what a plugin says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DescriptorFault {
    /// There is no descriptor, or one where none can be.
    #[error("rendercast_plugin returned no descriptor")]
    Absent,
    /// A structure lies where none can lie.
    #[error("its {structure} is not where a structure can be")]
    Misaligned {
        /// Which structure.
        structure: &'static str,
    },
    /// A structure is shorter than this version's.
    #[error("its {structure} says that it has {found} bytes, of at least {wanted}")]
    StructSize {
        /// Which structure.
        structure: &'static str,
        /// What its `struct_size` says.
        found: u32,
        /// How many bytes it has in this version.
        wanted: usize,
    },
    /// A text is missing.
    #[error("it has no {text}")]
    NoText {
        /// Which text.
        text: &'static str,
    },
    /// A text is empty, or longer than it may be.
    #[error("its {text} does not have 1 to {most} bytes")]
    TextLength {
        /// Which text.
        text: &'static str,
        /// How many bytes it may have.
        most: usize,
    },
    /// A text is no text.
    #[error("its {text} is not UTF-8")]
    NotUtf8 {
        /// Which text.
        text: &'static str,
    },
    /// A function that every plugin has is missing.
    #[error("it has no function `{function}`")]
    NoFunction {
        /// Which one.
        function: &'static str,
    },
    /// It neither encodes nor decodes.
    #[error("it has neither an encoder nor a decoder")]
    NoCodec,
}

//! Folders of plugins.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use libtest_mimic::Trial;
use rendercast::media::codec::VideoCodecFactory;
use rendercast::plugin::{LoadedPlugins, PluginError};

use crate::build::{C_COMPILER, Workshop, run_length};
use crate::need::trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("folder::one_bad_plugin_does_not_stop_the_rest", C_COMPILER, one_bad_plugin),
        trial("folder::a_folder_without_plugins_is_none", &[], a_folder_without_plugins),
        trial("folder::a_folder_that_cannot_be_read_is_an_error", &[], no_folder),
    ]
}

fn load_all(factory: &VideoCodecFactory, folder: &Path) -> Result<LoadedPlugins, PluginError> {
    // SAFETY: the tests' own libraries keep to the header, or fail before they could break it.
    unsafe { factory.load_plugins_from_directory(folder) }
}

fn one_bad_plugin() {
    let workshop = Workshop::open();
    workshop.sorenson("d_good", &[]);
    workshop.copy(run_length(), "b_rust");
    workshop.sorenson("c_version", &["-DABI_VERSION=9"]);
    fs::write(workshop.library("a_text"), "no library").expect("a file");
    symlink(workshop.library("d_good"), workshop.library("e_link")).expect("a link");
    symlink(workshop.library("nowhere"), workshop.library("f_broken")).expect("a link");
    workshop.sorenson("g_good", &[]);
    // None of these is loaded.
    fs::create_dir(workshop.library("h_folder")).expect("a folder");
    fs::create_dir(workshop.path().join("folder")).expect("a folder");
    fs::copy(workshop.library("d_good"), workshop.path().join("folder/i.so")).expect("a copy");
    fs::copy(workshop.library("d_good"), workshop.path().join("j.so.1")).expect("a copy");
    fs::write(workshop.path().join("read_me.txt"), "").expect("a file");

    let factory = VideoCodecFactory::default();
    let before = factory.names().len();
    let loaded = load_all(&factory, workshop.path()).expect("it can be read");
    let names: Vec<_> = loaded.plugins.iter().map(|plugin| &*plugin.name).collect();
    assert_eq!(names, ["run length", "d_good", "g_good"], "in the order of the files");
    assert_eq!(factory.names()[before..], names);
    assert_eq!(loaded.plugins[1].file, workshop.library("d_good"));

    let [text, version, link, broken] = &loaded.errors[..] else { panic!("{:?}", loaded.errors) };
    assert!(matches!(text, PluginError::NotALibrary { .. }), "{text}");
    assert!(matches!(version, PluginError::AbiVersion { found: 9, .. }), "{version}");
    assert!(matches!(link, PluginError::NameTaken { .. }), "{link}");
    assert!(matches!(broken, PluginError::File { .. }), "{broken}");
    for (error, name) in loaded.errors.iter().zip(["a_text", "c_version", "e_link", "f_broken"]) {
        assert!(error.to_string().contains(name), "{error}");
    }
}

fn a_folder_without_plugins() {
    let workshop = Workshop::open();
    let loaded = load_all(&VideoCodecFactory::default(), workshop.path()).expect("a folder");
    assert!(loaded.plugins.is_empty() && loaded.errors.is_empty());
}

fn no_folder() {
    let workshop = Workshop::open();
    let absent = workshop.path().join("absent");
    let error = load_all(&VideoCodecFactory::default(), &absent).expect_err("no folder");
    let PluginError::Folder { folder, cause } = &error else { panic!("{error:?}") };
    assert_eq!((folder, cause.kind()), (&absent, std::io::ErrorKind::NotFound));
    assert!(error.to_string().contains(&*absent.to_string_lossy()), "{error}");
}

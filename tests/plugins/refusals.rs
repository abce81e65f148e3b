//! Files that are not loaded, and the errors. Each error names the file.

use std::fs;
use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;
use rendercast::media::codec::VideoCodecFactory;
use rendercast::plugin::{DescriptorFault, PluginError};

use crate::build::{C_COMPILER, Workshop, finish, root};
use crate::need::trial;
use crate::{journal, load};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("refusals::a_file_that_is_not_there", &[], a_file_that_is_not_there),
        trial("refusals::a_folder", &[], a_folder),
        trial("refusals::a_file_that_is_no_library", &[], a_file_that_is_no_library),
        trial(
            "refusals::a_library_that_lacks_what_it_needs",
            C_COMPILER,
            a_library_that_lacks_what_it_needs,
        ),
        trial("refusals::a_library_that_is_no_plugin", C_COMPILER, a_library_that_is_no_plugin),
        trial("refusals::another_version", C_COMPILER, another_version),
        trial("refusals::another_type", C_COMPILER, another_type),
        trial("refusals::an_init_that_fails", C_COMPILER, an_init_that_fails),
        trial("refusals::a_name_that_is_taken", C_COMPILER, a_name_that_is_taken),
        trial("refusals::descriptors_without_sense", C_COMPILER, descriptors_without_sense),
        trial("refusals::the_header_is_c_and_cplusplus", C_COMPILER, the_header_is_c_and_cplusplus),
    ]
}

/// Returns the error of loading `file`. Checks that it is unloaded again.
#[track_caller]
fn refused(file: &Path) -> PluginError {
    let factory = VideoCodecFactory::default();
    let names = factory.names();
    let error = load(&factory, file).expect_err("it should not be loaded");
    assert!(error.to_string().contains(&*file.to_string_lossy()), "{error}");
    assert_eq!(factory.names(), names);
    assert!(!is_mapped(file), "{} is still loaded", file.display());
    error
}

/// Returns whether the file is mapped into this process.
pub(crate) fn is_mapped(file: &Path) -> bool {
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    maps.contains(&*file.to_string_lossy())
}

fn a_file_that_is_not_there() {
    let workshop = Workshop::open();
    let error = refused(&workshop.library("absent"));
    let PluginError::File { cause, .. } = &error else { panic!("{error:?}") };
    assert_eq!(cause.kind(), std::io::ErrorKind::NotFound);
    assert!(error.to_string().contains("No such file"), "{error}");
}

fn a_folder() {
    let workshop = Workshop::open();
    fs::create_dir(workshop.library("folder")).expect("a folder");
    let error = refused(&workshop.library("folder"));
    assert!(matches!(error, PluginError::NotAFile { .. }), "{error:?}");
}

fn a_file_that_is_no_library() {
    let workshop = Workshop::open();
    let file = workshop.library("text");
    for content in [&b""[..], b"not a library", &b"\x7fELF".repeat(1000)] {
        fs::write(&file, content).expect("a file");
        let error = refused(&file);
        let PluginError::NotALibrary { cause, .. } = &error else { panic!("{error:?}") };
        assert!(error.to_string().ends_with(cause) && !cause.is_empty(), "{error}");
    }
}

fn a_library_that_lacks_what_it_needs() {
    let workshop = Workshop::open();
    let error = refused(&workshop.sorenson("lacking", &["-DNEEDS_WHAT_IS_NOT_THERE"]));
    let PluginError::NotALibrary { cause, .. } = &error else { panic!("{error:?}") };
    assert!(cause.contains("not_there"), "{cause}");
}

fn a_library_that_is_no_plugin() {
    let workshop = Workshop::open();
    let error = refused(&workshop.sorenson("library", &["-DNO_SYMBOL", "-Wno-unused"]));
    let PluginError::MissingSymbol { cause, .. } = &error else { panic!("{error:?}") };
    assert!(cause.contains("rendercast_plugin"), "{cause}");
}

fn another_version() {
    let workshop = Workshop::open();
    // The rest of such a descriptor may be anything, and must not be read.
    for (define, version) in [("-DABI_VERSION=0", 0), ("-DABI_VERSION=2", 2)] {
        let error = refused(&workshop.sorenson(
            &format!("version-{version}"),
            &[define, "-DSTRUCT_SIZE=0", "-DTYPE=(const char*)1"],
        ));
        let PluginError::AbiVersion { found, understood, .. } = &error else { panic!("{error:?}") };
        assert_eq!((*found, *understood), (version, 1));
        let text = error.to_string();
        assert!(text.contains(&format!("version {version}")) && text.contains("takes version 1"));
        assert!(journal::of(&format!("version-{version}")).is_empty());
    }
}

fn another_type() {
    let workshop = Workshop::open();
    let error = refused(&workshop.sorenson("audio", &["-DTYPE=\"audio v1\""]));
    let PluginError::Type { found, understood, .. } = &error else { panic!("{error:?}") };
    assert_eq!((&**found, &**understood), ("audio v1", "video v1"));
}

fn an_init_that_fails() {
    let workshop = Workshop::open();
    let error = refused(&workshop.sorenson("fails", &["-DINIT_FAILS"]));
    let PluginError::Init { name, code, .. } = &error else { panic!("{error:?}") };
    assert_eq!((&**name, *code), ("fails", -4));
    assert_eq!(journal::of("fails"), ["init"], "no exit after it");
}

fn a_name_that_is_taken() {
    let workshop = Workshop::open();
    let factory = VideoCodecFactory::default();
    let first = workshop.sorenson("taken", &[]);
    let second = workshop.copy(&first, "another");
    load(&factory, &first).expect("a plugin");
    let error = load(&factory, &second).expect_err("one is enough");
    let PluginError::NameTaken { name, file } = &error else { panic!("{error:?}") };
    assert_eq!((&**name, &**file), ("taken", &*second));
    assert!(!is_mapped(&second) && is_mapped(&first));
    assert_eq!(journal::of("taken"), ["init", "init", "exit"], "the second's end");
}

fn descriptors_without_sense() {
    let workshop = Workshop::open();
    let no_function = |function| DescriptorFault::NoFunction { function };
    let short = |structure, found, wanted| DescriptorFault::StructSize { structure, found, wanted };
    let too_long = format!("-DNAME=\"{}\"", "x".repeat(65));
    let endless = format!("-DTYPE=\"{}\"", "video v1 ".repeat(100));
    for (name, defines, wanted) in [
        ("none", &["-DNO_DESCRIPTOR"][..], DescriptorFault::Absent),
        ("crooked", &["-DCROOKED"], DescriptorFault::Misaligned { structure: "descriptor" }),
        ("short", &["-DSTRUCT_SIZE=12"], short("descriptor", 12, 56)),
        ("nameless", &["-UNAME", "-DNAME=NULL"], DescriptorFault::NoText { text: "name" }),
        (
            "unnamed",
            &["-UNAME", "-DNAME=\"\""],
            DescriptorFault::TextLength { text: "name", most: 64 },
        ),
        ("long", &["-UNAME", &too_long], DescriptorFault::TextLength { text: "name", most: 64 }),
        ("latin", &["-UNAME", "-DNAME=\"\\xe4\""], DescriptorFault::NotUtf8 { text: "name" }),
        ("typeless", &["-DTYPE=NULL"], DescriptorFault::NoText { text: "type" }),
        ("endless", &[&endless], DescriptorFault::TextLength { text: "type", most: 64 }),
        ("idle", &["-DENCODER=NULL", "-DDECODER=NULL"], DescriptorFault::NoCodec),
        ("mute", &["-DNO_ENCODE_CANVAS"], no_function("encoder.encode_canvas")),
        ("deaf", &["-DNO_DECODER_INIT"], no_function("decoder.init")),
        ("stunted", &["-DSHORT_FUNCTIONS"], short("list of encoder functions", 16, 88)),
    ] {
        let defines = [defines, &["-Wno-unused"]].concat();
        let error = refused(&workshop.sorenson(name, &defines));
        let PluginError::Descriptor { fault, .. } = &error else { panic!("{name}: {error:?}") };
        assert_eq!(*fault, wanted, "{name}");
        assert!(error.to_string().contains(&wanted.to_string()), "{error}");
        assert!(journal::of(name).is_empty(), "{name} was called");
    }
}

fn the_header_is_c_and_cplusplus() {
    let header = root().join("include/rendercast_plugin.h");
    let layout = root().join("tests/plugins/layout.c");
    for (language, file) in [("c", &layout), ("c", &header), ("c++", &header)] {
        if language == "c++" && !has_cplusplus() {
            continue;
        }
        let mut compiler = Command::new("cc");
        compiler.args(["-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-x", language, "-I"]);
        finish(compiler.arg(root().join("include")).arg(file));
    }
}

/// Only this test needs a C++ compiler.
fn has_cplusplus() -> bool {
    let output = Command::new("cc").args(["-x", "c++", "-fsyntax-only", "/dev/null"]).output();
    output.is_ok_and(|output| output.status.success())
}

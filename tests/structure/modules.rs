//! The modules of a crate, and the names that each one binds.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Item, UseTree};

/// Source files by their path below `src/`, such as `hub/mod.rs`.
pub(crate) type Sources = BTreeMap<String, String>;

/// A module's names from the crate root down. The root itself has none.
pub(crate) type ModulePath = Vec<String>;

/// All modules of a crate.
#[derive(Default)]
pub(crate) struct Crate {
    pub(crate) modules: BTreeMap<ModulePath, Module>,
}

/// One module: a file, or a `mod name { ... }` in one.
pub(crate) struct Module {
    pub(crate) file: String,
    /// Whether it, or a module around it, is compiled for tests only.
    pub(crate) is_test: bool,
    pub(crate) items: Vec<Item>,
    /// The names that its own items define.
    pub(crate) defined: BTreeSet<String>,
    /// The names that its imports bind, each with the path that it stands for.
    pub(crate) imported: Vec<(String, Vec<String>)>,
    /// The paths in front of `::*`.
    pub(crate) globs: Vec<Vec<String>>,
}

impl Crate {
    /// Follows the `mod` items from `lib.rs` on.
    pub(crate) fn parse(sources: &Sources) -> Self {
        let mut parsed = Self::default();
        parsed.add_file(sources, Vec::new(), "lib.rs", false);
        parsed
    }

    fn add_file(&mut self, sources: &Sources, path: ModulePath, file: &str, is_test: bool) {
        let text = sources.get(file).unwrap_or_else(|| panic!("there is no {file}"));
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        self.add_module(sources, path, file, parsed.items, is_test);
    }

    fn add_module(
        &mut self,
        sources: &Sources,
        path: ModulePath,
        file: &str,
        mut items: Vec<Item>,
        is_test: bool,
    ) {
        let (mut defined, mut imported, mut globs) = (BTreeSet::new(), Vec::new(), Vec::new());
        for item in &mut items {
            match item {
                Item::Mod(module) => {
                    let name = module.ident.to_string();
                    let inner = [&*path, &[name]].concat();
                    let is_test = is_test || is_for_tests(&module.attrs);
                    match module.content.take() {
                        Some((_, items)) => {
                            self.add_module(sources, inner, file, items, is_test);
                        }
                        None => {
                            let file = file_of(sources, &inner);
                            self.add_file(sources, inner, &file, is_test);
                        }
                    }
                }
                Item::Use(import) => {
                    for leaf in leaves(&import.tree) {
                        match leaf.name {
                            Some(name) => imported.push((name, leaf.path)),
                            None => globs.push(leaf.path),
                        }
                    }
                }
                item => defined.extend(name_of(item)),
            }
        }
        let module = Module { file: file.to_owned(), is_test, items, defined, imported, globs };
        self.modules.insert(path, module);
    }
}

/// One name that a `use` binds, or a `*`.
#[derive(Debug)]
pub(crate) struct Leaf {
    pub(crate) path: Vec<String>,
    /// `None` for a `*`.
    pub(crate) name: Option<String>,
}

/// Takes a tree of a `use` apart.
pub(crate) fn leaves(tree: &UseTree) -> Vec<Leaf> {
    let mut found = Vec::new();
    collect_leaves(tree, Vec::new(), &mut found);
    found
}

fn collect_leaves(tree: &UseTree, mut path: Vec<String>, found: &mut Vec<Leaf>) {
    match tree {
        UseTree::Path(step) => {
            path.push(step.ident.to_string());
            collect_leaves(&step.tree, path, found);
        }
        UseTree::Name(name) if name.ident == "self" => {
            found.push(Leaf { name: path.last().cloned(), path });
        }
        UseTree::Name(name) => {
            path.push(name.ident.to_string());
            found.push(Leaf { name: path.last().cloned(), path });
        }
        UseTree::Rename(rename) => {
            if rename.ident != "self" {
                path.push(rename.ident.to_string());
            }
            found.push(Leaf { name: Some(rename.rename.to_string()), path });
        }
        UseTree::Glob(_) => found.push(Leaf { name: None, path }),
        UseTree::Group(group) => {
            for tree in &group.items {
                collect_leaves(tree, path.clone(), found);
            }
        }
    }
}

/// Whether an attribute is a `#[cfg]` that names `test`.
pub(crate) fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let syn::Meta::List(list) = &attribute.meta else { return false };
        let words = list.tokens.to_string();
        list.path.is_ident("cfg")
            && words.split(|c: char| !c.is_alphanumeric()).any(|w| w == "test")
    })
}

fn file_of(sources: &Sources, path: &[String]) -> String {
    let path = path.join("/");
    let file = format!("{path}.rs");
    if sources.contains_key(&file) { file } else { format!("{path}/mod.rs") }
}

fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

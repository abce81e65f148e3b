//! Which file names an item of which other file.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::Visit;

use crate::modules::{Crate, Module, ModulePath, is_for_tests, leaves};

/// A path in one file that leads to an item in another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Import {
    pub(crate) from: String,
    pub(crate) to: String,
    /// The path as it is written.
    pub(crate) path: String,
    /// Whether only tests see it.
    pub(crate) is_test: bool,
    /// Whether it goes through a name that the crate root exports.
    pub(crate) through_root: bool,
}

/// Finds all imports of a crate. A `mod` item is none.
pub(crate) fn find(parsed: &Crate) -> Vec<Import> {
    let mut found = Vec::new();
    for (path, module) in &parsed.modules {
        let mut finder =
            Finder { parsed, path, module, is_test: module.is_test, found: &mut found };
        for item in &module.items {
            // A module has its own turn.
            if !matches!(item, syn::Item::Mod(_)) {
                finder.visit_item(item);
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

struct Finder<'a> {
    parsed: &'a Crate,
    path: &'a ModulePath,
    module: &'a Module,
    is_test: bool,
    found: &'a mut Vec<Import>,
}

impl Finder<'_> {
    fn add(&mut self, segments: &[String]) {
        let Some(target) = self.parsed.resolve(self.path, segments) else { return };
        if target.file != self.module.file {
            self.found.push(Import {
                from: self.module.file.clone(),
                to: target.file,
                path: segments.join("::"),
                is_test: self.is_test,
                through_root: target.through_root,
            });
        }
    }

    /// Finds the paths in the arguments of a macro, which have no syntax of their own.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let (mut path, mut colons) = (Vec::new(), 0);
        for token in tokens {
            match token {
                TokenTree::Punct(mark) if mark.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.add(&std::mem::take(&mut path));
                    }
                    path.push(name.to_string());
                }
                TokenTree::Group(group) => {
                    self.add(&std::mem::take(&mut path));
                    self.add_tokens(group.stream());
                }
                _ => self.add(&std::mem::take(&mut path)),
            }
            colons = 0;
        }
        self.add(&path);
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = match item {
            syn::Item::Fn(item) => &*item.attrs,
            syn::Item::Impl(item) => &*item.attrs,
            syn::Item::Use(item) => &*item.attrs,
            _ => &[],
        };
        let outer = self.is_test;
        self.is_test |= is_for_tests(attributes);
        syn::visit::visit_item(self, item);
        self.is_test = outer;
    }

    fn visit_item_use(&mut self, import: &'ast syn::ItemUse) {
        for leaf in leaves(&import.tree) {
            self.add(&leaf.path);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let segments: Vec<_> =
                path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.add(&segments);
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.add_tokens(call.tokens.clone());
    }

    /// `pub(in path)` imports nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}

/// The file that defines an item.
#[derive(Debug)]
struct Target {
    file: String,
    through_root: bool,
}

/// No chain of re-exports is longer.
const MAX_STEPS: usize = 16;

impl Crate {
    /// Returns `None` for an item of another crate, and for a path that ends at a module: the paths
    /// that begin with the module's name tell more.
    fn resolve(&self, from: &[String], segments: &[String]) -> Option<Target> {
        self.resolve_within(from, segments, MAX_STEPS)
    }

    fn resolve_within(&self, from: &[String], segments: &[String], steps: usize) -> Option<Target> {
        let steps = steps.checked_sub(1)?;
        let mut at = from.to_vec();
        let mut rest = segments;
        while let [first, after @ ..] = rest {
            match &**first {
                "crate" => at.clear(),
                "super" => drop(at.pop()?),
                "self" => {}
                _ => break,
            }
            rest = after;
        }
        let named_from_root = at.is_empty() && segments.len() > rest.len();
        while let [name, after @ ..] = rest {
            let inner = [&*at, std::slice::from_ref(name)].concat();
            if !self.modules.contains_key(&inner) {
                let mut target = self.named_in(&at, name, after, steps)?;
                target.through_root |= named_from_root && at.is_empty();
                return Some(target);
            }
            (at, rest) = (inner, after);
        }
        None
    }

    /// Finds what `name`, which is no module in there, stands for in the module `at`.
    fn named_in(
        &self,
        at: &[String],
        name: &String,
        after: &[String],
        steps: usize,
    ) -> Option<Target> {
        let module = self.modules.get(at)?;
        if module.defined.contains(name) {
            return Some(Target { file: module.file.clone(), through_root: false });
        }
        let imported = module.imported.iter().filter(|(bound, _)| bound == name);
        for (_, path) in imported {
            // A crate may have the name that is looked for: `use bytes::Bytes`.
            if path.first() != Some(name) {
                return self.resolve_within(at, &[path, after].concat(), steps);
            }
        }
        module.globs.iter().find_map(|glob| {
            let path = [&**glob, std::slice::from_ref(name), after].concat();
            self.resolve_within(at, &path, steps)
        })
    }
}

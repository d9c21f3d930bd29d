//! The library's public interface: the items that a user can name, and the crates that come with them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::Command;

use quote::{ToTokens, quote};
use syn::visit::{self, Visit};
use syn::{Fields, ImplItem, Item, ItemImpl, Signature, TraitItem};

use crate::modules::{Module, Modules, Target, attributes, is_public, leaves, says};

/// Crates that only the command needs.
const OF_THE_COMMAND: &[&str] =
    &["clap", "clap_complete", "comfy-table", "rustyline", "terminal_size", "tracing-subscriber"];

#[test]
fn the_library_alone_comes_without_the_crates_of_the_command() {
    let crates = |features: &[&str]| -> BTreeSet<String> {
        // The build that made this test has all crates here already.
        let tree = ["tree", "--edges", "normal", "--prefix", "none", "--format", "{p}", "--offline", "--locked"];
        let mut cargo = Command::new(env!("CARGO"));
        let ran = cargo.args(tree).args(features).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let lines = String::from_utf8(ran.stdout).unwrap();
        lines.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
    };
    let alone = crates(&["--no-default-features"]);
    let all = crates(&[]);
    assert!(alone.contains("rusqlite"), "{alone:?}");
    for name in OF_THE_COMMAND {
        assert!(!alone.contains(*name), "{name} comes with the library");
        assert!(all.contains(*name), "{name} is not a crate of the command");
    }
}

/// A public item: where it is defined, and its name there.
type Definition = (Vec<String>, String);

/// What `lib.rs` shows: items of this crate, and re-exports of others.
fn shown(modules: &Modules) -> (BTreeSet<Definition>, Vec<String>) {
    let root = &modules.0[&Vec::new()];
    let mut own = BTreeSet::new();
    let mut foreign = Vec::new();
    for item in root.items.iter().filter(|it| !says(attributes(it), "doc", "hidden")) {
        match item {
            Item::Use(it) if is_public(&it.vis) => {
                for leaf in leaves(&it.tree) {
                    match modules.resolve(&[], &leaf.path) {
                        Some(Target::Item { module, name }) => {
                            assert_eq!(module[0], "batch", "{name} is public, but no part of the library's face");
                            own.insert((module, name));
                        }
                        Some(Target::Module(module)) => panic!("the module {module:?} is public"),
                        None => foreign.push(leaf.path.join("::")),
                    }
                }
            }
            Item::Mod(it) => assert!(!is_public(&it.vis), "the module {} is public", it.ident),
            _ => panic!("an item of lib.rs itself: {}", text(item)),
        }
    }
    (own, foreign)
}

/// Tokens as people write them.
fn text(tokens: impl ToTokens) -> String {
    let spaced = tokens.into_token_stream().to_string();
    let closed = [" ,", " ;", " :", " >", " )", " ]", " (", " <", " !", " ."];
    let opened = ["< ", "( ", "[ ", "& ", "# ", ":: "];
    let mut text = spaced.replace(" -> ", "\u{1}").replace(" => ", "\u{2}");
    for it in closed {
        text = text.replace(it, it.trim());
    }
    for it in opened {
        text = text.replace(it, it.trim());
    }
    text.replace('\u{1}', " -> ").replace('\u{2}', " => ").replace(",)", ")")
}

fn exhaustiveness(attributes: &[syn::Attribute]) -> &'static str {
    if attributes.iter().any(|it| it.path().is_ident("non_exhaustive")) { "#[non_exhaustive] " } else { "" }
}

/// The public fields, or all of a variant's.
fn fields(fields: &Fields, of_a_variant: bool) -> Vec<String> {
    let shown = fields.iter().filter(|it| of_a_variant || is_public(&it.vis));
    shown.map(|it| it.ident.as_ref().map(|name| format!("{name}: ")).unwrap_or_default() + &text(&it.ty)).collect()
}

fn derives(attributes: &[syn::Attribute]) -> Vec<String> {
    let lists = attributes.iter().filter(|it| it.path().is_ident("derive"));
    lists.map(|it| format!("derive {}", text(&it.meta.require_list().unwrap().tokens))).collect()
}

fn of_a_block(block: &ItemImpl) -> Vec<String> {
    if let Some((of, _)) = &block.trait_ {
        return vec![format!("impl {}", text(of))];
    }
    let signatures = block.items.iter().filter_map(|item| match item {
        ImplItem::Fn(it) if is_public(&it.vis) => Some(format!("fn {}", signature(&it.sig))),
        ImplItem::Const(it) if is_public(&it.vis) => Some(format!("const {}: {}", it.ident, text(&it.ty))),
        _ => None,
    });
    signatures.collect()
}

fn signature(signature: &Signature) -> String {
    let text = text(signature);
    text.strip_prefix("fn ").unwrap_or(&text).to_owned()
}

/// An item with its public parts, a line each.
fn describe(module: &Module, name: &str) -> String {
    let mut head = String::new();
    let mut lines = Vec::new();
    for item in module.items_of(name) {
        match item {
            Item::Struct(it) => {
                let generics = text(&it.generics);
                head = format!("{}struct {name}{generics}", exhaustiveness(&it.attrs));
                lines.extend(derives(&it.attrs));
                lines.extend(fields(&it.fields, false));
            }
            Item::Enum(it) => {
                head = format!("{}enum {name}", exhaustiveness(&it.attrs));
                lines.extend(derives(&it.attrs));
                for variant in &it.variants {
                    let fields = fields(&variant.fields, true).join(", ");
                    lines.push(match &variant.fields {
                        Fields::Unit => variant.ident.to_string(),
                        Fields::Unnamed(_) => format!("{}({fields})", variant.ident),
                        Fields::Named(_) => {
                            format!("{}{} {{ {fields} }}", exhaustiveness(&variant.attrs), variant.ident)
                        }
                    });
                }
            }
            Item::Trait(it) => {
                head = format!("trait {name}");
                lines.extend(it.items.iter().filter_map(|item| match item {
                    TraitItem::Fn(it) => Some(format!("fn {}", signature(&it.sig))),
                    _ => None,
                }));
            }
            Item::Type(it) => head = format!("type {name} = {}", text(&it.ty)),
            Item::Impl(it) => lines.extend(of_a_block(it)),
            other => head = text(other),
        }
    }
    lines.iter().fold(head + "\n", |mut all, line| {
        let _ = writeln!(all, "    {line}");
        all
    })
}

#[test]
fn the_public_items_are_these() {
    let modules = Modules::of_the_library();
    let (own, foreign) = shown(&modules);
    let own = own.iter().map(|(module, name)| describe(&modules.0[module], name));
    let foreign = foreign.iter().map(|it| format!("use {it}\n"));
    insta::assert_snapshot!(own.chain(foreign).collect::<Vec<_>>().concat());
}

/// Collects the items of this crate that public signatures name.
struct Named<'a> {
    modules: &'a Modules,
    module: &'a [String],
    found: BTreeSet<Definition>,
}

impl<'ast> Visit<'ast> for Named<'_> {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|it| it.ident.to_string()).collect();
        if let Some(Target::Item { module, name }) = self.modules.resolve(self.module, &segments) {
            self.found.insert((module, name));
        }
        visit::visit_path(self, path);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        item.fields.iter().filter(|it| is_public(&it.vis)).for_each(|it| self.visit_type(&it.ty));
    }

    fn visit_item_impl(&mut self, block: &'ast ItemImpl) {
        if let Some((of, _)) = &block.trait_ {
            return self.visit_path(of);
        }
        for item in &block.items {
            match item {
                ImplItem::Fn(it) if is_public(&it.vis) => self.visit_signature(&it.sig),
                ImplItem::Const(it) if is_public(&it.vis) => self.visit_type(&it.ty),
                _ => {}
            }
        }
    }
}

#[test]
fn what_public_signatures_name_is_public_too() {
    let modules = Modules::of_the_library();
    let (own, _) = shown(&modules);
    for (module, name) in &own {
        let mut named = Named { modules: &modules, module, found: BTreeSet::new() };
        modules.0[module].items_of(name).for_each(|item| named.visit_item(item));
        let hidden: Vec<_> = named.found.difference(&own).collect();
        assert!(hidden.is_empty(), "{name} names {hidden:?}, which a user cannot");
    }
}

#[test]
fn tokens_are_shown_as_people_write_them() {
    let signature =
        quote!(pub fn of<'a, T: Into<String>>(mut self, it: &'a [T], f: impl Fn(&T) -> Option<u8>) -> (A, B));
    assert_eq!(
        text(signature),
        "pub fn of<'a, T: Into<String>>(mut self, it: &'a [T], f: impl Fn(&T) -> Option<u8>) -> (A, B)"
    );
}

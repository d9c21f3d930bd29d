//! No two files import each other in a circle. An import is a `use`, or a path in the code, that leads to an item which
//! another file defines; re-exports are followed to that file. Not counted are `mod`, re-exports themselves, and code for
//! tests alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use syn::buffer::Cursor;
use syn::parse::{ParseStream, Parser as _};
use syn::visit::{self, Visit};
use syn::{Expr, ImplItem, Item, ItemUse, Macro, Visibility};

use crate::modules::{Modules, Segments, Target, attributes, is_for_tests, leaves};

/// Which names a file takes from which other file.
type Imports = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// Collects the imports of one module.
struct Importer<'a> {
    modules: &'a Modules,
    module: &'a [String],
    imports: &'a mut Imports,
}

impl Importer<'_> {
    /// Records what a path leads to.
    fn import(&mut self, path: &[String]) {
        if let Some(Target::Item { module, name }) = self.modules.resolve(self.module, path) {
            self.depend_on(&module, name);
        }
    }

    fn depend_on(&mut self, module: &[String], name: String) {
        let (own, other) = (&self.modules.0[self.module].file, &self.modules.0[module].file);
        if own != other {
            let names = self.imports.entry(own.clone()).or_default().entry(other.clone()).or_default();
            names.insert(name);
        }
    }

    /// Records a path in code. A single lower-case name is left out unless it is called: it may be a variable.
    fn mention(&mut self, path: &[String], is_called: bool) {
        let is_type = |name: &str| name.chars().next().is_some_and(char::is_uppercase);
        if path.len() > 1 || is_called || path.iter().all(|it| is_type(it)) {
            self.import(path);
        }
    }

    /// The paths among the tokens of a macro, which are no syntax tree.
    fn mention_tokens(&mut self, mut cursor: Cursor<'_>) {
        let mut path = Segments::new();
        let mut colons = 0;
        while !cursor.eof() {
            if let Some((ident, rest)) = cursor.ident() {
                if colons != 2 {
                    self.mention(&std::mem::take(&mut path), false);
                }
                path.push(ident.to_string());
                (colons, cursor) = (0, rest);
            } else if let Some((punct, rest)) = cursor.punct() {
                colons = if punct.as_char() == ':' { colons + 1 } else { 3 };
                cursor = rest;
            } else {
                self.mention(&std::mem::take(&mut path), false);
                colons = 0;
                cursor = match cursor.any_group() {
                    Some((inner, _, _, rest)) => {
                        self.mention_tokens(inner);
                        rest
                    }
                    None => cursor.token_tree().expect("it is not at its end").1,
                };
            }
        }
        self.mention(&path, false);
    }
}

fn segments(path: &syn::Path) -> Segments {
    path.segments.iter().map(|it| it.ident.to_string()).collect()
}

impl<'ast> Visit<'ast> for Importer<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        // A module in braces is looked at as one of its own.
        if !is_for_tests(attributes(item)) && !matches!(item, Item::Mod(_)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        match item {
            ImplItem::Fn(it) if is_for_tests(&it.attrs) => {}
            _ => visit::visit_impl_item(self, item),
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if !matches!(item.vis, Visibility::Inherited) {
            return;
        }
        for leaf in leaves(&item.tree) {
            match (leaf.name, self.modules.resolve(self.module, &leaf.path)) {
                (None, Some(Target::Module(module))) => self.depend_on(&module, "*".to_owned()),
                _ => self.import(&leaf.path),
            }
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.mention(&segments(path), false);
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let Expr::Path(callee) = &*call.func {
            self.mention(&segments(&callee.path), true);
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        let walk = |input: ParseStream<'_>| {
            input.step(|cursor| {
                self.mention_tokens(*cursor);
                let mut rest = *cursor;
                while let Some((_, after)) = rest.token_tree() {
                    rest = after;
                }
                Ok(((), rest))
            })
        };
        walk.parse2(call.tokens.clone()).expect("any tokens will do");
    }
}

fn imports(modules: &Modules) -> Imports {
    let mut imports = Imports::new();
    for (path, module) in &modules.0 {
        let mut importer = Importer { modules, module: path, imports: &mut imports };
        module.items.iter().for_each(|item| importer.visit_item(item));
    }
    imports
}

/// The circles: sets of files, each of which leads to all others of its set.
fn circles(imports: &Imports) -> Vec<BTreeSet<&str>> {
    let reached = |from: &str| {
        let mut seen = BTreeSet::new();
        let mut open = vec![from.to_owned()];
        while let Some(file) = open.pop() {
            let next = imports.get(&file).into_iter().flat_map(BTreeMap::keys);
            open.extend(next.filter(|it| seen.insert(it.as_str())).cloned());
        }
        seen
    };
    let all: BTreeMap<&str, BTreeSet<&str>> = imports.keys().map(|file| (file.as_str(), reached(file))).collect();
    let mut circles = BTreeSet::new();
    for (file, from_here) in &all {
        let back = |it: &&&str| all.get(**it).is_some_and(|from_there| from_there.contains(file));
        let circle: BTreeSet<&str> = from_here.iter().filter(back).copied().collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}

/// A circle for people: its files, and the names that tie them.
fn describe(circle: &BTreeSet<&str>, imports: &Imports) -> String {
    let mut text = format!("{circle:?}\n");
    for file in circle {
        for (other, names) in imports[*file].iter().filter(|(other, _)| circle.contains(other.as_str())) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let _ = writeln!(text, "    {file} -> {other}: {}", names.join(", "));
        }
    }
    text
}

#[test]
fn no_two_files_import_each_other_in_a_circle() {
    let modules = Modules::of_the_library();
    let imports = imports(&modules);
    let circles: String = circles(&imports).iter().map(|circle| describe(circle, &imports)).collect();
    assert!(circles.is_empty(), "these files import each other in a circle:\n{circles}");
}

/// A crate of a few lines.
fn modules_of(files: &[(&str, &str)]) -> Modules {
    Modules::load(&|file| files.iter().find(|(name, _)| *name == file).map(|(_, text)| (*text).to_owned()))
}

#[test]
fn imports_lead_to_the_file_that_defines_the_name() {
    let modules = modules_of(&[
        ("lib.rs", "mod a; mod b; mod c { pub struct Inline; }"),
        (
            "a/mod.rs",
            "mod x; mod y; pub use x::{X, make}; pub(crate) use y::Y as Z; pub struct A; use crate::b::b; fn own() -> X { y::y(1) }",
        ),
        ("a/x.rs", "use super::Z; pub struct X; pub fn make() { crate::c::Inline; vec![super::y::LIMIT]; }"),
        ("a/y.rs", "pub struct Y; pub const LIMIT: u8 = 1; fn y(b: u8) { let make = b; }"),
        (
            "b.rs",
            "use crate::a::{self, Z}; use std::fmt; pub fn b() -> a::X { a::make(); Z; fmt::Result; }
             #[cfg(test)] mod tests { use crate::a::A; } #[cfg(test)] fn only() -> crate::a::A {}",
        ),
    ]);
    let imports = imports(&modules);
    let lines: Vec<String> = imports
        .iter()
        .flat_map(|(file, others)| others.iter().map(move |(other, names)| format!("{file} -> {other}: {names:?}")))
        .collect();
    assert_eq!(
        lines,
        [
            r#"a/mod.rs -> a/x.rs: {"X"}"#,
            r#"a/mod.rs -> a/y.rs: {"y"}"#,
            r#"a/mod.rs -> b.rs: {"b"}"#,
            r#"a/x.rs -> a/y.rs: {"LIMIT", "Y"}"#,
            r#"a/x.rs -> lib.rs: {"Inline"}"#,
            r#"b.rs -> a/x.rs: {"X", "make"}"#,
            r#"b.rs -> a/y.rs: {"Y"}"#,
        ]
    );
    assert!(circles(&imports).is_empty(), "`mod` and re-exports are no imports");
}

#[test]
fn circles_are_found_with_what_ties_them() {
    let modules = modules_of(&[
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "use crate::b::B; pub struct A; fn a() { crate::d::d() }"),
        ("b.rs", "pub use crate::c::C; pub struct B;  fn b() -> C { C }"),
        ("c.rs", "pub struct C; fn c() { let it = super::a::A; }"),
        ("d.rs", "pub fn d() {}"),
    ]);
    let imports = imports(&modules);
    let circles = circles(&imports);
    assert_eq!(circles.len(), 1);
    assert_eq!(
        describe(&circles[0], &imports),
        "{\"a.rs\", \"b.rs\", \"c.rs\"}\n    a.rs -> b.rs: B\n    b.rs -> c.rs: C\n    c.rs -> a.rs: A\n"
    );
}

//! The crate's modules as data, for the tests that look at the sources: the items of each module, and the item that a
//! path in it leads to. What is for tests alone is left out.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use syn::{Attribute, Item, UseTree, Visibility};

/// The segments of a path: of a module from the crate's root on, or as it stands in a source.
pub type Segments = Vec<String>;

/// A module, in a file of its own or in braces.
pub struct Module {
    /// The file that holds it, relative to `src`.
    pub file: String,
    pub items: Vec<Item>,
    names: BTreeMap<String, Vec<Named>>,
    globs: Vec<Segments>,
}

/// What a name in a module stands for. A module and a function may share one.
enum Named {
    Module,
    Item,
    /// An import or a re-export of this path.
    Import(Segments),
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    Module(Segments),
    /// The item `name` where it is defined, for paths to its variants and associated items too.
    Item {
        module: Segments,
        name: String,
    },
}

/// All modules of the crate by their paths.
#[derive(Default)]
pub struct Modules(pub BTreeMap<Segments, Module>);

/// Imports are followed at most so far.
const DEPTH: usize = 32;

impl Modules {
    /// The modules of this package's library.
    pub fn of_the_library() -> Self {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        Self::load(&|file| fs::read_to_string(src.join(file)).ok())
    }

    /// Loads `lib.rs` and the modules it declares. `read` returns the text of a file, where there is one.
    pub fn load(read: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut modules = Self::default();
        modules.load_file(Vec::new(), "lib.rs".to_owned(), "", read);
        modules
    }

    fn load_file(&mut self, path: Segments, file: String, folder: &str, read: &dyn Fn(&str) -> Option<String>) {
        let text = read(&file).unwrap_or_else(|| panic!("{file} is not there"));
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        self.add(path, file, parsed.items, folder, read);
    }

    /// Adds a module and its children, which are in `folder`.
    fn add(
        &mut self,
        path: Segments,
        file: String,
        mut items: Vec<Item>,
        folder: &str,
        read: &dyn Fn(&str) -> Option<String>,
    ) {
        items.retain(|it| !is_for_tests(attributes(it)));
        let mut module = Module { file, items: Vec::new(), names: BTreeMap::new(), globs: Vec::new() };
        for item in &items {
            module.name(item);
            let Item::Mod(child) = item else { continue };
            let name = child.ident.to_string();
            let inner = format!("{folder}{name}/");
            let child_path: Segments = path.iter().cloned().chain([name.clone()]).collect();
            match &child.content {
                Some((_, items)) => self.add(child_path, module.file.clone(), items.clone(), &inner, read),
                None => {
                    let flat = format!("{folder}{name}.rs");
                    let file = if read(&flat).is_some() { flat } else { format!("{inner}mod.rs") };
                    self.load_file(child_path, file, &inner, read);
                }
            }
        }
        module.items = items;
        self.0.insert(path, module);
    }

    /// What `path`, written in `module`, leads to; `None` where that is outside of the crate.
    pub fn resolve(&self, module: &[String], path: &[String]) -> Option<Target> {
        self.follow(module, path, 0)
    }

    fn follow(&self, module: &[String], path: &[String], depth: usize) -> Option<Target> {
        if depth > DEPTH {
            return None;
        }
        let mut at = module.to_vec();
        for (index, segment) in path.iter().enumerate() {
            match segment.as_str() {
                "crate" => at.clear(),
                "self" => {}
                "super" => drop(at.pop()?),
                name => match self.lookup(&at, name, index + 1 < path.len(), depth)? {
                    Target::Module(found) => at = found,
                    found @ Target::Item { .. } => return Some(found),
                },
            }
        }
        Some(Target::Module(at))
    }

    /// What `name` stands for in `module`. `is_prefix`: more of a path follows, so that a module comes first.
    fn lookup(&self, module: &[String], name: &str, is_prefix: bool, depth: usize) -> Option<Target> {
        let scope = self.0.get(module)?;
        let found = scope.names.get(name).into_iter().flatten().filter_map(|named| match named {
            Named::Module => Some(Target::Module(module.iter().cloned().chain([name.to_owned()]).collect())),
            Named::Item => Some(Target::Item { module: module.to_vec(), name: name.to_owned() }),
            Named::Import(path) => self.follow(module, path, depth + 1),
        });
        let found: Vec<Target> = found.collect();
        let preferred = found.iter().find(|it| matches!(it, Target::Module(_)) == is_prefix);
        preferred.or(found.first()).cloned().or_else(|| {
            scope.globs.iter().find_map(|glob| match self.follow(module, glob, depth + 1)? {
                Target::Module(inner) if inner != module => self.lookup(&inner, name, is_prefix, depth + 1),
                Target::Module(_) | Target::Item { .. } => None,
            })
        })
    }
}

impl Module {
    /// Takes in the names that an item brings into the module.
    fn name(&mut self, item: &Item) {
        let (ident, named) = match item {
            Item::Const(it) => (&it.ident, Named::Item),
            Item::Enum(it) => (&it.ident, Named::Item),
            Item::Fn(it) => (&it.sig.ident, Named::Item),
            Item::Static(it) => (&it.ident, Named::Item),
            Item::Struct(it) => (&it.ident, Named::Item),
            Item::Trait(it) => (&it.ident, Named::Item),
            Item::Type(it) => (&it.ident, Named::Item),
            Item::Mod(it) => (&it.ident, Named::Module),
            Item::Use(it) => {
                for leaf in leaves(&it.tree) {
                    match leaf.name {
                        Some(name) => self.names.entry(name).or_default().push(Named::Import(leaf.path)),
                        None => self.globs.push(leaf.path),
                    }
                }
                return;
            }
            _ => return,
        };
        self.names.entry(ident.to_string()).or_default().push(named);
    }

    /// The items of this name that are defined here, and the blocks that implement something for it.
    pub fn items_of(&self, name: &str) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| match item {
            Item::Const(it) => it.ident == name,
            Item::Enum(it) => it.ident == name,
            Item::Fn(it) => it.sig.ident == name,
            Item::Struct(it) => it.ident == name,
            Item::Trait(it) => it.ident == name,
            Item::Type(it) => it.ident == name,
            Item::Impl(it) => match &*it.self_ty {
                syn::Type::Path(it) => it.path.segments.last().is_some_and(|it| it.ident == name),
                _ => false,
            },
            _ => false,
        })
    }
}

/// One name of a `use`, or everything in a module.
pub struct Leaf {
    /// The name it is known by; `None` for `*`.
    pub name: Option<String>,
    pub path: Segments,
}

/// The names of a `use`.
pub fn leaves(tree: &UseTree) -> Vec<Leaf> {
    fn collect(tree: &UseTree, before: &[String], found: &mut Vec<Leaf>) {
        let with = |name: String| -> Segments { before.iter().cloned().chain([name]).collect() };
        match tree {
            UseTree::Path(it) => collect(&it.tree, &with(it.ident.to_string()), found),
            UseTree::Group(it) => it.items.iter().for_each(|it| collect(it, before, found)),
            UseTree::Glob(_) => found.push(Leaf { name: None, path: before.to_vec() }),
            UseTree::Name(it) if it.ident == "self" => {
                found.push(Leaf { name: before.last().cloned(), path: before.to_vec() });
            }
            UseTree::Name(it) => {
                found.push(Leaf { name: Some(it.ident.to_string()), path: with(it.ident.to_string()) });
            }
            UseTree::Rename(it) => {
                let path = if it.ident == "self" { before.to_vec() } else { with(it.ident.to_string()) };
                found.push(Leaf { name: Some(it.rename.to_string()), path });
            }
        }
    }
    let mut found = Vec::new();
    collect(tree, &[], &mut found);
    found
}

/// Whether an attribute says `#[name(word)]`.
pub fn says(attributes: &[Attribute], name: &str, word: &str) -> bool {
    attributes.iter().any(|it| {
        it.path().is_ident(name) && it.parse_args::<syn::Path>().is_ok_and(|argument| argument.is_ident(word))
    })
}

pub fn is_for_tests(attributes: &[Attribute]) -> bool {
    says(attributes, "cfg", "test") || attributes.iter().any(|it| it.path().is_ident("test"))
}

pub fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

pub fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(it) => &it.attrs,
        Item::Enum(it) => &it.attrs,
        Item::Fn(it) => &it.attrs,
        Item::Impl(it) => &it.attrs,
        Item::Macro(it) => &it.attrs,
        Item::Mod(it) => &it.attrs,
        Item::Static(it) => &it.attrs,
        Item::Struct(it) => &it.attrs,
        Item::Trait(it) => &it.attrs,
        Item::Type(it) => &it.attrs,
        Item::Use(it) => &it.attrs,
        _ => &[],
    }
}

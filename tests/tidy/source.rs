//! Files under `src`, parsed: what each file defines, and every path that it names.
//!
//! Comments and items under `#[cfg(test)]` are removed before the parser reads a file, so tests
//! may name any room, and only code is counted.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// A path of modules from the root of the crate: `engine`, `closed`.
pub(crate) type Module = Vec<String>;

/// One file, as the checks see it.
pub(crate) struct Source {
    /// Relative to the repository, with `/`.
    pub path: String,
    pub module: Module,
    pub functions: Vec<Function>,
    pub named: Vec<Named>,
    /// What each module of this file defines or imports.
    pub names: BTreeMap<Module, BTreeMap<String, Vec<Definition>>>,
    /// Modules of their own files that only tests have.
    pub test_modules: Vec<Module>,
    code: TokenStream,
}

pub(crate) struct Function {
    pub name: String,
    pub lines: usize,
}

/// What a name stands for in its module.
#[derive(PartialEq)]
pub(crate) enum Definition {
    /// A function, a constant, a macro.
    Item,
    Module,
    Type,
    /// The path that a `use` gave this name to.
    Import(Vec<String>),
}

/// A path as it was written, whole: `crate::plan::Plan`.
pub(crate) struct Named {
    pub module: Module,
    /// The first is empty where the path begins with `::`, the last is `*` where it ends so.
    pub segments: Vec<String>,
    pub line: usize,
    pub place: Place,
}

/// Where a path stands.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Place {
    Code,
    Import,
    /// A `use` that hands the name on: `pub use`, `pub(super) use`.
    Export,
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| format!("{path}: {error}"))
}

/// The paths of all Rust files under `src`, in order.
pub(crate) fn files() -> Vec<String> {
    let mut files = Vec::new();
    collect(&root().join("src"), &mut files);
    let path = |file: &PathBuf| {
        file.strip_prefix(root())
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    };
    let mut paths: Vec<String> = files
        .iter()
        .map(|file| path(file).replace('\\', "/"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "there is nothing under src");
    paths
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let fail = |error: &dyn std::fmt::Display, span: Span| -> ! {
            panic!("{path}:{}: {error}", span.start().line)
        };
        let mut tests = Vec::new();
        let tokens: TokenStream = text
            .parse()
            .unwrap_or_else(|e: proc_macro2::LexError| fail(&e, e.span()));
        let code = without_tests(tokens, &mut tests);
        let file = syn::parse2(code.clone()).unwrap_or_else(|e| fail(&e, e.span()));
        let module: Module = match file_name(path) {
            "lib" => Vec::new(),
            name => name.split('/').map(str::to_owned).collect(),
        };
        let mut reader = Reader {
            source: Self {
                path: path.to_owned(),
                functions: Vec::new(),
                named: Vec::new(),
                names: BTreeMap::from([(module.clone(), BTreeMap::new())]),
                code,
                test_modules: tests.iter().map(|test| below(&module, test)).collect(),
                module: module.clone(),
            },
            module,
        };
        reader.visit_file(&file);
        reader.source
    }

    /// The file within `src`, without its ending: `engine/closed`.
    pub(crate) fn name(&self) -> &str {
        file_name(&self.path)
    }

    pub(crate) fn room(&self) -> &str {
        room(&self.path)
    }

    /// Types and traits, each after the module that defines it.
    pub(crate) fn types(&self) -> impl Iterator<Item = (&Module, &String)> {
        self.names.iter().flat_map(|(module, names)| {
            let types = names
                .iter()
                .filter(|(_, all)| all.contains(&Definition::Type));
            types.map(move |(name, _)| (module, name))
        })
    }

    /// How many lines hold code, tests left out.
    pub(crate) fn code_lines(&self) -> usize {
        let mut lines = BTreeSet::new();
        lines_of(&self.code, &mut lines);
        lines.len()
    }
}

fn file_name(path: &str) -> &str {
    path.trim_start_matches("src/").trim_end_matches(".rs")
}

pub(crate) fn room(path: &str) -> &str {
    file_name(path).split('/').next().unwrap()
}

pub(crate) fn below(module: &[String], name: &str) -> Module {
    [module, &[name.to_owned()]].concat()
}

fn lines_of(code: &TokenStream, lines: &mut BTreeSet<usize>) {
    for token in code.clone() {
        if let TokenTree::Group(group) = &token {
            lines.insert(group.span_open().start().line);
            lines.insert(group.span_close().end().line);
            lines_of(&group.stream(), lines);
        } else {
            lines.extend(token.span().start().line..=token.span().end().line);
        }
    }
}

/// The tokens without comments and without items under `#[cfg(test)]`, whose modules are noted.
fn without_tests(tokens: TokenStream, modules: &mut Vec<String>) -> TokenStream {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut kept = Vec::new();
    let mut rest = tokens.as_slice();
    while let [first, after @ ..] = rest {
        let inner = usize::from(is_punct(after.first(), '!'));
        let attribute = match after.get(inner) {
            Some(TokenTree::Group(group)) if is_punct(Some(first), '#') => {
                group.stream().to_string().replace(' ', "")
            }
            _ => String::new(),
        };
        if attribute.starts_with("doc=") {
            rest = &after[inner + 1..];
        } else if attribute.starts_with("cfg(test") || attribute.starts_with("cfg(all(test") {
            rest = after_item(rest, modules);
        } else {
            kept.push(match first {
                TokenTree::Group(group) => {
                    let inside = without_tests(group.stream(), modules);
                    let mut inner = Group::new(group.delimiter(), inside);
                    inner.set_span(group.span());
                    inner.into()
                }
                token => token.clone(),
            });
            rest = after;
        }
    }
    kept.into_iter().collect()
}

/// What follows the item that begins here; the item is noted, if it is a module with a file.
fn after_item<'t>(tokens: &'t [TokenTree], modules: &mut Vec<String>) -> &'t [TokenTree] {
    let is_use = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word == "use");
    let is_body = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    let body = tokens.iter().position(is_body).unwrap_or(tokens.len());
    let stop = tokens.iter().position(|token| is_punct(Some(token), ';'));
    let last = match stop {
        Some(stop) if stop < body || tokens[..body].iter().any(is_use) => stop,
        _ => body,
    };
    match &tokens[..last] {
        [.., TokenTree::Ident(word), TokenTree::Ident(name)] if word == "mod" && last != body => {
            modules.push(name.to_string());
        }
        _ => {}
    }
    tokens.get(last + 1..).unwrap_or_default()
}

fn is_punct(token: Option<&TokenTree>, character: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == character)
}

/// Reads a parsed file into its source.
struct Reader {
    source: Source,
    /// Where the reader is: the file's module, or one written within it.
    module: Module,
}

impl Reader {
    fn define(&mut self, name: &Ident, definition: Definition) {
        let names = self.source.names.entry(self.module.clone()).or_default();
        names.entry(name.to_string()).or_default().push(definition);
    }

    fn name(&mut self, segments: Vec<String>, span: Span, place: Place) {
        self.source.named.push(Named {
            module: self.module.clone(),
            segments,
            line: span.start().line,
            place,
        });
    }

    fn function(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let first = signature.fn_token.span.start().line;
        self.source.functions.push(Function {
            name: signature.ident.to_string(),
            lines: body.brace_token.span.close().end().line + 1 - first,
        });
    }

    fn use_tree(&mut self, tree: &syn::UseTree, before: &[String], place: Place) {
        let (name, alias) = match tree {
            syn::UseTree::Path(path) => {
                return self.use_tree(&path.tree, &below(before, &path.ident.to_string()), place);
            }
            syn::UseTree::Group(group) => {
                return group
                    .items
                    .iter()
                    .for_each(|tree| self.use_tree(tree, before, place));
            }
            syn::UseTree::Glob(glob) => {
                return self.name(below(before, "*"), glob.star_token.spans[0], place);
            }
            syn::UseTree::Name(name) => (&name.ident, None),
            syn::UseTree::Rename(rename) => (&rename.ident, Some(&rename.rename)),
        };
        let segments = match before {
            [.., _] if name == "self" => before.to_vec(),
            _ => below(before, &name.to_string()),
        };
        let bound = Ident::new(segments.last().unwrap(), name.span());
        self.define(
            alias.unwrap_or(&bound),
            Definition::Import(segments.clone()),
        );
        self.name(segments, name.span(), place);
    }

    /// Paths in what a macro or an attribute is given, which no parser has read.
    fn tokens(&mut self, tokens: TokenStream, before: &[String]) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is = |at: usize, character| is_punct(tokens.get(at), character);
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let begun = at;
            at += 1;
            let first = match token {
                TokenTree::Group(group) => {
                    self.tokens(group.stream(), &[]);
                    continue;
                }
                TokenTree::Ident(first) => first,
                _ => continue,
            };
            let mut segments = below(before, &first.to_string());
            while is(at, ':') && is(at + 1, ':') {
                match tokens.get(at + 2) {
                    Some(TokenTree::Ident(next)) => segments.push(next.to_string()),
                    Some(TokenTree::Group(group)) => self.tokens(group.stream(), &segments),
                    _ => break,
                }
                at += 3;
            }
            let is_joined = begun > 1 && is(begun - 1, ':') && is(begun - 2, ':');
            if is_joined {
                segments.insert(0, String::new());
            }
            let is_field = begun > 0 && is(begun - 1, '.');
            // `Vec::<T>::new` goes on after its generics with `::new`, which names no crate.
            let goes_on = is_joined && begun > 2 && is(begun - 3, '>');
            if !is_field && !goes_on {
                self.name(segments, first.span(), Place::Code);
            }
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let rooted = path.leading_colon.iter().map(|_| String::new());
        let segments = path.segments.iter().map(|part| part.ident.to_string());
        let span = path.segments[0].ident.span();
        self.name(rooted.chain(segments).collect(), span, Place::Code);
        visit::visit_path(self, path);
    }

    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.tokens(call.tokens.clone(), &[]);
        visit::visit_macro(self, call);
    }

    fn visit_meta_list(&mut self, list: &'ast syn::MetaList) {
        self.tokens(list.tokens.clone(), &[]);
        visit::visit_meta_list(self, list);
    }

    fn visit_item(&mut self, item: &'ast syn::Item) {
        use syn::Item;
        match item {
            Item::Struct(item) => self.define(&item.ident, Definition::Type),
            Item::Enum(item) => self.define(&item.ident, Definition::Type),
            Item::Union(item) => self.define(&item.ident, Definition::Type),
            Item::Trait(item) => self.define(&item.ident, Definition::Type),
            Item::Type(item) => self.define(&item.ident, Definition::Type),
            Item::Const(item) => self.define(&item.ident, Definition::Item),
            Item::Static(item) => self.define(&item.ident, Definition::Item),
            Item::Mod(item) => self.define(&item.ident, Definition::Module),
            Item::Macro(item) => {
                let name = item.ident.iter();
                name.for_each(|name| self.define(name, Definition::Item));
            }
            Item::Fn(item) => {
                self.define(&item.sig.ident, Definition::Item);
                self.function(&item.sig, &item.block);
            }
            Item::Use(item) => {
                let rooted: Vec<String> =
                    item.leading_colon.iter().map(|_| String::new()).collect();
                let is_own = matches!(item.vis, syn::Visibility::Inherited);
                let place = if is_own { Place::Import } else { Place::Export };
                self.use_tree(&item.tree, &rooted, place);
            }
            _ => {}
        }
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.content.is_some() {
            self.module.push(item.ident.to_string());
            self.source.names.entry(self.module.clone()).or_default();
            visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        item.default
            .iter()
            .for_each(|body| self.function(&item.sig, body));
        visit::visit_trait_item_fn(self, item);
    }
}

//! Where a path leads: through modules, imports and re-exports, to the file that defines it.

use std::collections::BTreeMap;

use crate::source::{Definition, Module, Named, Place, Source, below, files, read};

/// More imports in a row than any name goes through; past it, a name imports itself.
const IMPORTS_MAX: usize = 16;

/// All sources together, but for the files of test modules.
pub(crate) struct Code {
    pub sources: Vec<Source>,
    /// Each module, with the place of its file in `sources`.
    modules: BTreeMap<Module, usize>,
}

/// The end of a path within this crate.
pub(crate) struct Target {
    /// The last module on the way.
    pub module: Module,
    /// The item in it, and what follows; nothing where the path names the module itself.
    pub rest: Vec<String>,
}

impl Target {
    pub(crate) fn room(&self) -> Option<&String> {
        self.module.first().or(self.rest.first())
    }
}

impl Code {
    pub(crate) fn of_this_crate() -> Self {
        let files = files().into_iter();
        Self::new(files.map(|path| Source::new(&path, &read(&path))).collect())
    }

    /// A crate of these files: their paths and texts.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let sources = files.iter().map(|(path, text)| Source::new(path, text));
        Self::new(sources.collect())
    }

    fn new(mut sources: Vec<Source>) -> Self {
        let tests = sources
            .iter()
            .flat_map(|source| source.test_modules.clone());
        let tests: Vec<Module> = tests.collect();
        sources.retain(|source| !tests.iter().any(|test| source.module.starts_with(test)));
        let modules = sources.iter().enumerate().flat_map(|(index, source)| {
            source
                .names
                .keys()
                .map(move |module| (module.clone(), index))
        });
        Self {
            modules: modules.collect(),
            sources,
        }
    }

    pub(crate) fn file(&self, module: &[String]) -> Option<&Source> {
        self.modules.get(module).map(|index| &self.sources[*index])
    }

    /// Where the path leads, unless that is another crate.
    pub(crate) fn target(&self, named: &Named) -> Option<Target> {
        self.resolve(&named.module, &named.segments, 0)
    }

    /// The rooms that a path names: the one written, and the one that defines what it ends at.
    pub(crate) fn rooms(&self, named: &Named) -> Vec<String> {
        let written = absolute(&named.module, &named.segments);
        let written = written.map(|(module, rest)| Target {
            module,
            rest: rest.to_vec(),
        });
        let ends = [written, self.target(named)];
        let mut rooms: Vec<String> = ends
            .iter()
            .flatten()
            .filter_map(Target::room)
            .cloned()
            .collect();
        rooms.dedup();
        rooms
    }

    /// The other crate that a path names, if it does.
    pub(crate) fn external<'n>(&self, named: &'n Named) -> Option<&'n str> {
        match named.segments.as_slice() {
            [rooted, name, ..] if rooted.is_empty() => Some(name),
            [_] if named.place == Place::Code => None,
            [name, ..] => {
                let is_import = |definition: &Definition| matches!(definition, Definition::Import(path) if path.first() == Some(name));
                let own = self.definitions(&named.module, name);
                own.iter().all(is_import).then_some(name)
            }
            [] => None,
        }
    }

    fn definitions(&self, module: &[String], name: &str) -> &[Definition] {
        let names = self.file(module).map(|source| &source.names[module]);
        names
            .and_then(|names| names.get(name))
            .map_or(&[], Vec::as_slice)
    }

    fn resolve(&self, module: &[String], segments: &[String], imports: usize) -> Option<Target> {
        let (mut module, mut rest) = match absolute(module, segments) {
            Some(begun) => begun,
            None if self.definitions(module, segments.first()?).is_empty() => return None,
            None => (module.to_vec(), segments),
        };
        while let [first, after @ ..] = rest {
            let child = below(&module, first);
            let definitions = self.definitions(&module, first);
            let is_only_module = definitions.iter().all(|d| *d == Definition::Module);
            if self.modules.contains_key(&child) && (is_only_module || !after.is_empty()) {
                (module, rest) = (child, after);
                continue;
            }
            let import = definitions.iter().find_map(|definition| match definition {
                Definition::Import(path) => Some([path, after].concat()),
                _ => None,
            });
            match import {
                Some(_) if imports == IMPORTS_MAX => return None,
                Some(path) => return self.resolve(&module, &path, imports + 1),
                None => break,
            }
        }
        let rest = rest.to_vec();
        Some(Target { module, rest })
    }
}

/// The module that `crate`, `self` or `super` stands for, and what follows.
fn absolute<'s>(module: &[String], segments: &'s [String]) -> Option<(Module, &'s [String])> {
    let (mut module, mut rest) = match segments.first()?.as_str() {
        "crate" | "leadbench" => (Vec::new(), &segments[1..]),
        "self" | "super" => (module.to_vec(), segments),
        _ => return None,
    };
    while let [step, after @ ..] = rest
        && matches!(step.as_str(), "self" | "super")
    {
        if step == "super" {
            module.pop();
        }
        rest = after;
    }
    Some((module, rest))
}

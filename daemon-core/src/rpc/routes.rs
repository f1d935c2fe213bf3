//! The table of routes: from a path to the methods that requests for it call.

use std::collections::BTreeMap;

use matchit::Router;
use serde_json::Value;
use serde_json::value::RawValue;

use super::made::Made;
use super::methods::Entry;
use super::route::{Route, name};
use super::texts::Kind;
use crate::error::{Error, Result};
use crate::fault::Fault;

/// All routes of a daemon.
#[derive(Default)]
pub(crate) struct Routes {
    paths: Router<Vec<Routed>>,
    /// The `daemon.openapi` document, once requested.
    document: Made,
}

/// One route, and what its parameters look like as text.
#[derive(Debug)]
pub(crate) struct Routed {
    pub(crate) route: Route,
    /// The index of the method.
    pub(crate) method: usize,
    kinds: Vec<(&'static str, Kind)>,
}

impl Routed {
    /// Returns how the values of a parameter are written; `None` if there is no such parameter.
    pub(crate) fn kind(&self, name: &str) -> Option<Kind> {
        self.kinds.iter().find(|(other, _)| *other == name).map(|(_, kind)| *kind)
    }
}

impl Routes {
    /// Builds the table.
    ///
    /// # Errors
    ///
    /// If two methods have the same route.
    pub(crate) fn new<S>(entries: &[Entry<S>]) -> Result<Self> {
        let mut paths = BTreeMap::<String, Vec<Routed>>::new();
        for (method, entry) in entries.iter().enumerate() {
            let Some(route) = entry.spec.route else { continue };
            let routes = paths.entry(pattern(route.path)).or_default();
            if let Some(other) = routes.iter().find(|other| other.route.verb == route.verb) {
                let (Route { verb, path, .. }, first) = (route, &entries[other.method].name);
                return Err(Error::new(format!(
                    "`{verb} {path}` calls two methods, `{first}` and `{}`; give one of them another path",
                    entry.name
                )));
            }
            if let Some(other) = routes.iter().find(|other| other.route.path != route.path) {
                return Err(Error::new(format!(
                    "`{}` and `{}` are the same path, of `{}` and `{}`; name its parameters alike",
                    other.route.path, route.path, entries[other.method].name, entry.name
                )));
            }
            let kinds = entry.spec.params.iter().map(|param| (param.name, Kind::of(param))).collect();
            routes.push(Routed { route, method, kinds });
        }
        let mut routes = Routes::default();
        for (path, methods) in paths {
            let inserted = routes.paths.insert(path.clone(), methods);
            inserted.map_err(|error| Error::new(format!("the route `{path}`")).because(error))?;
        }
        Ok(routes)
    }

    /// Returns the document about the routes, which is made once.
    ///
    /// # Errors
    ///
    /// If it can't be written.
    pub(crate) fn document(&self, make: impl FnOnce() -> Value) -> Result<&RawValue, Fault> {
        self.document.get(make)
    }

    /// Returns the routes of a path, and the values of the parameters in it, still encoded and in order.
    pub(crate) fn find<'p>(&self, path: &'p str) -> Option<(&[Routed], Vec<&'p str>)> {
        let found = self.paths.at(path).ok()?;
        Some((found.value, found.params.iter().map(|(_, value)| value).collect()))
    }
}

/// Returns a path whose parameters are numbered: routes that only name them differently have the same path.
fn pattern(path: &str) -> String {
    let segments = path.split('/').enumerate();
    let segment = |(index, segment)| match name(segment) {
        Some(_) => format!("{{{index}}}"),
        None => segment.to_owned(),
    };
    segments.map(segment).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::super::access::Nobody;
    use super::super::method::{MethodSpec, Name};
    use super::super::methods::{Listed, Methods, Run};
    use super::*;

    fn table(routes: &[(&'static str, &'static str)]) -> Result<Methods<()>> {
        let listed = routes.iter().enumerate().map(|(index, (verb, path))| {
            let name = Name::Whole(["a", "b", "c", "d", "e"][index]);
            let spec = MethodSpec { route: Some(Route::new(verb, path)), ..MethodSpec::new(name) };
            Listed { under: "", spec, run: Run::Loop(|call| call.reply(())) }
        });
        Methods::new(listed, &Nobody)
    }

    #[test]
    fn a_path_leads_to_the_routes_that_fit_best() {
        let routes =
            [("GET", "/"), ("GET", "/a/{x}"), ("PUT", "/a/{x}"), ("GET", "/a/b"), ("GET", "/a/{x}/{y}")];
        let methods = table(&routes).unwrap();
        for (path, expected) in [
            ("/", Some((vec![0], vec![]))),
            ("/a", None),
            ("/a/", None),
            ("/a/b", Some((vec![3], vec![]))),
            ("/a/c%2Fd", Some((vec![1, 2], vec!["c%2Fd"]))),
            ("/a/b/c", Some((vec![4], vec!["b", "c"]))),
            ("/a/b/c/d", None),
            ("/A/b", None),
        ] {
            let found = methods.routes.find(path);
            let found = found.map(|(routes, values)| {
                (routes.iter().map(|routed| routed.method).collect::<Vec<_>>(), values)
            });
            assert_eq!(found, expected, "{path}");
        }
    }

    #[test]
    fn two_methods_with_one_route_are_an_error_at_the_start() {
        let error = table(&[("GET", "/a/{x}"), ("GET", "/a/{y}")]).err().unwrap().to_string();
        assert_eq!(error, "`GET /a/{y}` calls two methods, `a` and `b`; give one of them another path");
        let error = table(&[("GET", "/a/{x}"), ("PUT", "/a/{y}")]).err().unwrap().to_string();
        assert_eq!(
            error,
            "`/a/{x}` and `/a/{y}` are the same path, of `a` and `b`; name its parameters alike"
        );
    }
}

//! The route of a method: which requests of HTTP call it, and where its parameters come from.

use syn::LitStr;

use super::handler::Handler;
use super::returns::Returns;
use crate::errors::Errors;
use crate::features::{HTTP, require};
use crate::{args, spell};

/// The methods of HTTP that a route may have.
const VERBS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
/// Those of them whose requests have bodies.
const WITH_BODY: [&str; 3] = ["POST", "PUT", "PATCH"];

/// A valid route.
pub(crate) struct Route {
    pub(crate) verb: String,
    pub(crate) path: String,
    /// The parameter that is the whole body.
    pub(crate) body: Option<String>,
    /// Whether its answers have entity tags.
    pub(crate) etag: bool,
}

impl Route {
    /// Checks the route of a method, if it has one.
    pub(super) fn check(args: &args::Method, handler: &Handler, errors: &mut Errors) -> Option<Self> {
        let Some(written) = &args.http else {
            refuse_rest(args, errors);
            return None;
        };
        let before = errors.count();
        let text = written.value();
        let Some((verb, path)) = text.split_once(' ').filter(|(verb, _)| VERBS.contains(verb)) else {
            let verbs = VERBS.join(", ");
            errors.at(written, format!("write one of {verbs}, and a path: `http = \"GET /users/{{id}}\"`"));
            return None;
        };
        let names = path_names(path, written, handler, errors);
        let body = args.body.as_ref().map(|body| {
            check_body(body, (verb, &names), handler, errors);
            body.value()
        });
        if let Some(etag) = args.etag.as_ref().filter(|_| verb != "GET" || sends_items(handler)) {
            errors.at(etag, "an entity tag is for what `GET` reads whole; leave `etag` out");
        }
        if sends_items(handler) && verb != "GET" {
            errors.at(written, "items are sent in the answer to a `GET`: write `GET` here");
        }
        if errors.count() > before {
            return None;
        }
        require(HTTP, written, errors);
        Some(Route { verb: verb.to_owned(), path: path.to_owned(), body, etag: args.etag.is_some() })
    }

    /// What tells it apart from other routes: the names in a path do not.
    pub(super) fn key(&self) -> String {
        let segments =
            self.path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
        format!("{} {}", self.verb, segments.collect::<Vec<_>>().join("/"))
    }
}

fn sends_items(handler: &Handler) -> bool {
    matches!(handler.returns, Returns::Items { .. } | Returns::Stream { .. })
}

/// Reports arguments that only a method with a route has.
fn refuse_rest(args: &args::Method, errors: &mut Errors) {
    if let Some(body) = &args.body {
        errors.at(body, "a body belongs to a route: add `http = \"POST /users\"`");
    }
    if let Some(etag) = &args.etag {
        errors.at(etag, "an entity tag belongs to a route: add `http = \"GET /users/{id}\"`");
    }
}

/// Checks a path; returns the parameters that it names.
fn path_names(path: &str, written: &LitStr, handler: &Handler, errors: &mut Errors) -> Vec<String> {
    let mut names = Vec::new();
    let Some(segments) = path.strip_prefix('/') else {
        errors.at(written, format!("a path starts with `/`: write `/{path}`"));
        return names;
    };
    for segment in segments.split('/').filter(|_| !segments.is_empty()) {
        match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) if names.iter().any(|other| other == name) => {
                errors.at(written, format!("`{{{name}}}` is in the path twice"));
            }
            Some(name) => {
                check_name(name, written, handler, errors);
                names.push(name.to_owned());
            }
            None => check_segment(segment, written, errors),
        }
    }
    names
}

fn check_name(name: &str, written: &LitStr, handler: &Handler, errors: &mut Errors) {
    if handler.params().any(|param| param.name == name) {
        return;
    }
    let known: Vec<_> = handler.params().map(|param| param.name.as_str()).collect();
    let advice = spell::near(name, known.iter().copied());
    let advice = match (advice, known.is_empty()) {
        (Some(closest), _) => format!("did you mean `{{{closest}}}`?"),
        (None, true) => "the method has none".to_owned(),
        (None, false) => format!("the parameters are `{}`", known.join("`, `")),
    };
    errors.at(written, format!("`{{{name}}}` is no parameter of the method: {advice}"));
}

/// Checks a segment that is the same in all requests (RFC 3986, section 3.3).
fn check_segment(segment: &str, written: &LitStr, errors: &mut Errors) {
    if segment.is_empty() {
        errors.at(written, "a path has no empty segments: remove the `/` that is too many");
    } else if matches!(segment, "." | "..") {
        errors.at(written, format!("clients leave `{segment}` out of a path: write the path that is meant"));
    } else if segment.contains(['{', '}']) {
        errors.at(written, format!("a parameter is a whole segment of the path, not a part of `{segment}`"));
    } else if !segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~!$&'()+,;=:@".contains(&byte))
    {
        errors.at(
            written,
            format!("`{segment}` has characters that a path does not have, such as spaces, `?` or `%`"),
        );
    }
}

fn check_body(body: &LitStr, (verb, names): (&str, &[String]), handler: &Handler, errors: &mut Errors) {
    let name = body.value();
    if !WITH_BODY.contains(&verb) {
        errors.at(body, format!("a request with `{verb}` has no body; leave `body` out"));
    } else if names.contains(&name) {
        errors.at(body, format!("`{name}` is in the path already"));
    } else {
        check_name(&name, body, handler, errors);
    }
}

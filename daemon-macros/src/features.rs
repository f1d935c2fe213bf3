//! The features of `daemon-core`, which enables those of this crate that have the same names.

use quote::ToTokens;

use crate::errors::Errors;

/// Whether types describe themselves by a JSON Schema.
pub(crate) const SCHEMA: bool = cfg!(feature = "schema");

/// A feature that a part of an annotation needs.
#[derive(Clone, Copy)]
pub(crate) struct Feature {
    name: &'static str,
    on: bool,
}

pub(crate) const CLIENT: Feature = Feature { name: "client", on: cfg!(feature = "client") };
pub(crate) const HTTP: Feature = Feature { name: "http", on: cfg!(feature = "http") };
pub(crate) const MCP: Feature = Feature { name: "mcp", on: cfg!(feature = "mcp") };
pub(crate) const METRICS: Feature = Feature { name: "metrics", on: cfg!(feature = "metrics") };
pub(crate) const NAMED_MEMORY: Feature = Feature { name: "named-memory", on: cfg!(feature = "named-memory") };
pub(crate) const SERVICES: Feature = Feature { name: "services", on: cfg!(feature = "services") };
pub(crate) const TLS: Feature = Feature { name: "tls", on: cfg!(feature = "tls") };
pub(crate) const TOKENS: Feature = Feature { name: "tokens", on: cfg!(feature = "tokens") };
pub(crate) const TOKIO: Feature = Feature { name: "tokio", on: cfg!(feature = "tokio") };
pub(crate) const VARLINK: Feature = Feature { name: "varlink", on: cfg!(feature = "varlink") };
pub(crate) const XML: Feature = Feature { name: "xml", on: cfg!(feature = "xml") };
pub(crate) const WORKERS: Feature = Feature { name: "workers", on: cfg!(feature = "workers") };

/// Reports a use of a feature that is off.
pub(crate) fn require(feature: Feature, place: impl ToTokens, errors: &mut Errors) {
    if !feature.on {
        let name = feature.name;
        errors.at(
            place,
            format!(
                "this needs the feature `{name}` of daemon-core, which is off: add `\"{name}\"` to its `features` in \
                 Cargo.toml"
            ),
        );
    }
}

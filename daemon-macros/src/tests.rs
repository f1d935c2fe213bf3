//! Expansions, compared with files: `expansions/<name>.in.rs` expands to `expansions/<name>.out.rs`, to the byte.
//!
//! `UPDATE_EXPANSIONS=1 cargo test -p daemon-macros --lib` rewrites them; read the difference before you keep it.

use std::path::Path;
use std::{env, fs};

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, Item};

use crate::errors::Errors;
use crate::side::Side;
use crate::{attributes, stages};

macro_rules! expansions {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                compare(stringify!($name));
            }
        )*

        #[test]
        fn every_expansion_has_a_test() {
            let mut names: Vec<String> = inputs().collect();
            names.sort();
            let mut tested = vec![$(stringify!($name)),*];
            tested.sort();
            assert_eq!(names, tested);
        }
    };
}

expansions! {
    beside_the_loop
    client
    conditions
    constraints
    echo
    fallback
    fault
    flags_of_every_kind
    free_function
    free_listeners
    further_block
    method_settings
    params_defaults
    plugin
    pooled
    profile_settings
    reply
    rpc_type
    rpc_type_constraints
    signals_timers_hooks
    typed_errors
    worker
    worker_settings
}

fn compare(name: &str) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("expansions");
    let input = fs::read_to_string(directory.join(format!("{name}.in.rs"))).unwrap();
    let expanded = expand_file(&input);
    let output = directory.join(format!("{name}.out.rs"));
    if env::var_os("UPDATE_EXPANSIONS").is_some() {
        fs::write(&output, &expanded).unwrap();
    }
    let expected = fs::read_to_string(&output).unwrap_or_default();
    assert_eq!(expanded, expected, "the expansion of {name} has changed");
}

fn inputs() -> impl Iterator<Item = String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("expansions");
    let names =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter_map(|name| name.strip_suffix(".in.rs").map(str::to_owned))
}

fn expand_file(input: &str) -> String {
    let file = syn::parse_file(input).unwrap();
    let expanded: TokenStream = file.items.into_iter().map(expand_item).collect();
    prettyplease::unparse(&syn::parse2(expanded).unwrap())
}

/// Expands our attributes of one item, like the compiler.
fn expand_item(mut item: Item) -> TokenStream {
    let Some(attribute) = outermost(&mut item) else {
        return derive(&item);
    };
    let args = attributes::arguments(&attribute, &mut Errors::default()).unwrap();
    let item = item.into_token_stream();
    match attributes::name(&attribute).as_str() {
        "daemon" => stages::declare(Side::Daemon, args, item),
        "worker" => stages::declare(Side::Worker, args, item),
        "plugin" => stages::declare(Side::Plugin, args, item),
        "settings" => stages::settings(args, item),
        "rpc_type" => stages::rpc_type(args, item),
        name => stages::function(name, args, item),
    }
}

fn outermost(item: &mut Item) -> Option<Attribute> {
    let attributes = match item {
        Item::Struct(item) => &mut item.attrs,
        Item::Enum(item) => &mut item.attrs,
        Item::Impl(item) => &mut item.attrs,
        Item::Fn(item) => &mut item.attrs,
        _ => return None,
    };
    let ours = |attribute: &Attribute| {
        let of_items = ["daemon", "worker", "plugin", "settings", "rpc_type"];
        of_items.iter().chain(&stages::FUNCTIONS).any(|name| attributes::is(attribute.path(), name))
    };
    attributes.iter().position(ours).map(|index| attributes.remove(index))
}

fn derive(item: &Item) -> TokenStream {
    let derived = match item {
        Item::Enum(_) => stages::fault(item.to_token_stream()),
        _ => TokenStream::new(),
    };
    quote!(#item #derived)
}

//! The arguments of `#[daemon(…)]` and `#[worker(…)]` on an impl block.

use proc_macro2::{Ident, TokenStream, TokenTree};

use syn::LitStr;

use super::list::{Bare, Field, Written, arguments};
use super::value::{Number, Value};
use super::{Args, Given};
use crate::errors::Errors;
use crate::side::Side;

arguments! {
    /// The arguments of the attribute, as written.
    Block {
        client: Client = "client = EchoClient",
        /// The word `more`.
        more: Written<Bare> = "more",
    }
}

arguments! {
    /// What `client(…)` says about the client, as written.
    #[derive(Default)]
    ClientSettings {
        name: Option<Ident> = "name = EchoClient",
        timeout: Option<LitStr> = "timeout = \"2s\"",
        wait: Option<LitStr> = "wait = \"5s\"",
        deadline: Option<LitStr> = "deadline = \"10s\"",
        retries: Option<Number> = "retries = 3",
        failures: Option<Number> = "failures = 5",
        connections: Option<Number> = "connections = 16",
    }
}

/// `client = EchoClient`, or `client(name = EchoClient, timeout = "2s")`
#[derive(Default)]
pub(crate) struct Client {
    pub(crate) name: Option<Ident>,
    pub(crate) settings: ClientSettings,
}

impl Field for Client {
    fn of(args: &mut Args<'_>, name: &str) -> Self {
        let Some(arg) = args.take(name) else { return Client::default() };
        if let Given::Value(value) = &arg.given
            && let Some(ident) = Ident::of(value)
        {
            return Client { name: Some(ident), settings: ClientSettings::default() };
        }
        let is_list = matches!(&arg.given, Given::List(list) if !list.is_empty());
        if !is_list {
            args.refuse(&arg);
            return Client::default();
        }
        let place = arg.name.clone();
        let settings =
            args.within(arg, &ClientSettings::GRAMMAR).map(|mut args| ClientSettings::take(&mut args));
        let settings = settings.unwrap_or_default();
        if settings.name.is_none() {
            args.errors.at(&place, "the client needs a name: write `client(name = EchoClient, …)`");
        }
        Client { name: settings.name.clone(), settings }
    }
}

impl Block {
    /// Reads the arguments; reports them if they belong above the struct.
    pub(crate) fn of(side: Side, tokens: TokenStream, errors: &mut Errors) -> Self {
        match tokens.clone().into_iter().next() {
            // Usually all of them belong above the struct, so they are reported together.
            Some(TokenTree::Ident(first)) if first != "client" && first != "more" => {
                let message = format!(
                    "these belong above the struct: write `#[{side}(…)]` there, and `#[{side}]` here"
                );
                errors.at(&tokens, message);
                Block { client: Client::default(), more: Written { given: false, value: None } }
            }
            _ => Block::read(tokens, errors),
        }
    }
}

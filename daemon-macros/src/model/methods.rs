//! An impl block under `#[daemon]` or `#[worker]`, and a free function under one of the attributes of its functions.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::{
    Attribute, Expr, FnArg, ImplItem, ItemFn, ItemImpl, LitStr, Pat, Receiver, ReturnType, Signature, Type,
    parse_quote,
};

use crate::errors::Errors;
use crate::side::Side;
use crate::{args, attributes, source, types};

/// An impl block under `#[daemon]` or `#[worker]`, as it was written.
pub(crate) struct Methods {
    pub(crate) side: Side,
    pub(crate) args: args::Block,
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) item: ItemImpl,
    /// Whether there is another main block above it.
    pub(crate) is_second: bool,
    pub(crate) functions: Vec<Function>,
}

/// A function with its attributes.
pub(crate) struct Function {
    pub(crate) doc: String,
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) deprecated: Option<String>,
    pub(crate) signature: Signature,
    pub(crate) receiver: Option<Receiver>,
    /// The parameters after the receiver.
    pub(crate) params: Vec<Param>,
    pub(crate) rpc: Option<args::Method>,
    pub(crate) examples: Vec<Example>,
    pub(crate) signals: Vec<args::EventName>,
    pub(crate) events: Vec<args::EventName>,
    pub(crate) periods: Vec<args::Period>,
    /// `#[before_call]` and `#[after_call]`.
    pub(crate) call_hooks: Vec<Attribute>,
    /// The daemons that its attributes name.
    pub(crate) joins: args::Joins,
    /// Whether it had one of our attributes.
    pub(crate) annotated: bool,
}

/// An `#[example(…)]`, and where it is.
pub(crate) struct Example {
    pub(crate) place: Attribute,
    pub(crate) args: args::Example,
    /// Whether all of it could be read.
    pub(crate) is_whole: bool,
}

/// A parameter with its attributes.
#[derive(Clone)]
pub(crate) struct Param {
    pub(crate) doc: String,
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) default: Option<Expr>,
    pub(crate) long: Option<LitStr>,
    pub(crate) constraints: args::Constraints,
    pub(crate) pattern: Pat,
    pub(crate) ty: Type,
}

/// A free function under one of our attributes, as it was written.
pub(crate) struct Extension {
    pub(crate) function: Function,
}

impl Methods {
    /// Reads an impl block, and removes our attributes from its functions.
    pub(crate) fn read(side: Side, args: TokenStream, item: &mut ItemImpl, errors: &mut Errors) -> Self {
        attributes::refuse_second(side, &mut item.attrs, errors);
        let args = args::Block::of(side, args, errors);
        let is_second = !args.more.given && source::is_second_block(side, item);
        let functions = item.items.iter_mut().filter_map(|item| member(item, errors)).collect();
        let conditions = attributes::conditions(&item.attrs);
        Methods { side, args, conditions, item: item.clone(), is_second, functions }
    }
}

impl Extension {
    /// Reads a free function, and removes our attributes from it. The compiler has removed the first one, which has
    /// this name and these arguments.
    pub(crate) fn read(name: &str, args: TokenStream, item: &mut ItemFn, errors: &mut Errors) -> Self {
        let name = Ident::new(name, Span::call_site());
        item.attrs.insert(0, parse_quote!(#[#name(#args)]));
        Extension { function: Function::read(&mut item.attrs, &mut item.sig, errors) }
    }
}

fn member(item: &mut ImplItem, errors: &mut Errors) -> Option<Function> {
    let attributes = match item {
        ImplItem::Fn(item) => return Some(Function::read(&mut item.attrs, &mut item.sig, errors)),
        ImplItem::Const(item) => &mut item.attrs,
        ImplItem::Type(item) => &mut item.attrs,
        ImplItem::Macro(item) => &mut item.attrs,
        _ => return None,
    };
    for attribute in attributes::take_ours(attributes) {
        let name = attributes::name(&attribute);
        errors.at(&attribute, format!("`#[{name}]` goes above a `fn`"));
    }
    None
}

impl Function {
    /// Whether a pool of workers runs it.
    pub(crate) fn pooled(&self) -> bool {
        self.rpc.as_ref().is_some_and(|args| args.worker.given)
    }

    /// Whether it runs beside the loop of this process, in a thread or as a future.
    pub(crate) fn beside(&self) -> bool {
        let Some(args) = self.rpc.as_ref().filter(|args| !args.worker.given) else { return false };
        args.thread.is_some() || self.signature.asyncness.is_some() || self.stream().is_some()
    }

    /// The type of its items, if it returns a stream.
    pub(crate) fn stream(&self) -> Option<&Type> {
        match &self.signature.output {
            ReturnType::Type(_, ty) => types::stream_item(ty),
            ReturnType::Default => None,
        }
    }

    /// Whether it may run without a call, as a listener or timer does.
    pub(crate) fn scheduled(&self) -> bool {
        let scheduled = !self.signals.is_empty() || !self.events.is_empty() || !self.periods.is_empty();
        scheduled || !self.call_hooks.is_empty()
    }

    fn read(attrs: &mut Vec<Attribute>, signature: &mut Signature, errors: &mut Errors) -> Self {
        let ours = attributes::take_ours(attrs);
        let mut function = Function {
            doc: attributes::doc(attrs),
            conditions: attributes::conditions(attrs),
            deprecated: attributes::deprecated(attrs),
            receiver: signature.receiver().cloned(),
            params: signature.inputs.iter_mut().filter_map(|input| Param::read(input, errors)).collect(),
            signature: signature.clone(),
            rpc: None,
            examples: Vec::new(),
            signals: Vec::new(),
            events: Vec::new(),
            periods: Vec::new(),
            call_hooks: Vec::new(),
            joins: Vec::new(),
            annotated: !ours.is_empty(),
        };
        for attribute in &ours {
            function.apply(attribute, errors);
        }
        function
    }

    fn apply(&mut self, attribute: &Attribute, errors: &mut Errors) {
        match attributes::name(attribute).as_str() {
            "rpc_method" if self.rpc.is_some() => {
                errors
                    .at(attribute, "`#[rpc_method]` is given twice; for another name, write `alias = \"…\"`");
            }
            "rpc_method" => {
                let tokens = attributes::arguments(attribute, errors).unwrap_or_default();
                let method = args::Method::read(tokens, errors);
                self.joins.extend(method.daemon.given.then(|| method.daemon.clone()));
                self.rpc = Some(method);
            }
            "example" => {
                let before = errors.count();
                let tokens = attributes::arguments(attribute, errors).unwrap_or_default();
                let args = args::Example::read(tokens, errors);
                let is_whole = errors.count() == before;
                self.examples.push(Example { place: attribute.clone(), args, is_whole });
            }
            "on_signal" => self.signals.extend(args::signals(attribute, &mut self.joins, errors)),
            "on" => {
                let advice = "write the kinds of events: `#[on(start)]`, or several: `#[on(stop, reload)]`";
                self.events.extend(args::words(attribute, advice, &mut self.joins, errors));
            }
            "before_call" | "after_call" => {
                args::alone(attribute, &mut self.joins, errors);
                self.call_hooks.push(attribute.clone());
            }
            "every" => self.periods.extend(args::period(attribute, &mut self.joins, errors)),
            "flag" => errors.at(attribute, "`#[flag]` goes above a field of the struct"),
            _ => {
                errors.at(attribute, "`#[param]` goes before a parameter: `#[param(default = 1)] count: u32`")
            }
        }
    }
}

impl Param {
    /// Returns what `#[param(…)]` says, if there is one.
    pub(crate) fn argument(&self) -> Option<TokenStream> {
        let default = self.default.as_ref().map(ToTokens::to_token_stream);
        let long = || self.long.as_ref().map(ToTokens::to_token_stream);
        default.or_else(long).or_else(|| self.constraints.place())
    }

    fn read(input: &mut FnArg, errors: &mut Errors) -> Option<Self> {
        let FnArg::Typed(input) = input else { return None };
        let (mut default, mut long, mut constraints) = (None, None, args::Constraints::default());
        for attribute in attributes::take_ours(&mut input.attrs) {
            if attributes::is(attribute.path(), "param") {
                let Some(args) = param(&attribute, errors) else { continue };
                constraints = args.constraints();
                (default, long) = (args.default, args.long);
            } else {
                let name = attributes::name(&attribute);
                errors
                    .at(&attribute, format!("`#[{name}]` means nothing on a parameter; write `#[param(…)]`"));
            }
        }
        let doc = attributes::doc(&input.attrs);
        input.attrs.retain(|attribute| !attribute.path().is_ident("doc"));
        Some(Param {
            doc,
            conditions: attributes::conditions(&input.attrs),
            default,
            long,
            constraints,
            pattern: (*input.pat).clone(),
            ty: (*input.ty).clone(),
        })
    }
}

fn param(attribute: &Attribute, errors: &mut Errors) -> Option<args::Param> {
    let tokens = attributes::arguments(attribute, errors)?;
    if tokens.is_empty() {
        errors.at(attribute, "say what it is when it is left out: `#[param(default = 1)]`");
    }
    Some(args::Param::read(tokens, errors))
}

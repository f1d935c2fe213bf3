//! Types as they are written. A macro only sees the tokens of a type, so all of this goes by names.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Expr, GenericArgument, Lifetime, Path, PathArguments, PathSegment, Type, TypeImplTrait, TypeParamBound,
    TypeReference,
};

/// Returns the type inside parentheses and inside the invisible groups that `macro_rules!` leaves.
pub(crate) fn peel(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => peel(&group.elem),
        Type::Paren(paren) => peel(&paren.elem),
        _ => ty,
    }
}

/// Returns the last segment of a path: `Option<u8>` of `std::option::Option<u8>`.
pub(crate) fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match peel(ty) {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

/// Whether the last segment of a path has this name.
pub(crate) fn is_named(ty: &Type, name: &str) -> bool {
    last_segment(ty).is_some_and(|segment| segment.ident == name)
}

/// Returns `T` of `Name<T>`.
pub(crate) fn inner<'t>(ty: &'t Type, name: &str) -> Option<&'t Type> {
    if is_named(ty, name) { arguments(ty).next() } else { None }
}

/// Returns the result of a `Reply<T>` that was recognised as one.
pub(crate) fn replied(reply: &Type) -> &Type {
    inner(reply, "Reply").unwrap_or(reply)
}

/// Returns `T` and `U` of `Name<T, U>`.
pub(crate) fn arguments(ty: &Type) -> impl Iterator<Item = &Type> {
    let arguments = last_segment(ty).and_then(|segment| match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        PathArguments::None | PathArguments::Parenthesized(_) => None,
    });
    arguments.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// Returns every path anywhere in a type, from outside to inside.
pub(crate) fn paths(ty: &Type) -> Vec<&Path> {
    let mut search = Search::default();
    search.visit_type(ty);
    search.paths
}

/// Returns the first `self` anywhere in an expression.
pub(crate) fn self_in(expr: &Expr) -> Option<TokenTree> {
    word_in(expr.to_token_stream(), "self")
}

fn word_in(tokens: TokenStream, word: &str) -> Option<TokenTree> {
    tokens.into_iter().find_map(|token| match &token {
        TokenTree::Group(group) => word_in(group.stream(), word),
        TokenTree::Ident(ident) if ident == word => Some(token),
        TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    })
}

/// Types that can be sent and read, known by their names.
const PLAIN: [&str; 18] = [
    "bool", "char", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize",
    "f32", "f64", "String", "PathBuf",
];
/// Types that can be sent and read if what they contain can.
const CONTAINERS: [&str; 5] = ["Option", "Vec", "HashMap", "BTreeMap", "Cow"];

/// Whether this type can be sent and read, as far as its name says.
pub(crate) fn is_plain(ty: &Type) -> bool {
    match peel(ty) {
        Type::Reference(reference) => is_plain(&reference.elem),
        Type::Slice(slice) => is_plain(&slice.elem),
        Type::Path(path) if path.path.is_ident("str") => true,
        ty if CONTAINERS.iter().any(|container| is_named(ty, container)) => arguments(ty).all(is_plain),
        ty => PLAIN.iter().any(|plain| is_named(ty, plain)),
    }
}

/// Whether this is `()`.
pub(crate) fn is_unit(ty: &Type) -> bool {
    matches!(peel(ty), Type::Tuple(tuple) if tuple.elems.is_empty())
}

/// Whether this is `&str`.
pub(crate) fn is_text(ty: &Type) -> bool {
    match peel(ty) {
        Type::Reference(reference) => {
            reference.mutability.is_none()
                && reference.lifetime.as_ref().is_none_or(|lifetime| lifetime.ident == "_")
                && matches!(peel(&reference.elem), Type::Path(path) if path.path.is_ident("str"))
        }
        _ => false,
    }
}

/// Returns the type without the names of its lifetimes, which mean nothing outside the signature.
pub(crate) fn nameless(ty: &Type) -> Type {
    borrowing(ty, &Lifetime::new("'_", Span::call_site()))
}

/// Returns the type with this lifetime in place of all but `'static`.
pub(crate) fn borrowing(ty: &Type, lifetime: &Lifetime) -> Type {
    let mut borrowing = ty.clone();
    Borrowing(lifetime).visit_type_mut(&mut borrowing);
    borrowing
}

struct Borrowing<'l>(&'l Lifetime);

impl VisitMut for Borrowing<'_> {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident != "static" {
            lifetime.ident = Ident::new(&self.0.ident.to_string(), lifetime.ident.span());
        }
    }
}

/// Returns the first reference anywhere in a type.
pub(crate) fn reference(ty: &Type) -> Option<&TypeReference> {
    let mut search = Search::default();
    search.visit_type(ty);
    search.reference
}

/// Whether there is a reference or a lifetime anywhere in a type.
pub(crate) fn borrows(ty: &Type) -> bool {
    let mut search = Search::default();
    search.visit_type(ty);
    search.reference.is_some() || search.lifetime.is_some_and(|lifetime| lifetime.ident != "static")
}

/// Returns the type with `Self` replaced by the name of another type.
pub(crate) fn without_self(ty: &Type, meant: &Type) -> Type {
    let mut named = ty.clone();
    Named(meant).visit_type_mut(&mut named);
    named
}

struct Named<'t>(&'t Type);

impl VisitMut for Named<'_> {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        match ty {
            Type::Path(path) if path.path.is_ident("Self") => *ty = self.0.clone(),
            _ => visit_mut::visit_type_mut(self, ty),
        }
    }
}

/// Returns the type of the items if this is `impl Stream<Item = T>`.
pub(crate) fn stream_item(ty: &Type) -> Option<&Type> {
    let Type::ImplTrait(implements) = peel(ty) else { return None };
    implements.bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let last = bound.path.segments.last().filter(|last| last.ident == "Stream")?;
        let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(item) if item.ident == "Item" => Some(&item.ty),
            _ => None,
        })
    })
}

/// Returns the first `impl Trait` anywhere in a type.
pub(crate) fn impl_trait(ty: &Type) -> Option<&TypeImplTrait> {
    let mut search = Search::default();
    search.visit_type(ty);
    search.impl_trait
}

#[derive(Default)]
struct Search<'t> {
    reference: Option<&'t TypeReference>,
    impl_trait: Option<&'t TypeImplTrait>,
    lifetime: Option<&'t Lifetime>,
    paths: Vec<&'t Path>,
}

impl<'t> Visit<'t> for Search<'t> {
    fn visit_type_reference(&mut self, reference: &'t TypeReference) {
        self.reference.get_or_insert(reference);
        visit::visit_type_reference(self, reference);
    }

    fn visit_type_impl_trait(&mut self, found: &'t TypeImplTrait) {
        self.impl_trait.get_or_insert(found);
        visit::visit_type_impl_trait(self, found);
    }

    fn visit_path(&mut self, path: &'t Path) {
        self.paths.push(path);
        visit::visit_path(self, path);
    }

    fn visit_lifetime(&mut self, lifetime: &'t Lifetime) {
        self.lifetime.get_or_insert(lifetime);
    }
}

//! What else is written in the file of an attribute.
//!
//! The compiler shows an attribute only its own item. So a second main block of a type would be two impls of one trait,
//! which the compiler reports in words about traits. Where the file can be read, the mistake is reported in words about
//! blocks; where not, the compiler's words remain.

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::{Attribute, ImplItem, Item, ItemImpl};

use crate::attributes;
use crate::side::Side;

/// Whether another main block of the same type is written above this one, in the same module.
pub(crate) fn is_second_block(side: Side, block: &ItemImpl) -> bool {
    let Some(text) = file() else { return false };
    // The struct, and two blocks: with fewer attributes there is nothing to look for.
    if text.matches(&format!("#[{side}")).count() < 3 {
        return false;
    }
    syn::parse_file(&text).is_ok_and(|file| place(&file.items, side, block).is_some_and(|place| place > 0))
}

/// Returns the text of the file in which the attribute is written, if it is in one.
fn file() -> Option<String> {
    if !proc_macro::is_available() {
        return None;
    }
    std::fs::read_to_string(proc_macro::Span::call_site().local_file()?).ok()
}

/// Returns the place of a block among the main blocks of its type and module.
fn place(items: &[Item], side: Side, block: &ItemImpl) -> Option<usize> {
    let ty = block.self_ty.to_token_stream().to_string();
    let same = |item: &&ItemImpl| {
        item.self_ty.to_token_stream().to_string() == ty
            && is_main(&item.attrs, side)
            && item.trait_.is_none()
    };
    let blocks = items.iter().filter_map(|item| match item {
        Item::Impl(item) => Some(item),
        _ => None,
    });
    let mut same = blocks.filter(same);
    same.position(|item| functions(item) == functions(block)).or_else(|| {
        items.iter().find_map(|item| match item {
            Item::Mod(module) => place(&module.content.as_ref()?.1, side, block),
            _ => None,
        })
    })
}

/// Whether these are the attributes of a main block. Blocks under `#[cfg]` may be alternatives to each other.
fn is_main(attributes: &[Attribute], side: Side) -> bool {
    let ours = attributes.iter().find(|attribute| attributes::is(attribute.path(), &side.to_string()));
    let conditional = |attribute: &Attribute| {
        ["cfg", "cfg_attr"].iter().any(|condition| attribute.path().is_ident(condition))
    };
    ours.is_some_and(|attribute| !says_more(attribute)) && !attributes.iter().any(conditional)
}

fn says_more(attribute: &Attribute) -> bool {
    let Ok(list) = attribute.meta.require_list() else { return false };
    let more = |token| matches!(token, TokenTree::Ident(word) if word == "more");
    list.tokens.clone().into_iter().any(more)
}

/// Returns the names of a block's functions, by which it is known in the text.
fn functions(block: &ItemImpl) -> Vec<String> {
    let names = block.items.iter().filter_map(|item| match item {
        ImplItem::Fn(function) => Some(function.sig.ident.to_string()),
        _ => None,
    });
    names.collect()
}

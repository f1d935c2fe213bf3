//! The constraints of a parameter or of a field, checked: that its type can have them, and that a value can hold them.
//!
//! A type is known by its last word. One that is not known here is left to the compiler.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use regex_lite::Regex;
use syn::{Expr, ExprLit, ExprUnary, Lit, LitFloat, LitStr, Type};

use crate::errors::Errors;
use crate::{args, types};

/// What a value must be beyond its type.
#[derive(Default)]
pub(crate) struct Constraints {
    pub(crate) range: Option<Range>,
    pub(crate) length: Option<Length>,
    pub(crate) pattern: Option<LitStr>,
}

/// The least and the most that a number may be, and the word `range`.
pub(crate) struct Range {
    pub(crate) place: Ident,
    pub(crate) min: Option<Expr>,
    pub(crate) max: Option<Expr>,
}

/// The least and the most of characters or items, and the word `length`.
pub(crate) struct Length {
    pub(crate) place: Ident,
    pub(crate) min: Option<Expr>,
    pub(crate) max: Option<Expr>,
    /// Both, if they are the same.
    pub(crate) equal: Option<Expr>,
}

impl Constraints {
    /// Checks the constraints of a value of this type.
    pub(crate) fn check(written: &args::Constraints, ty: &Type, errors: &mut Errors) -> Self {
        let ty = inside(ty);
        let kind = Kind::of(ty);
        Constraints {
            range: written.range.as_ref().map(|range| self::range(range, ty, kind, errors)),
            length: written.length.as_ref().map(|length| self::length(length, ty, kind, errors)),
            pattern: written.pattern.as_ref().map(|pattern| self::pattern(pattern, ty, kind, errors)),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.range.is_none() && self.length.is_none() && self.pattern.is_none()
    }

    /// Returns where the first one is, if there is one.
    pub(crate) fn place(&self) -> Option<TokenStream> {
        let range = self.range.as_ref().map(|range| range.place.to_token_stream());
        let length = || self.length.as_ref().map(|length| length.place.to_token_stream());
        range.or_else(length).or_else(|| self.pattern.as_ref().map(ToTokens::to_token_stream))
    }

    /// Reports a default that breaks them, if it and they are written out; otherwise the start of the daemon finds it.
    pub(super) fn check_default(&self, default: &Expr, errors: &mut Errors) {
        if let Some(Range { min, max, .. }) = &self.range
            && let (Some(number), min, max) = (args::text_of(default), min.as_ref(), max.as_ref())
            && is_outside(&number, min, max)
        {
            errors.at(default, format!("a default must be in the `range`: write one {}", between(min, max)));
        }
        let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = default else { return };
        let count = text.value().chars().count();
        if let Some(Length { min, max, equal, .. }) = &self.length
            && let (min, max) = (min.as_ref().or(equal.as_ref()), max.as_ref().or(equal.as_ref()))
            && is_outside(&count.to_string(), min, max)
        {
            let bounds = between(min, max);
            errors.at(
                text,
                format!("a default must have the `length`, and this has {count}: write one {bounds}"),
            );
        }
        if let Some(pattern) = &self.pattern
            && Regex::new(&pattern.value()).is_ok_and(|pattern| !pattern.is_match(&text.value()))
        {
            errors.at(
                text,
                format!("a default must match the `pattern`: write one like `{}`", pattern.value()),
            );
        }
    }
}

/// What the name of a type says about its values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Integer,
    /// A number that may have a fraction.
    Float,
    Text,
    Items,
    /// Nothing that has a constraint.
    Bare,
    Unknown,
}

/// The types that are known by their names.
const KNOWN: [(&[&str], Kind); 5] = [
    (
        &["i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize"],
        Kind::Integer,
    ),
    (&["f32", "f64"], Kind::Float),
    (&["String", "str", "PathBuf", "Path"], Kind::Text),
    (&["Vec", "VecDeque", "HashSet", "BTreeSet", "HashMap", "BTreeMap"], Kind::Items),
    (&["bool", "char", "Span", "Value"], Kind::Bare),
];

impl Kind {
    fn of(ty: &Type) -> Kind {
        match ty {
            Type::Slice(_) => Kind::Items,
            Type::Tuple(_) => Kind::Bare,
            other => KNOWN
                .into_iter()
                .find(|(names, _)| names.iter().any(|name| types::is_named(other, name)))
                .map_or(Kind::Unknown, |(_, kind)| kind),
        }
    }
}

/// Returns the type of the value itself: without what may be left out, and behind a reference.
fn inside(ty: &Type) -> &Type {
    let inner = ["Option", "Box", "Cow"].into_iter().find_map(|name| types::inner(ty, name));
    match (types::peel(ty), inner) {
        (_, Some(inner)) => inside(inner),
        (Type::Reference(reference), None) => inside(&reference.elem),
        (other, None) => other,
    }
}

/// Returns the word for a type.
fn word(ty: &Type) -> String {
    match types::last_segment(ty) {
        Some(last) => format!("`{}`", last.ident),
        None if matches!(ty, Type::Tuple(_)) => "tuple".to_owned(),
        None => "list".to_owned(),
    }
}

fn range(written: &args::Placed<args::Range>, ty: &Type, kind: Kind, errors: &mut Errors) -> Range {
    let args::Placed { place, args: args::Range { min, max } } = written;
    let length = "write `length(min = 1, max = 64)`";
    let advice = match kind {
        Kind::Text => Some(format!("{length} for the number of its characters")),
        Kind::Items => Some(format!("{length} for the number of its items")),
        Kind::Bare => Some("leave it out, or take a number".to_owned()),
        Kind::Integer | Kind::Float | Kind::Unknown => None,
    };
    if let Some(advice) = advice {
        errors.at(place, format!("a `range` is for numbers, and this is a {}: {advice}", word(ty)));
    }
    for bound in [min, max].into_iter().flatten().filter(|bound| text(bound).is_some()) {
        errors.at(bound, "a bound is a number: write it without quotes, as in `min = 1`");
    }
    check_order(min.as_ref(), max.as_ref(), errors);
    let bound = |bound: &Option<Expr>| match kind {
        Kind::Float => bound.as_ref().map(with_point),
        _ => bound.clone(),
    };
    Range { place: place.clone(), min: bound(min), max: bound(max) }
}

/// Writes a whole number as one with a decimal point, which Rust wants where a number may have a fraction.
fn with_point(bound: &Expr) -> Expr {
    match bound {
        Expr::Unary(minus) => {
            Expr::Unary(ExprUnary { expr: Box::new(with_point(&minus.expr)), ..minus.clone() })
        }
        Expr::Lit(ExprLit { attrs, lit: Lit::Int(int) }) => {
            let float = LitFloat::new(&format!("{}.0", int.base10_digits()), int.span());
            Expr::Lit(ExprLit { attrs: attrs.clone(), lit: Lit::Float(float) })
        }
        other => other.clone(),
    }
}

fn length(written: &args::Placed<args::Length>, ty: &Type, kind: Kind, errors: &mut Errors) -> Length {
    let args::Placed { place, args: args::Length { min, max, equal } } = written;
    let advice = match kind {
        Kind::Integer | Kind::Float => Some("write `range(min = 1, max = 100)`"),
        Kind::Bare => Some("leave it out"),
        Kind::Text | Kind::Items | Kind::Unknown => None,
    };
    if let Some(advice) = advice {
        let word = word(ty);
        errors.at(place, format!("a `length` is for texts, lists and maps, and this is a {word}: {advice}"));
    }
    if let Some((equal, other)) = equal.as_ref().zip(min.as_ref().or(max.as_ref())) {
        errors.at(other, format!("`equal` is the least and the most: write `equal = {}` alone", name(equal)));
    }
    for bound in [min, max, equal].into_iter().flatten().filter(|bound| is_no_count(bound)) {
        errors.at(bound, "a length is a whole number from 0: write it as in `min = 1`");
    }
    check_order(min.as_ref(), max.as_ref(), errors);
    Length { place: place.clone(), min: min.clone(), max: max.clone(), equal: equal.clone() }
}

fn pattern(pattern: &LitStr, ty: &Type, kind: Kind, errors: &mut Errors) -> LitStr {
    if !matches!(kind, Kind::Text | Kind::Unknown) {
        let word = word(ty);
        errors.at(
            pattern,
            format!("a pattern is for texts, and this is a {word}: leave it out, or take a `String`"),
        );
    }
    if let Err(error) = Regex::new(&pattern.value()) {
        errors.at(
            pattern,
            format!("this is no regular expression, as the crate `regex-lite` reads them: {error}"),
        );
    }
    pattern.clone()
}

fn check_order(min: Option<&Expr>, max: Option<&Expr>, errors: &mut Errors) {
    if let (Some(min), Some(max)) = (min, max)
        && let Some(least) = args::text_of(min)
        && is_outside(&least, None, Some(max))
    {
        let most = name(max);
        errors.at(
            max,
            format!("no value is at least {least} and at most {most}: write the smaller one as `min`"),
        );
    }
}

/// Whether a number is outside bounds, as far as they are written out.
fn is_outside(number: &str, min: Option<&Expr>, max: Option<&Expr>) -> bool {
    let text = |bound: Option<&Expr>| bound.and_then(args::text_of);
    text(min).is_some_and(|min| is_above(&min, number)) || text(max).is_some_and(|max| is_above(number, &max))
}

/// Whether one number is larger than another.
fn is_above(one: &str, other: &str) -> bool {
    match (one.parse::<i128>(), other.parse::<i128>()) {
        (Ok(one), Ok(other)) => one > other,
        (_, _) => one.parse::<f64>().is_ok_and(|one| other.parse::<f64>().is_ok_and(|other| one > other)),
    }
}

/// Whether this is a literal that can't be a length.
fn is_no_count(bound: &Expr) -> bool {
    text(bound).is_some() || args::text_of(bound).is_some_and(|text| text.parse::<usize>().is_err())
}

fn text(bound: &Expr) -> Option<&LitStr> {
    match bound {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text),
        _ => None,
    }
}

/// Says between which bounds something must be.
fn between(min: Option<&Expr>, max: Option<&Expr>) -> String {
    match (min.map(name), max.map(name)) {
        (Some(min), Some(max)) => format!("from {min} to {max}"),
        (Some(min), None) => format!("of at least {min}"),
        (None, Some(max)) => format!("of at most {max}"),
        (None, None) => String::new(),
    }
}

/// Returns tokens as they were written.
fn name(tokens: &impl ToTokens) -> String {
    tokens.to_token_stream().to_string()
}

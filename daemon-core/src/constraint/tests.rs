//! What breaks a constraint, how that is said, and how constraints are described.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::num::NonZeroU8;

use super::*;

/// Returns how a value breaks the constraints that `rules` names; empty if it does not.
fn broken<T>(value: &T, rules: impl FnOnce(Rules<'_, T>) -> Rules<'_, T>) -> String {
    match rules(Rules { purpose: Purpose::Check(value, Ok(())) }).purpose {
        Purpose::Check(_, Err(broken)) => broken.to_string(),
        Purpose::Check(_, Ok(())) | Purpose::Describe(_) => String::new(),
    }
}

fn keywords<T>(rules: impl FnOnce(Rules<'_, T>) -> Rules<'_, T>) -> String {
    match rules(Rules { purpose: Purpose::Describe(Vec::new()) }).purpose {
        Purpose::Check(..) => String::new(),
        Purpose::Describe(keywords) => {
            let words: Vec<_> = keywords.iter().map(|(name, value)| format!("{name} {value}")).collect();
            words.join(", ")
        }
    }
}

#[test]
fn a_number_is_within_its_ends() {
    for (number, words) in [(0, "is 0; the least is 1"), (1, ""), (9, ""), (10, "is 10; the most is 9")] {
        assert_eq!(broken::<u8>(&number, |rules| rules.least(1).most(9)), words);
        assert_eq!(broken::<i64>(&number.into(), |rules| rules.least(1).most(9)), words);
        assert_eq!(broken::<Option<u16>>(&Some(number.into()), |rules| rules.least(1).most(9)), words);
    }
    assert_eq!(broken(&0.25, |rules| rules.least(0.5).most(1.0)), "is 0.25; the least is 0.5");
    assert_eq!(broken(&u128::MAX, |rules| rules.most(u128::MAX)), "");
    assert_eq!(broken(&NonZeroU8::MIN, |rules| rules.least(2)), "is 1; the least is 2");
    assert_eq!(broken::<Option<u8>>(&None, |rules| rules.least(1)), "");
}

#[test]
fn a_text_is_measured_in_characters_and_what_contains_things_in_those() {
    let length = |text: &str| broken(&text.to_owned(), |rules| rules.shortest(1).longest(2));
    assert_eq!(length(""), "has 0 characters; the least is 1");
    assert_eq!(length("éü"), "");
    assert_eq!(length("a🙂b"), "has 3 characters; the most is 2");
    assert_eq!(broken(&"a", |rules| rules.exactly(2)), "has 1 character; it must have 2");
    assert_eq!(broken(&Cow::Borrowed("abc"), |rules| rules.exactly(3)), "");
    assert_eq!(broken(&vec![1], |rules| rules.shortest(2)), "has 1 item; the least is 2");
    assert_eq!(broken(&HashSet::from([1, 2]), |rules| rules.longest(1)), "has 2 items; the most is 1");
    let map = BTreeMap::from([("a", 1)]);
    assert_eq!(broken(&map, |rules| rules.exactly(0)), "has 1 member; it must have 0");
    assert_eq!(broken(&None::<Vec<u8>>, |rules| rules.shortest(1)), "");
}

#[test]
fn a_pattern_matches_anywhere_unless_it_says_otherwise() {
    static INSIDE: Pattern = Pattern::new("[0-9]");
    static WHOLE: Pattern = Pattern::new("^[a-z]+$");
    assert_eq!(broken(&"a1b", |rules| rules.like(&INSIDE)), "");
    assert_eq!(broken(&"a1b", |rules| rules.like(&WHOLE)), "does not match `^[a-z]+$`");
    assert_eq!(broken(&None::<String>, |rules| rules.like(&WHOLE)), "");
    static WRONG: Pattern = Pattern::new("(");
    assert!(broken(&"", |rules| rules.like(&WRONG)).starts_with("can't be compared with `(`"));
}

#[test]
fn the_first_constraint_that_is_broken_is_named() {
    static WHOLE: Pattern = Pattern::new("^[a-z]+$");
    let words = broken(&"A", |rules| rules.shortest(2).like(&WHOLE));
    assert_eq!(words, "has 1 character; the least is 2");
}

#[test]
fn constraints_are_keywords_of_json_schema() {
    static WHOLE: Pattern = Pattern::new("^[a-z]+$");
    assert_eq!(keywords::<f64>(|rules| rules.least(-0.5).most(1.0)), "minimum -0.5, maximum 1");
    assert_eq!(keywords::<f32>(|rules| rules.least(0.1)), "minimum 0.1");
    assert_eq!(keywords::<f64>(|rules| rules.most(f64::INFINITY)), "");
    assert_eq!(keywords::<u64>(|rules| rules.most(u64::MAX)), "maximum 18446744073709551615");
    assert_eq!(
        keywords::<Option<String>>(|rules| rules.shortest(1).longest(2).like(&WHOLE)),
        "minLength 1, maxLength 2, pattern \"^[a-z]+$\""
    );
    assert_eq!(keywords::<Vec<u8>>(|rules| rules.exactly(2)), "minItems 2, maxItems 2");
    assert_eq!(keywords::<BTreeMap<u8, u8>>(|rules| rules.longest(2)), "maxProperties 2");
}

//! The lists that daemon-core has as well: the macros must accept and refuse exactly what it knows.
//!
//! A macro cannot depend on the crate that exports it, but its tests can.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs;
use std::path::Path;

use daemon_core::names;
use heck::ToSnakeCase;
use syn::Item;

use super::{command, daemon, flag, name, option, schedule};
use crate::args;

#[test]
fn the_flags_that_are_taken_are_the_options_of_every_daemon() {
    // Clap adds help and version.
    let longs = names::options().map(|(long, _)| long).chain(["help", "version"]);
    assert_same(flag::LONGS, longs);
    let shorts = names::options().filter_map(|(_, short)| short).chain(['h', 'V']);
    assert_same(flag::SHORTS.chars(), shorts);
}

#[test]
fn the_option_of_a_cycle_is_that_of_a_daemon_that_has_one() {
    let (long, short) = flag::CYCLE;
    assert_same([(long, Some(short))], names::cycle_options());
}

#[test]
fn the_options_that_are_taken_are_those_of_every_method() {
    assert_same(option::OPTIONS, names::method_options());
}

#[test]
fn the_sub_commands_that_are_taken_are_those_of_every_daemon() {
    assert_same(command::COMMANDS, names::commands());
}

#[test]
fn the_limits_are_those_of_every_daemon() {
    assert_same(args::LIMITS.known.iter().map(|(name, _)| *name), names::limits().map(|(name, _)| name));
    let durations = names::limits().filter(|(_, kind)| *kind == "duration").map(|(name, _)| name);
    assert_same(daemon::DURATIONS, durations);
    assert_eq!(usize::try_from(daemon::DEEPEST), Ok(names::deepest()));
}

#[test]
fn the_prefixes_that_are_taken_are_those_of_built_in_methods() {
    assert_same(name::RESERVED, names::prefixes());
}

#[test]
fn the_signals_are_those_that_a_daemon_can_listen_to() {
    assert_same(schedule::SIGNALS, names::signals());
}

#[test]
fn the_events_are_the_kinds_of_event_besides_signals() {
    let kinds: Vec<String> = event_kinds().into_iter().filter(|kind| kind != "Signal").collect();
    assert_same(schedule::EVENTS.map(|(_, kind, _)| kind), kinds.iter().map(String::as_str));
    for (written, kind, _) in schedule::EVENTS {
        assert_eq!(written, kind.to_snake_case());
    }
}

/// Returns the variants of `EventKind`, read from its source: an enum has no list of them.
fn event_kinds() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../daemon-core/src/event.rs");
    let file = syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap();
    let kinds = file.items.into_iter().find_map(|item| match item {
        Item::Enum(item) if item.ident == "EventKind" => Some(item),
        _ => None,
    });
    kinds.unwrap().variants.iter().map(|variant| variant.ident.to_string()).collect()
}

#[track_caller]
fn assert_same<T: Ord + Debug>(ours: impl IntoIterator<Item = T>, theirs: impl IntoIterator<Item = T>) {
    let (ours, theirs): (BTreeSet<_>, BTreeSet<_>) =
        (ours.into_iter().collect(), theirs.into_iter().collect());
    assert_eq!(ours, theirs, "daemon-macros has the first list, daemon-core the second");
}

//! The table of services, without processes.

use std::rc::Rc;

use super::entry::{Entry, Origin};
use super::table::Table;
use crate::service::Service;
use crate::supervisor::ChildId;

/// Adds a service that needs others.
fn add(table: &mut Table, name: &str, needs: &[&str]) -> usize {
    let service = needs.iter().try_fold(Service::new(["true"]), |service, need| service.needs(need));
    let service = service.and_then(|service| service.group("all")).unwrap();
    table.insert(Entry::new(Rc::from(name), service, ChildId::default(), Origin::Program))
}

#[test]
fn services_are_found_by_name_by_group_and_by_need() {
    let mut table = Table::default();
    let [disk, db, web] = [("disk", vec![]), ("db", vec!["disk"]), ("web", vec!["db", "disk"])]
        .map(|(name, needs)| add(&mut table, name, &needs));
    assert_eq!(table.named("web").unwrap(), [web]);
    assert_eq!(table.named("all:*").unwrap(), [disk, db, web]);
    assert_eq!(table.named("*").unwrap(), [db, disk, web]);
    assert!(table.named("none").is_err() && table.named("none:*").is_err());
    assert_eq!(table.needs(web), [disk, db]);
    assert_eq!(table.dependents(disk), [db, web]);
    let sorted = |mut found: Vec<usize>| {
        found.sort_unstable();
        found
    };
    assert_eq!(sorted(table.with_needs(&[db])), [disk, db]);
    assert_eq!(sorted(table.with_dependents(&[db])), [db, web]);
    table.remove(web);
    assert_eq!(table.dependents(disk), [db]);
    assert_eq!(table.named("all:*").unwrap(), [disk, db]);
}

#[test]
fn each_service_counts_those_that_need_it_and_are_not_down() {
    let mut table = Table::default();
    let disk = add(&mut table, "disk", &[]);
    // Needed before it is there.
    let web = add(&mut table, "web", &["db", "disk", "disk"]);
    let db = add(&mut table, "db", &[]);
    let counts = |table: &Table| (table[disk].alive_dependents, table[db].alive_dependents);
    assert!(table.set_alive(web, true) && !table.set_alive(web, true), "it was news once");
    assert_eq!(counts(&table), (1, 1));
    table.redefine(web, Service::new(["true"]).needs("db").unwrap());
    assert_eq!(counts(&table), (0, 1));
    assert!(table.set_alive(web, false));
    assert_eq!(counts(&table), (0, 0));
}

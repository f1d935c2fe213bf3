//! Which services need which: whether all are there, and whether there is an order at all.

use std::collections::BTreeMap;

use super::Service;

/// What a walk knows about a service.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// It is on the path from the start of the walk.
    OnPath,
    /// Everything that it needs has an order.
    Done,
}

/// Checks that each service needs only others that are there, and that none needs itself through them.
///
/// Returns the name of a service that is wrong, and the reason.
pub(crate) fn check_order<'s>(
    services: impl Iterator<Item = (&'s str, &'s Service)>,
) -> Result<(), (&'s str, String)> {
    let services: BTreeMap<&str, &Service> = services.collect();
    for (name, service) in &services {
        if let Some(missing) = service.needs.iter().find(|need| !services.contains_key(&***need)) {
            return Err((name, format!("`{name}` needs `{missing}`, which is no service")));
        }
    }
    let mut marks = BTreeMap::new();
    for name in services.keys() {
        walk(name, &services, &mut marks)?;
    }
    Ok(())
}

/// Visits what a service needs, by a stack of our own: a chain may be longer than that of the thread.
fn walk<'s>(
    from: &'s str,
    services: &BTreeMap<&'s str, &'s Service>,
    marks: &mut BTreeMap<&'s str, Mark>,
) -> Result<(), (&'s str, String)> {
    let mut path: Vec<(&str, usize)> = Vec::new();
    if !marks.contains_key(from) {
        marks.insert(from, Mark::OnPath);
        path.push((from, 0));
    }
    while let Some((name, next)) = path.pop() {
        let Some(need) = services.get(name).and_then(|service| service.needs.get(next)) else {
            marks.insert(name, Mark::Done);
            continue;
        };
        path.push((name, next + 1));
        let Some((need, _)) = services.get_key_value(&**need) else { continue };
        match marks.get(need) {
            Some(Mark::Done) => {}
            Some(Mark::OnPath) => return Err((need, cycle(need, &path))),
            None => {
                marks.insert(need, Mark::OnPath);
                path.push((need, 0));
            }
        }
    }
    Ok(())
}

/// Describes the part of a path that leads back to this service.
fn cycle(need: &str, path: &[(&str, usize)]) -> String {
    let start = path.iter().position(|(name, _)| *name == need).unwrap_or_default();
    let names: Vec<&str> = path[start..].iter().map(|(name, _)| *name).chain([need]).collect();
    format!("services need each other in a circle: {}; remove one of these needs", names.join(" → "))
}

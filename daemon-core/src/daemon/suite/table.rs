//! What the daemons of a suite do, as tables.

use std::time::Duration;

use super::look::MemberStatus;

/// What stands where nothing is known.
const UNKNOWN: &str = "-";

/// Returns the rows of `ps`.
pub(super) fn processes(members: &[MemberStatus]) -> Vec<Vec<String>> {
    let heads = ["NAME", "PID", "STATE", "UPTIME", "RESTARTS", "CALLS", "ERRORS", "MEAN", "MEMORY"];
    let row = |member: &MemberStatus| {
        vec![
            member.name.clone(),
            text(member.pid),
            member.status.clone(),
            member.uptime.map_or_else(|| UNKNOWN.to_owned(), uptime),
            text(member.restarts),
            text(member.requests),
            text(member.errors),
            member.mean.map_or_else(|| UNKNOWN.to_owned(), |mean| format!("{mean:.0} µs")),
            member.memory.map_or_else(|| UNKNOWN.to_owned(), memory),
        ]
    };
    with_heads(&heads, members.iter().map(row))
}

/// Returns the rows of `discover`.
pub(super) fn found(members: &[MemberStatus]) -> Vec<Vec<String>> {
    let row = |member: &MemberStatus| {
        let health = match (member.ready, &member.reason) {
            (Some(true), _) => "ready".to_owned(),
            (_, Some(reason)) => reason.clone(),
            (_, None) => member.status.clone(),
        };
        vec![
            member.name.clone(),
            text(member.pid),
            member.version.clone().unwrap_or_else(|| UNKNOWN.to_owned()),
            text(member.methods),
            health,
        ]
    };
    with_heads(&["NAME", "PID", "VERSION", "METHODS", "HEALTH"], members.iter().map(row))
}

fn with_heads(heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Vec<Vec<String>> {
    let heads = heads.iter().map(|head| (*head).to_owned()).collect();
    std::iter::once(heads).chain(rows).collect()
}

fn text(value: Option<impl ToString>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), |value| value.to_string())
}

/// Returns an uptime with its two largest units.
fn uptime(seconds: f64) -> String {
    let text = humantime::format_duration(Duration::from_secs_f64(seconds.max(0.0).trunc())).to_string();
    text.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

fn memory(kib: u64) -> String {
    format!("{}.{} MiB", kib / 1024, kib % 1024 * 10 / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_what_is_known() {
        let member = MemberStatus {
            name: "kernel".to_owned(),
            status: "running".to_owned(),
            pid: Some(42),
            uptime: Some(93_784.9),
            requests: Some(7),
            errors: Some(0),
            mean: Some(12.4),
            memory: Some(3_788),
            ..MemberStatus::default()
        };
        let row = &processes(&[member])[1];
        assert_eq!(row[..], ["kernel", "42", "running", "1day 2h", "-", "7", "0", "12 µs", "3.6 MiB"]);
    }
}

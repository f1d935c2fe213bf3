//! Objects as a table: a list of them has a column for each name, and a single one has a line for each member.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::layout::compact;
use crate::printable::OneLine;

/// Returns the table of JSON text; `None` if it is neither an object nor a list of objects.
pub(super) fn table(json: &str) -> Option<String> {
    if let Ok(Members(members)) = serde_json::from_str(json) {
        let rows: Vec<_> = members.into_iter().map(|(name, value)| vec![name, cell(value)]).collect();
        return Some(aligned(&rows));
    }
    let rows: Vec<Members<'_>> = serde_json::from_str(json).ok()?;
    let columns = columns(&rows);
    let head = columns.iter().map(|column| column.to_uppercase()).collect();
    let lines = rows.iter().map(|row| columns.iter().map(|column| row.cell(column)).collect());
    Some(aligned(&std::iter::once(head).chain(lines).collect::<Vec<_>>()))
}

/// Returns the names of all members, in the order of their first appearance.
fn columns<'r>(rows: &'r [Members<'_>]) -> Vec<&'r str> {
    let mut columns: Vec<&str> = Vec::new();
    for (name, _) in rows.iter().flat_map(|row| &row.0) {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    columns
}

/// Pads the cells of each row so that the columns stand below each other.
pub(in crate::daemon) fn aligned(rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..rows.first().map_or(0, Vec::len)).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A value on one line: text as it is, everything else as JSON.
fn cell(value: &RawValue) -> String {
    match serde_json::from_str::<String>(value.get()) {
        Ok(text) => OneLine(text).to_string(),
        Err(_) => compact(value.get()),
    }
}

/// The members of an object, in their order.
struct Members<'j>(Vec<(String, &'j RawValue)>);

impl Members<'_> {
    fn cell(&self, column: &str) -> String {
        let found = self.0.iter().find(|(name, _)| name == column);
        found.map_or_else(String::new, |(_, value)| cell(value))
    }
}

impl<'j> Deserialize<'j> for Members<'j> {
    fn deserialize<D: Deserializer<'j>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader)
    }
}

struct Reader;

impl<'j> Visitor<'j> for Reader {
    type Value = Members<'j>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'j>>(self, mut map: A) -> Result<Members<'j>, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

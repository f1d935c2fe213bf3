use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {
    #[flag]
    map: std::collections::HashMap<String, u64>,
    #[flag]
    tree: Option<BTreeMap<String, u64>>,
    #[flag]
    set: HashSet<String>,
    #[flag]
    list: Option<Vec<String>>,
    #[flag]
    lists: Vec<Vec<u8>>,
    #[flag]
    pair: (u8, u8),
    #[flag]
    array: [u8; 4],
    #[flag]
    text: &'static str,
    #[flag]
    path: Option<&'static Path>,
    #[flag]
    shared: Arc<str>,
}

#[daemon]
impl Echo {}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Echo>()
}

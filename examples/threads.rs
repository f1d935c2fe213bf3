//! A thread works for as long as it likes, and comes back to the state through a handle.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use daemon_core::prelude::*;

/// I know the sizes of directories.
#[daemon(name = "threads")]
#[derive(Default)]
struct Sizes {
    known: BTreeMap<PathBuf, u64>,
}

#[daemon]
impl Sizes {
    /// Measure a directory, and reply how many bytes its files have.
    #[rpc_method]
    fn measure(&self, path: PathBuf, reply: Reply<u64>, context: &mut Context) {
        let handle: Handle<Self> = context.handle();
        thread::spawn(move || {
            let size = size(&path);
            handle.run(move |sizes, _| {
                sizes.known.insert(path, size);
                reply.send(size);
            })
        });
    }

    /// Return the sizes of the directories measured so far.
    #[rpc_method]
    fn known(&self) -> BTreeMap<PathBuf, u64> {
        self.known.clone()
    }
}

/// The size of all files below a directory; what cannot be read does not count.
fn size(path: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(path) else { return 0 };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

fn main() -> ExitCode {
    daemon_core::main::<Sizes>()
}

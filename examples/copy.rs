//! A worker: a process that copies a file every ten seconds, and can change the name of the copy while it runs.
//!
//! ```sh
//! copy -d --file letter.txt
//! copy handyman.changename --name letter.bak
//! copy workers
//! copy stop
//! ```

use std::fs;
use std::path::PathBuf;

use daemon_core::prelude::*;

/// Keeps a copy of a file.
#[daemon(name = "copy", workers(Handyman))]
#[derive(Default)]
struct Copy {
    diary: Vec<String>,
}

#[daemon]
impl Copy {
    /// Adds everything that happens to the handyman to the diary.
    #[on(worker)]
    fn note(&mut self, event: &Event) {
        if let Event::Worker(change) = event {
            self.diary.push(format!("{}/{} {}", change.worker, change.process, change.state));
        }
    }

    /// Reply what has happened to the handyman.
    #[rpc_method]
    fn diary(&self) -> &[String] {
        &self.diary
    }
}

/// Copies a file every ten seconds.
#[worker(name = "handyman", every = "10s", restart = "always")]
#[derive(Default)]
struct Handyman {
    /// The file to copy
    #[flag(default = "test.txt")]
    file: PathBuf,
    /// Where the copy goes; by default next to the file
    #[flag]
    copy: Option<PathBuf>,
    copies: u64,
}

#[worker]
impl Handyman {
    /// Returns where the copy goes: next to the file, unless a flag says otherwise.
    fn spinup(&mut self) {
        self.copy.get_or_insert_with(|| self.file.with_extension("copy"));
    }

    fn tick(&mut self) -> std::io::Result<()> {
        if let Some(copy) = &self.copy
            && self.file.exists()
        {
            fs::copy(&self.file, copy)?;
            self.copies += 1;
        }
        Ok(())
    }

    /// Change the output file name.
    #[rpc_method]
    fn changename(&mut self, name: String) -> bool {
        self.copy = Some(self.file.with_file_name(name));
        true
    }

    /// Reply how many copies have been made.
    #[rpc_method]
    fn copies(&self) -> u64 {
        self.copies
    }
}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Copy>()
}

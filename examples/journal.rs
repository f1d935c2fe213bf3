//! State that cannot be `Default`: the settings are a struct of their own, and `setup` makes the state from them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use daemon_core::prelude::*;

/// What the command line sets.
#[settings]
#[derive(Default)]
struct Options {
    /// The file to write to
    #[flag(default = "journal.txt")]
    file: PathBuf,
    /// Text before each entry
    #[flag(default = "- ")]
    mark: String,
}

/// I keep a journal.
#[daemon(name = "journal")]
struct Journal {
    options: Options,
    file: File,
}

#[daemon]
impl Journal {
    fn setup(options: Options) -> Result<Self> {
        let file = File::options().create(true).append(true).open(&options.file);
        let file = file.map_err(|error| format!("cannot open `{}`: {error}", options.file.display()))?;
        Ok(Journal { options, file })
    }

    /// Write an entry.
    #[rpc_method]
    fn write(&mut self, entry: &str) -> io::Result<()> {
        writeln!(self.file, "{}{entry}", self.options.mark)
    }

    /// Count the entries, in another process: it has the settings, but not the state.
    #[rpc_method(worker = "pool")]
    fn count(options: &Options) -> io::Result<usize> {
        Ok(fs::read_to_string(&options.file)?.lines().count())
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Journal>()
}

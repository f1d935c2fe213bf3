//! Notes in SQLite: a database as the state, and in a thread what may take long.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use daemon_core::prelude::*;
use rusqlite::{Connection, OpenFlags};

/// The file that keeps the notes.
#[settings]
#[derive(Default)]
struct Options {
    /// The file of the database
    #[flag(default = "notes.sqlite")]
    database: PathBuf,
}

/// A note.
#[rpc_type]
struct Note {
    number: i64,
    text: String,
}

/// I keep notes.
#[daemon(name = "notes")]
struct Notes {
    file: PathBuf,
    database: Connection,
}

#[daemon]
impl Notes {
    fn setup(options: Options) -> Result<Self, rusqlite::Error> {
        let database = Connection::open(&options.database)?;
        database.execute_batch(
            "PRAGMA journal_mode = wal;
             CREATE TABLE IF NOT EXISTS notes (number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);",
        )?;
        Ok(Notes { file: options.database, database })
    }

    /// Keep a note; return its number.
    #[rpc_method]
    fn keep(&mut self, text: &str) -> Result<i64, rusqlite::Error> {
        self.database.execute("INSERT INTO notes (text) VALUES (?1)", [text])?;
        Ok(self.database.last_insert_rowid())
    }

    /// Return a note, if there is one with this number.
    #[rpc_method]
    fn read(&self, number: i64) -> Result<Option<Note>, rusqlite::Error> {
        let mut query = self.database.prepare_cached("SELECT number, text FROM notes WHERE number = ?1")?;
        let mut notes =
            query.query_map([number], |row| Ok(Note { number: row.get(0)?, text: row.get(1)? }))?;
        notes.next().transpose()
    }

    /// Count the notes that contain a word. This reads all of them, so it has a thread and a connection of its own.
    #[rpc_method(thread, timeout = "1min")]
    fn count(handle: Handle<Self>, word: String) -> Result<i64, Box<dyn Error + Send + Sync>> {
        let file = handle.with(|notes, _| notes.file.clone()).wait()?;
        let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let count = "SELECT count(*) FROM notes WHERE instr(text, ?1) > 0";
        Ok(database.query_row(count, [word], |row| row.get(0))?)
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Notes>()
}

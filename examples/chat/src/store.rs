//! The database of the kernel. Whatever a function here has returned from is on the disk.
//!
//! Each table has its own module. A change of several tables is one transaction: [`Store::write`] takes a closure, to which it
//! passes the transaction. Texts of messages are encrypted; what else is kept about them is not.

pub mod book;
pub mod mail;
pub mod nodes;
pub mod outbox;
pub mod seen;
pub mod settings;
pub mod stamps;
#[cfg(test)]
mod tests;

use std::cell::{Ref, RefCell};
use std::fs::File;
use std::path::PathBuf;

use daemon_core::Error;
use redb::backends::FileBackend;
use redb::{Database, Key, ReadableDatabase, ReadableTable, StorageError, TableDefinition, WriteTransaction};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A table whose values are JSON.
pub(crate) type Json<K> = TableDefinition<'static, K, &'static [u8]>;

/// The database.
pub struct Store {
    /// `None` only while it is opened again.
    database: RefCell<Option<Database>>,
    reopen: Box<dyn Fn() -> Result<(File, PathBuf), Error>>,
}

/// A transaction that changes the database.
pub struct Change<'t>(&'t WriteTransaction);

/// What went wrong in a transaction.
pub(crate) type Failed = Box<redb::Error>;

impl Store {
    /// Opens the database in a file; `file` opens it, also again after an error of the disk.
    ///
    /// # Errors
    ///
    /// If the file is in use, or is not a database.
    pub fn open(file: impl Fn() -> Result<(File, PathBuf), Error> + 'static) -> Result<Self, Error> {
        let database = RefCell::new(Some(open(&file()?)?));
        let store = Store { database, reopen: Box::new(file) };
        store.write(|change| {
            // A table that was never written to cannot be read.
            settings::create(change)?;
            mail::create(change)?;
            outbox::create(change)?;
            seen::create(change)?;
            stamps::create(change)?;
            nodes::create(change)?;
            book::create(change)
        })?;
        Ok(store)
    }

    /// Changes the database in one transaction, which is on the disk when this returns.
    ///
    /// # Errors
    ///
    /// If the disk is full or fails; then nothing has changed.
    pub fn write<T>(&self, change: impl FnOnce(&Change<'_>) -> Result<T, Failed>) -> Result<T, Error> {
        let result = self.try_write(change);
        if let Err(error) = &result
            && matches!(**error, redb::Error::PreviousIo | redb::Error::Io(_))
        {
            self.reopen();
        }
        result.map_err(|error| Error::new("cannot write to the database").because(*error))
    }

    fn try_write<T>(&self, change: impl FnOnce(&Change<'_>) -> Result<T, Failed>) -> Result<T, Failed> {
        let database = self.database()?;
        let transaction = database.begin_write().map_err(failed)?;
        let made = change(&Change(&transaction))?;
        transaction.commit().map_err(failed)?;
        Ok(made)
    }

    /// Reads a value of a table.
    pub(crate) fn get<'k, K: Key + 'static, T: DeserializeOwned>(
        &self,
        table: Json<K>,
        key: K::SelfType<'k>,
    ) -> Result<Option<T>, Error> {
        self.read(|| Ok(self.bytes(table, key)?.and_then(|bytes| serde_json::from_slice(&bytes).ok())))
    }

    /// Reads the bytes of a value.
    pub(crate) fn get_bytes<'k, K: Key + 'static>(
        &self,
        table: Json<K>,
        key: K::SelfType<'k>,
    ) -> Result<Option<Vec<u8>>, Error> {
        self.read(|| self.bytes(table, key))
    }

    /// Reads all of a table, in the order of its keys.
    pub(crate) fn all<K: Key + 'static, T: DeserializeOwned, O>(
        &self,
        table: Json<K>,
        own: impl Fn(K::SelfType<'_>) -> O,
    ) -> Result<Vec<(O, T)>, Error> {
        self.read(|| {
            let database = self.database()?;
            let table = database.begin_read().map_err(failed)?.open_table(table).map_err(failed)?;
            let mut rows = Vec::new();
            for row in table.range::<K::SelfType<'_>>(..).map_err(failed)? {
                let (key, value) = row.map_err(failed)?;
                // A row that a later version has written is left alone.
                rows.extend(
                    serde_json::from_slice(value.value()).ok().map(|value| (own(key.value()), value)),
                );
            }
            Ok(rows)
        })
    }

    fn bytes<'k, K: Key + 'static>(
        &self,
        table: Json<K>,
        key: K::SelfType<'k>,
    ) -> Result<Option<Vec<u8>>, Failed> {
        let database = self.database()?;
        let table = database.begin_read().map_err(failed)?.open_table(table).map_err(failed)?;
        let found = table.get(key).map_err(failed)?;
        Ok(found.map(|value| value.value().to_vec()))
    }

    fn read<T>(&self, read: impl FnOnce() -> Result<T, Failed>) -> Result<T, Error> {
        read().map_err(|error| Error::new("cannot read the database").because(*error))
    }

    fn database(&self) -> Result<Ref<'_, Database>, Failed> {
        Ref::filter_map(self.database.borrow(), Option::as_ref)
            .map_err(|_| Box::new(redb::Error::from(StorageError::PreviousIo)))
    }

    /// Opens the database again: after an error of the disk it refuses everything, also once there is room again.
    fn reopen(&self) {
        let mut database = self.database.borrow_mut();
        *database = None;
        match (self.reopen)().and_then(|file| open(&file)) {
            Ok(opened) => *database = Some(opened),
            Err(error) => tracing::error!("{}", error.report()),
        }
    }
}

impl Change<'_> {
    pub(crate) fn create<K: Key + 'static>(&self, table: Json<K>) -> Result<(), Failed> {
        self.0.open_table(table).map(drop).map_err(failed)
    }

    pub(crate) fn put<'k, K: Key + 'static>(
        &self,
        table: Json<K>,
        key: K::SelfType<'k>,
        value: &impl Serialize,
    ) -> Result<(), Failed> {
        let json =
            serde_json::to_vec(value).map_err(|error| failed(StorageError::Corrupted(error.to_string())))?;
        self.put_bytes(table, key, &json)
    }

    pub(crate) fn put_bytes<'k, K: Key + 'static>(
        &self,
        table: Json<K>,
        key: K::SelfType<'k>,
        value: &[u8],
    ) -> Result<(), Failed> {
        let mut table = self.0.open_table(table).map_err(failed)?;
        table.insert(key, value).map(drop).map_err(failed)
    }

    pub(crate) fn get<'k, K: Key + 'static, T: DeserializeOwned>(
        &self,
        table: Json<K>,
        key: K::SelfType<'k>,
    ) -> Result<Option<T>, Failed> {
        let table = self.0.open_table(table).map_err(failed)?;
        let found = table.get(key).map_err(failed)?;
        Ok(found.and_then(|value| serde_json::from_slice(value.value()).ok()))
    }

    pub(crate) fn remove<'k, K: Key + 'static>(
        &self,
        table: Json<K>,
        key: K::SelfType<'k>,
    ) -> Result<bool, Failed> {
        let mut table = self.0.open_table(table).map_err(failed)?;
        let removed = table.remove(key).map_err(failed)?;
        Ok(removed.is_some())
    }

    /// Removes the rows that `remove` names by their key and value.
    pub(crate) fn remove_if<K: Key + 'static>(
        &self,
        table: Json<K>,
        remove: impl Fn(K::SelfType<'_>, &[u8]) -> bool,
    ) -> Result<(), Failed> {
        let mut table = self.0.open_table(table).map_err(failed)?;
        table.retain(|key, value| !remove(key, value)).map_err(failed)
    }

    /// Returns the first key of a table.
    pub(crate) fn first<O, K: Key + 'static>(
        &self,
        table: Json<K>,
        own: impl Fn(K::SelfType<'_>) -> O,
    ) -> Result<Option<O>, Failed> {
        let table = self.0.open_table(table).map_err(failed)?;
        let found = table.first().map_err(failed)?;
        Ok(found.map(|(key, _)| own(key.value())))
    }

    /// Returns the last key of a table.
    pub(crate) fn last<O, K: Key + 'static>(
        &self,
        table: Json<K>,
        own: impl Fn(K::SelfType<'_>) -> O,
    ) -> Result<Option<O>, Failed> {
        let table = self.0.open_table(table).map_err(failed)?;
        let found = table.last().map_err(failed)?;
        Ok(found.map(|(key, _)| own(key.value())))
    }
}

fn open((file, path): &(File, PathBuf)) -> Result<Database, Error> {
    let failed = |error: redb::Error| {
        Error::new(format!("cannot open the database `{}`", path.display())).because(error)
    };
    let file = file.try_clone().map_err(|error| failed(redb::Error::Io(error)))?;
    let backend = FileBackend::new(file).map_err(|error| failed(error.into()))?;
    let database = Database::builder().set_cache_size(CACHE).create_with_backend(backend);
    database.map_err(|error| failed(error.into()))
}

/// How much of the database is kept in memory, in bytes.
const CACHE: usize = 16 * 1024 * 1024;

pub(crate) fn failed(error: impl Into<redb::Error>) -> Failed {
    Box::new(error.into())
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

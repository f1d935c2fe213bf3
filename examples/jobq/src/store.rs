//! The jobs in a database.

use std::path::Path;

use daemon_core::Error;
use redb::{Database, ReadableTable, TableDefinition};

use crate::job::Job;

/// The jobs as JSON, by their number.
const JOBS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("jobs");

/// The database.
pub(crate) struct Store(Database);

impl Store {
    /// Opens the database, or creates it.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let failed = |cause: redb::Error| {
            Error::new(format!("cannot open the database `{}`", path.display())).because(cause)
        };
        let store = Store(Database::create(path).map_err(|error| failed(error.into()))?);
        store.write(|_| Ok(())).map_err(failed)?;
        Ok(store)
    }

    /// Adds a job with the next number.
    pub(crate) fn add(&self, make: impl FnOnce(u64) -> Job) -> Result<Job, redb::Error> {
        self.write(|table| {
            let last = table.last()?.map_or(0, |(id, _)| id.value());
            let job = make(last + 1);
            table.insert(job.id, bytes(&job).as_slice())?;
            Ok(job)
        })
    }

    /// Keeps a job as it is now.
    pub(crate) fn put(&self, job: &Job) -> Result<(), redb::Error> {
        self.write(|table| table.insert(job.id, bytes(job).as_slice()).map(drop).map_err(redb::Error::from))
    }

    pub(crate) fn get(&self, id: u64) -> Result<Option<Job>, redb::Error> {
        let table = self.0.begin_read()?.open_table(JOBS)?;
        let found = table.get(id)?;
        Ok(found.and_then(|json| serde_json::from_slice(json.value()).ok()))
    }

    /// All jobs, in the order of their numbers.
    pub(crate) fn all(&self) -> Result<Vec<Job>, redb::Error> {
        let table = self.0.begin_read()?.open_table(JOBS)?;
        let mut jobs = Vec::new();
        for row in table.iter()? {
            jobs.extend(serde_json::from_slice::<Job>(row?.1.value()));
        }
        Ok(jobs)
    }

    /// Changes the table in one transaction.
    fn write<T>(
        &self,
        change: impl FnOnce(&mut redb::Table<'_, u64, &'static [u8]>) -> Result<T, redb::Error>,
    ) -> Result<T, redb::Error> {
        let transaction = self.0.begin_write()?;
        let made = change(&mut transaction.open_table(JOBS)?)?;
        transaction.commit()?;
        Ok(made)
    }
}

fn bytes(job: &Job) -> Vec<u8> {
    serde_json::to_vec(job).unwrap_or_default()
}

//! A daemon whose methods have routes.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use daemon_core::prelude::*;

/// I lend books.
#[daemon(name = "library", dialects(json, http))]
#[derive(Default)]
struct Library {
    books: BTreeMap<u32, Book>,
    /// Books that were ever added
    #[metric(counter, name = "books")]
    latest: u32,
    /// How full the shelf is, 0 to 1
    ///
    /// It is 1 if there is no room.
    #[metric]
    fullness: f64,
}

/// A book.
#[rpc_type]
#[derive(Clone)]
struct Book {
    title: String,
    /// When it was first printed
    year: Option<u16>,
    #[serde(default)]
    tags: Vec<String>,
}

#[rpc_type]
struct Numbered {
    id: u32,
    book: Book,
}

#[derive(Debug, Fault)]
enum Refused {
    #[fault(code = 1, status = 404, message = "there is no book {0}")]
    Unknown(#[fault(data)] u32),
    #[fault(code = 2, status = 409, message = "there is a book with this title")]
    Twice,
    #[fault(code = 3, message = "the shelf has no more room")]
    Full,
}

/// I bind books.
#[worker(name = "bindery", restart = "always")]
#[derive(Default)]
struct Bindery {
    /// Whether the press is broken
    #[flag]
    broken: bool,
}

#[worker]
impl Bindery {
    fn spinup(&mut self) -> Result<()> {
        if self.broken { Err(daemon_core::Error::new("the press is broken")) } else { Ok(()) }
    }
}

#[daemon]
impl Library {
    /// The books that have all of these tags.
    #[rpc_method(http = "GET /books", etag)]
    fn list(
        &self,
        #[param(default = Vec::new())] tag: Vec<String>,
        #[param(default = 20, range(min = 1, max = 100))] limit: usize,
        year: Option<u16>,
    ) -> Vec<Numbered> {
        let wanted = |book: &Book| {
            tag.iter().all(|tag| book.tags.contains(tag)) && (year.is_none() || book.year == year)
        };
        let found = self.books.iter().filter(|(_, book)| wanted(book)).take(limit);
        found.map(|(id, book)| Numbered { id: *id, book: book.clone() }).collect()
    }

    /// A book by its number.
    #[rpc_method(http = "GET /books/{id}", etag)]
    fn get(&self, id: u32) -> Result<Book, Refused> {
        self.books.get(&id).cloned().ok_or(Refused::Unknown(id))
    }

    /// The title of a book; nothing if there is no such book.
    #[rpc_method(http = "GET /books/{id}/title")]
    fn title(&self, id: u32) -> Option<String> {
        Some(self.books.get(&id)?.title.clone())
    }

    /// Find books by what their titles begin with.
    #[rpc_method(http = "GET /titles/{start}")]
    fn find(&self, start: &str) -> Vec<String> {
        let titles = self.books.values().map(|book| book.title.clone());
        titles.filter(|title| title.starts_with(start)).collect()
    }

    /// Add a book.
    #[rpc_method(http = "POST /books", body = "book")]
    #[example(params(Book { title: "Emma".into(), year: Some(1815), tags: vec![] }), result = 1)]
    fn add(&mut self, book: Book) -> Result<u32, Refused> {
        if self.books.values().any(|other| other.title == book.title) {
            return Err(Refused::Twice);
        }
        if self.books.len() == 50 {
            return Err(Refused::Full);
        }
        self.latest += 1;
        self.books.insert(self.latest, book);
        self.fullness = f64::from(u32::try_from(self.books.len()).unwrap_or(u32::MAX)) / 50.0;
        Ok(self.latest)
    }

    /// Change what is given.
    #[rpc_method(http = "PATCH /books/{id}")]
    fn change(
        &mut self,
        id: u32,
        #[param(length(min = 1, max = 64))] title: Option<String>,
        year: Option<u16>,
    ) -> Result<Book, Refused> {
        let book = self.books.get_mut(&id).ok_or(Refused::Unknown(id))?;
        book.title = title.unwrap_or_else(|| book.title.clone());
        book.year = year.or(book.year);
        Ok(book.clone())
    }

    /// Put a book in the place of another.
    #[rpc_method(http = "PUT /books/{id}", body = "book")]
    fn replace(
        &mut self,
        id: u32,
        book: Book,
        #[param(default = false)] create: bool,
    ) -> Result<(), Refused> {
        match self.books.contains_key(&id) || create {
            true => drop(self.books.insert(id, book)),
            false => return Err(Refused::Unknown(id)),
        }
        Ok(())
    }

    /// Remove a book.
    #[rpc_method(http = "DELETE /books/{id}")]
    fn remove(&mut self, id: u32) -> Result<(), Refused> {
        self.books.remove(&id).map(drop).ok_or(Refused::Unknown(id))
    }

    /// Reply the number of books after so many milliseconds.
    #[rpc_method(http = "GET /later")]
    fn later(
        &self,
        #[param(range(max = 300))] milliseconds: u64,
        reply: Reply<usize>,
        context: &mut Context,
    ) {
        let delay = Duration::from_millis(milliseconds);
        context.after(delay, move |library: &mut Library, _| reply.send(library.books.len()));
    }

    /// Send the numbers up to this one.
    #[rpc_method(http = "GET /count/{to}")]
    fn count(&self, #[param(range(max = 1000))] to: u64, numbers: Subscription<u64>) {
        let _ = (1..=to).try_for_each(|number| numbers.send(&number));
    }

    /// How many shelves so many books need, worked out in a process of a pool.
    #[rpc_method(http = "GET /shelves", worker = "pool")]
    fn shelves(#[param(range(max = 1_000_000))] books: u32) -> u32 {
        books.div_ceil(50)
    }

    /// What is on a shelf. The paths of the daemon's own remain what they are.
    #[rpc_method(http = "GET /{shelf}")]
    fn shelf(&self, shelf: String) -> String {
        format!("there is no shelf `{shelf}`")
    }

    /// Only the superuser on a unix socket may.
    #[rpc_method(http = "POST /close", allow(uid = 0))]
    fn close(&mut self) {
        self.books.clear();
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Library>()
}

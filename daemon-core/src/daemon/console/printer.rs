//! Prints while a user types: above the prompt.

use std::fmt;
use std::io::{IsTerminal, Write, stdout};
use std::sync::{Arc, Mutex, PoisonError};

use crate::printable::Lines;

/// Prints lines, from any thread: above the prompt while a user types. [`Session::printer`](super::Session::printer)
/// returns one.
#[derive(Clone)]
pub struct Printer(Arc<Mutex<Print>>);

type Print = dyn FnMut(String) + Send;

impl Printer {
    /// A printer that writes by this function.
    pub(super) fn by(print: impl FnMut(String) + Send + 'static) -> Self {
        Printer(Arc::new(Mutex::new(print)))
    }

    /// A printer to standard output.
    pub(super) fn plain() -> Self {
        let is_terminal = stdout().is_terminal();
        Printer::by(move |text| {
            let text = if is_terminal { Lines(&text).to_string() } else { text };
            // If nobody reads it, nothing is lost.
            let _ = stdout().write_all(text.as_bytes());
        })
    }

    /// Prints a text on lines of its own. What a terminal would act on is shown instead.
    pub fn print(&self, text: &str) {
        let mut print = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        print(format!("{text}\n"));
    }
}

impl fmt::Debug for Printer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Printer")
    }
}

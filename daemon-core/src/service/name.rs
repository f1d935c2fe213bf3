//! The name of a service, of a group, or of a held descriptor.

use std::borrow::Borrow;
use std::fmt;
use std::rc::Rc;

use super::text_or_table::{FromText, written_as_text};

/// A name: letters, digits, `-`, `_`, `.` and `@`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name(Rc<str>);

/// The longest name, in bytes.
const LONGEST: usize = 64;

impl Name {
    pub(crate) fn text(&self) -> Rc<str> {
        self.0.clone()
    }
}

impl FromText for Name {
    const EXPECTED: &'static str =
        "a name of letters, digits, `-`, `_`, `.` and `@`, with 64 characters at most";

    fn from_text(text: &str) -> Result<Self, String> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte);
        match !text.is_empty() && text.len() <= LONGEST && text.bytes().all(fits) {
            true => Ok(Name(text.into())),
            false => {
                let text = crate::brief::start(text, LONGEST);
                Err(format!("`{text}` can't be a name: write {}", Self::EXPECTED))
            }
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl std::ops::Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

written_as_text!(Name, "web");

//! `#[derive(Fault)]` beside thiserror, with conversions, with a `Display` by hand, and with data that can't be read.

use std::fmt;

use daemon_core::prelude::*;
use daemon_core::{FaultSpec, TypedFault};

/// Which texts come from thiserror, and which from the enum itself.
#[derive(Debug, thiserror::Error, Fault)]
enum Failed {
    #[error("the disk failed: {0}")]
    #[fault(code = 1)]
    Disk(#[from] std::io::Error),
    #[error(transparent)]
    #[fault(code = 2)]
    Other(#[from] Box<dyn std::error::Error + Send + Sync>),
    /// It is not on the list.
    #[error("`{name}` is not on the list")]
    #[fault(code = 3)]
    Unknown { name: String },
}

/// Only written, never read.
#[derive(daemon_core::serde::Serialize)]
#[serde(crate = "daemon_core::serde")]
#[derive(Debug, PartialEq)]
struct Sent(u8);

#[derive(Debug, PartialEq, Fault)]
enum Refused {
    #[fault(code = 1)]
    NotANumber(#[from] std::num::ParseIntError),
    #[fault(code = 2)]
    Text { #[from] text: String },
    #[fault(code = 3)]
    Unread(#[fault(data)] Sent),
    #[fault(code = 4)]
    Fixed(#[fault(data)] &'static str),
    #[fault(code = 5)]
    Closed,
    #[fault(code = 6, message = "wait {0} s")]
    Wait(#[fault(data)] u64),
}

#[derive(Debug, Fault)]
enum Said {
    #[fault(code = 1)]
    Hello { #[fault(data)] name: String },
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Said::Hello { name } = self;
        write!(f, "hello, {name}")
    }
}

#[derive(Debug, Fault)]
enum Never {}

fn read(path: &str) -> std::result::Result<String, Failed> {
    Ok(std::fs::read_to_string(path)?)
}

fn number(text: &str) -> std::result::Result<u32, Refused> {
    if text.is_empty() {
        return Err("nothing".to_owned().into());
    }
    Ok(text.parse()?)
}

fn any(text: &str) -> std::result::Result<u32, Fault> {
    let _ = std::fs::metadata("/")?;
    Ok(number(text)?)
}

fn main() {
    let _ = |never: Never| never.into_fault();
    let fault = read("/nowhere").unwrap_err().into_fault();
    assert_eq!(fault.message(), "the disk failed: No such file or directory (os error 2)");
    assert_eq!(Failed::from(Box::from("a pipe")).into_fault().message(), "a pipe");
    assert_eq!(Failed::Unknown { name: String::new() }.into_fault().message(), "It is not on the list.");
    let messages: Vec<&str> = Failed::FAULTS.iter().map(|FaultSpec { message, .. }| *message).collect();
    assert_eq!(messages, ["the disk failed: {0}", "other", "It is not on the list."]);

    assert_eq!((any("x").unwrap_err().code(), any("").unwrap_err().code()), (1, 2));
    assert_eq!(any("x").unwrap_err().message(), "not a number");
    let hello = Said::Hello { name: "you".to_owned() };
    assert_eq!(Fault::from(hello).message(), "hello, you");

    let back = |error: Refused| Refused::from_fault(&error.into_fault());
    assert_eq!(back(Refused::Closed), Some(Refused::Closed));
    assert_eq!(back(Refused::Wait(5)), Some(Refused::Wait(5)));
    assert_eq!(back(Refused::Text { text: String::new() }), None);
    assert_eq!((back(Refused::Unread(Sent(1))), back(Refused::Fixed("x"))), (None, None));
    assert_eq!(Refused::from_fault(&Fault::new(6, "no data")), None);
}

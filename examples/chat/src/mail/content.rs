//! What a mail says, as a message of the chat can: its subject and its text.

use std::fmt;

use mail_parser::MessageParser;

use crate::mailbox::{LONGEST_BODY, LONGEST_KEY, LONGEST_SUBJECT};

/// The subject and the text of a mail, and its Message-ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The subject, on one line.
    pub subject: String,
    /// The text; lines end with `\n`.
    pub body: String,
    /// The Message-ID that the mail program has given it.
    pub message_id: Option<String>,
}

/// Why a mail cannot be a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It has no header.
    NoMail,
    /// It has attachments.
    Attachments,
    /// Its text or its subject is too long.
    TooLong,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfit::NoMail => write!(f, "this is no mail: it has no header"),
            Unfit::Attachments => write!(f, "a message has no attachments: send the text only"),
            Unfit::TooLong => {
                write!(
                    f,
                    "a message has at most {LONGEST_BODY} bytes of text, and {LONGEST_SUBJECT} of subject"
                )
            }
        }
    }
}

impl Content {
    /// Reads a mail, in the form of RFC 5322. Of a mail in several forms, such as text and HTML, it takes the text.
    ///
    /// # Errors
    ///
    /// If it cannot be a message. Nothing is left out silently.
    pub fn of(mail: &[u8]) -> Result<Content, Unfit> {
        let message = MessageParser::default().parse(mail).ok_or(Unfit::NoMail)?;
        if message.attachment_count() > 0 {
            return Err(Unfit::Attachments);
        }
        let subject = message.subject().unwrap_or_default().replace(char::is_control, " ").trim().to_owned();
        let mut body = String::new();
        let mut part = 0;
        while let Some(text) = message.body_text(part) {
            body.push_str(&text.replace("\r\n", "\n").replace('\r', "\n"));
            part += 1;
        }
        if body.len() > LONGEST_BODY || subject.len() > LONGEST_SUBJECT {
            return Err(Unfit::TooLong);
        }
        let message_id = message.message_id().filter(|id| !id.is_empty() && id.len() <= LONGEST_KEY);
        let message_id = message_id.map(str::to_owned);
        Ok(Content { subject, body, message_id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mail: &str) -> Result<(String, String), Unfit> {
        Content::of(mail.replace('\n', "\r\n").as_bytes()).map(|content| (content.subject, content.body))
    }

    #[test]
    fn encoded_words_and_encoded_text_are_decoded() {
        let mail = "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nContent-Type: text/plain; charset=iso-8859-1\n\
            Content-Transfer-Encoding: quoted-printable\n\nGr=FC=DFe=\n!\nBye\n";
        assert_eq!(read(mail), Ok(("Grüße".to_owned(), "Grüße!\nBye\n".to_owned())));
    }

    #[test]
    fn the_message_id_is_kept_unless_it_is_too_long() {
        let id =
            |id: &str| Content::of(format!("Message-ID: {id}\r\n\r\nx\r\n").as_bytes()).unwrap().message_id;
        assert_eq!(id("<1@x>").as_deref(), Some("1@x"));
        assert_eq!((id(""), id(&format!("<{}@x>", "1".repeat(LONGEST_KEY)))), (None, None));
    }

    #[test]
    fn of_text_and_html_the_text_is_taken() {
        let mail = "Subject: a\nContent-Type: multipart/alternative; boundary=x\n\n--x\nContent-Type: text/plain\n\n\
            plain\n--x\nContent-Type: text/html\n\n<b>bold</b>\n--x--\n";
        assert_eq!(read(mail).unwrap().1.trim(), "plain");
        let mail = "Subject: a\nContent-Type: text/html\n\n<p>one</p>\n";
        assert_eq!(read(mail).unwrap().1.trim(), "one");
    }

    #[test]
    fn what_a_message_cannot_carry_is_refused() {
        let mail = "Subject: a\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\n\
            plain\n--x\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\nAAAA\n--x--\n";
        assert_eq!(read(mail), Err(Unfit::Attachments));
        assert_eq!(read(&format!("Subject: a\n\n{}", "x".repeat(LONGEST_BODY + 1))), Err(Unfit::TooLong));
        assert_eq!(read(&format!("Subject: {}\n\n", "x".repeat(LONGEST_SUBJECT + 1))), Err(Unfit::TooLong));
        assert_eq!(Content::of(b""), Err(Unfit::NoMail));
    }
}

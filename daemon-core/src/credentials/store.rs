//! The file of tokens: their names, their hashes, and until when they are valid. The tokens themselves are nowhere.

use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::file;
use super::token::{Hash, TOKEN, hash, hexadecimal, random, read_hash};
use crate::error::{Error, OrError, Result};

/// The most tokens of a file; another one is refused.
const MOST: usize = 1000;
/// The longest name, in characters.
const LONGEST_NAME: usize = 64;
/// The longest note, in bytes.
const LONGEST_NOTE: usize = 200;

/// A token, as the file has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub(crate) name: String,
    pub(super) hash: Hash,
    pub(crate) created: SystemTime,
    /// When it stops being valid.
    pub(crate) expires: Option<SystemTime>,
    pub(crate) note: Option<String>,
}

/// The text of the file.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    tokens: Vec<WrittenToken>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenToken {
    name: String,
    sha256: String,
    created: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// Makes a token and adds it to the file; returns its text, which is nowhere else.
///
/// # Errors
///
/// If the name is taken or unsuitable, or the file can't be changed.
pub(crate) fn add(
    path: &Path,
    name: &str,
    lifetime: Option<Duration>,
    note: Option<&str>,
    now: SystemTime,
) -> Result<String> {
    check_name(name)?;
    check_note(note)?;
    let expires = match lifetime {
        Some(lifetime) => Some(end_of(lifetime, now)?),
        None => None,
    };
    let text = random(TOKEN)?;
    let token = Token {
        name: name.to_owned(),
        hash: hash(&text),
        created: now,
        expires,
        note: note.map(str::to_owned),
    };
    file::change(path, |before| {
        let mut tokens = parse(path, before)?;
        if tokens.iter().any(|other| other.name == name) {
            return Err(Error::usage(format!(
                "there is a token `{name}` already; choose another name, or revoke that one first"
            )));
        }
        if tokens.len() >= MOST {
            return Err(Error::full(format!("`{}` has {MOST} tokens; revoke one first", path.display())));
        }
        tokens.push(token);
        Ok((Some(written(&tokens)), ()))
    })?;
    Ok(text)
}

/// Removes a token from the file.
///
/// # Errors
///
/// If there is none with this name, or the file can't be changed.
pub(crate) fn revoke(path: &Path, name: &str) -> Result<()> {
    file::change(path, |before| {
        let mut tokens = parse(path, before)?;
        let count = tokens.len();
        tokens.retain(|token| token.name != name);
        if tokens.len() == count {
            return Err(Error::new(format!("there is no token `{name}` in `{}`", path.display())));
        }
        Ok((Some(written(&tokens)), ()))
    })
}

/// Returns the tokens of the file; none if there is no file.
///
/// # Errors
///
/// If the file can't be used.
pub(crate) fn list(path: &Path) -> Result<Vec<Token>> {
    let text = file::read_for_admin(path)?.map(|(text, _)| text).unwrap_or_default();
    parse(path, &text)
}

/// Reads the text of a file of tokens.
pub(super) fn parse(path: &Path, text: &str) -> Result<Vec<Token>> {
    let what = || format!("cannot read the tokens in `{}`", path.display());
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let Written { tokens } = serde_json::from_str(text).or_error(what)?;
    if tokens.len() > MOST {
        return Err(Error::new(format!("{}: there are more than {MOST}", what())));
    }
    tokens
        .into_iter()
        .map(|token| read_token(token).map_err(|error| Error::new(what()).because(error)))
        .collect()
}

fn read_token(token: WrittenToken) -> Result<Token> {
    let WrittenToken { name, sha256, created, expires, note } = token;
    check_name(&name)?;
    let hash = read_hash(&sha256).ok_or_else(|| {
        Error::new(format!(
            "the member `sha256` of `{name}` must have {} hexadecimal digits",
            2 * size_of::<Hash>()
        ))
    })?;
    let time = |text: &str| {
        humantime::parse_rfc3339(text)
            .or_error(|| format!("`{text}`, of the token `{name}`, must be a time in UTC"))
    };
    let created = time(&created)?;
    let expires = expires.as_deref().map(time).transpose()?;
    Ok(Token { name, hash, created, expires, note })
}

fn written(tokens: &[Token]) -> String {
    let token = |token: &Token| WrittenToken {
        name: token.name.clone(),
        sha256: hexadecimal(&token.hash),
        created: time(token.created),
        expires: token.expires.map(time),
        note: token.note.clone(),
    };
    let written = Written { tokens: tokens.iter().map(token).collect() };
    serde_json::to_string_pretty(&written).unwrap_or_default() + "\n"
}

fn time(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

/// Returns when a token stops being valid that is made now.
fn end_of(lifetime: Duration, now: SystemTime) -> Result<SystemTime> {
    /// The end of the year 9999, after 1970: times in the file have four digits for the year.
    const LATEST: Duration = Duration::from_secs(253_402_300_799);
    let end = now
        .checked_add(lifetime)
        .filter(|end| *end <= SystemTime::UNIX_EPOCH + LATEST && !lifetime.is_zero());
    end.ok_or_else(|| {
        Error::usage("a token is valid for some time, such as `--expires 30d`; leave it out for no end")
    })
}

fn check_name(name: &str) -> Result<()> {
    let fits = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.');
    match !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(fits) {
        true => Ok(()),
        false => Err(Error::usage(format!(
            "`{}` cannot be the name of a token: it has letters, digits, `-`, `_` and `.`, at most {LONGEST_NAME}",
            crate::brief::brief(name)
        ))),
    }
}

fn check_note(note: Option<&str>) -> Result<()> {
    match note {
        Some(note) if note.len() > LONGEST_NOTE || note.chars().any(char::is_control) => {
            Err(Error::usage(format!("a note is one line of at most {LONGEST_NOTE} bytes")))
        }
        Some(_) | None => Ok(()),
    }
}

impl Token {
    /// Whether it is valid at this time.
    pub(crate) fn is_valid(&self, now: SystemTime) -> bool {
        self.expires.is_none_or(|end| now < end)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    #[test]
    fn a_token_is_listed_without_its_text_and_revoked_by_its_name() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("tokens");
        assert_eq!(list(&path).unwrap(), []);
        let now = humantime::parse_rfc3339("2026-01-31T12:00:00Z").unwrap();
        let text = add(&path, "ci", Some(DAY), Some("for the build"), now).unwrap();
        add(&path, "other", None, None, now).unwrap();
        let file = fs::read_to_string(&path).unwrap();
        assert!(!file.contains(&text) && !file.contains(&text[4..]), "{file}");
        assert!(file.contains(r#""expires": "2026-02-01T12:00:00Z""#), "{file}");
        let tokens = list(&path).unwrap();
        assert_eq!((tokens[0].name.as_str(), tokens[0].hash), ("ci", hash(&text)));
        assert!(tokens[0].is_valid(now) && !tokens[0].is_valid(now + DAY) && tokens[1].is_valid(now + DAY));
        revoke(&path, "ci").unwrap();
        assert_eq!(list(&path).unwrap(), tokens[1..]);
        assert!(revoke(&path, "ci").unwrap_err().to_string().contains("no token `ci`"));
    }

    #[test]
    fn what_is_no_name_or_taken_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("tokens");
        let add = |name: &str| add(&path, name, None, None, SystemTime::now());
        add("a.b-c_1").unwrap();
        for (name, expected) in
            [("a.b-c_1", "already"), ("", "name"), ("a b", "name"), ("é", "name"), (&"x".repeat(65), "name")]
        {
            let error = add(name).unwrap_err();
            assert!(error.is_usage() && error.to_string().contains(expected), "{name}: {error}");
        }
    }

    #[test]
    fn a_lifetime_has_an_end_and_is_not_over_at_once() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("tokens");
        for lifetime in [Duration::ZERO, 7990 * 365 * DAY, Duration::MAX] {
            assert!(add(&path, "x", Some(lifetime), None, SystemTime::now()).unwrap_err().is_usage());
        }
    }

    #[test]
    fn a_file_that_is_none_of_tokens_is_an_error_that_names_it() {
        let hash = "0".repeat(64);
        for text in [
            "x".to_owned(),
            "{}".to_owned(),
            r#"{"tokens":[{"name":"a","sha256":"00","created":"2026-01-31T12:00:00Z"}]}"#.to_owned(),
            format!(r#"{{"tokens":[{{"name":"a","sha256":"{hash}","created":"today"}}]}}"#),
            format!(r#"{{"tokens":[{{"name":"a b","sha256":"{hash}","created":"2026-01-31T12:00:00Z"}}]}}"#),
            format!(
                r#"{{"tokens":[{{"name":"a","sha256":"{hash}","created":"2026-01-31T12:00:00Z","expire":"x"}}]}}"#
            ),
        ] {
            let error = parse(Path::new("/etc/tokens"), &text).unwrap_err();
            assert!(error.to_string().contains("`/etc/tokens`"), "{text}: {error}");
        }
    }
}

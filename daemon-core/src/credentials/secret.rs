//! The secret of a suite: its members show it to each other.
//!
//! It is in the file `secret` of the suite's directory. A rotation makes a new one; for a while, the previous one is valid
//! as well, so that nothing has to stop.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::file;
use super::token::{SECRET, random};
use crate::error::{Error, OrError, Result};

/// The secrets that are valid.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secrets {
    /// What members show.
    pub(super) current: String,
    /// The one before, and until when it is valid.
    pub(super) previous: Option<(String, SystemTime)>,
}

/// Returns the secret of the suite with this directory, to show it to another member.
///
/// # Errors
///
/// If there is none, as none of the suite's daemons has been started yet; or if the file is another user's, or others may
/// read it.
pub(crate) fn secret(directory: &Path) -> Result<String> {
    let path = path(directory);
    let found = file::read(&path)?.map(|(text, _)| parse(&path, &text)).transpose()?.flatten();
    let secrets = found.ok_or_else(|| {
        Error::not_running(format!(
            "there is no secret in `{}`: the first daemon of the suite that starts makes it",
            path.display()
        ))
    })?;
    Ok(secrets.current)
}

/// Makes the secret of a suite, unless it is there; returns where it is. Two members that start at once agree on one.
///
/// # Errors
///
/// If the file can't be made, or must not be used.
pub(crate) fn make_secret(directory: &Path) -> Result<PathBuf> {
    let path = path(directory);
    // Without the lock, which most starts need not wait for.
    if let Some((text, _)) = file::read(&path)?
        && parse(&path, &text)?.is_some()
    {
        return Ok(path);
    }
    file::make_directory_of(&path)?;
    file::change(&path, |before| match parse(&path, before)? {
        Some(_) => Ok((None, ())),
        None => Ok((Some(written(&Secrets { current: random(SECRET)?, previous: None })), ())),
    })?;
    Ok(path)
}

/// Replaces the secret of a suite. The previous one is valid for `grace` more.
///
/// # Errors
///
/// If there is none, or the file can't be changed.
pub(crate) fn rotate_secret(directory: &Path, grace: Duration, now: SystemTime) -> Result<()> {
    let path = path(directory);
    let end = now.checked_add(grace).filter(|_| grace <= LONGEST_GRACE);
    let end = end.ok_or_else(|| Error::usage("a previous secret is valid for at most a year"))?;
    file::change(&path, |before| {
        let before = parse(&path, before)?.ok_or_else(|| {
            Error::not_running(format!("there is no secret in `{}` to replace", path.display()))
        })?;
        Ok((Some(written(&Secrets { current: random(SECRET)?, previous: Some((before.current, end)) })), ()))
    })
}

/// How long a previous secret can be valid.
const LONGEST_GRACE: Duration = Duration::from_secs(366 * 24 * 3600);

fn path(directory: &Path) -> PathBuf {
    directory.join("secret")
}

/// Reads the text of a file: the secret, and on a second line the previous one, with the end of its validity; `None` if it
/// is empty.
pub(super) fn parse(path: &Path, text: &str) -> Result<Option<Secrets>> {
    let what = || {
        format!(
            "`{}` has no secret that can be used; remove it, and the next start makes one",
            path.display()
        )
    };
    let mut lines = text.lines();
    let Some(current) = lines.next() else { return Ok(None) };
    let previous = match lines.next() {
        Some(line) => {
            let (previous, end) = line.split_once(' ').ok_or_else(|| Error::new(what()))?;
            Some((previous.to_owned(), humantime::parse_rfc3339(end).or_error(what)?))
        }
        None => None,
    };
    let texts = [Some(current), previous.as_ref().map(|(previous, _)| previous.as_str())];
    let is_whole = |text: &str| text.starts_with(SECRET) && text.len() == SECRET.len() + 64;
    match texts.into_iter().flatten().all(is_whole) && lines.next().is_none() {
        true => Ok(Some(Secrets { current: current.to_owned(), previous })),
        false => Err(Error::new(what())),
    }
}

fn written(secrets: &Secrets) -> String {
    let mut text = secrets.current.clone() + "\n";
    if let Some((previous, end)) = &secrets.previous {
        text += &format!("{previous} {}\n", humantime::format_rfc3339_seconds(*end));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::thread;

    use super::*;

    #[test]
    fn members_that_start_at_once_agree_on_one_secret() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("chat");
        let starts = || {
            let start = || {
                make_secret(&directory).unwrap();
                secret(&directory).unwrap()
            };
            thread::scope(|scope| {
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect::<BTreeSet<_>>()
            })
        };
        let first = starts();
        assert_eq!((first.len(), starts()), (1, first.clone()), "it stays the same");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&directory), mode(&directory.join("secret"))), (0o700, 0o600));
    }

    #[test]
    fn a_rotation_keeps_the_previous_secret_for_its_grace() {
        let home = tempfile::tempdir().unwrap();
        let now = humantime::parse_rfc3339("2026-01-31T12:00:00Z").unwrap();
        let grace = Duration::from_secs(600);
        assert!(secret(home.path()).unwrap_err().is_not_running());
        assert!(rotate_secret(home.path(), grace, now).unwrap_err().is_not_running());
        let path = make_secret(home.path()).unwrap();
        let first = secret(home.path()).unwrap();
        rotate_secret(home.path(), grace, now).unwrap();
        let secrets = parse(&path, &fs::read_to_string(&path).unwrap()).unwrap().unwrap();
        assert_eq!(secrets.current, secret(home.path()).unwrap());
        assert_ne!(secrets.current, first);
        assert_eq!(secrets.previous, Some((first, now + grace)));
        assert!(rotate_secret(home.path(), Duration::MAX, now).unwrap_err().is_usage());
    }

    #[test]
    fn a_file_that_has_no_secret_is_refused_and_stays() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("secret");
        let whole = format!("dms_{}", "0".repeat(64));
        for text in [
            "hello",
            "dms_0",
            &format!("{whole}\n{whole}"),
            &format!("{whole}\n\n"),
            &format!("{whole}\nx y"),
        ] {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            assert!(secret(home.path()).is_err() && make_secret(home.path()).is_err(), "{text}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}

//! The password of the mailbox: kept hashed in a file of mode 0600, and made at the first start.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use argon2::{Algorithm, Argon2, Params, Version};

use super::session::Password;

const SALT: usize = 16;
const HASH: usize = 32;

/// A file with a password. It is read at each login.
#[derive(Debug)]
pub struct PasswordFile {
    path: PathBuf,
    /// One hash at a time: each takes memory.
    turn: Mutex<()>,
}

impl PasswordFile {
    /// Opens the file in a directory; if there is none, makes a password, and writes it in clear, for its owner to read, into
    /// `mail-password.txt` beside it. Of several processes that do so at once, one makes it.
    ///
    /// # Errors
    ///
    /// If the files cannot be written.
    pub fn open(directory: &Path) -> io::Result<PasswordFile> {
        let file = PasswordFile { path: directory.join("mail-password"), turn: Mutex::new(()) };
        let _lock = lock(directory)?;
        if !file.path.exists() {
            let password = random_password()?;
            // The hash is last: with it, the password is made.
            write(&file.path_in_clear(), &format!("{password}\n"))?;
            file.keep(&password)?;
        }
        Ok(file)
    }

    /// Makes another password, and returns it. It is not kept in clear, and neither is the one before.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn renew(&self) -> io::Result<String> {
        let _lock = lock(self.path.parent().unwrap_or(Path::new(".")))?;
        let password = random_password()?;
        self.keep(&password)?;
        match fs::remove_file(self.path_in_clear()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(password),
        }
    }

    fn keep(&self, password: &str) -> io::Result<()> {
        let mut salt = [0; SALT];
        getrandom::fill(&mut salt).map_err(io::Error::other)?;
        let hash =
            hash(password.as_bytes(), &salt).ok_or_else(|| io::Error::other("cannot hash the password"))?;
        write(&self.path, &format!("{} {}\n", hex(&salt), hex(&hash)))
    }

    fn path_in_clear(&self) -> PathBuf {
        self.path.with_extension("txt")
    }
}

/// Keeps other processes from making a password, until the file is dropped.
fn lock(directory: &Path) -> io::Result<File> {
    let directory = File::open(directory)?;
    directory.lock()?;
    Ok(directory)
}

fn random_password() -> io::Result<String> {
    let mut bytes = [0; 10];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(hex(&bytes))
}

impl Password for PasswordFile {
    fn is(&self, candidate: &[u8]) -> bool {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(line) = fs::read_to_string(&self.path) else { return false };
        let Some((salt, kept)) = line.trim().split_once(' ') else { return false };
        let (Some(salt), Some(kept)) = (unhex::<SALT>(salt), unhex::<HASH>(kept)) else { return false };
        hash(candidate, &salt).is_some_and(|hash| differences(&hash, &kept) == 0)
    }
}

/// Compares all bytes, wherever the first difference is.
fn differences(one: &[u8; HASH], other: &[u8; HASH]) -> u8 {
    std::hint::black_box(one.iter().zip(other).fold(0, |found, (one, other)| found | (one ^ other)))
}

fn hash(password: &[u8], salt: &[u8]) -> Option<[u8; HASH]> {
    let params = Params::new(8 * 1024, 2, 1, Some(HASH)).ok()?;
    let mut hash = [0; HASH];
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon.hash_password_into(password, salt, &mut hash).ok()?;
    Some(hash)
}

/// Replaces a file by one that is complete at any time; the directory is locked.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; N];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_first_password_is_in_a_file_of_its_owner_and_holds_until_it_is_renewed() {
        let directory = tempfile::tempdir().unwrap();
        let file = PasswordFile::open(directory.path()).unwrap();
        let first = fs::read_to_string(directory.path().join("mail-password.txt")).unwrap();
        let kept = directory.path().join("mail-password");
        assert_eq!(fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!fs::read_to_string(kept).unwrap().contains(first.trim()));
        assert!(file.is(first.trim().as_bytes()) && !file.is(b"") && !file.is(first.as_bytes()));
        let again = PasswordFile::open(directory.path()).unwrap();
        assert!(again.is(first.trim().as_bytes()));
        let second = file.renew().unwrap();
        assert!(again.is(second.as_bytes()) && !again.is(first.trim().as_bytes()));
    }

    #[test]
    fn of_those_that_start_at_once_one_makes_the_password() {
        for _ in 0..8 {
            let directory = tempfile::tempdir().unwrap();
            let start = std::sync::Barrier::new(4);
            let open = || {
                start.wait();
                PasswordFile::open(directory.path()).unwrap()
            };
            let files: Vec<PasswordFile> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            let password = fs::read_to_string(directory.path().join("mail-password.txt")).unwrap();
            assert!(files.iter().all(|file| file.is(password.trim().as_bytes())));
        }
    }
}

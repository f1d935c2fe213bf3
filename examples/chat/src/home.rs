//! The data directory of a node: the secret, the public key and the database, made by the first start.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use daemon_core::Error;

use crate::identity::{Identity, hexadecimal, random};

/// The secret of which both keys are derived, as 64 hexadecimal digits.
const SECRET: &str = "node.key";

/// The public keys.
const PUBLIC: &str = "node.pub";

/// The database.
const DATABASE: &str = "chat.redb";

/// Returns where the data directory is, if nothing else is said: `/var/lib/chat` for root, else that of the user.
pub fn default_directory() -> PathBuf {
    if nix::unistd::geteuid().is_root() {
        return PathBuf::from("/var/lib/chat");
    }
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let share = absolute("XDG_DATA_HOME").or_else(|| Some(absolute("HOME")?.join(".local/share")));
    share.unwrap_or_else(|| PathBuf::from("/var/lib")).join("chat")
}

/// The data directory, open to nobody but its owner.
#[derive(Clone, Debug)]
pub struct Home {
    directory: PathBuf,
}

impl Home {
    /// Opens the directory, or makes it.
    ///
    /// # Errors
    ///
    /// If it cannot be made, or others may enter it.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        let failed = |error| cannot("make the data directory", directory, error);
        DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(failed)?;
        let found = fs::metadata(directory).map_err(failed)?;
        if found.mode() & 0o077 != 0 {
            let reason = format!(
                "others may enter the data directory `{0}`; run `chmod 700 {0}`",
                directory.display()
            );
            return Err(Error::new(reason));
        }
        Ok(Home { directory: directory.to_owned() })
    }

    /// Reads the identity of the node, or makes one.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or written, or is not a secret.
    pub fn identity(&self) -> Result<Identity, Error> {
        let path = self.directory.join(SECRET);
        let secret = match self.read_secret() {
            Ok(secret) => secret,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secret = random();
                self.write(SECRET, &hexadecimal(&secret)).map_err(|error| cannot("write", &path, error))?;
                secret
            }
            Err(error) => return Err(cannot("read the secret", &path, error)),
        };
        let identity = Identity::new(&secret);
        let path = self.directory.join(PUBLIC);
        if !path.exists() {
            let keys = identity.keys();
            let text = format!("{} {}", hexadecimal(&keys.signing), hexadecimal(&keys.agreement));
            self.write(PUBLIC, &text).map_err(|error| cannot("write", &path, error))?;
        }
        Ok(identity)
    }

    /// Opens the file of the database, or makes it; returns it with its path.
    ///
    /// # Errors
    ///
    /// If it cannot be opened.
    pub fn database(&self) -> Result<(File, PathBuf), Error> {
        let path = self.directory.join(DATABASE);
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = file.map_err(|error| cannot("open the database", &path, error))?;
        file.set_permissions(Permissions::from_mode(0o600)).map_err(|error| cannot("open", &path, error))?;
        Ok((file, path))
    }

    fn read_secret(&self) -> io::Result<[u8; 32]> {
        let mut text = String::new();
        File::open(self.directory.join(SECRET))?.take(100).read_to_string(&mut text)?;
        parse_secret(text.trim()).ok_or_else(|| io::Error::other("it must have 64 hexadecimal digits"))
    }

    /// Writes a file that is complete as soon as it has its name.
    fn write(&self, name: &str, line: &str) -> io::Result<()> {
        let new = self.directory.join(format!("{name}.new"));
        // A start that was cut off may have left one.
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o400).open(&new)?;
        writeln!(file, "{line}")?;
        file.sync_all()?;
        fs::rename(&new, self.directory.join(name))?;
        File::open(&self.directory)?.sync_all()
    }
}

fn parse_secret(text: &str) -> Option<[u8; 32]> {
    let mut secret = [0; 32];
    if text.len() != 2 * secret.len() || !text.is_ascii() {
        return None;
    }
    for (byte, place) in secret.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(place..place + 2)?, 16).ok()?;
    }
    Some(secret)
}

fn cannot(what: &str, path: &Path, error: io::Error) -> Error {
    Error::new(format!("cannot {what} `{}`", path.display())).because(error)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_first_start_makes_a_node_that_later_ones_find() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a/b");
        let id = Home::open(&path).unwrap().identity().unwrap().id();
        Home::open(&path).unwrap().database().unwrap();
        let mode = |name: &str| fs::metadata(path.join(name)).unwrap().mode() & 0o777;
        assert_eq!((mode("."), mode(SECRET), mode(PUBLIC), mode(DATABASE)), (0o700, 0o400, 0o400, 0o600));
        assert_eq!(Home::open(&path).unwrap().identity().unwrap().id(), id);
    }

    #[test]
    fn a_directory_that_others_may_enter_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o750)).unwrap();
        let error = Home::open(directory.path()).unwrap_err().report().to_string();
        assert!(error.contains("chmod 700"), "{error}");
    }

    #[test]
    fn a_secret_that_is_none_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("home");
        let home = Home::open(&path).unwrap();
        fs::write(path.join(SECRET), "xyz").unwrap();
        let error = home.identity().unwrap_err().report().to_string();
        assert!(error.contains("64 hexadecimal digits"), "{error}");
    }
}

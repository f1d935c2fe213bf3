//! Reading the files of TLS: certificates and keys in PEM (RFC 7468).

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use nix::libc::O_NONBLOCK;
use rustls::RootCertStore;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::error::{Error, OrError, Result};

/// The most bytes of a file: more than any chain has, and the system's list of authorities.
const LONGEST: u64 = 4 * 1024 * 1024;

/// Reads the certificates in a file, in their order.
///
/// # Errors
///
/// If there is none.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let text = read(path, "the certificate", |_| None)?;
    let found: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&text).collect();
    let found = found.or_error(|| format!("cannot read the certificate `{}`", path.display()))?;
    match found.is_empty() {
        false => Ok(found),
        true => Err(Error::new(format!(
            "there is no certificate in `{}`; it must be in PEM, which begins with `-----BEGIN CERTIFICATE-----`",
            path.display()
        ))),
    }
}

/// Reads the certificates of authorities in a file.
pub(super) fn roots(path: &Path) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).or_error(|| format!("cannot trust a certificate in `{}`", path.display()))?;
    }
    Ok(roots)
}

/// Reads the private key in a file that is not for everybody.
pub(super) fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>> {
    let text = read(path, "the key", for_everybody)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        pem::Error::NoItemsFound => Error::new(format!(
            "there is no private key in `{}`; it must be in PEM and not encrypted, which begins with `-----BEGIN PRIVATE \
             KEY-----`",
            path.display()
        )),
        error => Error::new(format!("cannot read the key `{}`", path.display())).because(error),
    })
}

/// Objects to a file that every user may use.
fn for_everybody(file: &Metadata) -> Option<&'static str> {
    let others = file.permissions().mode() & 0o007;
    (others != 0).then_some("every user of the machine may read or change it; run `chmod o= FILE`")
}

/// Reads a regular file that there is no objection to.
fn read(path: &Path, what: &str, objection: fn(&Metadata) -> Option<&'static str>) -> Result<Vec<u8>> {
    let cannot = || format!("cannot read {what} `{}`", path.display());
    // A FIFO does not block.
    let file = OpenOptions::new().read(true).custom_flags(O_NONBLOCK).open(path).or_error(cannot)?;
    let metadata = file.metadata().or_error(cannot)?;
    if !metadata.is_file() || metadata.len() > LONGEST {
        return Err(Error::new(format!("{}: it must be a file of at most {LONGEST} bytes", cannot())));
    }
    if let Some(objection) = objection(&metadata) {
        let objection = objection.replace("FILE", &path.display().to_string());
        return Err(Error::new(format!("will not use {what} `{}`: {objection}", path.display())));
    }
    whole(file).or_error(cannot)
}

fn whole(file: File) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    file.take(LONGEST).read_to_end(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs::{self, Permissions};

    use super::*;

    #[test]
    fn what_cannot_be_used_is_said_with_the_remedy() {
        let path = std::env::temp_dir().join(format!("pem-{}", std::process::id()));
        fs::write(&path, "nothing").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o604)).unwrap();
        let open = private_key(&path).unwrap_err().to_string();
        assert!(open.contains(&format!("run `chmod o= {}`", path.display())), "{open}");
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let empty = private_key(&path).unwrap_err().to_string();
        assert!(empty.contains("-----BEGIN PRIVATE KEY-----"), "{empty}");
        let empty = certificates(&path).unwrap_err().to_string();
        assert!(empty.contains("-----BEGIN CERTIFICATE-----"), "{empty}");
        fs::remove_file(&path).unwrap();
        let directory = certificates(&std::env::temp_dir()).unwrap_err().to_string();
        assert!(directory.contains("it must be a file"), "{directory}");
    }
}

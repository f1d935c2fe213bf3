//! A certificate authority for tests, by the program `openssl`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::home::run;
use crate::tools::program;

/// What the certificates are: the authority signs, the others are for loopback addresses.
const CONFIGURATION: &str = "\
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
[leaf]
basicConstraints = critical, CA:FALSE
subjectAltName = IP:127.0.0.1, IP:::1, DNS:localhost
";

/// An authority, with a directory for its files.
pub struct Authority {
    openssl: PathBuf,
    directory: TempDir,
}

/// A certificate and its key, as files.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// The certificate, in PEM.
    pub file: PathBuf,
    /// Its key, in PEM.
    pub key: PathBuf,
}

impl Authority {
    /// Creates an authority; `None` if there is no `openssl`.
    pub fn new() -> Option<Authority> {
        let openssl = program("openssl")?;
        let directory = TempDir::with_prefix("authority-").unwrap();
        let authority = Authority { openssl, directory };
        fs::write(authority.path("openssl.cnf"), CONFIGURATION).unwrap();
        authority.create("authority", "authority", &[]);
        Some(authority)
    }

    /// Returns its certificate.
    pub fn file(&self) -> PathBuf {
        self.path("authority.pem")
    }

    /// Returns the path of a file in its directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Creates a certificate of this name, which the authority signs.
    pub fn sign(&self, name: &str) -> Certificate {
        let (file, key) = (self.file(), self.path("authority.key"));
        self.create(name, "leaf", &[Path::new("-CA"), &file, Path::new("-CAkey"), &key])
    }

    /// Creates a certificate of this name, which it signs itself.
    pub fn self_signed(&self, name: &str) -> Certificate {
        self.create(name, "leaf", &[])
    }

    fn create(&self, name: &str, kind: &str, by: &[&Path]) -> Certificate {
        let (file, key) = (self.path(&format!("{name}.pem")), self.path(&format!("{name}.key")));
        let mut command = Command::new(&self.openssl);
        command.args(["req", "-x509", "-nodes", "-days", "2", "-newkey", "ec"]);
        command.args(["-pkeyopt", "ec_paramgen_curve:prime256v1", "-extensions", kind]);
        command.arg("-config").arg(self.path("openssl.cnf")).arg("-subj").arg(format!("/CN={name}"));
        command.arg("-keyout").arg(&key).arg("-out").arg(&file).args(by);
        let finished = run(command);
        assert_eq!(finished.code, Some(0), "{finished:#?}");
        Certificate { file, key }
    }

    /// Returns the SHA-256 of a certificate, in hexadecimal digits.
    pub fn fingerprint(&self, certificate: &Certificate) -> String {
        let mut command = Command::new(&self.openssl);
        command.args(["x509", "-noout", "-fingerprint", "-sha256", "-in"]).arg(&certificate.file);
        let printed = run(command).stdout;
        let (_, digits) = printed.trim().split_once('=').unwrap();
        digits.replace(':', "").to_lowercase()
    }
}

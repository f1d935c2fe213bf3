//! What the machine offers: programs that the tests need but do not bring, and permissions that they may lack.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::geteuid;

/// Whether the tests run as the superuser.
pub fn is_root() -> bool {
    geteuid().is_root()
}

/// Reports that a test cannot run here, and why. Where every test must run (`CI=true`), this is a failure.
pub fn skip(why: &str) {
    assert_ne!(env::var("CI").as_deref(), Ok("true"), "{why}");
    tell_skipped(why);
}

/// Reports that a test cannot run here, and why, where that is acceptable.
pub fn tell_skipped(why: &str) {
    eprintln!("SKIPPED: {why}");
}

/// Returns the path of a program in `PATH`.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|directory| directory.join(name)).find(|candidate| candidate.is_file())
}

/// Returns a Python that has these modules: the one that `DAEMON_PYTHON` names, otherwise `python3`.
pub fn python(modules: &[&str]) -> Option<PathBuf> {
    let python = env::var_os("DAEMON_PYTHON").map(PathBuf::from).or_else(|| program("python3"))?;
    let mut command = Command::new(&python);
    command.arg("-c").arg(format!("import {}", modules.join(", "))).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success()).then_some(python)
}

/// Returns the directory of the packages of `tests/openrpc/package.json`, if Node.js and they are installed: below the
/// directory that `DAEMON_NPM` names.
pub fn node_modules() -> Option<PathBuf> {
    let modules = PathBuf::from(env::var_os("DAEMON_NPM")?).join("node_modules");
    program("node").filter(|_| modules.is_dir()).map(|_| modules)
}

/// Why there are no [`node_modules`].
pub const NO_NODE: &str =
    "DAEMON_NPM names no directory with the packages of tests/openrpc/package.json, or there is no node";

/// Returns a command that runs Node.js with these packages.
pub fn node(modules: &Path) -> Command {
    let mut command = Command::new("node");
    command.env("NODE_PATH", modules);
    command
}

/// Returns the file that an environment variable names.
pub fn file_in(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|path| path.is_file())
}

/// Lets this process, and the daemons that it starts, have that many descriptors; returns whether it may.
pub fn raise_descriptor_limit(wanted: u64) -> bool {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    soft >= wanted || (hard >= wanted && setrlimit(Resource::RLIMIT_NOFILE, wanted, hard).is_ok())
}

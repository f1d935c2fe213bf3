//! Where the kernel listens for the other processes of the chat.

use std::path::PathBuf;

use daemon_core::Client;
use daemon_core::clap_builder::Arg;

/// The variable that says where the kernel listens.
pub const VARIABLE: &str = "CHAT_KERNEL";

/// Returns the option that says where the kernel listens.
pub fn argument() -> Arg {
    let argument = Arg::new("kernel").long("kernel").value_name("URI").env(VARIABLE);
    argument.help("Where the kernel listens")
}

/// Connects to the kernel: at the address that is given, or else where it is by default.
///
/// # Errors
///
/// If it is not there, or refuses this user.
pub fn connect(address: Option<&str>) -> daemon_core::Result<Client> {
    let address = address.map_or_else(default_address, str::to_owned);
    Client::connect(&address)
}

/// Returns where the kernel listens if nothing else is said.
fn default_address() -> String {
    if let Ok(address) = std::env::var(VARIABLE) {
        return address;
    }
    let given = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let directory = given("RUNTIME_DIRECTORY").unwrap_or_else(|| match given("XDG_RUNTIME_DIR") {
        Some(directory) if !nix::unistd::geteuid().is_root() => directory.join("chat"),
        Some(_) | None => PathBuf::from("/run/chat"),
    });
    format!("unix:{}", directory.join("kernel.sock").display())
}

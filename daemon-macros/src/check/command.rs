//! The name of a method as a sub-command of the daemon's program, which has sub-commands of its own.

use syn::LitStr;

use crate::args;
use crate::errors::Errors;

/// The sub-commands that every daemon has.
pub(super) const COMMANDS: [&str; 15] = [
    "call",
    "completions",
    "console",
    "events",
    "help",
    "man",
    "mcp",
    "methods",
    "reload",
    "restart",
    "status",
    "stop",
    "token",
    "version",
    "workers",
];

/// Checks that no built-in sub-command has a name of this method. Only names written in full can be such a name.
pub(super) fn check(args: &args::Method, errors: &mut Errors) {
    let is_taken = |name: &&LitStr| COMMANDS.contains(&name.value().as_str());
    for name in args.name.iter().chain(args.aliases()).filter(is_taken) {
        let word = name.value();
        errors.at(
            name,
            format!(
                "`{word}` is a sub-command of every daemon; write another name, such as `\"my.{word}\"`, or \
                 `call_only`: then the method has no sub-command, and `call {word}` calls it"
            ),
        );
    }
}

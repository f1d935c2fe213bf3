//! The store as a program.

fn main() -> std::process::ExitCode {
    features::served::start()
}

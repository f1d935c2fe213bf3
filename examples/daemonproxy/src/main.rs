//! `daemonproxy`: a supervisor of services that decides nothing by itself.

fn main() {
    proxy::run(|| {});
}

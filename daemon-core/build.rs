//! Short names for what the crate is compiled to: `daemon`, `client` and `children` on a system that
//! it supports, otherwise `stub`.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(daemon, children, client, stub, daemon_stub)");
    let target = |name| env::var(name).unwrap_or_default();
    let linux = target("CARGO_CFG_TARGET_OS") == "linux" && target("CARGO_CFG_TARGET_POINTER_WIDTH") == "64";
    let has = |name| env::var_os(name).is_some();
    if !linux || has("CARGO_CFG_DAEMON_STUB") {
        println!("cargo::rustc-cfg=stub");
        return;
    }
    let features = [
        ("CARGO_FEATURE_DAEMON", "daemon"),
        ("CARGO_FEATURE_CLIENT", "client"),
        ("CARGO_FEATURE_DAEMON", "children"),
        ("CARGO_FEATURE_SUPERVISION", "children"),
    ];
    for (feature, name) in features {
        if has(feature) {
            println!("cargo::rustc-cfg={name}");
        }
    }
}

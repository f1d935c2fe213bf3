//! Services of compiled daemons, driven from outside.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

mod changes;
mod declared;
mod faults;
mod keeper;
mod life;
mod many;
mod outputs;
mod process_1;
mod readiness;
mod signals;
mod starts;
mod supervisorctl;

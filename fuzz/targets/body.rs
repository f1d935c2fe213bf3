//! Every frame gets the right reply, whatever its bytes are.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| daemon_core::fuzzing::body(data));

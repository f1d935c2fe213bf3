//! Every frame gets the reply that it should get, whatever its bytes are.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| daemon_core::fuzzing::body(data));

//! However a stream is cut into pieces, its frames are its lines.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| daemon_core::fuzzing::frames(data));

//! However a stream is split into pieces, its frames are its lines.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| daemon_core::fuzzing::frames(data));

//! A connection gets the same answers in whatever pieces its bytes come, whichever dialect it speaks.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| daemon_core::fuzzing::connections(data));

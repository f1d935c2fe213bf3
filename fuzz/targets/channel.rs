//! Whatever a worker does to the shared memory, the daemon's end of the channel stays sound.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| daemon_core::fuzzing::channel(data));

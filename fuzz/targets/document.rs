//! XML-RPC is answered in the same way in whatever pieces it comes, and its values go there and back.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| daemon_core::fuzzing::documents(data));

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rendercast_fuzz::http_routes::run(bytes));

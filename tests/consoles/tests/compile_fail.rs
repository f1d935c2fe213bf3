//! What the compiler says about flags beside `cycle`. `TRYBUILD=overwrite` rewrites the files.

#[test]
fn mistakes_are_shown_where_they_are() {
    trybuild::TestCases::new().compile_fail("tests/compile-fail/*.rs");
}

//! What the compiler says about wrong services in an annotation. `TRYBUILD=overwrite` rewrites the files.

#[test]
fn mistakes_are_shown_where_they_are() {
    trybuild::TestCases::new().compile_fail("tests/compile-fail/*.rs");
}

//! What the compiler says to a mistake in an annotation, and that it says nothing to what is right.
//!
//! A case is named by its mistake; the `.stderr` beside it is what the user reads. `TRYBUILD=overwrite` writes
//! those anew: read the difference before it is kept. Each has to point at the wrong token and say what to write.

#[test]
fn mistakes_are_explained_where_they_are_made() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/compile-fail/*.rs");
    cases.pass("tests/compile-pass/*.rs");
}

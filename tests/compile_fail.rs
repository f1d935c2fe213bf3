//! What the compiler reports for a mistake in an annotation, and that it reports nothing for correct code.
//!
//! A case is named after its mistake; the `.stderr` next to it is what the user reads. `TRYBUILD=overwrite` regenerates
//! those: read the diff before you commit it. Each must point at the wrong token and say what to write.

#[test]
fn mistakes_are_explained_where_they_are_made() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/compile-fail/*.rs");
    cases.pass("tests/compile-pass/*.rs");
}

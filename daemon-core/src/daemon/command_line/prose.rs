//! Doc comments as the prose of a help page: clap wraps their lines to the terminal.

/// Joins the lines of each paragraph. Lists, tables, code and indented lines stay as they are.
pub(super) fn reflowed(doc: &str) -> String {
    let mut text = String::with_capacity(doc.len());
    let (mut is_code, mut may_join) = (false, false);
    for line in doc.lines() {
        let is_fence = line.trim_start().starts_with("```");
        let is_plain = !is_code && !is_fence && !line.is_empty() && !is_on_its_own(line);
        if !text.is_empty() {
            text.push(if may_join && is_plain { ' ' } else { '\n' });
        }
        text.push_str(line);
        is_code ^= is_fence;
        // The lines below an item of a list belong to it.
        may_join = !is_code && !is_fence && !line.is_empty() && !line.starts_with(['#', '|']);
    }
    text
}

/// Whether a line starts something: an item of a list, a heading, a row of a table, or something indented.
fn is_on_its_own(line: &str) -> bool {
    let item = line.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok());
    item || line.starts_with([' ', '\t', '#', '|', '>'])
        || ["- ", "* ", "+ "].iter().any(|mark| line.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_joined_and_everything_else_stays() {
        for (doc, expected) in [
            ("one", "one"),
            ("one\ntwo\n\nthree\nfour", "one two\n\nthree four"),
            ("a list:\n- one\n- two\nand more", "a list:\n- one\n- two and more"),
            ("1. one\n2. two", "1. one\n2. two"),
            ("```\na\nb\n```\nc\nd", "```\na\nb\n```\nc d"),
            ("# head\ntext\n    code", "# head\ntext\n    code"),
            ("", ""),
        ] {
            assert_eq!(reflowed(doc), expected);
        }
    }
}

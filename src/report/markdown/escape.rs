//! Text of others within Markdown.

/// Text that was chosen elsewhere, with all that Markdown or HTML would act on escaped.
pub(super) fn text(raw: &str) -> String {
    let mut escaped = String::with_capacity(raw.len());
    for c in raw.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '`' => escaped.push_str("&#96;"),
            '|' => escaped.push_str("&#124;"),
            '$' => escaped.push_str("&#36;"),
            // Within its own element it names no account that would be called upon.
            '@' => escaped.push_str("<span>@</span>"),
            '\\' | '*' | '_' | '[' | ']' | '~' | '#' | '!' => {
                escaped.push('\\');
                escaped.push(c);
            }
            _ => escaped.push(c),
        }
    }
    // A bare address would become a link to wherever the target likes.
    escaped
        .replace("://", ":&#47;/")
        .replace("www.", "www&#46;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_target_is_taken_for_markup() {
        assert_eq!(
            text("@you pay $5 a|b `x` <script> [l](https://e) **b**"),
            r"<span>@</span>you pay &#36;5 a&#124;b &#96;x&#96; &lt;script&gt; \[l\](https:&#47;/e) \*\*b\*\*"
        );
    }
}

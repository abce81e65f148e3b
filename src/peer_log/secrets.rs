//! Hides what may be a secret in a line: tickets in URLs, and values whose names say so.

/// Stands for what is hidden.
const HIDDEN: &str = "...";

/// The ends of names whose values are hidden, without `_` and `-`.
const ENDS: [&str; 12] = [
    "accesskey",
    "apikey",
    "authorization",
    "credential",
    "credentials",
    "passwd",
    "password",
    "secret",
    "signature",
    "streamkey",
    "ticket",
    "token",
];

/// Last words of such names that are too short to be looked for at the ends of others.
const WORDS: [&str; 6] = ["auth", "jwt", "pass", "pin", "pwd", "sig"];

/// Hides the queries of URLs and names, the users and passwords of URLs, and the values of members
/// whose names say that they are secret.
pub(super) fn without_secrets(line: &str) -> String {
    without_values(&without_queries(line))
}

/// Hides the queries of URLs and names, and the users and passwords of URLs: both carry tickets.
fn without_queries(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['?', '@']) {
        let (before, after) = rest.split_at(at);
        match before.rfind("://") {
            Some(scheme) if after.starts_with('@') && is_one_word(&before[scheme..]) => {
                shown.push_str(&before[..scheme + 3]);
                shown.push_str(HIDDEN);
            }
            _ => shown.push_str(before),
        }
        let (mark, after) = after.split_at(1);
        shown.push_str(mark);
        rest = after;
        if mark == "?" {
            let end = rest.find(is_delimiter).unwrap_or(rest.len());
            if end > 0 {
                shown.push_str(HIDDEN);
            }
            rest = &rest[end..];
        }
    }
    shown.push_str(rest);
    shown
}

/// Hides what follows `=` or `:` behind the name of a secret.
fn without_values(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['=', ':']) {
        let (before, after) = rest.split_at(at + 1);
        shown.push_str(before);
        rest = after;
        if !is_secret(name_at_end(&before[..at])) {
            continue;
        }
        let value = rest.trim_start_matches(' ');
        let spaces = rest.len() - value.len();
        let (start, end) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                (spaces + 1, value[1..].find(quote).map_or(rest.len(), |end| spaces + 1 + end))
            }
            _ => (spaces, value.find(ends_value).map_or(rest.len(), |end| spaces + end)),
        };
        if end > start {
            shown.push_str(&rest[..start]);
            shown.push_str(HIDDEN);
            rest = &rest[end..];
        }
    }
    shown.push_str(rest);
    shown
}

/// Returns the name that stands at the end of a text, perhaps in quotes.
fn name_at_end(text: &str) -> &str {
    let text = text.trim_end_matches(['"', '\'', ' ']);
    let is_of_name =
        |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
    let start = text.rfind(|character| !is_of_name(character));
    start.map_or(text, |start| &text[start..]).trim_start_matches(|it| !is_of_name(it))
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let last = name.rsplit(['_', '-']).next().unwrap_or_default();
    let joined = name.replace(['_', '-'], "");
    WORDS.contains(&last) || ENDS.iter().any(|end| joined.ends_with(end))
}

fn is_one_word(text: &str) -> bool {
    !text.contains(is_delimiter)
}

/// Returns whether a character ends a URL or name in a line.
fn is_delimiter(character: char) -> bool {
    character.is_whitespace() || matches!(character, '"' | '\'' | ',' | ')')
}

fn ends_value(character: char) -> bool {
    is_delimiter(character) || matches!(character, '&' | ';' | '}' | ']' | '/')
}

#[cfg(test)]
mod tests {
    use super::without_secrets;

    #[test]
    fn what_urls_carry_is_hidden() {
        for (text, shown) in [
            ("connected to \"rtmp://h/live?token=abc\"", "connected to \"rtmp://h/live?...\""),
            ("stream 1 \"film?sig=a&b=c\" plays", "stream 1 \"film?...\" plays"),
            ("rtmp://user:secret@host/live?k=v end", "rtmp://...@host/live?... end"),
            ("what? nothing", "what? nothing"),
            ("from http://h/ to me@home", "from http://h/ to me@home"),
            ("a?b?c", "a?..."),
            ("plain", "plain"),
        ] {
            assert_eq!(without_secrets(text), shown);
        }
    }

    #[test]
    fn values_are_hidden_by_their_names() {
        for (text, shown) in [
            ("{app: \"live\", token: \"a b\", x: 1}", "{app: \"live\", token: \"...\", x: 1}"),
            ("\"accessToken\": 17, next", "\"accessToken\": ..., next"),
            ("user_password=abc&user=me", "user_password=...&user=me"),
            ("stream_key='x y' and", "stream_key='...' and"),
            ("/live/auth=abc/film", "/live/auth=.../film"),
            ("hls-sig: abc", "hls-sig: ..."),
            ("token:", "token:"),
            ("token=", "token="),
            ("token=\"unfinished", "token=\"..."),
            ("password: \u{e4}\u{f6} end", "password: ... end"),
            ("a key: frame", "a key: frame"),
            ("design: 7", "design: 7"),
            ("rtmp://h:1935/app", "rtmp://h:1935/app"),
            ("127.0.0.1:5 stream 1 \"token\" plays", "127.0.0.1:5 stream 1 \"token\" plays"),
        ] {
            assert_eq!(without_secrets(text), shown);
        }
    }
}

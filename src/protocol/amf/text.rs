//! Text longer than its length field allows.

/// Cuts `text` to at most `max_bytes`, at the end of a character.
pub(super) fn cut(text: &str, max_bytes: usize) -> &str {
    if text.len() <= max_bytes {
        return text;
    }
    let end = (0..=max_bytes).rev().find(|&end| text.is_char_boundary(end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_cut_never_splits_a_character() {
        assert_eq!(cut("aé", 3), "aé");
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("aé", 1), "a");
        assert_eq!(cut("é", 1), "");
        assert_eq!(cut("é", 0), "");
    }
}

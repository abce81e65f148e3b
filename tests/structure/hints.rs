//! What the compiler says about a value that is no handler.

use crate::modules::Sources;

/// Returns a line for each public trait of handlers without a hint, or with one that is not so.
pub(crate) fn faults(sources: &Sources) -> Vec<String> {
    let mut faults = Vec::new();
    let mut traits = 0;
    for (file, text) in sources {
        for (before, after) in declarations(text) {
            let name = after.split([':', ' ']).next().unwrap_or_default();
            if name.ends_with("Handler") {
                traits += 1;
                let fault = fault(attribute(before), closure(text, name));
                faults.extend(fault.map(|fault| format!("src/{file}: the hint of {name} {fault}")));
            }
        }
    }
    assert!(traits > 10, "{traits} traits of handlers are found");
    faults
}

/// Returns what stands before and behind each `pub trait`.
fn declarations(text: &str) -> impl Iterator<Item = (&str, &str)> {
    const TRAIT: &str = "\npub trait ";
    let places = text.match_indices(TRAIT).map(|(at, _)| at);
    places.filter_map(move |at| Some((text.get(..at)?, text.get(at + TRAIT.len()..)?)))
}

/// Returns the attribute with the hint, if it is the last before the trait.
fn attribute(before: &str) -> Option<String> {
    let (_, attribute) = before.rsplit_once("\n#[diagnostic::on_unimplemented(")?;
    let (attribute, rest) = attribute.split_once("\n)]")?;
    rest.is_empty().then(|| joined(attribute))
}

/// Returns the arguments and the result of the closures that have a trait, as in
/// `&Stream, u32) -> HandlerResult`.
fn closure(text: &str, name: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("{name} for F\nwhere"))?;
    let (bound, _) = rest.split_once("+ Send")?;
    let (_, function) = bound.split_once('(')?;
    Some(joined(function).trim().to_owned())
}

/// Removes breaks of lines.
fn joined(text: &str) -> String {
    text.replace("\\\n", "").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns what is wrong with a hint, if anything is.
fn fault(attribute: Option<String>, closure: Option<String>) -> Option<String> {
    let Some(attribute) = attribute else { return Some("is missing".to_owned()) };
    let shape = attribute.split_once("a closure must be `|").map(|(_, shape)| shape);
    let shape = shape.and_then(|shape| shape.split_once('`')).map(|(shape, _)| shape);
    match (shape, closure) {
        (None, None) => None,
        (Some(_), None) => Some("shows a closure, which is no handler".to_owned()),
        (None, Some(_)) => Some("does not show what a closure must be".to_owned()),
        (Some(shape), Some(closure)) => {
            (types(shape) != closure).then(|| format!("shows `|{shape}`, not `{closure}`"))
        }
    }
}

/// Leaves out the names of arguments: `stream: &Stream, at: u32| -> X` becomes
/// `&Stream, u32) -> X`.
fn types(shape: &str) -> String {
    let (arguments, result) = shape.split_once('|').unwrap_or((shape, ""));
    let types = arguments.split(", ").map(|it| it.split_once(": ").map_or(it, |(_, of)| of));
    format!("{}){result}", types.collect::<Vec<_>>().join(", "))
}

#[test]
fn a_hint_that_is_missing_or_wrong_is_found() {
    let hint = |shape: &str| format!("#[diagnostic::on_unimplemented(\n    note = \"{shape}\"\n)]");
    let closures = "impl<F> AHandler for F\nwhere\n    F: FnMut(&Stream, u32) -> Result + Send,\n";
    let right = "a closure must be `|stream: &Stream, at: u32| -> \\\n        Result`";
    for (hint, closures, is_right) in [
        (hint(right), closures, true),
        (hint("implement it"), "", true),
        (String::new(), "", false),
        (hint(right), "", false),
        (hint("implement it"), closures, false),
        (hint("a closure must be `|stream: &Stream| -> Result`"), closures, false),
        (hint("a closure must be `|stream: &Stream, at: u64| -> Result`"), closures, false),
        (hint("a closure must be `|stream: &Stream, at: u32|`"), closures, false),
    ] {
        let text = format!("\n{hint}\npub trait AHandler: Send {{}}\n{closures}");
        let (before, _) = declarations(&text).next().expect("a trait");
        let fault = fault(attribute(before), closure(&text, "AHandler"));
        assert_eq!(fault.is_none(), is_right, "{text}: {fault:?}");
    }
}

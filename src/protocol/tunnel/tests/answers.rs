//! The bytes of answers.

use crate::protocol::tunnel::{Answer, Refusal, TunnelId, answer};

#[test]
fn answers_have_the_form_that_librtmp_requires() {
    let head = answer::head(&Answer::new(vec!["ab".into(), "c".into()]), false);
    assert_eq!(
        head.escape_ascii().to_string(),
        "HTTP/1.1 200 OK\\r\\nContent-Type: application/x-fcs\\r\\nContent-Length: 4\\r\\n\
         Cache-Control: no-cache\\r\\nConnection: Keep-Alive\\r\\n\\r\\n\\x01"
    );
    let closed = answer::head(&Answer::closed(), true);
    assert!(closed.ends_with(b"\r\nConnection: close\r\n\r\n\0"));
    let opened = answer::opened(TunnelId::new([1; 16]), true);
    assert_eq!(
        opened.escape_ascii().to_string(),
        "HTTP/1.1 200 OK\\r\\nContent-Type: application/x-fcs\\r\\nContent-Length: 33\\r\\n\
         Cache-Control: no-cache\\r\\nConnection: close\\r\\n\\r\\n\
         01010101010101010101010101010101\\n"
    );
}

#[test]
fn refusals_have_a_status_and_a_line_of_text() {
    for (refusal, status) in [
        (Refusal::NoSuchTunnel, "404 Not Found"),
        (Refusal::NotPost, "405 Method Not Allowed"),
        (Refusal::BadNumber, "400 Bad Request"),
        (Refusal::OutOfOrder, "409 Conflict"),
        (Refusal::Unavailable, "503 Service Unavailable"),
    ] {
        let response = String::from_utf8(refusal.response(false)).unwrap();
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{head}");
        assert!(head.ends_with("\r\nConnection: Keep-Alive"), "{head}");
        assert_eq!(body, format!("{refusal}\n"));
        assert_eq!(head.contains("\r\nAllow: POST\r\n"), refusal == Refusal::NotPost);
    }
}

//! What is written back.

use crate::protocol::tunnel::{Answer, Refusal, TunnelId, response};

#[test]
fn answers_are_what_librtmp_insists_on() {
    let answer = Answer { interval: 3, parts: vec!["ab".into(), "c".into()] };
    let head = response::answer_head(&answer, false);
    assert_eq!(
        head.escape_ascii().to_string(),
        "HTTP/1.1 200 OK\\r\\nContent-Type: application/x-fcs\\r\\nContent-Length: 4\\r\\n\
         Cache-Control: no-cache\\r\\nConnection: Keep-Alive\\r\\n\\r\\n\\x03"
    );
    let opened = response::opened(TunnelId::new([1; 16]), true);
    assert_eq!(
        opened.escape_ascii().to_string(),
        "HTTP/1.1 200 OK\\r\\nContent-Type: application/x-fcs\\r\\nContent-Length: 33\\r\\n\
         Cache-Control: no-cache\\r\\nConnection: close\\r\\n\\r\\n\
         01010101010101010101010101010101\\n"
    );
}

#[test]
fn refusals_have_a_status_and_a_text_of_the_length_that_they_state() {
    use Refusal as R;
    for (refusal, status) in [
        (R::Malformed, "400 Bad Request"),
        (R::NotFound, "404 Not Found"),
        (R::MethodNotAllowed, "405 Method Not Allowed"),
        (R::TimedOut, "408 Request Timeout"),
        (R::OutOfOrder, "409 Conflict"),
        (R::LengthRequired, "411 Length Required"),
        (R::BodyTooLong, "413 Content Too Large"),
        (R::ExpectationFailed, "417 Expectation Failed"),
        (R::HeadTooLong, "431 Request Header Fields Too Large"),
        (R::Unavailable, "503 Service Unavailable"),
        (R::VersionNotSupported, "505 HTTP Version Not Supported"),
    ] {
        let response = String::from_utf8(response::refused(refusal, true)).unwrap();
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{head}");
        assert!(head.contains(&format!("\r\nContent-Length: {}\r\n", body.len())), "{head}");
        assert!(head.ends_with("\r\nConnection: close"), "{head}");
        assert_eq!(body, format!("{refusal}\n"));
        let allow = head.contains("\r\nAllow: POST\r\n");
        assert_eq!(allow, refusal == R::MethodNotAllowed);
    }
}

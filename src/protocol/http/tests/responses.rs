//! The bytes of responses.

use crate::protocol::http::{Status, response};

#[test]
fn a_response_of_text_states_its_length() {
    let response = response::text(Status::MethodNotAllowed, "no", &[("Allow", "GET")], true);
    assert_eq!(
        response.escape_ascii().to_string(),
        "HTTP/1.1 405 Method Not Allowed\\r\\nContent-Type: text/plain\\r\\nContent-Length: 3\\r\\n\
         Allow: GET\\r\\nConnection: close\\r\\n\\r\\nno\\n"
    );
}

#[test]
fn a_head_without_further_fields_keeps_the_connection() {
    assert_eq!(
        response::head(Status::Ok, "video/x-flv", 7, &[], false),
        "HTTP/1.1 200 OK\r\nContent-Type: video/x-flv\r\nContent-Length: 7\r\n\
         Connection: Keep-Alive\r\n\r\n"
    );
}

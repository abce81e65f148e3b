//! The choice of the certificate that a client is shown.

use std::sync::Arc;

use rustls::client::verify_server_name;
use rustls::pki_types::ServerName;
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;

/// Chooses by the server name that the client asks for (RFC 6066 §3).
///
/// Takes the first certificate that is valid for the name, wildcards included, and whose signature
/// the client understands. Takes the first of all if there is none, or no name. A client that minds
/// says what is wrong with it.
#[derive(Debug)]
pub(super) struct ByServerName {
    /// Not empty.
    certificates: Vec<Arc<CertifiedKey>>,
}

impl ByServerName {
    pub(super) const fn new(certificates: Vec<Arc<CertifiedKey>>) -> Self {
        Self { certificates }
    }
}

impl ResolvesServerCert for ByServerName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let can_sign = |certified: &&Arc<CertifiedKey>| {
            certified.key.choose_scheme(hello.signature_schemes()).is_some()
        };
        let name = hello.server_name().and_then(|name| ServerName::try_from(name).ok());
        let named = name.and_then(|name| {
            let mut fitting = self.certificates.iter().filter(|one| is_for(one, &name));
            fitting.find(can_sign)
        });
        named
            .or_else(|| self.certificates.iter().find(can_sign))
            .or_else(|| self.certificates.first())
            .cloned()
    }
}

fn is_for(certified: &CertifiedKey, name: &ServerName<'_>) -> bool {
    let own = certified.end_entity_cert().and_then(ParsedCertificate::try_from);
    own.is_ok_and(|own| verify_server_name(&own, name).is_ok())
}

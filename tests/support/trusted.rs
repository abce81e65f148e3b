//! A certificate that the tests made, and clients that trust no other.
#![allow(dead_code, reason = "every test binary uses a part of it")]

use std::net::TcpStream;
use std::sync::Arc;

use rendercast::tls::{Certificate, Certificates};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// A self-signed certificate for `localhost`, and the settings of a client that trusts it.
pub(crate) struct Trusted {
    /// The certificate in PEM.
    pub(crate) chain: String,
    /// The private key in PEM.
    pub(crate) key: String,
    pub(crate) config: Arc<ClientConfig>,
}

impl Trusted {
    pub(crate) fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("one");
        let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from_pem_slice(chain.as_bytes()).expect("a certificate");
        roots.add(root).expect("a usable root");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has them");
        let config = Arc::new(builder.with_root_certificates(roots).with_no_client_auth());
        Self { chain, key, config }
    }

    pub(crate) fn certificate(&self) -> Certificate {
        Certificate::pem(self.chain.as_str(), self.key.as_str())
    }

    /// Returns what a server needs to have the certificate.
    pub(crate) fn certificates(&self) -> Certificates {
        Certificates::load([self.certificate()]).expect("usable")
    }

    /// Starts TLS on a connection. Nothing is sent yet.
    pub(crate) fn start(&self, socket: TcpStream) -> StreamOwned<ClientConnection, TcpStream> {
        let name = ServerName::try_from("localhost").expect("a name");
        let tls = ClientConnection::new(Arc::clone(&self.config), name).expect("a client");
        StreamOwned::new(tls, socket)
    }
}

//! The certificates of servers that a client accepts.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::{ClientConfig, RootCertStore};

use super::any_certificate::AnyCertificate;
use super::error::CertificateError;
use super::pem;
use super::source::Source;
use crate::peer_log::peer_log;

/// Says which servers a client of RTMPS trusts. Defaults to [`Trust::system`].
///
/// A clone is the same trust: connections that share one resume each other's TLS sessions.
///
/// ```no_run
/// use rendercast::client::{Config, Player};
/// use rendercast::tls::Trust;
///
/// let trust = Trust::authorities_file("/etc/rtmps/company-ca.pem").server_name("live.example");
/// let url = "rtmps://10.0.0.7/live/scene".parse()?;
/// let player = Player::open_with(&url, Config::default().trust(trust))?;
/// # Ok::<(), rendercast::client::Error>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct Trust {
    authorities: Authorities,
    server_name: Option<String>,
    /// Made when the first connection needs it.
    config: Arc<OnceLock<Arc<ClientConfig>>>,
}

#[derive(Clone)]
enum Authorities {
    System,
    Given(Source),
    Unverified,
}

impl Trust {
    /// Trusts the certificate authorities that the operating system trusts, as browsers and ffmpeg
    /// do. The variables `SSL_CERT_FILE` and `SSL_CERT_DIR` name others.
    pub fn system() -> Self {
        Self::new(Authorities::System)
    }

    /// Trusts only the authorities in a PEM file, which is read at the first connection.
    ///
    /// A server's self-signed certificate is its own authority, and can stand in the file.
    pub fn authorities_file(path: impl Into<PathBuf>) -> Self {
        Self::new(Authorities::Given(Source::File(path.into())))
    }

    /// Trusts only the authorities in this PEM text.
    pub fn authorities_pem(text: impl Into<Vec<u8>>) -> Self {
        let name = "the authorities given in memory";
        Self::new(Authorities::Given(Source::Memory { name, text: text.into() }))
    }

    /// Accepts every certificate, also one that an attacker has made.
    ///
    /// The connection is encrypted then, but anything between client and server can read and change
    /// what it carries. For tests only: use [`Trust::authorities_file`] for a self-signed
    /// certificate.
    pub fn dangerously_accept_any_certificate() -> Self {
        Self::new(Authorities::Unverified)
    }

    /// Sets the name that the client asks for, and that the server's certificate must bear.
    /// Defaults to the host of the URL.
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    fn new(authorities: Authorities) -> Self {
        Self { authorities, server_name: None, config: Arc::default() }
    }

    /// Returns the name that the certificate of `host` must bear.
    pub(super) fn expected_name<'a>(&'a self, host: &'a str) -> &'a str {
        self.server_name.as_deref().unwrap_or(host)
    }

    /// Returns what connections are made with. Reads the authorities at the first call.
    pub(super) fn config(&self) -> Result<Arc<ClientConfig>, CertificateError> {
        if let Some(config) = self.config.get() {
            return Ok(Arc::clone(config));
        }
        let made = configure(&self.authorities)?;
        Ok(Arc::clone(self.config.get_or_init(|| made)))
    }
}

impl Default for Trust {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authorities = match &self.authorities {
            Authorities::System => "the system's".to_owned(),
            Authorities::Given(source) => source.origin(),
            Authorities::Unverified => "not verified".to_owned(),
        };
        f.debug_struct("Trust")
            .field("authorities", &authorities)
            .field("server_name", &self.server_name)
            .finish()
    }
}

fn configure(authorities: &Authorities) -> Result<Arc<ClientConfig>, CertificateError> {
    let provider = pem::provider();
    let unusable = |cause: String| CertificateError::Provider { cause };
    let verifier: Arc<dyn ServerCertVerifier> = match authorities {
        Authorities::Unverified => Arc::new(AnyCertificate::new(&provider)),
        authorities => {
            let roots = Arc::new(roots(authorities)?);
            let builder = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider));
            builder.build().map_err(|error| unusable(error.to_string()))?
        }
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn roots(authorities: &Authorities) -> Result<RootCertStore, CertificateError> {
    let mut roots = RootCertStore::empty();
    match authorities {
        Authorities::Given(source) => {
            let pem = source.read()?;
            for certificate in pem::certificates(&pem)? {
                roots.add(certificate).map_err(|error| CertificateError::Certificate {
                    origin: pem.origin.clone(),
                    cause: error.to_string(),
                })?;
            }
        }
        Authorities::System | Authorities::Unverified => {
            let found = rustls_native_certs::load_native_certs();
            let (added, ignored) = roots.add_parsable_certificates(found.certs);
            peer_log!(
                Debug,
                "the system",
                "trusts {added} certificate authorities, {ignored} unreadable"
            );
            if roots.is_empty() {
                let cause = found.errors.first().map(ToString::to_string);
                return Err(CertificateError::NoAuthorities { cause });
            }
        }
    }
    Ok(roots)
}

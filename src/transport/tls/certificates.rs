//! The certificates of a server, which can be exchanged while it runs.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, RwLock};

use rustls::sign::CertifiedKey;

use super::error::CertificateError;
use super::pem;
use super::resolver::ByServerName;
use super::source::Source;
use crate::sync::{lock, read, write};

/// A certificate chain and its private key, in PEM: in two files, or in memory.
///
/// The chain begins with the server's own certificate. The certificates that sign it follow. The
/// key is PKCS#8, PKCS#1 (RSA) or SEC1 (EC), without a password.
///
/// ```
/// use rendercast::tls::Certificate;
///
/// let certificate = Certificate::files("/etc/rtmps/fullchain.pem", "/etc/rtmps/privkey.pem");
/// # drop(certificate);
/// ```
#[derive(Clone)]
pub struct Certificate {
    chain: Source,
    key: Source,
}

impl Certificate {
    /// Names the files of the chain and the key. They are read when the certificate is loaded, and
    /// again at each [`reload`](Certificates::reload). One file may hold both.
    pub fn files(chain: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self { chain: Source::File(chain.into()), key: Source::File(key.into()) }
    }

    /// Takes the chain and the key as PEM in memory.
    pub fn pem(chain: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        let chain = Source::Memory { name: "the chain given in memory", text: chain.into() };
        let key = Source::Memory { name: "the key given in memory", text: key.into() };
        Self { chain, key }
    }

    /// Makes a new key, and a certificate for these names that is signed with it.
    ///
    /// It is for tests and trials: clients cannot verify it. The names are DNS names or IP
    /// addresses. The certificate is valid from 1975 to 4096.
    ///
    /// # Errors
    /// Returns [`CertificateError::SelfSigned`] if a name is neither.
    #[cfg(feature = "self-signed")]
    pub fn self_signed<N: Into<String>>(
        names: impl IntoIterator<Item = N>,
    ) -> Result<Self, CertificateError> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let made = rcgen::generate_simple_self_signed(names)
            .map_err(|error| CertificateError::SelfSigned { reason: error.to_string() })?;
        Ok(Self::pem(made.cert.pem(), made.signing_key.serialize_pem()))
    }

    fn load(
        &self,
        provider: &rustls::crypto::CryptoProvider,
    ) -> Result<CertifiedKey, CertificateError> {
        pem::certified_key(&self.chain.read()?, &self.key.read()?, provider)
    }
}

/// Writes where the certificate is, and nothing of the key.
impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (chain, key) = (self.chain.origin(), self.key.origin());
        f.debug_struct("Certificate").field("chain", &chain).field("key", &key).finish()
    }
}

/// The certificates of a server, for [`ServerConfig::tls`](crate::ServerConfig::tls). Clones share
/// them: keep a clone to exchange the certificates while the server runs.
///
/// A client is shown the first certificate that is valid for the server name that it asks for. It
/// is shown the first of all if none is valid, or if it names no server, as players do not that are
/// given an IP address.
///
/// The server speaks TLS 1.2 and 1.3. Clients of TLS 1.2 may resume sessions: the server remembers
/// the last 256 of them until its certificates are exchanged. Clients of TLS 1.3 get no tickets,
/// because librtmp fails on them.
///
/// ```no_run
/// use rendercast::tls::{Certificate, Certificates};
/// use rendercast::{Server, ServerConfig};
///
/// let certificate = Certificate::files("/etc/rtmps/fullchain.pem", "/etc/rtmps/privkey.pem");
/// let certificates = Certificates::load([certificate])?;
/// let server = Server::new(ServerConfig::default().tls(certificates.clone()));
/// server.start("rtmps://0.0.0.0:443")?;
///
/// certificates.reload()?; // after the files have been renewed
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Certificates {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// Locked during an exchange, so that two exchanges do not mix.
    sources: Mutex<Vec<Certificate>>,
    config: RwLock<Arc<rustls::ServerConfig>>,
}

impl Certificates {
    /// Loads certificates, the default one first. Reads their files on the calling thread.
    ///
    /// # Errors
    /// [`CertificateError`] for the first certificate that cannot be used.
    pub fn load(
        certificates: impl IntoIterator<Item = Certificate>,
    ) -> Result<Self, CertificateError> {
        let sources: Vec<_> = certificates.into_iter().collect();
        let config = RwLock::new(configure(&sources)?);
        Ok(Self { shared: Arc::new(Shared { sources: Mutex::new(sources), config }) })
    }

    /// Reads the files again, on the calling thread. Later handshakes use what they hold.
    /// Established connections stay as they are.
    ///
    /// # Errors
    /// As [`load`](Self::load). The server keeps its certificates then.
    pub fn reload(&self) -> Result<(), CertificateError> {
        let sources = lock(&self.shared.sources);
        self.set_config(configure(&sources)?);
        Ok(())
    }

    /// Loads other certificates in their place. Otherwise does what [`reload`](Self::reload) does.
    ///
    /// # Errors
    /// As [`load`](Self::load). The server keeps its certificates then.
    pub fn replace(
        &self,
        certificates: impl IntoIterator<Item = Certificate>,
    ) -> Result<(), CertificateError> {
        let new: Vec<_> = certificates.into_iter().collect();
        let mut sources = lock(&self.shared.sources);
        self.set_config(configure(&new)?);
        *sources = new;
        Ok(())
    }

    fn set_config(&self, config: Arc<rustls::ServerConfig>) {
        *write(&self.shared.config) = config;
    }

    /// Returns the configuration for a handshake that begins now.
    pub(super) fn config(&self) -> Arc<rustls::ServerConfig> {
        Arc::clone(&read(&self.shared.config))
    }
}

/// How many session tickets a client of TLS 1.3 gets. librtmp on GnuTLS (rtmpdump, GStreamer's
/// rtmpsrc) fails on a ticket: GnuTLS returns `GNUTLS_E_AGAIN` for it, which librtmp adds to its
/// count of bytes. Without tickets TLS 1.3 resumes no session. TLS 1.2 resumes by session ids.
const TLS13_TICKETS: usize = 0;

/// Loads certificates. Sessions are not resumed across an exchange, because each configuration
/// remembers its own.
fn configure(sources: &[Certificate]) -> Result<Arc<rustls::ServerConfig>, CertificateError> {
    if sources.is_empty() {
        return Err(CertificateError::None);
    }
    let provider = pem::provider();
    let load = |source: &Certificate| source.load(&provider).map(Arc::new);
    let certificates = sources.iter().map(load).collect::<Result<Vec<_>, _>>()?;
    let builder = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| CertificateError::Provider { cause: error.to_string() })?;
    let resolver = Arc::new(ByServerName::new(certificates));
    let mut config = builder.with_no_client_auth().with_cert_resolver(resolver);
    config.send_tls13_tickets = TLS13_TICKETS;
    Ok(Arc::new(config))
}

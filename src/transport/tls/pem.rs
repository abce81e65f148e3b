//! Reads chains and keys in PEM (RFC 7468).

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};

use super::error::CertificateError;

/// A text in PEM, and what errors call it.
#[derive(Debug)]
pub(super) struct Pem {
    pub(super) origin: String,
    pub(super) text: Vec<u8>,
}

/// What a key that a password protects contains: a label (RFC 5958), or a header of the older
/// forms.
const ENCRYPTED: [&[u8]; 2] = [b"BEGIN ENCRYPTED PRIVATE KEY", b"Proc-Type: 4,ENCRYPTED"];

/// Combines the certificates of `chain` with the first private key of `key`.
pub(super) fn certified_key(
    chain: &Pem,
    key: &Pem,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, CertificateError> {
    let certificates = certificates(chain)?;
    let signer = provider.key_provider.load_private_key(private_key(key)?).map_err(|error| {
        CertificateError::Key { origin: key.origin.clone(), cause: say(&error) }
    })?;
    let certified = CertifiedKey::new(certificates, signer);
    match certified.keys_match() {
        // Such a key does not tell its public half. Only a handshake shows whether it fits.
        Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(certified),
        Err(Error::InconsistentKeys(_)) => {
            Err(CertificateError::Mismatch { chain: chain.origin.clone(), key: key.origin.clone() })
        }
        Err(error) => {
            Err(CertificateError::Certificate { origin: chain.origin.clone(), cause: say(&error) })
        }
    }
}

pub(super) fn certificates(chain: &Pem) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain.text).collect();
    let certificates = certificates.map_err(|error| damaged(chain, &error))?;
    if certificates.is_empty() {
        return Err(CertificateError::NoCertificate { origin: chain.origin.clone() });
    }
    Ok(certificates)
}

fn private_key(key: &Pem) -> Result<PrivateKeyDer<'static>, CertificateError> {
    let is_in = |needle: &[u8]| key.text.windows(needle.len()).any(|window| window == needle);
    if ENCRYPTED.into_iter().any(is_in) {
        return Err(CertificateError::EncryptedKey { origin: key.origin.clone() });
    }
    match PrivateKeyDer::from_pem_slice(&key.text) {
        Ok(key) => Ok(key),
        Err(pem::Error::NoItemsFound) => {
            Err(CertificateError::NoKey { origin: key.origin.clone() })
        }
        Err(error) => Err(damaged(key, &error)),
    }
}

fn damaged(pem: &Pem, error: &pem::Error) -> CertificateError {
    let cause = match error {
        pem::Error::MissingSectionEnd { end_marker } => {
            format!("the line {} is missing", String::from_utf8_lossy(end_marker).trim())
        }
        pem::Error::IllegalSectionStart { line } => {
            format!("the line {:?} makes no sense", String::from_utf8_lossy(line).trim())
        }
        error => error.to_string(),
    };
    CertificateError::Pem { origin: pem.origin.clone(), cause }
}

/// Returns the text of an error, without the words that rustls wraps around it.
fn say(error: &Error) -> String {
    match error {
        Error::General(text) => text.clone(),
        Error::InvalidCertificate(cause) => cause.to_string(),
        error => error.to_string(),
    }
}

/// Returns the provider that the application has made the default of the process, or else ring.
pub(super) fn provider() -> Arc<CryptoProvider> {
    let default = CryptoProvider::get_default().cloned();
    default.unwrap_or_else(|| Arc::new(rustls::crypto::ring::default_provider()))
}

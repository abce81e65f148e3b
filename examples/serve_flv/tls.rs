//! `--tls-cert`, `--tls-key` and `--tls-self-signed`.

use std::path::PathBuf;

use anyhow::{Result, anyhow, ensure};
use rendercast::tls::{Certificate, Certificates};

/// The names in the self-signed certificate.
#[cfg(feature = "self-signed")]
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

#[derive(Debug, Default)]
pub(crate) struct TlsArguments {
    pub(crate) certs: Vec<PathBuf>,
    /// As many as there are certificates, in the same order.
    pub(crate) keys: Vec<PathBuf>,
    #[cfg(feature = "self-signed")]
    pub(crate) self_signed: bool,
}

impl TlsArguments {
    /// Loads the certificates. Returns `None` if the command line names none.
    pub(crate) fn certificates(&self) -> Result<Option<Certificates>> {
        let (certs, keys) = (self.certs.len(), self.keys.len());
        ensure!(certs == keys, "{certs} of --tls-cert and {keys} of --tls-key: give one of each");
        #[cfg(feature = "self-signed")]
        if self.self_signed {
            ensure!(certs == 0, "--tls-self-signed cannot be used with --tls-cert");
            let certificate = Certificate::self_signed(NAMES)?;
            return Ok(Some(Certificates::load([certificate])?));
        }
        let pairs = self.certs.iter().zip(&self.keys);
        let certificates: Vec<_> =
            pairs.map(|(chain, key)| Certificate::files(chain, key)).collect();
        if certificates.is_empty() { Ok(None) } else { Ok(Some(Certificates::load(certificates)?)) }
    }

    /// Says how to make players accept the self-signed certificate, if there is one.
    #[cfg(feature = "self-signed")]
    pub(crate) const fn advice(&self) -> Option<&'static str> {
        if self.self_signed { Some(UNVERIFIED) } else { None }
    }
}

/// The options with which players accept a certificate that they cannot verify.
#[cfg(feature = "self-signed")]
const UNVERIFIED: &str = "\
The certificate is self-signed, so players must not verify it:
  ffplay, ffmpeg   do not (5 to 7); later ones: -tls_verify 0
  mpv              does not; else --tls-verify=no
  rtmpdump         never does
  gst-launch-1.0   rtmp2src tls-validation-flags=0 location=...
  curl             --insecure";

/// Names the options of this example in the error.
pub(crate) fn explain(error: rendercast::StartError) -> anyhow::Error {
    match error {
        rendercast::StartError::NoCertificates { address } => {
            anyhow!("{address} needs --tls-cert and --tls-key, or --tls-self-signed")
        }
        error => error.into(),
    }
}

//! `--tls-cert`, `--tls-key` and `--tls-self-signed`.

use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow, ensure};
use clap::Args;
use rendercast::tls::{Certificate, Certificates};

/// What the self-signed certificate is made out to.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

#[derive(Debug, Args)]
pub(crate) struct TlsArguments {
    /// A certificate chain for rtmps://, in PEM, the server's own certificate first; may be given
    /// several times, each with its --tls-key: clients get the one for the server name they ask
    /// for, else the first
    #[arg(long, value_name = "FILE")]
    tls_cert: Vec<PathBuf>,

    /// The private key of the --tls-cert at the same place, in PEM, without a password
    #[arg(long, value_name = "FILE")]
    tls_key: Vec<PathBuf>,

    /// Make a certificate for trying rtmps:// out; players must be told not to verify it
    #[arg(long, conflicts_with_all = ["tls_cert", "tls_key"])]
    tls_self_signed: bool,
}

impl TlsArguments {
    /// The certificates that were asked for; none where none were.
    pub(crate) fn certificates(&self) -> Result<Option<Certificates>> {
        ensure!(
            self.tls_cert.len() == self.tls_key.len(),
            "{} of --tls-cert and {} of --tls-key: each certificate takes its key",
            self.tls_cert.len(),
            self.tls_key.len()
        );
        let mut certificates = Vec::new();
        if self.tls_self_signed {
            let made = rcgen::generate_simple_self_signed(NAMES.map(str::to_owned))
                .context("no certificate can be made")?;
            certificates.push(Certificate::pem(made.cert.pem(), made.signing_key.serialize_pem()));
        }
        let pairs = self.tls_cert.iter().zip(&self.tls_key);
        certificates.extend(pairs.map(|(chain, key)| Certificate::files(chain, key)));
        if certificates.is_empty() {
            return Ok(None);
        }
        Ok(Some(Certificates::load(certificates)?))
    }

    /// What to know before a player is told to open `rtmps://`.
    pub(crate) const fn advice(&self) -> Option<&'static str> {
        if self.tls_self_signed { Some(UNVERIFIED) } else { None }
    }
}

/// Which option has a player take a certificate that nobody vouches for.
const UNVERIFIED: &str = "\
The certificate is self-signed, so players must not verify it:
  ffplay, ffmpeg   do not (5 to 7); later ones: -tls_verify 0
  mpv              does not; else --tls-verify=no
  rtmpdump         never does
  gst-launch-1.0   rtmp2src tls-validation-flags=0 location=...";

/// Says what to do in this example's own terms.
pub(crate) fn explain(error: rendercast::StartError) -> anyhow::Error {
    match error {
        rendercast::StartError::NoCertificates { address } => {
            anyhow!("{address} takes --tls-cert and --tls-key, or --tls-self-signed")
        }
        error => error.into(),
    }
}

//! What can be wrong with certificates.

use std::io;

/// Why certificates cannot be used. The text names the file, and says what to do.
///
/// ```
/// use rendercast::tls::{Certificate, CertificateError, Certificates};
///
/// let error = Certificates::load([Certificate::files("none.pem", "none.key")]).unwrap_err();
/// assert!(matches!(error, CertificateError::Read { .. }));
/// println!("{error}"); // none.pem cannot be read: No such file or directory
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The list of certificates is empty.
    #[error("no certificate is given: TLS needs at least one")]
    None,
    /// A file cannot be read.
    #[error("{origin} cannot be read: {cause}")]
    Read {
        /// The file.
        origin: String,
        /// The error of the system.
        cause: io::Error,
    },
    /// The text begins like PEM (RFC 7468), and is damaged.
    #[error("{origin} is damaged PEM: {cause}")]
    Pem {
        /// The file, or what was given in memory.
        origin: String,
        /// What is wrong.
        cause: String,
    },
    /// There is no certificate where the chain should be.
    #[error(
        "there is no certificate in {origin}: it must be PEM, which begins with \
         -----BEGIN CERTIFICATE-----"
    )]
    NoCertificate {
        /// The file, or what was given in memory.
        origin: String,
    },
    /// There is no private key where one should be.
    #[error(
        "there is no private key in {origin}: it must be PEM, which begins with \
         -----BEGIN PRIVATE KEY----- (or RSA PRIVATE KEY, or EC PRIVATE KEY)"
    )]
    NoKey {
        /// The file, or what was given in memory.
        origin: String,
    },
    /// The private key is protected with a password.
    #[error(
        "the private key in {origin} is encrypted, and a server cannot ask for its password: \
         decrypt it (openssl pkey -in ENCRYPTED -out KEY) and restrict who may read the file"
    )]
    EncryptedKey {
        /// The file, or what was given in memory.
        origin: String,
    },
    /// The chain's first certificate cannot be understood.
    #[error("the first certificate in {origin} cannot be used: {cause}")]
    Certificate {
        /// The file, or what was given in memory.
        origin: String,
        /// What is wrong.
        cause: String,
    },
    /// The private key is of a kind that is not supported, or damaged.
    #[error(
        "the private key in {origin} cannot be used: {cause}; RSA of 2048 bits and more, \
         ECDSA on P-256 and P-384, and Ed25519 can"
    )]
    Key {
        /// The file, or what was given in memory.
        origin: String,
        /// What is wrong.
        cause: String,
    },
    /// Certificate and private key do not belong together.
    #[error(
        "the private key in {key} is not that of the first certificate in {chain}; the server's \
         own certificate comes first, then those that sign it"
    )]
    Mismatch {
        /// Where the chain was.
        chain: String,
        /// Where the key was.
        key: String,
    },
    /// A self-signed certificate cannot be made for the names.
    #[cfg(feature = "self-signed")]
    #[error("a self-signed certificate cannot be made: {reason}")]
    SelfSigned {
        /// The reason.
        reason: String,
    },
    /// The system trusts no certificate authority.
    #[error(
        "the system has no certificate authorities that a client could trust{}: install them \
         (the package ca-certificates on Linux), or pass a file to Trust::authorities_file",
        cause.as_ref().map(|cause| format!(" ({cause})")).unwrap_or_default()
    )]
    NoAuthorities {
        /// The first error that came up in reading them.
        cause: Option<String>,
    },
    /// The default cryptography provider of the process lacks what TLS 1.2 and 1.3 need.
    #[error("the installed provider of cryptography cannot be used: {cause}")]
    Provider {
        /// What it lacks.
        cause: String,
    },
}

//! Loading certificates, choosing among them, and exchanging them.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rcgen::KeyPair;
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::version::TLS13;

use super::{Authority, VERSIONS, shake_hands};
use crate::transport::tls::{Certificate, CertificateError, Certificates};

#[test]
fn what_cannot_be_used_is_said_by_file_and_cause() {
    let authority = Authority::new();
    let (chain, key) = authority.vouch_for("localhost");
    let stranger = KeyPair::generate().expect("a key").serialize_pem();
    let encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let empty_chain = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let empty_key = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
    let unfinished = chain.lines().take(3).collect::<Vec<_>>().join("\n");
    let folder = tempfile::tempdir().expect("a folder for temporary files");

    type IsExpected = fn(&CertificateError) -> bool;
    #[rustfmt::skip]
    let table: [(&str, &str, &str, IsExpected); 8] = [
        ("chain.pem", &chain, &stranger, |e| matches!(e, CertificateError::Mismatch { .. })),
        ("chain.pem", &key, &key, |e| matches!(e, CertificateError::NoCertificate { .. })),
        ("chain.pem", "", &key, |e| matches!(e, CertificateError::NoCertificate { .. })),
        ("chain.pem", empty_chain, &key, |e| matches!(e, CertificateError::Certificate { .. })),
        ("chain.pem", &unfinished, &key, |e| matches!(e, CertificateError::Pem { .. })),
        ("key.pem", &chain, &chain, |e| matches!(e, CertificateError::NoKey { .. })),
        ("key.pem", &chain, encrypted, |e| matches!(e, CertificateError::EncryptedKey { .. })),
        ("key.pem", &chain, empty_key, |e| matches!(e, CertificateError::Key { .. })),
    ];
    for (faulty, chain, key, is_expected) in table {
        let error = Certificates::load([write(folder.path(), chain, key)]).expect_err(faulty);
        assert!(is_expected(&error), "{error:?}");
        let faulty = folder.path().join(faulty).display().to_string();
        assert!(error.to_string().contains(&faulty), "{error} does not name {faulty}");
    }
    let absent = Certificates::load([Certificate::files("absent.pem", "absent.key")]);
    let error = absent.expect_err("there is none").to_string();
    assert!(error.starts_with("absent.pem cannot be read: "), "{error}");
    assert!(matches!(Certificates::load([]), Err(CertificateError::None)));
}

#[test]
fn the_server_name_chooses_the_certificate() {
    let authority = Authority::new();
    let names = ["first.example", "*.wild.example", "second.example"];
    let (pems, sources): (Vec<_>, Vec<_>) = names
        .iter()
        .map(|name| authority.vouch_for(name))
        .map(|(chain, key)| (der(&chain), Certificate::pem(chain, key)))
        .unzip();
    let certificates = Certificates::load(sources).expect("usable");
    for version in VERSIONS {
        for (asked, shown) in [
            ("first.example", Some(0)),
            ("second.example", Some(2)),
            ("a.wild.example", Some(1)),
            // These are shown the first, which does not satisfy them.
            ("wild.example", None),
            ("third.example", None),
            ("127.0.0.1", None),
        ] {
            let config = authority.client_config(version);
            let seen = shown_certificate(&certificates, config, asked);
            assert_eq!(seen.as_ref(), shown.map(|index: usize| &pems[index]), "{asked}");
        }
    }
}

#[test]
fn an_exchange_is_seen_by_new_handshakes_and_a_failed_one_changes_nothing() {
    let authority = Authority::new();
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let (old, old_key) = authority.vouch_for("localhost");
    let (new, new_key) = authority.vouch_for("localhost");
    let certificates = Certificates::load([write(folder.path(), &old, &old_key)]).expect("usable");
    let config = authority.client_config(&TLS13);
    let shown = || shown_certificate(&certificates, Arc::clone(&config), "localhost");
    assert_eq!(shown(), Some(der(&old)));

    write(folder.path(), &new, &old_key);
    assert!(matches!(certificates.reload(), Err(CertificateError::Mismatch { .. })));
    assert_eq!(shown(), Some(der(&old)), "what was in force stays");

    write(folder.path(), &new, &new_key);
    certificates.reload().expect("usable");
    assert_eq!(shown(), Some(der(&new)));

    certificates.replace([Certificate::pem(old.clone(), old_key)]).expect("usable");
    assert_eq!(shown(), Some(der(&old)));
    assert!(certificates.replace([]).is_err());
    certificates.reload().expect("what is in memory does not change");
    assert_eq!(shown(), Some(der(&old)));
}

#[test]
fn what_is_printed_of_a_certificate_has_nothing_of_its_key() {
    let (chain, key) = Authority::new().vouch_for("localhost");
    let secret = key.lines().nth(1).expect("a key has lines").to_owned();
    let source = Certificate::pem(chain, key);
    let certificates = Certificates::load([source.clone()]).expect("usable");
    for text in [format!("{source:?}"), format!("{certificates:?}")] {
        assert!(!text.contains(&secret), "{text}");
    }
}

/// Returns the certificate that a client sees which asks for `name`, or `None` if it rejects it.
fn shown_certificate(
    certificates: &Certificates,
    config: Arc<ClientConfig>,
    name: &str,
) -> Option<CertificateDer<'static>> {
    let (_, client) = shake_hands(certificates, config, name);
    let client = client.ok()?;
    client.conn.peer_certificates()?.first().map(|shown| shown.clone().into_owned())
}

fn der(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate")
}

fn write(folder: &Path, chain: &str, key: &str) -> Certificate {
    let (chain_path, key_path) = (folder.join("chain.pem"), folder.join("key.pem"));
    fs::write(&chain_path, chain).expect("it can be written");
    fs::write(&key_path, key).expect("it can be written");
    Certificate::files(chain_path, key_path)
}

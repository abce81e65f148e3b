//! A rustls client at the other end of a loopback connection.

mod certificates;
mod handshake;
mod stream;

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
};

use super::handshake::{HandshakeError, accept};
use super::stream::Tls;
use super::{Certificate, Certificates};
use crate::transport::{Kind, Socket, SocketOptions};

/// How long a step may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

/// A certificate authority.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    root: String,
}

impl Authority {
    /// Makes an authority whose name no other has.
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        let name = format!("authority {}", COUNT.fetch_add(1, Ordering::Relaxed));
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let root = params.self_signed(&key).expect("a certificate").pem();
        Self { issuer: Issuer::new(params, key), root }
    }

    /// Makes a chain and a key for `name`, in PEM.
    fn vouch_for(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        let own = params.signed_by(&key, &self.issuer).expect("a certificate");
        (own.pem(), key.serialize_pem())
    }

    fn certificate(&self, name: &str) -> Certificate {
        let (chain, key) = self.vouch_for(name);
        Certificate::pem(chain, key)
    }

    fn client_config(&self, version: &'static SupportedProtocolVersion) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from_pem_slice(self.root.as_bytes()).expect("a root");
        roots.add(root).expect("a usable root");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .expect("TLS 1.2 and 1.3 are there");
        Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
    }
}

/// Makes both ends of a connection over loopback. The first is the one that a server accepts.
fn connection() -> (Arc<Socket>, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it has one");
    let client = TcpStream::connect(address).expect("it listens");
    client.set_read_timeout(Some(PATIENCE)).expect("a socket option");
    let (server, _) = listener.accept().expect("the client has connected");
    let options = SocketOptions { write_timeout: PATIENCE, send_buffer_bytes: 0 };
    let socket = Socket::set(server.into(), Kind::Tcp, options).expect("socket options");
    (Arc::new(socket), client)
}

type Client = StreamOwned<ClientConnection, TcpStream>;

/// Makes a client that asks for `name`, before its handshake.
fn client(config: Arc<ClientConfig>, name: &str, socket: TcpStream) -> Client {
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    StreamOwned::new(ClientConnection::new(config, name).expect("a client"), socket)
}

/// Returns both ends after their handshake.
fn established(
    authority: &Authority,
    version: &'static SupportedProtocolVersion,
) -> (Arc<Tls>, Client) {
    let certificates = Certificates::load([authority.certificate("localhost")]).expect("usable");
    let (server, client) =
        shake_hands(&certificates, authority.client_config(version), "localhost");
    (Arc::new(server.expect("a handshake")), client.expect("a handshake"))
}

fn shake_hands(
    certificates: &Certificates,
    config: Arc<ClientConfig>,
    name: &str,
) -> (Result<Tls, HandshakeError>, io::Result<Client>) {
    let (socket, stream) = connection();
    let mut client = client(config, name, stream);
    std::thread::scope(|scope| {
        let greeting = scope.spawn(|| {
            while client.conn.is_handshaking() {
                client.conn.complete_io(&mut client.sock)?;
            }
            client.flush()?;
            Ok(client)
        });
        let accepted = accept(socket, &[], certificates, PATIENCE);
        (accepted, greeting.join().expect("no panic"))
    })
}

/// Returns all bytes until the end, and how reading ended.
fn read_to_end(mut stream: impl io::Read) -> (Vec<u8>, io::Result<()>) {
    let mut all = Vec::new();
    let ended = stream.read_to_end(&mut all).map(drop);
    (all, ended)
}

/// Makes bytes that differ from their neighbours everywhere.
fn payload(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index ^ (index >> 8) ^ (index >> 16)) as u8).collect()
}

fn read_exactly(client: &mut Client, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    client.read_exact(&mut bytes).expect("all of it");
    bytes
}

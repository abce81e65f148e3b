//! The crate's own client against the server: what it sends at `connect` and `play`, and RTMPS.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use rendercast::amf::{Object, Value};
use rendercast::client::{Config, Connection as ClientConnection, Player};
use rendercast::vod::{FileHandler, Library};
use rendercast::{Connection, HandlerResult, PlayFrom, ServerConfig, Tag, TagKind};

use crate::film;
use crate::support::{Host, PATIENCE};

/// The length of the film. A player with a buffer of this length gets all of it at once.
const WHOLE_FILM: Duration = Duration::from_secs(10);

/// Starts a server of a film of ten seconds with a key frame every second.
fn host() -> Host {
    let film = Arc::new(film::film(10, 1));
    let library = Library::memory([("film".to_owned(), film.into())]);
    Host::start_with(ServerConfig::default(), FileHandler::new(library).repeat(false))
}

fn pictures(player: Player) -> impl Iterator<Item = Tag> {
    let tags = player.map(|tag| tag.expect("the film plays"));
    // The second byte of a codec configuration is 0.
    tags.filter(|tag| tag.kind == TagKind::Video && tag.payload[1] == 1)
}

#[test]
fn a_player_starts_at_its_position() {
    let host = host();
    let url = format!("rtmp://{}/live/film", host.address).parse().expect("a URL");
    // What is left has 25 pictures a second, from the key frame at or before the position.
    for (position, expected) in [(5_000, 125), (5_500, 125), (0, 250)] {
        let play_from = PlayFrom::At(Duration::from_millis(position));
        let config = Config::default().play_from(play_from).buffer_length(WHOLE_FILM);
        let mut pictures = pictures(Player::open_with(&url, config).expect("it plays"));
        let first = pictures.next().expect("the film has pictures");
        assert!(first.is_key_frame(), "{position} ms");
        assert_eq!(1 + pictures.count(), expected, "{position} ms");
    }
}

#[test]
fn a_client_sends_properties_and_arguments_with_connect() {
    let (note, noted) = mpsc::channel();
    let host = Host::start(
        move |_: &Connection, properties: &Object, arguments: &[Value]| -> HandlerResult {
            note.send((properties.clone(), arguments.to_vec()))?;
            Ok(true)
        },
    );
    let config = Config::default()
        .flash_version("test 1")
        .connect_property("pageUrl", "http://h/page")
        .connect_argument("name")
        .connect_argument(7);
    let url = format!("rtmp://{}/live?token=a/film", host.address).parse().expect("a URL");
    let connection = ClientConnection::open_with(&url, config).expect("the connection is claimed");
    drop(connection);
    let (properties, arguments) = noted.recv_timeout(PATIENCE).expect("the handler is called");
    let property = |name| properties.get(name).and_then(Value::as_str);
    assert_eq!(property("flashVer"), Some("test 1"));
    assert_eq!(property("pageUrl"), Some("http://h/page"));
    assert_eq!(property("app"), Some("live?token=a"));
    let tc_url = format!("rtmp://{}/live?token=a", host.address);
    assert_eq!(property("tcUrl"), Some(tc_url.as_str()));
    assert_eq!(arguments, ["name".into(), 7.into()]);
}

#[test]
fn a_build_without_a_feature_names_it() {
    if cfg!(not(feature = "tunnel")) {
        let error = ClientConnection::open("rtmpt://127.0.0.1:1/live").expect_err("no tunnels");
        assert!(error.to_string().contains("`tunnel`"), "{error}");
    }
    if cfg!(not(feature = "tls")) {
        let error = ClientConnection::open("rtmps://127.0.0.1:1/live").expect_err("no TLS");
        assert!(error.to_string().contains("`tls`"), "{error}");
    }
}

#[cfg(feature = "tls")]
mod rtmps {
    use std::net::TcpListener;

    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    use rendercast::Server;
    use rendercast::client::{Error, Url};
    use rendercast::tls::{Certificate, Certificates, TlsError, Trust};

    use super::{
        Arc, Config, Connection, Duration, FileHandler, HandlerResult, Library, Object, PATIENCE,
        Player, ServerConfig, Value, film, pictures,
    };
    use crate::support::SharedTurn;

    /// Starts a server with a certificate for `localhost`. Returns its authority too.
    struct Secure {
        server: Server,
        authority: String,
    }

    impl Secure {
        fn start() -> Self {
            let mut params = CertificateParams::new(Vec::new()).expect("no names");
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            let key = KeyPair::generate().expect("a key");
            let authority = params.self_signed(&key).expect("a certificate").pem();
            let issuer = Issuer::new(params, key);
            let key = KeyPair::generate().expect("a key");
            let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
            let own = params.signed_by(&key, &issuer).expect("a certificate");
            Self::start_with(&Certificate::pem(own.pem(), key.serialize_pem()), authority)
        }

        fn self_signed() -> Self {
            let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]);
            let made = made.expect("a certificate");
            let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
            Self::start_with(&Certificate::pem(chain.as_str(), key), chain)
        }

        fn start_with(certificate: &Certificate, authority: String) -> Self {
            let certificates = Certificates::load([certificate.clone()]).expect("usable");
            let server = Server::new(ServerConfig::default().tls(certificates));
            let film = Arc::new(film::film(10, 1));
            let library = Library::memory([("film".to_owned(), film.into())]);
            server.install(|connection: &Connection, _: &Object, _: &[Value]| -> HandlerResult {
                assert_eq!(connection.property("transport"), Some("rtmps".into()));
                Ok(false)
            });
            server.install(FileHandler::new(library));
            server.start("rtmps://127.0.0.1:0").expect("a free port");
            Self { server, authority }
        }

        fn url(&self, host: &str) -> Url {
            let port = self.server.listen_addresses()[0].port().expect("TCP");
            format!("rtmps://{host}:{port}/live/film").parse().expect("a URL")
        }

        fn play(&self, host: &str, trust: Trust) -> Result<Player, Error> {
            Player::open_with(&self.url(host), Config::default().trust(trust))
        }

        fn refusal(&self, host: &str, trust: Trust) -> TlsError {
            match self.play(host, trust) {
                Err(Error::Tls(error)) => error,
                outcome => panic!("{outcome:?}"),
            }
        }
    }

    #[test]
    fn a_server_of_a_given_authority_is_played() {
        let _turn = SharedTurn::wait();
        let (signed, self_signed) = (Secure::start(), Secure::self_signed());
        for secure in [&signed, &self_signed] {
            let trust = Trust::authorities_pem(secure.authority.as_str());
            let player = secure.play("localhost", trust).expect("trust");
            assert!(pictures(player).next().expect("a picture").is_key_frame());
        }
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let path = folder.path().join("authority.pem");
        std::fs::write(&path, &signed.authority).expect("it can be written");
        let trust = Trust::authorities_file(&path).server_name("localhost");
        // The certificate does not name the address, but the name in the settings.
        assert!(signed.play("127.0.0.1", trust.clone()).is_ok());
        // The file is read once.
        std::fs::remove_file(&path).expect("it is there");
        assert!(signed.play("127.0.0.1", trust).is_ok());
    }

    #[test]
    fn a_server_of_an_unknown_authority_is_refused() {
        let _turn = SharedTurn::wait();
        let (secure, other) = (Secure::start(), Secure::start());
        for trust in [Trust::authorities_pem(other.authority.as_str()), Trust::system()] {
            let error = secure.refusal("localhost", trust.clone());
            // A machine without any authorities says so.
            let said = error.to_string();
            assert!(said.contains("Trust::authorities_file"), "{trust:?}: {said}");
        }
        let trust = Trust::authorities_pem(other.authority.as_str());
        let error = secure.refusal("localhost", trust);
        assert!(matches!(error, TlsError::UnknownAuthority { .. }), "{error}");
        assert!(error.to_string().contains("localhost"), "{error}");
    }

    #[test]
    fn a_server_of_another_name_is_refused() {
        let _turn = SharedTurn::wait();
        let secure = Secure::start();
        let trust = Trust::authorities_pem(secure.authority.as_str());
        for (host, trust) in
            [("127.0.0.1", trust.clone()), ("localhost", trust.server_name("live.example"))]
        {
            let error = secure.refusal(host, trust);
            assert!(matches!(error, TlsError::WrongName { .. }), "{error}");
            let said = error.to_string();
            assert!(said.contains("localhost") && said.contains("Trust::server_name"), "{said}");
        }
    }

    #[test]
    fn any_server_is_played_if_the_client_verifies_nothing() {
        let _turn = SharedTurn::wait();
        let secure = Secure::start();
        let trust = Trust::dangerously_accept_any_certificate();
        assert!(secure.play("127.0.0.1", trust).is_ok());
    }

    #[test]
    fn unusable_settings_are_named() {
        let _turn = SharedTurn::wait();
        let secure = Secure::start();
        let error = secure.refusal("localhost", Trust::authorities_file("absent.pem"));
        assert!(error.to_string().contains("absent.pem"), "{error}");
        let error = secure.refusal("localhost", Trust::authorities_pem("nonsense"));
        assert!(error.to_string().contains("given in memory"), "{error}");
        let error = secure.refusal("localhost", Trust::system().server_name("a name"));
        assert!(matches!(error, TlsError::ServerName { .. }), "{error}");
    }

    #[test]
    fn a_server_without_tls_is_named() {
        let _turn = SharedTurn::wait();
        let server = Server::new(ServerConfig::default());
        server.start("127.0.0.1:0").expect("a free port");
        let port = server.listen_addresses()[0].port().expect("TCP");
        let url: Url = format!("rtmps://127.0.0.1:{port}/live/film").parse().expect("a URL");
        let trust = Trust::dangerously_accept_any_certificate();
        let config = Config::default().trust(trust).connect_timeout(PATIENCE);
        let error = Player::open_with(&url, config).expect_err("no TLS there");
        let Error::Tls(TlsError::NotTls { .. } | TlsError::Closed { .. }) = error else {
            panic!("{error:?}")
        };
    }

    #[test]
    fn a_silent_server_has_until_the_deadline() {
        let _turn = SharedTurn::wait();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let url: Url = format!("rtmps://127.0.0.1:{port}/live/film").parse().expect("a URL");
        let trust = Trust::dangerously_accept_any_certificate();
        let config = Config::default().trust(trust).connect_timeout(Duration::from_millis(200));
        let error = Player::open_with(&url, config).expect_err("nothing answers");
        assert!(matches!(error, Error::Tls(TlsError::TimedOut { .. })), "{error:?}");
    }
}

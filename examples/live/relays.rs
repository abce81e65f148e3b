//! `--push`, `--pull` and `--trust`.

use std::path::PathBuf;

use anyhow::{Context, Result};
use rendercast::client::{Config, Url};
use rendercast::live::LiveHandler;
use rendercast::relay::{Pull, Push, RelayConfig};

/// What to push and to pull.
#[derive(Debug, Default)]
pub(crate) struct RelayArguments {
    pushes: Vec<Relay>,
    pulls: Vec<Relay>,
    pub(crate) trust: Option<PathBuf>,
}

/// A stream of this server, and where it is at another.
#[derive(Debug)]
struct Relay {
    name: String,
    url: String,
}

/// The relays that run. Their drop ends them.
pub(crate) struct Relays {
    _pushes: Vec<Push>,
    _pulls: Vec<Pull>,
}

impl RelayArguments {
    pub(crate) fn push(&mut self, argument: &str) -> Result<(), String> {
        self.pushes.push(Relay::parse(argument)?);
        Ok(())
    }

    pub(crate) fn pull(&mut self, argument: &str) -> Result<(), String> {
        self.pulls.push(Relay::parse(argument)?);
        Ok(())
    }

    pub(crate) fn start(&self, live: &LiveHandler) -> Result<Relays> {
        let config = RelayConfig::default().client(self.client_config()?);
        let pushes = self.pushes.iter().map(|Relay { name, url }| {
            let push = Push::start_named(live, name, url, config.clone());
            push.with_context(|| format!("the stream {name} cannot be pushed"))
        });
        let pulls = self.pulls.iter().map(|Relay { name, url }| {
            let pull = Pull::start_named(live, name, url, config.clone());
            pull.with_context(|| format!("the stream {name} cannot be pulled"))
        });
        Ok(Relays {
            _pushes: pushes.collect::<Result<_>>()?,
            _pulls: pulls.collect::<Result<_>>()?,
        })
    }

    fn client_config(&self) -> Result<Config> {
        let config = Config::default();
        let Some(trust) = &self.trust else { return Ok(config) };
        #[cfg(feature = "tls")]
        {
            Ok(config.trust(rendercast::tls::Trust::authorities_file(trust)))
        }
        #[cfg(not(feature = "tls"))]
        {
            let _ = (config, trust);
            anyhow::bail!("--trust needs the feature `tls`: cargo run --features tls ...")
        }
    }
}

impl Relay {
    /// Reads `NAME=URL` or `URL`, whose path is the name then.
    fn parse(argument: &str) -> Result<Self, String> {
        let before_scheme = argument.find("://").unwrap_or(argument.len());
        let name = argument.split_once('=').filter(|(name, _)| name.len() < before_scheme);
        let (name, text) = name.map_or((None, argument), |(name, url)| (Some(name), url));
        let url: Url = text.parse().map_err(|error| format!("{text}: {error}"))?;
        let path = |part: &str| part.split('?').next().unwrap_or_default().to_owned();
        let own_name = || format!("{}/{}", path(&url.app), path(&url.name));
        let name = name.map_or_else(own_name, str::to_owned);
        Ok(Self { name, url: text.to_owned() })
    }
}

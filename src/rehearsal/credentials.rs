//! What the stand-in's only client has to know. All of it is made for one run.

use std::io;
use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

/// The scopes that the client has.
pub(super) const SCOPES: &str = "create:users read:users read:connections read:connections_options";

/// Where the stand-in is, and how its client is known.
pub(super) struct Credentials {
    pub(super) origin: String,
    pub(super) audience: String,
    pub(super) client_id: String,
    pub(super) secret: Zeroizing<String>,
    pub(super) token: Zeroizing<String>,
}

impl Credentials {
    /// New ones.
    pub(super) fn new(address: SocketAddr) -> io::Result<Self> {
        Ok(Self {
            origin: format!("http://{address}"),
            audience: format!("https://{address}/api/v2/"),
            client_id: "rehearsal".to_owned(),
            secret: random()?,
            token: random()?,
        })
    }
}

/// 256 bits.
fn random() -> io::Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new([0; 32]);
    aws_lc_rs::rand::fill(&mut *bytes).map_err(|_| io::Error::other("no random bytes"))?;
    Ok(Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes)))
}

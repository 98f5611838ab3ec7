//! What the stand-in's only client has to know. All of it is made for one run.

use std::io;
use std::net::SocketAddr;

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
    Ok(Zeroizing::new(bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
        text
    })))
}

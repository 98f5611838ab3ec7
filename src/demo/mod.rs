//! A legacy database and a token issuer to try the service with, on loopback, without a tenant.

mod issuer;
mod legacy;

use std::net::SocketAddr;

pub use issuer::Issuer;
pub use legacy::{Legacy, SAMPLE_PASSWORD};

/// The audience and the client of the demonstration.
pub const AUDIENCE: &str = "https://narrowgate.example/";
const CLIENT_ID: &str = "demo-scripts";

/// The configuration that ties the two together.
#[must_use]
pub fn configuration(issuer: &Issuer, legacy: &Legacy, management: SocketAddr) -> String {
    format!(
        "[server]\nbind = \"127.0.0.1:0\"\n\
         [auth]\nissuer = \"{}\"\naudience = \"{AUDIENCE}\"\n\
         [database]\nurl = \"sqlite://{}\"\n\
         [management]\nbind = \"{management}\"\n\
         [log]\nformat = \"text\"\n",
        issuer.url(),
        legacy.file().display(),
    )
}

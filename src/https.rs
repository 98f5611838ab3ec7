//! HTTPS to others: who they are, the system's authorities say, or one's own authority in their place.

use std::error::Error;
use std::path::Path;

use reqwest::{Certificate, Client, ClientBuilder};

use crate::cause::innermost;

/// The client of a builder, which trusts nobody but this authority where there is one.
///
/// # Errors
/// What of its TLS cannot be set up.
pub(crate) fn client(
    mut builder: ClientBuilder,
    authority: Option<&Path>,
) -> Result<Client, String> {
    let unusable = |error: &dyn Error| format!("TLS set-up: {}", innermost(error));
    if let Some(path) = authority {
        let pem = std::fs::read(path).map_err(|error| unusable(&error))?;
        let authorities = Certificate::from_pem_bundle(&pem).map_err(|error| unusable(&error))?;
        builder = builder.tls_certs_only(authorities);
    }
    builder.build().map_err(|error| unusable(&error))
}

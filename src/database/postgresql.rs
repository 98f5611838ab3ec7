//! Connections to PostgreSQL, in pure Rust.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use diesel::ConnectionError;
use diesel_async::pooled_connection::{ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use futures_util::FutureExt;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::ConfigVerifierExt;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Error, innermost, refused};
use crate::config::{Database as Settings, Secret, Transport};

/// Unacknowledged data for this long closes a connection whose other end vanished.
const DEAD_PEER: Duration = Duration::from_secs(5);

pub(super) fn manager(
    url: &Secret,
    transport: &Transport,
    settings: &Settings,
) -> Result<ManagerConfig<AsyncPgConnection>, Error> {
    let mut address = Config::from_str(url.reveal()).map_err(|_| {
        Error::Refused(
            "database.url is no PostgreSQL URL; see postgresql.org, \"Connection URIs\"".to_owned(),
        )
    })?;
    address
        .application_name("narrowgate")
        .connect_timeout(settings.connect_timeout)
        .tcp_user_timeout(DEAD_PEER);
    let tls = match transport {
        Transport::Plain => {
            address.ssl_mode(SslMode::Disable);
            None
        }
        Transport::Tls(authority) => {
            address.ssl_mode(SslMode::Require);
            Some(MakeRustlsConnect::new(client_config(authority.as_deref())?))
        }
    };
    let limits = format!("SET statement_timeout = {}", settings.statement_timeout.as_millis());
    let address = Arc::new(address);
    let mut config = ManagerConfig::default();
    // The driver knows when its socket closed, so no test query is needed before each use.
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |_| {
        let (address, tls, limits) = (Arc::clone(&address), tls.clone(), limits.clone());
        async move {
            let mut connection = connect(&address, tls).await?;
            connection
                .batch_execute(&limits)
                .await
                .map_err(ConnectionError::CouldntSetupConfiguration)?;
            Ok(connection)
        }
        .boxed()
    });
    Ok(config)
}

async fn connect(
    address: &Config,
    tls: Option<MakeRustlsConnect>,
) -> Result<AsyncPgConnection, ConnectionError> {
    let bad = |error: tokio_postgres::Error| describe(&error);
    if let Some(tls) = tls {
        let (client, connection) = address.connect(tls).await.map_err(bad)?;
        return AsyncPgConnection::try_from_client_and_connection(client, connection).await;
    }
    let (client, connection) = address.connect(NoTls).await.map_err(bad)?;
    AsyncPgConnection::try_from_client_and_connection(client, connection).await
}

/// No user's data has been sent yet, so the server's words can be repeated.
fn describe(error: &tokio_postgres::Error) -> ConnectionError {
    match error.as_db_error() {
        Some(answer) if is_refusal(answer.code().code()) => refused(answer.message().to_owned()),
        Some(answer) => ConnectionError::BadConnection(answer.message().to_owned()),
        None => ConnectionError::BadConnection(innermost(error)),
    }
}

/// SQLSTATE classes 28 (authorization) and 3D (no such database) do not go away by waiting.
fn is_refusal(sqlstate: &str) -> bool {
    sqlstate.starts_with("28") || sqlstate.starts_with("3D") || sqlstate == "42501"
}

fn client_config(authority: Option<&std::path::Path>) -> Result<ClientConfig, Error> {
    let unusable =
        |error: &dyn std::fmt::Display| Error::Refused(format!("database.ca_certificate: {error}"));
    let Some(path) = authority else {
        return ClientConfig::with_platform_verifier().map_err(|error| unusable(&error));
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unusable(&error))? {
        roots
            .add(certificate.map_err(|error| unusable(&error))?)
            .map_err(|error| unusable(&error))?;
    }
    Ok(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}

//! A stand-in for a tenant's token endpoint and key set, shaped like Auth0's.

use std::io;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use actix_web::dev::ServerHandle;
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::json;

use super::{AUDIENCE, CLIENT_ID};

const KEY_ID: &str = "demo-key";
/// Life of a token, in seconds.
const LIFE: u64 = 3600;

/// The issuer, serving its key set until it is stopped.
pub struct Issuer {
    signer: Arc<Signer>,
    handle: ServerHandle,
}

struct Signer {
    url: String,
    key: KeyPair,
}

#[derive(Deserialize)]
struct TokenRequest {
    client_id: String,
    #[serde(default)]
    scope: String,
}

impl Issuer {
    /// Makes a key of its own and listens on a free loopback port.
    ///
    /// # Errors
    /// No port or no key is to be had.
    pub fn start() -> io::Result<Self> {
        let key =
            KeyPair::generate(KeySize::Rsa2048).map_err(|_| io::Error::other("no RSA key"))?;
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}/", listener.local_addr()?);
        let signer = Arc::new(Signer { url, key });
        let shared = Data::from(Arc::clone(&signer));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .route("/.well-known/jwks.json", web::get().to(key_set))
                .route("/oauth/token", web::post().to(token))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)?
        .run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Self { signer, handle })
    }

    /// The value of `iss`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.signer.url
    }

    /// An access token as Auth0 gives it to a machine client.
    ///
    /// # Errors
    /// The key cannot sign.
    pub fn token(&self, scope: &str) -> Result<String, Unspecified> {
        self.signer.token(CLIENT_ID, scope)
    }

    /// Stops listening.
    pub async fn stop(&self) {
        self.handle.stop(false).await;
    }
}

impl Signer {
    fn token(&self, client_id: &str, scope: &str) -> Result<String, Unspecified> {
        let now =
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": KEY_ID });
        let claims = json!({
            "iss": self.url, "sub": format!("{client_id}@clients"), "aud": AUDIENCE,
            "iat": now, "exp": now + LIFE, "azp": client_id, "gty": "client-credentials", "scope": scope,
        });
        let encode = |part: &serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            signed.as_bytes(),
            &mut signature,
        )?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

async fn key_set(signer: Data<Signer>) -> HttpResponse {
    let public = signer.key.public_key();
    let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let key = json!({
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID,
        "n": number(public.modulus().big_endian_without_leading_zero()),
        "e": number(public.exponent().big_endian_without_leading_zero()),
    });
    HttpResponse::Ok().content_type("application/json").body(json!({ "keys": [key] }).to_string())
}

async fn token(signer: Data<Signer>, request: web::Form<TokenRequest>) -> HttpResponse {
    let Ok(token) = signer.token(&request.client_id, &request.scope) else {
        return HttpResponse::InternalServerError().finish();
    };
    let answer = json!({ "access_token": token, "token_type": "Bearer", "expires_in": LIFE, "scope": request.scope });
    HttpResponse::Ok().content_type("application/json").body(answer.to_string())
}

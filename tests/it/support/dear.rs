//! A user whose password takes its time to check, so that logins can be met under way.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use aws_lc_rs::pbkdf2;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Legacy;
use super::sample::World;

const PASSWORD: &str = "as dear as it is long";

impl Legacy {
    /// Adds the user `dear`.
    pub fn add_dear_user(&self) {
        let (rounds, salt) = (NonZeroU32::new(200_000).expect("not zero"), "salt");
        let mut digest = [0; 32];
        let (salted, password) = (salt.as_bytes(), PASSWORD.as_bytes());
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, salted, password, &mut digest);
        let hash = format!("pbkdf2_sha256${rounds}${salt}${}", STANDARD.encode(digest));
        self.add_user(1000, Some("dear"), None, Some(&hash));
    }
}

/// The body of a good login by `dear`.
pub fn dear_login() -> String {
    serde_json::json!({ "identifier": "dear", "password": PASSWORD }).to_string()
}

impl World {
    pub fn login_dear(&self) -> super::Answer {
        self.post("/login", dear_login())
    }

    /// Logs in once, and tells how many such logins keep one thread busy for so long.
    #[track_caller]
    pub fn dear_logins_in(&self, time: Duration) -> u64 {
        let start = Instant::now();
        self.login_dear().expect(200, "");
        (time.as_secs_f64() / start.elapsed().as_secs_f64()).ceil().clamp(2.0, 50.0) as u64
    }
}

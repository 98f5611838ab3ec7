//! What of a stored hash must not be told, and whether it is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{is_key_first, is_text_within};
use crate::passwords::vectors::Vector;
use crate::support::sample::World;
use crate::support::{Engine, servers};

/// Every part of a row that is a digest, as it is stored, and otherwise written.
pub fn secrets(vector: &Vector) -> Vec<String> {
    let hash = vector.hash.trim_end();
    let tokens: Vec<&str> =
        hash.split(|c: char| "$:{}\",!*;()[]@\\".contains(c)).filter(|it| it.len() >= 11).collect();
    let from = |text: &str, at: usize| text.get(at..).unwrap_or_default().to_owned();
    let last = tokens.last().copied().unwrap_or_default();
    let end = |length: usize| from(hash, hash.len().saturating_sub(length));
    let own = match vector.scheme.as_str() {
        _ if hash.len() < 11 => vec![],
        "plaintext" | "ldap_plaintext" => {
            vec![hash.to_owned(), hash.split_once('}').unwrap_or_default().1.to_owned()]
        }
        _ if is_text_within(vector) => vec![end(22)],
        name if name.starts_with("ldap_salted") => ldap_salted(name, hash, last),
        "aspnet_identity_v3" if hash.len() < 84 => vec![end(20)],
        "aspnet_identity_v2" | "aspnet_identity_v3" | "atlassian_pbkdf2_sha1" => vec![end(40)],
        name if name.starts_with("ds389_pbkdf2") && !hash.contains('$') => vec![end(340)],
        "oracle11" => vec![hash[2..42].to_owned()],
        "oracle12" => vec![hash[2..130].to_owned()],
        "mssql2000" => vec![end(80)[..40].to_owned(), end(40)],
        "mssql2005" => vec![end(40)],
        "mssql2012" | "grub_pbkdf2_sha512" => vec![end(128)],
        "postgres_scram_sha256" => tokens.iter().rev().take(2).map(|it| (*it).to_owned()).collect(),
        "jasypt" | "liferay_pbkdf2" => vec![end(20)],
        "spring_pbkdf2" | "spring_standard" if hash.contains(['+', '/', '=']) => vec![end(26)],
        "spring_pbkdf2" | "spring_standard" | "hmailserver" => vec![end(40)],
        "dovecot_scram" => hash.split(',').skip(2).map(str::to_owned).collect(),
        "ion_auth" => vec![end(30)],
        "postgres_md5" => vec![end(32)],
        "joomla15" | "oscommerce" | "magento2_sha256" | "magento2_argon2id13" | "joomla_sha256" => {
            vec![tokens[0].to_owned()]
        }
        "pbkdf2_sha512" if is_key_first(vector) => vec![tokens[0].to_owned()],
        "oak" | "oak_once" => vec![last.rsplit('-').next().unwrap_or_default().to_owned()],
        "keycloak" => {
            let value = hash.split_once("value").unwrap_or_default().1;
            value.split(['"', '\\']).filter(|it| it.len() > 10).take(1).map(str::to_owned).collect()
        }
        "xenforo_sha256" => {
            tokens.iter().max_by_key(|it| it.len()).map(|it| (*it).to_owned()).into_iter().collect()
        }
        "bsdi_crypt" | "des_crypt" | "django_des_crypt" => vec![end(11)],
        "bigcrypt" | "crypt16" => vec![from(hash, 2)],
        _ if last.len() == 53 => vec![from(last, 22)],
        "phpass" | "wordpress_phpass" | "drupal7" => vec![from(last, 9)],
        "scram" => {
            tokens.iter().filter_map(|it| it.split_once('=')).map(|(_, it)| it.to_owned()).collect()
        }
        _ => vec![last.to_owned()],
    };
    spelled(own)
}

/// The same in the other writings.
fn spelled(own: Vec<String>) -> Vec<String> {
    let mut all = vec![];
    // A digest of nothing but zeros is there, too: nobody can tell it from what stands in its place.
    let real = |secret: &String| secret.len() >= 11 && secret.trim_matches('0').len() > 8;
    for secret in own.into_iter().filter(real) {
        let even = secret.len() % 2 == 0 && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
        if even {
            let pairs =
                (0..secret.len() / 2).map(|at| u8::from_str_radix(&secret[2 * at..2 * at + 2], 16));
            let bytes: Vec<u8> = pairs.map(|byte| byte.expect("two digits")).collect();
            all.push(STANDARD.encode(&bytes).trim_end_matches('=').to_owned());
        } else if let Ok(bytes) = STANDARD.decode(&secret) {
            all.push(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
        }
        all.push(secret.to_ascii_lowercase());
        all.push(secret);
    }
    all
}

/// The digest of bytes that end in the salt.
fn ldap_salted(name: &str, hash: &str, last: &str) -> Vec<String> {
    let length = match name {
        "ldap_salted_md5" => 16,
        "ldap_salted_sha1" => 20,
        "ldap_salted_sha224" => 28,
        "ldap_salted_sha256" => 32,
        "ldap_salted_sha384" => 48,
        _ => 64,
    };
    if hash.to_ascii_uppercase().contains(".HEX}") {
        return vec![last[..2 * length].to_owned()];
    }
    let bytes = STANDARD.decode(last).unwrap_or_default();
    // The last letter of a digest may hold bits of the salt behind it.
    let text = bytes.get(..length).map(|digest| STANDARD.encode(digest));
    text.into_iter().map(|text| text[..20].to_owned()).collect()
}

/// Whether a part of the secret is in the text.
fn is_in(secret: &str, text: &str) -> bool {
    let letters: Vec<char> = secret.chars().collect();
    let parts = letters.chunks(16).filter(|part| part.len() >= 11);
    let one = |part: &&[char]| part.iter().any(|letter| *letter != part[0]);
    parts.filter(one).any(|part| text.contains(&part.iter().collect::<String>()))
}

/// What the role hears about each of the rows, with a part of a digest in it.
pub fn leaks(world: &World, vectors: &[&Vector]) -> Vec<String> {
    let mut leaks = vec![];
    let numbers: Vec<usize> = (0..vectors.len()).collect();
    // Few enough for the limit that the role has for a statement.
    for numbers in numbers.chunks(10) {
        let ask = |i: &usize| format!("SELECT narrowgate.password_parameters('h{i}@example.com')");
        let asked: Vec<_> = numbers.iter().map(ask).collect();
        let asked = asked.join(" UNION ALL ");
        let heard = match world.legacy.engine {
            // The role's own limit is for one question, on a machine that has time.
            Engine::Postgresql => {
                let url = format!("{}?options=-c%20statement_timeout%3D60s", world.legacy.url());
                servers::heard(&url, &asked)
            }
            _ => world.legacy.as_role(&asked),
        };
        let heard = [heard.clone(), heard.replace("\\\"", "\"").replace("\\/", "/")].concat();
        let heard = [heard.to_ascii_lowercase(), heard].concat();
        assert!(heard.contains("\"hash\""), "{heard}");
        for i in numbers {
            let vector = vectors[*i];
            for secret in secrets(vector).iter().filter(|it| is_in(it, &heard)) {
                leaks.push(format!("{} {}: {secret} is told", vector.scheme, vector.hash));
            }
        }
    }
    leaks
}

//! The route table holds three paths and no more: thousands of others, near and far, are nowhere.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};

use crate::support::{Answer, Gate, Issuer, Legacy, Request, Token, wire};

const PATHS: [&str; 3] = ["/login", "/get_user", "/mark_migrated"];

/// Names that services have had and should not.
const WORDS: &str = "admin api v1 v2 users user accounts me search export import dump list all count bulk batch legacy db \
    database sql query graphql rest rpc live livez ready readyz health healthz status ping metrics prometheus info version \
    debug pprof trace heap env config settings actuator actuator/env actuator/heapdump console shell exec eval cmd logs \
    openapi openapi.yaml openapi.json swagger swagger-ui docs redoc index.html favicon.ico robots.txt sitemap.xml static \
    assets .env .git .git/config .git/HEAD .htaccess .DS_Store .well-known/jwks.json .well-known/openid-configuration \
    .well-known/security.txt oauth/token oauth token authorize userinfo logout register signup create change_password \
    shadow verify delete unmark unmark_migrated migrated get_users get_user_by_id login_candidate mark migrate reset forgot \
    wp-login.php wp-admin phpinfo.php server-status cgi-bin/ etc/passwd narrowgate narrowgate.toml";

/// A generator that gives the same numbers in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }
}

/// What a path may be spelt with; `?` would end it.
const LETTERS: &[u8] =
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@/";

fn paths() -> BTreeSet<String> {
    let mut found: BTreeSet<String> =
        WORDS.split_whitespace().map(|word| format!("/{word}")).collect();
    let around = [
        "/",
        "//",
        "/.",
        "/..",
        "/./",
        "/../",
        ";",
        ";x=y",
        ".",
        "..",
        ".json",
        "~",
        "%20",
        "%00",
        "%2f",
        "%2F",
        "%5c",
        "%09",
        "%0a",
        "%0d%0a",
        "%3f",
        "%23",
        "+",
        "*",
        ":",
        "@",
        "!",
        "'",
        "1",
        "s",
        "-",
        "_",
        "%c3%a9",
        "%e2%80%8b",
        "%ff",
        "%",
    ];
    for path in PATHS {
        for extra in around {
            found.extend([
                format!("{path}{extra}"),
                format!("/{extra}{path}"),
                format!("{extra}{path}"),
                path.replacen('/', &format!("/{extra}"), 1),
            ]);
        }
        for other in WORDS.split_whitespace().take(40) {
            found.extend([format!("{path}/{other}"), format!("/{other}{path}")]);
        }
        for i in 1..path.len() {
            found.insert(format!("{}{}", &path[..i], &path[i + 1..]));
            found.insert(path[..i].to_owned());
            found.insert(format!("{}{}", &path[..i], &path[i..].to_uppercase()));
            found.insert(format!("{}{}{}", &path[..i], path[i..=i].to_uppercase(), &path[i + 1..]));
        }
    }
    let mut dice = Dice(42);
    while found.len() < 4000 {
        let mut path = PATHS[dice.below(3)].as_bytes().to_vec();
        for _ in 0..=dice.below(3) {
            let (at, letter) = (1 + dice.below(path.len() - 1), LETTERS[dice.below(LETTERS.len())]);
            match dice.below(3) {
                0 => path[at] = letter,
                1 => path.insert(at, letter),
                _ if path.len() > 2 => drop(path.remove(at)),
                _ => {}
            }
        }
        found.insert(String::from_utf8(path).expect("ASCII"));
    }
    found.retain(|path| path.starts_with('/') && !PATHS.contains(&path.as_str()));
    found
}

/// One kept connection, opened again when the service closes it.
struct Line(SocketAddr, Option<TcpStream>);

impl Line {
    fn ask(&mut self, request: &Request) -> Answer {
        for _ in 0..2 {
            let stream = self.1.get_or_insert_with(|| wire::connect(self.0).expect("connected"));
            let sent = stream.write_all(&request.bytes());
            match sent.and_then(|()| wire::read_answer(stream)) {
                Ok(answer) => return answer,
                Err(_) => self.1 = None,
            }
        }
        panic!("no answer to {request:?}");
    }
}

#[test]
fn there_is_nothing_beside_the_three_paths() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let gate = Gate::start(&issuer, &legacy);
    let mut line = Line(gate.address, None);
    let token = Token::auth0().sign();
    let (mut faults, paths) = (vec![], paths());
    for path in &paths {
        for request in [
            Request::new("GET", path),
            Request::post(path, "{}"),
            Request::post(path, "{}").bearer(&token),
        ] {
            let answer = line.ask(&request);
            if answer.code() != "no_such_endpoint" || answer.status != 404 {
                faults.push(format!("{path}: {} {}", answer.status, answer.text()));
            }
        }
    }
    assert!(paths.len() >= 3900, "{}", paths.len());
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), 3 * paths.len(), faults.join("\n"));
    gate.assert_calm();
}

#[test]
fn there_is_no_method_but_post() {
    let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
    let gate = Gate::start(&issuer, &legacy);
    let mut line = Line(gate.address, None);
    let methods = "GET PUT PATCH DELETE OPTIONS TRACE TRACK DEBUG COPY MOVE LINK UNLINK PURGE LOCK UNLOCK PROPFIND PROPPATCH \
        MKCOL MKCALENDAR SEARCH REPORT CHECKOUT MERGE NOTIFY SUBSCRIBE UNSUBSCRIBE QUERY BREW POS POSTS post Post PoSt GETT \
        X-POST _ A !";
    for path in PATHS {
        for method in methods.split_whitespace() {
            for request in [
                Request::new(method, path),
                Request::new(method, path).header("X-HTTP-Method-Override", "POST"),
            ] {
                let answer = line.ask(&request);
                answer.expect(405, "method_not_allowed");
                assert_eq!(answer.header("allow"), Some("POST"), "{method} {path}");
            }
            line.ask(&Request::new(method, &format!("{path}/"))).expect(404, "no_such_endpoint");
        }
        // A query, or a host of the caller's choosing, leads nowhere else.
        for target in
            [format!("{path}?x=1"), format!("{path}?"), format!("http://other.test{path}")]
        {
            line.ask(&Request::post(&target, "{}")).expect(401, "missing_token");
        }
    }
    gate.assert_calm();
}

//! The text of a database URL, taken apart strictly (RFC 3986; postgresql.org, "Connection URIs"):
//! what is not understood is refused, and no text of it is repeated, since it holds a password.

use super::Secret;

/// What is wrong with a URL, and the remedy.
pub(super) type UrlFault = (&'static str, &'static str);

const BARE: UrlFault = (
    "holds a bare #, @, /, ?, : or % where that cannot be",
    "percent-encode such characters in the user's name, the password and the database's name: # is %23, @ is %40, / is %2F, : is %3A, ? is %3F, % is %25",
);
pub(super) const CONTROL: UrlFault =
    ("holds a control character", "write it in one line, without tabs");
const NO_URL: UrlFault =
    ("is not a URL", "write for example postgres://ROLE:PASSWORD@db.example.com/app");
const PORT: UrlFault = (
    "names a port that is no number from 1 to 65535",
    "write HOST:PORT, an IPv6 address in brackets, and percent-encode : and @ in the password (%3A, %40)",
);

/// A URL in its parts, decoded.
pub(super) struct Parts {
    pub(super) scheme: String,
    pub(super) user: Option<String>,
    pub(super) password: Option<Secret>,
    /// Hosts as they are named, and their ports.
    pub(super) hosts: Vec<(String, Option<u16>)>,
    pub(super) database: Option<String>,
    parameters: Vec<(String, String)>,
}

impl Parts {
    /// Takes the URL apart.
    ///
    /// # Errors
    /// What is wrong with it; nothing is guessed.
    pub(super) fn read(text: &str) -> Result<Self, UrlFault> {
        let (scheme, rest) = text.split_once("://").ok_or(NO_URL)?;
        if rest.contains('#') {
            return Err(BARE);
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
        let path = path.strip_prefix('/').unwrap_or(path);
        let (who, hosts) = match authority.split_once('@') {
            Some((who, hosts)) => (Some(who), hosts),
            None => (None, authority),
        };
        // An `@` that comes later tells that what was taken for the hosts' end lies in a password.
        let late = who.is_none() && query.contains('@');
        if late || hosts.contains('@') || path.contains(['@', '/']) {
            return Err(BARE);
        }
        let (user, password) = who.map_or((None, None), |who| match who.split_once(':') {
            Some((user, password)) => (Some(user), Some(password)),
            None => (Some(who), None),
        });
        let given = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(decode);
        Ok(Self {
            scheme: scheme.to_ascii_lowercase(),
            user: given(user).transpose()?,
            password: given(password).transpose()?.map(Secret::new),
            hosts: hosts_of(hosts)?,
            database: given(Some(path)).transpose()?,
            parameters: parameters_of(query)?,
        })
    }

    /// Takes a parameter by any of its names.
    ///
    /// # Errors
    /// It is given twice.
    pub(super) fn take(&mut self, names: &[&str]) -> Result<Option<String>, UrlFault> {
        let mut found = None;
        while let Some(at) =
            self.parameters.iter().position(|(name, _)| names.contains(&name.as_str()))
        {
            if found.replace(self.parameters.swap_remove(at).1).is_some() {
                return Err(("gives a parameter twice", "keep one of the two"));
            }
        }
        Ok(found.filter(|value| !value.is_empty()))
    }

    /// Ends the reading: whatever is left is unknown.
    pub(super) fn nothing_left(&self, known: &'static str) -> Result<(), UrlFault> {
        if self.parameters.is_empty() {
            return Ok(());
        }
        Err(("has a parameter that is not known here", known))
    }
}

/// Splits a list as `host`, `hostaddr` and `port` hold it.
pub(super) fn list(text: Option<String>) -> Vec<String> {
    text.map(|text| text.split(',').map(|one| one.trim().to_owned()).collect()).unwrap_or_default()
}

/// A port's number.
pub(super) fn port(text: &str) -> Result<u16, UrlFault> {
    text.parse().ok().filter(|port| *port > 0).ok_or(PORT)
}

fn hosts_of(text: &str) -> Result<Vec<(String, Option<u16>)>, UrlFault> {
    if text.is_empty() {
        return Ok(vec![]);
    }
    text.split(',').map(host_of).collect()
}

fn host_of(text: &str) -> Result<(String, Option<u16>), UrlFault> {
    let (name, rest) = match text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        Some((address, rest)) => (address, rest),
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    if name.is_empty() {
        return Err(("names a port without a host", "write HOST:PORT for each of them"));
    }
    let port = match rest.strip_prefix(':') {
        Some(number) => Some(port(number)?),
        None if rest.is_empty() => None,
        None => return Err(PORT),
    };
    Ok((decode(name)?, port))
}

fn parameters_of(query: &str) -> Result<Vec<(String, String)>, UrlFault> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair
                .split_once('=')
                .ok_or(("has a parameter without a value", "write ?NAME=VALUE&NAME=VALUE"))?;
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

/// Undoes percent-encoding (RFC 3986 section 2.1). `+` stands for itself: this is no HTML form.
fn decode(text: &str) -> Result<String, UrlFault> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else { return Err(BARE) };
        bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
    }
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => Err((
            "holds bytes that are no text",
            "percent-encode the bytes of UTF-8, not of another encoding",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Option<UrlFault> {
        Parts::read(text).err()
    }

    #[test]
    fn parts_are_decoded_and_plus_is_plus() {
        let text = "Postgres://narrow%40gate:p%23%2F%3A%25+%C3%A9@h1:1,[::1]:2,h3/my%2Fdb?options=-c%20x%3Dy+z";
        let mut parts = Parts::read(text).expect("taken");
        assert_eq!(parts.scheme, "postgres");
        assert_eq!(parts.user.as_deref(), Some("narrow@gate"));
        assert_eq!(parts.password.as_ref().map(Secret::reveal), Some("p#/:%+é"));
        let hosts: Vec<_> = parts.hosts.iter().map(|(name, port)| (name.as_str(), *port)).collect();
        assert_eq!(hosts, [("h1", Some(1)), ("::1", Some(2)), ("h3", None)]);
        assert_eq!(parts.database.as_deref(), Some("my/db"));
        assert_eq!(parts.take(&["options"]), Ok(Some("-c x=y+z".to_owned())));
        assert_eq!(parts.nothing_left(""), Ok(()));
    }

    #[test]
    fn what_is_absent_is_none() {
        for text in ["postgres://", "postgres:///", "postgres://:@/?host="] {
            let parts = Parts::read(text).expect(text);
            assert!(parts.user.is_none() && parts.password.is_none(), "{text}");
            assert!(parts.hosts.is_empty() && parts.database.is_none(), "{text}");
        }
    }

    #[test]
    fn a_bare_character_of_a_password_is_told() {
        for password in
            ["p#w", "p@w", "p/w", "p?w", "p%w", "p%4", "%", "#", "@", "/", "?", "p/w?x#y"]
        {
            for host in ["db.example.com", "localhost:5432", "[::1]"] {
                for end in ["", "/app", "/app?sslmode=verify-full"] {
                    let text = format!("postgres://u:{password}@{host}{end}");
                    let (_, remedy) = fault(&text).expect(&text);
                    assert!(remedy.starts_with("percent-encode"), "{text}: {remedy}");
                }
            }
        }
        // A colon of a password is no fault: the first one ends the name.
        assert!(fault("postgres://u:p:w@h/d").is_none());
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "u:p@db",
            "postgres:/h/d",
            "postgres://h:0/d",
            "postgres://h:65536/d",
            "postgres://h:/d",
            "postgres://::1/d",
            "postgres://[::1/d",
            "postgres://[::1]x/d",
            "postgres://:5432/d",
            "postgres://h,,g/d",
            "postgres://h/d/e",
            "postgres://h/d?x",
            "postgres://h/%00",
            "postgres://u:%ff@h/d",
            "postgres://h/%zz",
        ] {
            assert!(fault(text).is_some(), "{text}");
        }
        let mut twice = Parts::read("mysql://h/d?a=1&b=2&c=3").expect("taken");
        assert!(twice.take(&["a", "b"]).is_err());
        assert!(twice.nothing_left("").is_err());
    }
}

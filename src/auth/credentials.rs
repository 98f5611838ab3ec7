//! The bearer token of a request (RFC 6750 section 2.1): from one `Authorization` header alone.

use super::Rejection;

/// Takes the token out of the request's `Authorization` headers and query.
///
/// # Errors
/// [`Rejection::Missing`] without bearer credentials, [`Rejection::Malformed`] when there are
/// several, or when they break the syntax (RFC 6750 section 3.1: `invalid_request`).
pub fn bearer_token<'a>(
    mut headers: impl Iterator<Item = &'a [u8]>,
    query: &str,
) -> Result<&'a str, Rejection> {
    let Some(header) = headers.next() else { return Err(Rejection::Missing) };
    if headers.next().is_some() {
        return Err(Rejection::Malformed("several Authorization headers"));
    }
    let header = std::str::from_utf8(header).map_err(|_| Rejection::Malformed("not text"))?;
    let is_bearer = header.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"));
    if !is_bearer {
        return Err(Rejection::Missing);
    }
    match header.get(6..) {
        Some(rest) if rest.starts_with(' ') => token(rest.trim_start_matches(' '), query),
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-') => {
            Err(Rejection::Missing)
        }
        _ => Err(Rejection::Malformed("nothing after the scheme")),
    }
}

fn token<'a>(token: &'a str, query: &str) -> Result<&'a str, Rejection> {
    // Bytes first: a token is long, and ASCII.
    let odd = token.bytes().any(|byte| byte == b',' || byte.is_ascii_control());
    if token.is_empty() || odd || (!token.is_ascii() && token.contains(char::is_control)) {
        return Err(Rejection::Malformed("not one token"));
    }
    let in_query =
        url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "access_token");
    if in_query {
        return Err(Rejection::Malformed("also in the query"));
    }
    Ok(token)
}

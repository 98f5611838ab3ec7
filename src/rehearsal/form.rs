//! Forms with files (RFC 7578), as far as an import is one.

use std::ops::Range;

/// The parts of a form.
pub(super) struct Form<'a> {
    body: &'a [u8],
    parts: Vec<Part>,
}

struct Part {
    name: String,
    is_file: bool,
    content: Range<usize>,
}

impl<'a> Form<'a> {
    /// Reads a form; none where it is none.
    pub(super) fn read(content_type: &[u8], body: &'a [u8]) -> Option<Self> {
        let kind = std::str::from_utf8(content_type).ok()?;
        let (kind, parameters) = kind.split_once(';')?;
        if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
            return None;
        }
        let boundary = parameters.split(';').find_map(|it| it.trim().strip_prefix("boundary="))?;
        let delimiter = format!("--{}", boundary.trim_matches('"'));
        let mut parts = vec![];
        let mut at = find(body, 0, delimiter.as_bytes())? + delimiter.len();
        loop {
            if body.get(at..)?.starts_with(b"--") {
                return Some(Self { body, parts });
            }
            let head = at..find(body, at, b"\r\n\r\n")?;
            let start = head.end + 4;
            let end = find(body, start.saturating_sub(2), format!("\r\n{delimiter}").as_bytes())?;
            parts.push(Part::read(body.get(head)?, start..end.max(start))?);
            at = end + 2 + delimiter.len();
        }
    }

    /// The text of a field.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        std::str::from_utf8(self.body.get(self.place(name)?)?).ok()
    }

    /// Where the content of the file of this name is.
    pub(super) fn file(&self, name: &str) -> Option<Range<usize>> {
        let part = self.parts.iter().find(|part| part.name == name)?;
        part.is_file.then(|| part.content.clone())
    }

    fn place(&self, name: &str) -> Option<Range<usize>> {
        let part = self.parts.iter().find(|part| part.name == name)?;
        Some(part.content.clone())
    }
}

impl Part {
    fn read(head: &[u8], content: Range<usize>) -> Option<Self> {
        let head = std::str::from_utf8(head).ok()?;
        let line = head.lines().find(|line| {
            line.get(..20).is_some_and(|name| name.eq_ignore_ascii_case("content-disposition:"))
        })?;
        let parameter = |name: &str| {
            let mut parameters = line.split(';').skip(1).map(str::trim);
            parameters.find_map(|it| {
                let (key, value) = it.split_once('=')?;
                (key == name).then(|| value.trim_matches('"').to_owned())
            })
        };
        let is_file = parameter("filename").is_some();
        Some(Self { name: parameter("name")?, is_file, content })
    }
}

/// Where these bytes come first, from a place on.
fn find(bytes: &[u8], from: usize, wanted: &[u8]) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.windows(wanted.len()).position(|window| window == wanted).map(|at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &[u8] = b"multipart/form-data; boundary=x";
    const BODY: &str = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x\r\n\
        Content-Disposition: form-data; name=\"users\"; filename=\"u.json\"\r\nContent-Type: application/json\r\n\r\n[]\r\n--x--\r\n";

    #[test]
    fn parts_are_found_by_name() {
        let form = Form::read(KIND, BODY.as_bytes()).expect("a form");
        assert_eq!(form.text("a"), Some("1"));
        assert_eq!(form.file("a"), None, "no file");
        let place = form.file("users").expect("a file");
        assert_eq!(BODY.get(place), Some("[]"));
        assert_eq!(form.text("b"), None);
    }

    #[test]
    fn an_empty_part_is_empty_and_half_a_form_is_none() {
        let body = BODY.replace("[]", "");
        let form = Form::read(KIND, body.as_bytes()).expect("a form");
        assert_eq!(form.file("users").map(|place| place.len()), Some(0));
        for end in 0..BODY.len() - 4 {
            assert!(Form::read(KIND, &BODY.as_bytes()[..end]).is_none(), "{end}");
        }
        assert!(Form::read(b"application/json", BODY.as_bytes()).is_none());
        assert!(Form::read(b"multipart/form-data", BODY.as_bytes()).is_none());
    }
}

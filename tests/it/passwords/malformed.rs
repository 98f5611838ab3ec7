//! Bodies that are not the one JSON object that an endpoint takes.

/// Bodies made from an endpoint's right members.
pub(super) fn malformed(members: &str) -> Vec<Vec<u8>> {
    let (first, _) = members.split_once(',').unwrap_or((members, ""));
    let (name, value) = first.split_once(':').expect("a member");
    let bare = name.trim_matches('"');
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(1000), close.repeat(1000));
    let mut texts = vec![
        String::new(),
        " ".into(),
        "{".into(),
        "{}".into(),
        "[]".into(),
        "null".into(),
        "true".into(),
        "1".into(),
        "\"x\"".into(),
        format!("[{value}]"),
        format!("[{value},\"p\"]"),
        format!("[{{{members}}}]"),
        format!("{{{members}"),
        format!("{members}}}"),
        format!("{{{members},}}"),
        format!("{{{members}}}}}"),
        format!("{{{members}}}{{{members}}}"),
        format!("{{{members}}} x"),
        format!("{{{members}}}\0"),
        format!("\u{feff}{{{members}}}"),
        format!("{{{members}}}//comment"),
        format!("/**/{{{members}}}"),
        format!("{{{members},\"extra\":1}}"),
        format!("{{{members},\"\":1}}"),
        format!("{{{members},\"__proto__\":{{}}}}"),
        format!("{{{members},\"Identifier\":\"x\",\"USER_ID\":\"x\"}}"),
        format!("{{{members},\"scope\":\"mark:users\"}}"),
        format!("{{{members},{first}}}"),
        format!("{{{first},{members}}}"),
        format!("{{{members},\"\\u{:04x}{}\":{value}}}", bare.as_bytes()[0], &bare[1..]),
        format!("{{{members},\"extra\":{}}}", deep("[", "]")),
        format!("{{{members},\"extra\":{}}}", deep("{\"a\":", "}")),
        deep("[", "]"),
        members.replace(value, &deep("[", "]")),
        format!("{{{}}}", members.replace(name, &name.to_uppercase())),
        format!("{{{}}}", members.replace(name, &format!("\"{bare} \""))),
        format!("{{{}}}", members.replace('"', "'")),
        format!("{{{}}}", members.replace('"', "")),
    ];
    for other in [
        "null",
        "1",
        "1e999",
        "NaN",
        "true",
        "[\"x\"]",
        "{\"x\":\"y\"}",
        "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "\"\\ud800x\"",
        "\"\\x\"",
        "\"a\nb\"",
        "\"a\tb\"",
        "\"unfinished",
        "\"\\u12\"",
    ] {
        texts.push(format!("{{{}}}", members.replacen(value, other, 1)));
    }
    let mut bodies: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).collect();
    for bytes in [
        &b"\xff"[..],
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xe9",
        b"\x80",
        b"\xf0\x9f",
    ] {
        let (start, end) = members.split_at(members.find("nobody").expect("the value"));
        bodies.push([b"{", start.as_bytes(), bytes, end.as_bytes(), b"}"].concat());
    }
    let utf16: Vec<u8> =
        format!("{{{members}}}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    bodies.push(utf16);
    bodies
}

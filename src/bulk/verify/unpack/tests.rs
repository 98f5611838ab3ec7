//! Files come out as lines, or not at all.

use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;

fn packed(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::best());
    encoder.write_all(text).expect("packed");
    encoder.finish().expect("packed")
}

/// Takes bytes in pieces, and gives the lines, each of which must be JSON.
fn lines(bytes: &[u8], piece: usize) -> Result<Vec<String>, Damage> {
    let mut all = vec![];
    let told = |failure| match failure {
        Failure::Damage(damage) => damage,
        Failure::Disk(_) => Damage::Broken,
    };
    let mut unpacker = Unpacker::new(|line: &[u8]| {
        let line = std::str::from_utf8(line).map_err(|_| Damage::NoUser)?;
        serde_json::from_str::<serde_json::Value>(line).map_err(|_| Damage::NoUser)?;
        all.push(line.to_owned());
        Ok(())
    });
    for piece in bytes.chunks(piece) {
        unpacker.take(piece).map_err(told)?;
    }
    unpacker.end().map_err(told)?;
    Ok(all)
}

const TEXT: &str = "{\"user_id\":\"auth0|1\"}\r\n\n{\"user_id\":\"auth0|2\"}\n";

#[test]
fn lines_are_the_same_packed_or_plain_in_any_pieces() {
    let due = [r#"{"user_id":"auth0|1"}"#, r#"{"user_id":"auth0|2"}"#];
    let (first, second) = TEXT.as_bytes().split_at(30);
    let members = [packed(first), packed(second)].concat();
    for bytes in [TEXT.as_bytes().to_vec(), packed(TEXT.as_bytes()), members] {
        for piece in [1, 2, 7, 1_000] {
            assert_eq!(lines(&bytes, piece).expect("lines"), due, "{piece}");
        }
    }
    assert_eq!(lines(TEXT.trim_end().as_bytes(), 9).expect("lines"), due);
    assert_eq!(lines(b"", 1), Ok(vec![]));
    assert_eq!(lines(&packed(b""), 1), Ok(vec![]));
}

#[test]
fn a_file_that_is_cut_or_damaged_anywhere_is_refused() {
    let whole = packed(TEXT.as_bytes());
    for length in 1..whole.len() {
        let outcome = lines(&whole[..length], 5);
        assert!(matches!(outcome, Err(Damage::Cut)), "{length}: {outcome:?}");
    }
    for at in 10..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        assert!(lines(&damaged, 5).is_err(), "byte {at}");
    }
    let behind = [&whole[..], b"more"].concat();
    assert!(lines(&behind, 5).is_err());
    assert_eq!(lines(b"{\"user_id\":\"auth0|1\"}\n{\"user_id\":\"au", 5), Err(Damage::Cut));
    assert_eq!(lines(b"<html>\n", 5), Err(Damage::NoUser));
    assert_eq!(lines(b"{", 5), Err(Damage::Cut));
}

#[test]
fn a_bomb_is_refused_before_it_fills_anything() {
    let one_line = packed(&vec![b' '; LONGEST_LINE + 100]);
    assert_eq!(lines(&one_line, 4_096), Err(Damage::Bomb));
    let line = [&vec![b' '; 1024 * 1024][..], b"\n"].concat();
    let many = packed(&line.repeat(70));
    assert_eq!(lines(&many, 4_096), Err(Damage::Bomb));
}

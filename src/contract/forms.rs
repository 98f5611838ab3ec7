//! Where the digest begins in each stored form, as regular expressions that all servers understand:
//! what `password_check = "inside"` tells the database about stored passwords, and all that it does.
//!
//! A form is a sequence of pieces. A row that is of no form gives nothing away; one that is, gives
//! all its pieces but the digest, in whose place stand as many fillers. So the reader in
//! [`crate::password`] sees a whole hash, and stays the one place that knows what it means.

mod alone;
mod braces;
mod frameworks;
mod modular;
mod products;

/// A part of a stored text: a regular expression in which `$` is that character, and `~` and a
/// letter stand for a class (see [`expanded`]).
#[derive(Clone)]
pub(super) enum Piece {
    /// Names, parameters, separators.
    Plain(String),
    /// What differs from user to user, and may be known.
    Salt(String),
    /// Must not be known, and is not compared.
    Hidden(String),
    /// Must not be known, and is compared.
    Digest(String),
}

fn plain(text: &str) -> Piece {
    Piece::Plain(expanded(text))
}

fn salt(text: &str) -> Piece {
    Piece::Salt(expanded(text))
}

fn hidden(text: &str) -> Piece {
    Piece::Hidden(expanded(text))
}

fn digest(text: &str) -> Piece {
    Piece::Digest(expanded(text))
}

/// How a digest is written: what stands in its place, and what is the same digest otherwise written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Writing {
    /// Hexadecimal of either case.
    Hex,
    /// Base64 of any alphabet, padded or not.
    Base64,
    /// Letters of crypt(3).
    Letters,
    /// Bytes among others, all of them in base64: the pieces are about their hexadecimal.
    Bytes,
}

impl Writing {
    /// The filler. A reader must take it for a digest that is written in this way and in no other,
    /// with no stray bits at the end.
    pub(super) fn filler(self) -> char {
        match self {
            Self::Hex => '0',
            Self::Base64 => 'Q',
            Self::Letters => '.',
            Self::Bytes => 'f',
        }
    }
}

/// A stored form, or the mark of a scheme that is known by no more than that.
pub(super) struct Form {
    /// What its texts begin with, in any case: rules most forms out at little cost.
    pub(super) starts: String,
    /// The names that `password_scheme` may have, each between blanks, and [`MENTIONS_A_SALT`];
    /// anything without them.
    pub(super) schemes: Option<String>,
    /// For [`Writing::Bytes`], what stands before the base64.
    pub(super) lead: Option<String>,
    pub(super) writing: Writing,
    /// Empty for a mark.
    pieces: Vec<Piece>,
    /// For a mark, what is given for its rows.
    pub(super) shown: Option<String>,
    /// Whether a name in braces may stand before it: [`BRACES`].
    pub(super) inner: bool,
    /// Whether `password_salt` belongs to it.
    pub(super) salt_column: bool,
    /// Whether all that users do not share is in the salt, so that one can be made up.
    pub(super) decoy: bool,
}

impl Form {
    fn new(starts: &str, writing: Writing, pieces: impl Into<Vec<Piece>>) -> Self {
        Self {
            starts: starts.to_owned(),
            schemes: None,
            lead: None,
            writing,
            pieces: pieces.into(),
            shown: None,
            inner: false,
            salt_column: false,
            decoy: true,
        }
    }

    /// Of bytes in base64 behind `lead`.
    fn bytes(starts: &str, lead: &str, pieces: impl Into<Vec<Piece>>) -> Self {
        let pieces = pieces.into();
        Self { lead: Some(expanded(lead)), ..Self::new(starts, Writing::Bytes, pieces) }
    }

    fn mark(starts: &str, shown: &str) -> Self {
        Self { shown: Some(shown.to_owned()), ..Self::new(starts, Writing::Letters, []) }
    }

    /// With something beside the salt that users do not share.
    fn without_decoy(self) -> Self {
        Self { decoy: false, ..self }
    }

    fn with_salt_column(self) -> Self {
        Self { salt_column: true, ..self }
    }

    fn only_for(self, schemes: String) -> Self {
        Self { schemes: Some(schemes), ..self }
    }

    /// The regular expressions of the row in the database.
    pub(super) fn places(&self) -> Places {
        let mut places = Places::default();
        for piece in &self.pieces {
            let (text, to, of) = match piece {
                Piece::Plain(text) => (text, None, None),
                Piece::Salt(text) => (text, Some(&mut places.to_salt), Some(&mut places.salt)),
                Piece::Hidden(text) => (text, None, Some(&mut places.hidden)),
                Piece::Digest(text) => {
                    places.hidden.push_str(text);
                    (text, Some(&mut places.to_digest), Some(&mut places.digest))
                }
            };
            if let Some(to) = to {
                *to = format!("^{}", places.whole);
            }
            if let Some(of) = of {
                of.push_str(text);
            }
            if places.hidden.is_empty() {
                places.to_hidden = format!("^{}{text}", places.whole);
            }
            places.whole.push_str(text);
        }
        places.whole = format!("^{}$", places.whole);
        if places.to_hidden.is_empty() {
            places.to_hidden.push('^');
        }
        for of in [&mut places.salt, &mut places.hidden, &mut places.digest] {
            if !of.is_empty() {
                of.insert(0, '^');
            }
        }
        places
    }
}

/// Regular expressions: of the whole, and for each part of all before it and of the part itself.
#[derive(Default)]
pub(super) struct Places {
    pub(super) whole: String,
    pub(super) to_salt: String,
    pub(super) salt: String,
    pub(super) to_hidden: String,
    pub(super) hidden: String,
    pub(super) to_digest: String,
    pub(super) digest: String,
}

/// In `schemes`: or a recipe that mentions the salt.
pub(super) const MENTIONS_A_SALT: &str = " $salt ";

/// Names in braces before what else could stand alone: LDAP's, Dovecot's and Spring Security's.
pub(super) const BRACES: &str = "^[{](?:(?:[Gg][Oo][Ss][Tt]_[Yy][Ee][Ss]|[Dd][Ee][Ss]-|[Bb][Ll][Ff]-|[Mm][Dd]5-|[Ss][Hh][Aa](?:256|512)-)?\
    [Cc][Rr][Yy][Pp][Tt]|[Mm][Dd]5|[Aa][Rr][Gg][Oo][Nn]2(?:[Ii][Dd]?)?|[Bb][Cc][Rr][Yy][Pp][Tt](?:/[0-9]+)?\
    |argon2@SpringSecurity_v5_8)[}]";

/// All forms. The first that a row is of counts, and marks come last.
pub(super) fn forms() -> Vec<Form> {
    let own = [modular::forms(), frameworks::forms(), braces::forms(), alone::forms()];
    // A form's own beginning tells its scheme where the rest is broken. A shorter one could be that
    // of anything.
    let told = crate::password::marks().filter(|mark| mark.len() >= 3).map(|mark| (mark, mark));
    let marks = told.chain(braces::MARKS.iter().copied()).chain([("!", "!"), ("*LK*", "*LK*")]);
    let marks = marks.map(|(starts, shown)| Form::mark(starts, &format!("{shown}?")));
    let named = braces::NAMES
        .iter()
        .map(|name| Form::mark(&format!("{{{name}}}"), &format!("{{{name}}}?")));
    own.into_iter().flatten().chain(marks).chain(named).collect()
}

/// A regular expression from one in short: `$` outside brackets is that character, `~L` a letter of
/// crypt(3), `~B` one of base64, `~A` one of either, `~D` one of any alphabet of base64, `~H` a
/// hexadecimal digit, `~N` a number, `~=` what may pad base64, `~E` the end.
fn expanded(text: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '[' => inside = true,
            ']' => inside = false,
            _ => {}
        }
        match character {
            '$' if !inside => out.push_str("[$]"),
            '~' if !inside => out.push_str(match characters.next() {
                Some('L') => "[./0-9A-Za-z]",
                Some('B') => "[+/0-9A-Za-z]",
                Some('A') => "[+./0-9A-Za-z]",
                Some('D') => "[+./0-9A-Za-z_-]",
                Some('E') => "$",
                Some('H') => "[0-9A-Fa-f]",
                Some('N') => "[0-9]{1,10}",
                _ => "={0,2}",
            }),
            _ => out.push(character),
        }
    }
    out
}

/// Letters of a name in either case.
fn any_case(name: &str) -> String {
    let either = |letter: char| match letter {
        'A'..='Z' => format!("[{letter}{}]", letter.to_ascii_lowercase()),
        _ => letter.to_string(),
    };
    name.chars().map(either).collect()
}

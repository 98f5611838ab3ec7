//! What one pass of an algorithm reads: constant bytes, the password, constant bytes.

use super::import_password::{PasswordEncoding, Position, Salt};
use super::reasons::{NotImportable, Warning};
use crate::password::{Change, Inputs, Recipe, Variable};

/// The bytes under a digest, with all that is known at export filled in.
pub(super) struct Message {
    before: Vec<u8>,
    pub(super) encoding: PasswordEncoding,
    after: Vec<u8>,
    pub(super) warnings: Vec<Warning>,
}

/// What is known of a user at export.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    /// Everything but the password.
    pub(super) inputs: Inputs<'a>,
    /// What the configuration does to every password before the scheme sees it.
    pub(super) preparation: Option<&'a Recipe>,
}

enum Part {
    Constant(Vec<u8>),
    Password(PasswordEncoding),
}

impl Known<'_> {
    /// The bytes of a recipe in which no password is.
    pub(super) fn constant(self, recipe: &Recipe) -> Option<Vec<u8>> {
        let known = !recipe.uses(Variable::Password);
        known.then(|| recipe.evaluate(self.inputs)).flatten().map(|bytes| bytes.to_vec())
    }
}

impl Message {
    /// Reads a recipe as one message.
    pub(super) fn of(recipe: &Recipe, known: Known<'_>) -> Result<Self, NotImportable> {
        let mut parts = vec![];
        let mut warnings = vec![];
        collect(recipe, known, &mut parts, &mut warnings)?;
        let mut message: Option<(PasswordEncoding, Vec<u8>)> = None;
        let mut before = vec![];
        for part in parts {
            match (part, &mut message) {
                (Part::Constant(bytes), None) => before.extend(bytes),
                (Part::Constant(bytes), Some((_, after))) => after.extend(bytes),
                (Part::Password(encoding), None) => message = Some((encoding, vec![])),
                (Part::Password(_), Some(_)) => return Err(NotImportable::PasswordTwice),
            }
        }
        let (encoding, after) = message.ok_or(NotImportable::Composite)?;
        Ok(Self { before, encoding, after, warnings })
    }

    /// Whether the password stands alone, in UTF-8.
    pub(super) fn is_bare(&self) -> bool {
        self.is_utf8() && self.before.is_empty() && self.after.is_empty()
    }

    /// Whether the password is hashed in UTF-8.
    pub(super) fn is_utf8(&self) -> bool {
        self.encoding == PasswordEncoding::Utf8
    }

    /// The constant bytes as the schema's salt, which has one side.
    pub(super) fn salt(&self) -> Result<Option<Salt>, NotImportable> {
        match (self.before.is_empty(), self.after.is_empty()) {
            (true, true) => Ok(None),
            (false, true) => Ok(Some(Salt::new(&self.before, Position::Prefix))),
            (true, false) => Ok(Some(Salt::new(&self.after, Position::Suffix))),
            (false, false) => Err(NotImportable::SaltOnBothSides),
        }
    }

    /// The bytes behind the password, where nothing stands before it.
    pub(super) fn suffix(&self) -> Option<&[u8]> {
        (self.before.is_empty() && self.is_utf8()).then_some(self.after.as_slice())
    }
}

fn collect(
    recipe: &Recipe,
    known: Known<'_>,
    parts: &mut Vec<Part>,
    warnings: &mut Vec<Warning>,
) -> Result<(), NotImportable> {
    if !recipe.uses(Variable::Password) {
        let bytes = known.constant(recipe).ok_or(NotImportable::Composite)?;
        // A pepper that the configuration does not have stands nowhere.
        parts.extend((!bytes.is_empty()).then_some(Part::Constant(bytes)));
        return Ok(());
    }
    match recipe {
        Recipe::Variable(_) => match known.preparation {
            Some(preparation) => {
                // As when it is verified: the configuration speaks of no row.
                let inputs = Inputs { salt: &[], username: "", email: "", ..known.inputs };
                let known = Known { inputs, preparation: None };
                return collect(preparation, known, parts, warnings);
            }
            None => parts.push(Part::Password(PasswordEncoding::Utf8)),
        },
        Recipe::Join(steps) => {
            return steps.iter().try_for_each(|step| collect(step, known, parts, warnings));
        }
        Recipe::Change(change, of) => {
            let mut inner = vec![];
            collect(of, known, &mut inner, warnings)?;
            parts.extend(changed(*change, inner, warnings)?);
        }
        Recipe::Digest(..) | Recipe::Hmac { .. } | Recipe::Derive { .. } => {
            return Err(NotImportable::Nested);
        }
        Recipe::Iterate { .. } => return Err(NotImportable::Iterated),
        Recipe::Constant(_) => {}
    }
    Ok(())
}

/// The parts under a change, where the schema has a word for it or it hardly ever changes anything.
fn changed(
    change: Change,
    parts: Vec<Part>,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Part>, NotImportable> {
    use PasswordEncoding::{Latin1, Utf8};
    if change == Change::Utf16Le {
        // The code units of texts that are joined are their code units, joined.
        return parts.into_iter().map(widened).collect();
    }
    let ([Part::Password(Utf8)], Some(warning)) = (&parts[..], Warning::of(change)) else {
        return Err(NotImportable::PasswordRewritten);
    };
    warnings.push(warning);
    Ok(vec![Part::Password(if change == Change::Latin1 { Latin1 } else { Utf8 })])
}

fn widened(part: Part) -> Result<Part, NotImportable> {
    match part {
        Part::Password(PasswordEncoding::Utf8) => Ok(Part::Password(PasswordEncoding::Utf16le)),
        Part::Password(_) => Err(NotImportable::PasswordRewritten),
        Part::Constant(bytes) => {
            let text = std::str::from_utf8(&bytes).map_err(|_| NotImportable::PasswordRewritten)?;
            Ok(Part::Constant(text.encode_utf16().flat_map(u16::to_le_bytes).collect()))
        }
    }
}

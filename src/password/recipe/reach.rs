//! Whether the password has a part in what a recipe makes. What it has none in lets anybody in.

use super::tree::{Change, Recipe, Variable};

/// How many bytes the inputs beside the password have at least.
#[derive(Debug, Clone, Copy)]
pub(in crate::password) struct Lengths {
    pub(in crate::password) salt: usize,
    pub(in crate::password) username: usize,
    pub(in crate::password) email: usize,
    pub(in crate::password) pepper: usize,
}

impl Lengths {
    /// Where nothing is known of a row: what no row makes good is found all the same.
    pub(in crate::password) const SHORTEST: Self =
        Self { salt: 0, username: 0, email: 0, pepper: 0 };

    fn of(self, variable: Variable) -> Option<usize> {
        match variable {
            Variable::Salt => Some(self.salt),
            Variable::Username => Some(self.username),
            Variable::Email => Some(self.email),
            Variable::Pepper | Variable::OptionalPepper => Some(self.pepper),
            // At least nothing.
            Variable::Salt1 | Variable::Salt2 | Variable::Digest => Some(0),
            Variable::Password => None,
        }
    }
}

/// Bytes from the first on, and before the last.
type Window = std::ops::Range<usize>;

const ALL: Window = 0..usize::MAX;

impl Recipe {
    /// Whether another password makes another value.
    pub(in crate::password) fn reads_password(&self, lengths: Lengths) -> bool {
        self.reads(ALL, lengths, false)
    }

    /// Whether the bytes of the window depend on the password; `so_far` says so of the result that
    /// an iteration goes on with.
    fn reads(&self, window: Window, lengths: Lengths, so_far: bool) -> bool {
        let any = |of: &Self| of.reads(ALL, lengths, so_far);
        let within = self.length().is_none_or(|length| window.start < length);
        if window.is_empty() {
            return false;
        }
        match self {
            // A password may be one byte long.
            Self::Variable(Variable::Password) => window.start == 0,
            Self::Variable(Variable::Digest) => so_far,
            Self::Variable(_) | Self::Constant(_) => false,
            Self::Join(parts) => reads_joined(parts, window, lengths, so_far),
            Self::Change(change, of) => of.reads(change.source(window), lengths, so_far),
            Self::Digest(_, of) => within && any(of),
            Self::Hmac { key, message, .. } => within && (any(key) || any(message)),
            Self::Derive { kdf, password, salt, .. } => {
                let own = 0..kdf.reads().unwrap_or(usize::MAX);
                within && (password.reads(own, lengths, so_far) || any(salt))
            }
            Self::Iterate { first, count: 0, .. } => first.reads(window, lengths, so_far),
            Self::Iterate { first, step, .. } => step.reads(window, lengths, any(first)),
        }
    }

    /// How many bytes the recipe makes at least; none where the password says how many.
    fn shortest(&self, lengths: Lengths) -> Option<usize> {
        Some(match self {
            Self::Variable(variable) => lengths.of(*variable)?,
            Self::Constant(bytes) => bytes.len(),
            Self::Join(parts) => {
                parts.iter().map(|part| part.shortest(lengths)).sum::<Option<usize>>()?
            }
            Self::Change(change, of) => {
                let bytes = of.shortest(lengths)?;
                match change {
                    Change::Hex | Change::UpperHex => bytes.saturating_mul(2),
                    Change::Base64 => bytes.div_ceil(3).saturating_mul(4),
                    Change::BcryptBase64 => bytes.saturating_mul(4).div_ceil(3),
                    // A single byte may be a `0`.
                    Change::Braced if bytes < 2 => 0,
                    Change::Braced => bytes.saturating_add(2),
                    Change::Utf16Le
                    | Change::Utf16Be
                    | Change::Nfc
                    | Change::Nfkc
                    | Change::Nfkd
                    | Change::UnicodeLower
                    | Change::UnicodeUpper => bytes / 3,
                    Change::FromHex | Change::FromBase64 | Change::Latin1 => bytes / 2,
                    Change::Part { start, length } => bytes.saturating_sub(*start).min(*length),
                    Change::Repeat(length) if bytes > 0 => *length,
                    Change::Trim | Change::Saslprep => 0,
                    _ => bytes,
                }
            }
            Self::Iterate { count: 0, first, .. } => first.shortest(lengths)?,
            Self::Iterate { step, .. } => step.shortest(lengths)?,
            Self::Digest(..) | Self::Hmac { .. } | Self::Derive { .. } => self.length()?,
        })
    }
}

/// Part after part, each where those before it have left off.
fn reads_joined(parts: &[Recipe], window: Window, lengths: Lengths, so_far: bool) -> bool {
    let mut at = 0_usize;
    for part in parts {
        let own = window.start.saturating_sub(at)..window.end.saturating_sub(at);
        if part.reads(own, lengths, so_far) {
            return true;
        }
        let Some(length) = part.shortest(lengths) else { return false };
        at = at.saturating_add(length);
    }
    false
}

impl Change {
    /// Where the bytes of a window come from, no narrower than it is.
    fn source(self, window: Window) -> Window {
        let Window { start, end } = window;
        match self {
            Self::Hex | Self::UpperHex | Self::Utf16Le | Self::Utf16Be | Self::Widen => {
                start / 2..end.div_ceil(2)
            }
            Self::Base64 | Self::BcryptBase64 => start / 4 * 3..end.div_ceil(4).saturating_mul(3),
            Self::FromHex | Self::FromBase64 => start..end.saturating_mul(2),
            Self::Part { start: from, length } => {
                let last = end.min(length);
                start.saturating_add(from)..last.saturating_add(from)
            }
            Self::Repeat(length) => start..end.min(length),
            Self::Braced => start.saturating_sub(1)..end,
            _ => start..end,
        }
    }
}

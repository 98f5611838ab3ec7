//! The function that marks, for MySQL and MariaDB.

use super::fill::{fill, indent};
use super::mapping::{Kind, Lookup, Mapping};
use super::mysql_keys::{key_type, keys, variables};
use super::mysql_questions::{NO_KEY, SESSION, WARNINGS, is_wanted, locals, members, own_local};
use super::{COLUMNS, Holds};
use crate::database::LONGEST_ANSWER;
use crate::profile::LEGACY_BLOCKED;

const MARK: &str = include_str!("mysql_mark.sql");

/// The row of a table of its own by which a user is known.
const OWN_ROW: &str = "SELECT MIN(o.stored) FROM narrowgate.legacy_{{kind}} AS o
      WHERE o.user_key = u.user_key AND {{is_wanted}}";

pub(super) fn mark(mapping: &Mapping) -> String {
    let known = |(kind, lookup): (&Kind, &Lookup)| {
        let is_wanted = match lookup.own {
            Some(_) => format!("({}) IS NOT NULL", own_row(*kind)),
            None => is_wanted(*kind, "u", kind.column()),
        };
        format!("WHEN {is_wanted} THEN '{}'", kind.name())
    };
    let known: Vec<_> = mapping.lookups.iter().map(known).collect();
    let own = mapping.lookups.iter().filter(|(_, lookup)| lookup.own.is_some());
    let rows = own.map(|(kind, _)| format!("WHEN '{}' THEN ({})", kind.name(), own_row(*kind)));
    let rows = rows.collect::<Vec<_>>().join(" ");
    let found_as = if rows.is_empty() { rows } else { format!(", CASE known {rows} END") };
    fill(
        MARK,
        &[
            ("type", &key_type(&mapping.key, 255)),
            ("equals", &mapping.key.equals),
            ("variables", &variables(mapping)),
            ("warnings", &indent(WARNINGS, "    ")),
            ("session", SESSION),
            ("no_key", NO_KEY),
            ("keys", &keys(mapping)),
            ("known", &known.join(" ")),
            ("limit", &LONGEST_ANSWER.to_string()),
            ("tellable", &tellable()),
            ("locals", &locals(&super::profile(), "    ")),
            ("columns", &super::wrapped_columns(&super::profile(), "      ")),
            ("found_as", &found_as),
            ("own_target", if found_as.is_empty() { "" } else { ", _found_as" }),
            ("own_local", own_local(mapping)),
            ("targets", &locals(&super::profile(), "      ")),
            ("members", &members(&super::profile(), mapping, "      ")),
        ],
    )
}

/// Whether the flags and the metadata of a row are what they should be. Text with half a surrogate pair is
/// no JSON for the servers; the service mends it. MariaDB keeps repeated names, which the service refuses.
fn tellable() -> String {
    let conditions = COLUMNS.iter().filter_map(|(column, holds)| match holds {
        Holds::Text => None,
        Holds::Flag => Some(format!("COALESCE(_{column}, '0') IN ('0', '1')")),
        Holds::Object => Some(format!(
            "(COALESCE(TRIM(_{column}), '') IN ('', 'null', '\"\"') OR IF(JSON_VALID(_{column}), JSON_TYPE(_{column}) = 'OBJECT'\n        \
               AND JSON_LENGTH(_{column}) = JSON_LENGTH(JSON_KEYS(_{column})),\n        \
             _{column} REGEXP CONCAT(CHAR(92, 92 USING utf8mb4), 'u[Dd][89A-Fa-f]')))"
        )),
    });
    let block = format!(
        "COALESCE(IF(JSON_VALID(_app_metadata), CAST(JSON_EXTRACT(_app_metadata, '$.{LEGACY_BLOCKED}') AS CHAR), NULL), 'null')\n        \
         IN ('null', 'false', 'true', '0', '1')"
    );
    let conditions: Vec<_> = conditions.chain([block]).collect();
    super::wrapped_by(&conditions, " AND ", "      ")
}

fn own_row(kind: Kind) -> String {
    fill(OWN_ROW, &[("kind", kind.name()), ("is_wanted", &is_wanted(kind, "o", "stored"))])
}

//! The functions for MySQL and MariaDB.

use super::fill::{fill, indent};
use super::mapping::{Kind, Lookup, Mapping};
use super::mysql_keys::{comment, keys, variables};
use super::{COLUMNS, Holds};
use crate::database::LONGEST_ANSWER;

const QUESTION: &str = "{{about}}
CREATE DEFINER = 'narrowgate_owner'@'localhost' FUNCTION narrowgate.{{name}}(
  identifier VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
) RETURNS LONGTEXT CHARACTER SET utf8mb4
READS SQL DATA SQL SECURITY DEFINER COMMENT '{{comment}}'
BEGIN
{{variables}}
  DECLARE wanted VARBINARY(1280) DEFAULT CAST(LOWER(identifier) AS BINARY);
  DECLARE {{locals}}{{own_local}} LONGTEXT CHARACTER SET utf8mb4;
  DECLARE answer, seen LONGTEXT CHARACTER SET utf8mb4;
  DECLARE step, conditions, code INT DEFAULT 0;
  DECLARE found, alone, twins, warned, lenient BOOLEAN DEFAULT FALSE;
  DECLARE CONTINUE HANDLER FOR 1172 SET twins = TRUE;
{{warnings}}
{{session}}
  BEGIN
    DECLARE CONTINUE HANDLER FOR {{no_key}} BEGIN END;
{{keys}}
  END;

  question: LOOP
{{branches}}
    END IF;
    IF warned AND NOT lenient THEN
      SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION';
      SET found = FALSE, alone = FALSE, twins = FALSE, lenient = TRUE;
      ITERATE question;
    END IF;
    IF found THEN
      SET answer = CONCAT_WS(',', answer, CONCAT('{', CONCAT_WS(',',
        CONCAT('\"matched\":', JSON_QUOTE(ELT(step + 1, {{kinds}}))),
{{members}}), '}'));
    END IF;
    IF alone OR twins OR step = {{last}} THEN LEAVE question; END IF;
    SET seen = _user_id, {{own_reset}}found = FALSE, step = step + 1;
  END LOOP;
  SET answer = CONCAT('[', CONCAT_WS(',', answer, IF(twins, answer, NULL)), ']');
  RETURN IF(LENGTH(answer) > {{limit}}, '', answer);
END$$
";

/// What a session of the caller's must not change: whether warnings are seen, what a regular expression matches, what time it is,
/// and rows of which time are read.
pub(super) const SESSION: &str =
    "  -- Whatever the caller's session says: warnings are seen, expressions match as written, and now is now.
  SET SESSION max_error_count = 64, time_zone = '+00:00' /*M! , default_regex_flags = '', system_versioning_asof = DEFAULT */;
  BEGIN
    -- A server that lets nobody set the time refuses that to us as well. DEFAULT alone would begin with the next statement.
    DECLARE CONTINUE HANDLER FOR 1227, 1290 BEGIN END;
    SET SESSION timestamp = UNIX_TIMESTAMP(SYSDATE(6));
    SET SESSION timestamp = DEFAULT;
  END;";

/// What an identifier cannot be a key by: a number beyond its type, a text of another character set, no UUID or date at all.
pub(super) const NO_KEY: &str = "1264, 1265, 1292, 1366, 1411";

/// What a plain SELECT warns of, and SELECT INTO in strict mode fails at, is read once more without that mode: a text that is
/// no number or date, a date beyond all. Whatever else would then be changed in silence is an error again.
pub(super) const WARNINGS: &str =
    "  DECLARE CONTINUE HANDLER FOR 1292, 1411, 1441, SQLWARNING BEGIN
    GET DIAGNOSTICS conditions = NUMBER;
    WHILE conditions > 0 DO
      GET DIAGNOSTICS CONDITION conditions code = MYSQL_ERRNO;
      IF lenient AND code NOT IN (1172, 1260, 1292, 1329, 1411, 1441) THEN
        SIGNAL SQLSTATE '22000' SET MYSQL_ERRNO = 1366, MESSAGE_TEXT = 'a value does not fit';
      END IF;
      SET warned = warned OR code IN (1292, 1411, 1441), conditions = conditions - 1;
    END WHILE;
  END;";

/// Whether a row has the identifier as this kind. The index finds more than it should: a collation
/// holds accents and spaces at the end for nothing.
const IS_WANTED: &str = "{{row}}.{{kind}}_key = wanted_{{kind}} AND CAST(LOWER(CONVERT({{row}}.{{column}} USING utf8mb4) COLLATE utf8mb4_bin) AS BINARY) = wanted";

/// Reads the rows of one kind. The twins of a collation are left out here, so that two of them do
/// not crowd the true one out.
const BRANCH: &str = "IF step = {{step}} AND wanted_{{kind}} IS NOT NULL THEN
  SELECT TRUE, {{alone}},
    {{columns}}
  INTO found, alone, {{targets}}
  FROM narrowgate.legacy_user AS u
  LEFT JOIN narrowgate.migrated_user AS m ON m.user_id = u.user_id
  WHERE {{is_wanted}}
    AND m.user_id IS NULL{{other}} LIMIT 2;
";

/// The same by a table of its own, each user once, and that table first.
const OWN_BRANCH: &str = "IF step = {{step}} AND wanted_{{kind}} IS NOT NULL THEN
  SELECT STRAIGHT_JOIN TRUE, {{alone}}, k.stored,
    {{columns}}
  INTO found, alone, _found_as, {{targets}}
  FROM (SELECT o.user_key, MIN(o.stored) AS stored FROM narrowgate.legacy_{{kind}} AS o
    WHERE {{is_wanted}}
    GROUP BY o.user_key) AS k
  JOIN narrowgate.legacy_user AS u ON u.user_key = k.user_key
  LEFT JOIN narrowgate.migrated_user AS m ON m.user_id = u.user_id
  WHERE m.user_id IS NULL{{other}}
  LIMIT 2;
";

/// Who was found by a kind before is not found again.
const OTHER: &str =
    " AND (seen IS NULL OR NOT (CAST(u.user_id AS BINARY) <=> CAST(seen AS BINARY)))";

const NOBODY: &str =
    "NOT EXISTS (SELECT 1 FROM narrowgate.legacy_user AS o WHERE o.{{kind}}_key = wanted_{{kind}}
      AND NOT (CAST(o.user_id AS BINARY) <=> CAST(u.user_id AS BINARY)))";

const NOBODY_OWN: &str =
    "NOT EXISTS (SELECT 1 FROM narrowgate.legacy_{{kind}} AS o WHERE o.{{kind}}_key = wanted_{{kind}}
      AND NOT (o.user_key <=> u.user_key))";

pub(super) fn questions(mapping: &Mapping) -> String {
    let get_user =
        question(mapping, "get_user", "-- One user without the password.", &super::profile());
    let login = if mapping.inside {
        let about = "-- The same with the password columns, for the functions below alone.";
        let candidate = question(mapping, "candidate", about, &super::all());
        let branches = super::inside::branches(mapping.engine);
        let values = branches.each_ref().map(|(name, text)| (*name, text.as_str()));
        format!("{candidate}\n{}", fill(include_str!("mysql_inside.sql"), &values))
    } else {
        question(
            mapping,
            "login_candidate",
            "-- The same with the password columns.",
            &super::all(),
        )
    };
    [get_user, login, super::mysql_mark::mark(mapping)].join("\n").trim_end().to_owned()
}

pub(super) fn is_wanted(kind: Kind, row: &str, column: &str) -> String {
    fill(IS_WANTED, &[("row", row), ("kind", kind.name()), ("column", column)])
}

/// The variable for what was found in a table of its own, where there is one.
pub(super) fn own_local(mapping: &Mapping) -> &'static str {
    if super::own_table::any(mapping) { ", _found_as" } else { "" }
}

fn question(mapping: &Mapping, name: &str, about: &str, columns: &[&str]) -> String {
    let kinds: Vec<_> = mapping.lookups.iter().collect();
    let mut branches = vec![];
    for (step, (kind, lookup)) in kinds.iter().enumerate() {
        let own = lookup.own.is_some();
        let is_wanted = if own {
            is_wanted(**kind, "o", "stored")
        } else {
            is_wanted(**kind, "u", kind.column())
        };
        branches.push(fill(
            if own { OWN_BRANCH } else { BRANCH },
            &[
                ("step", &step.to_string()),
                ("other", if step == 0 { "" } else { OTHER }),
                ("alone", &alone(kinds.get(step + 1..).unwrap_or_default())),
                ("kind", kind.name()),
                ("is_wanted", &is_wanted),
                ("columns", &super::wrapped_columns(columns, "    ")),
                ("targets", &locals(columns, "    ")),
            ],
        ));
    }
    let names: Vec<_> = kinds.iter().map(|(kind, _)| format!("'{}'", kind.name())).collect();
    fill(
        QUESTION,
        &[
            ("about", about),
            ("name", name),
            ("comment", &comment(mapping)),
            ("variables", &variables(mapping)),
            ("warnings", WARNINGS),
            ("session", SESSION),
            ("no_key", NO_KEY),
            ("locals", &locals(columns, "    ")),
            ("own_local", own_local(mapping)),
            ("own_reset", if own_local(mapping).is_empty() { "" } else { "_found_as = NULL, " }),
            ("keys", &keys(mapping)),
            ("branches", &indent(&branches.join("ELSE"), "    ")),
            ("limit", &LONGEST_ANSWER.to_string()),
            ("kinds", &names.join(", ")),
            ("last", &kinds.len().saturating_sub(1).to_string()),
            ("members", &members(columns, mapping, "        ")),
        ],
    )
}

/// Whether nobody else can be found by the kinds that come later.
fn alone(later: &[(&Kind, &Lookup)]) -> String {
    let nobody = later.iter().map(|(kind, lookup)| {
        let nobody = if lookup.own.is_some() { NOBODY_OWN } else { NOBODY };
        fill(nobody, &[("kind", kind.name())])
    });
    let nobody: Vec<_> = nobody.collect();
    if nobody.is_empty() { "FALSE".to_owned() } else { nobody.join("\n    AND ") }
}

pub(super) fn locals(columns: &[&str], margin: &str) -> String {
    let names: Vec<_> = columns.iter().map(|column| format!("_{column}")).collect();
    super::wrapped(&names, margin)
}

/// The members of the JSON object.
pub(super) fn members(columns: &[&str], mapping: &Mapping, margin: &str) -> String {
    let member = |column: &&str| {
        let value = match COLUMNS.iter().find(|(name, _)| name == column) {
            Some((_, Holds::Flag)) => format!(
                "ELT(1 + FIELD(_{column}, '0', '1'), JSON_QUOTE(_{column}), 'false', 'true')"
            ),
            Some((_, Holds::Object)) => {
                format!("IF(JSON_VALID(_{column}), _{column}, JSON_QUOTE(_{column}))")
            }
            _ => format!("JSON_QUOTE(_{column})"),
        };
        format!("CONCAT('\"{column}\":', {value})")
    };
    let found = "CONCAT('\"found_as\":[', JSON_QUOTE(_found_as), ']')".to_owned();
    let found = super::own_table::any(mapping).then_some(found);
    let members: Vec<_> = found.into_iter().chain(columns.iter().map(member)).collect();
    let lines = members.chunks(2).map(|two| format!("{margin}{}", two.join(", ")));
    lines.collect::<Vec<_>>().join(",\n")
}

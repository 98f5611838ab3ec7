//! What SQLite's own code says of a search: by the identifier, or by something that is the same for everybody,
//! such as `deleted_at IS NULL`. A plan names an index in both cases.

use std::collections::{BTreeMap, BTreeSet};

use crate::database::catalog::Row;

/// Begins a search in an index or a table by the registers from `p3` on; of an index, `p4` of them.
const SEEKS: [&str; 6] = ["SeekGE", "SeekGT", "SeekLE", "SeekLT", "SeekRowid", "NotExists"];

/// Puts something that the statement itself says into the register `p2`; `Integer` and `Null` besides.
const CONSTANTS: [&str; 6] = ["Integer", "Int64", "Real", "String8", "Null", "Blob"];

/// These have a result in the register `p3`, or in `p2`.
const INTO_P3: [&str; 12] = [
    "Column",
    "Function",
    "PureFunc",
    "Concat",
    "Add",
    "Subtract",
    "Multiply",
    "Divide",
    "Remainder",
    "BitAnd",
    "BitOr",
    "Copy",
];

/// The tables' roots that are searched by nothing but constants. The rows are those of EXPLAIN: address,
/// opcode, p1 to p4.
pub(super) fn by_constants(code: &[Row]) -> BTreeSet<i64> {
    let number = |row: &Row, place: usize| row.text(place).parse::<i64>().unwrap_or(-1);
    let mut constant: BTreeMap<i64, bool> = BTreeMap::new();
    let mut roots: BTreeMap<i64, i64> = BTreeMap::new();
    for row in code {
        let (opcode, [p1, p2, p3]) = (row.text(1), [2, 3, 4].map(|place| number(row, place)));
        match opcode {
            "OpenRead" => drop(roots.insert(p1, p2)),
            "SCopy" | "IntCopy" | "Copy" | "Variable" | "Rowid" | "IdxRowid" => {
                constant.insert(p2, false);
            }
            _ if CONSTANTS.contains(&opcode) => {
                // A NULL may fill several.
                for register in p2..=p3.max(p2) {
                    constant.entry(register).or_insert(true);
                    if opcode != "Null" {
                        break;
                    }
                }
            }
            _ if INTO_P3.contains(&opcode) => drop(constant.insert(p3, false)),
            _ => {}
        }
    }
    let searched = code.iter().filter(|row| SEEKS.contains(&row.text(1)));
    let by_constant = searched.filter(|row| {
        let (first, keys) = (number(row, 4), number(row, 5).max(1));
        (first..first + keys).all(|register| constant.get(&register) == Some(&true))
    });
    by_constant.filter_map(|row| roots.get(&number(row, 2)).copied()).collect()
}

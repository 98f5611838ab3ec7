//! Which tables and columns a piece of SQL reads, so that the view's owner is granted those alone.

use std::collections::{BTreeMap, BTreeSet};

use super::sql::{Token, Wrong};
use super::{Engine, sql};

/// Tables by alias; none for a subquery or a function, whose columns are nobody's to grant.
pub(super) type Tables = BTreeMap<String, Option<String>>;

/// Columns by table, both as they are written.
pub(super) type Columns = BTreeMap<String, BTreeSet<String>>;

/// Words that may stand alone in an expression, and end a table's alias in a FROM list.
const KEYWORDS: &str = " ALL ALWAYS AND ANY ARRAY AS ASC AT BETWEEN BINARY BIGINT BOOLEAN BOTH BY BYTEA CASE CHAR CHARACTER \
    COLLATE CROSS CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP DATE DAY DECIMAL DESC DISTINCT DIV DOUBLE ELSE END EPOCH ESCAPE \
    EXCEPT EXISTS FALSE FETCH FILTER FIRST FOR FORCE FROM FULL GLOB GROUP HAVING HOUR IGNORE ILIKE IN INDEX INNER INTEGER \
    INTERSECT INTERVAL INTO IS ISNULL JOIN JSON JSONB LAST LATERAL LEADING LEFT LIKE LIMIT MATCH MEMBER MINUTE MOD MONTH \
    NATURAL NORMALIZED NOT NOTNULL NULL NULLS NUMERIC OF OFFSET ON ONLY OPERATOR OR ORDER OUTER OVER OVERLAPS PARTITION \
    PRECISION REAL REGEXP RIGHT RLIKE ROW ROWS SECOND SELECT SEPARATOR SET SIGNED SIMILAR SMALLINT SOME SOUNDS STRAIGHT_JOIN \
    SYMMETRIC TEXT THEN TIME TIMESTAMP TIMESTAMPTZ TO TRAILING TRUE UNION UNIQUE UNKNOWN UNSIGNED USE USING UUID VALUE VALUES \
    VARBINARY VARCHAR VARYING WHEN WHERE WITH WITHIN WITHOUT WINDOW XOR YEAR ZONE ";

fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&format!(" {} ", word.to_ascii_uppercase()))
}

/// How a name is compared: without quotes, and in lower case if it had none.
fn plain(name: &str) -> String {
    let bare = name.trim_matches(['"', '`']);
    if bare == name { name.to_lowercase() } else { bare.to_owned() }
}

/// One level of brackets.
#[derive(Default)]
struct Level {
    /// A SELECT was seen, so that FROM begins tables and is not part of EXTRACT(... FROM ...).
    select: bool,
    /// In a list of tables, where a comma is followed by another.
    list: bool,
    /// A table is due.
    due: bool,
    /// Its closing bracket is followed by an alias.
    aliased: bool,
}

/// Reads one piece of SQL.
pub(super) struct Reader<'a> {
    engine: Engine,
    tokens: Vec<(usize, Token<'a>)>,
    tables: Tables,
    /// Tokens that are no columns: tables and their aliases.
    spent: BTreeSet<usize>,
    wrong: Vec<Wrong>,
}

impl<'a> Reader<'a> {
    /// # Errors
    /// What [`sql::tokens`] finds.
    pub(super) fn new(text: &'a str, engine: Engine) -> Result<Self, Vec<Wrong>> {
        let tokens = sql::tokens(text, engine)?;
        Ok(Self { engine, tokens, tables: Tables::new(), spent: BTreeSet::new(), wrong: vec![] })
    }

    /// As what follows FROM. Gives the tables.
    pub(super) fn tables(mut self, columns: &mut Columns) -> Result<Tables, Vec<Wrong>> {
        self.find_tables(Level { select: true, list: true, due: true, aliased: false });
        self.find_columns(&Tables::new(), columns);
        if self.wrong.is_empty() { Ok(self.tables) } else { Err(self.wrong) }
    }

    /// As an expression over these tables. Adds what it reads to the columns.
    pub(super) fn expression(
        mut self,
        tables: &Tables,
        columns: &mut Columns,
    ) -> Result<(), Vec<Wrong>> {
        self.find_tables(Level::default());
        self.find_columns(tables, columns);
        if self.wrong.is_empty() { Ok(()) } else { Err(self.wrong) }
    }

    fn token(&self, at: usize) -> Token<'a> {
        self.tokens.get(at).map_or(Token::Symbol(' '), |(_, token)| *token)
    }

    fn before(&self, at: usize) -> Token<'a> {
        at.checked_sub(1).map_or(Token::Symbol(' '), |before| self.token(before))
    }

    fn refuse(&mut self, at: usize, cause: String, remedy: &'static str) {
        let offset = self.tokens.get(at).or(self.tokens.last()).map_or(0, |(offset, _)| *offset);
        self.wrong.push((offset, cause, remedy));
    }

    /// A name with its qualifiers, and the token after it.
    fn chain(&self, mut at: usize) -> (Vec<&'a str>, usize) {
        let mut names = vec![];
        while let Token::Word(name) = self.token(at) {
            names.push(name);
            at += 1;
            if self.token(at) != Token::Symbol('.') {
                break;
            }
            at += 1;
        }
        (names, at)
    }

    fn find_tables(&mut self, outermost: Level) {
        let in_from = outermost.due;
        let mut levels = vec![outermost];
        let mut at = 0;
        while at < self.tokens.len() {
            let outer = levels.len() == 1;
            let Some(level) = levels.last_mut() else { return };
            let token = self.token(at);
            at += 1;
            match token {
                Token::Symbol('(') => {
                    let nested = std::mem::take(&mut level.due);
                    let subquery = ["SELECT", "VALUES"].iter().any(|word| self.token(at).is(word));
                    let tables = nested && !subquery;
                    levels.push(Level {
                        aliased: nested,
                        list: tables,
                        due: tables,
                        select: tables,
                    });
                }
                Token::Symbol(')') => {
                    if levels.pop().is_some_and(|level| level.aliased) {
                        at = self.alias(at, None);
                    }
                }
                Token::Symbol(',') => level.due |= level.list,
                Token::Word(_) if level.due && !token.is("LATERAL") && !token.is("ONLY") => {
                    level.due = false;
                    if token.is("FROM") || token.is("SELECT") {
                        let cause =
                            format!("{token:?} stands where a table should").replace("Word", "");
                        self.refuse(
                            at - 1,
                            cause,
                            "begin with the first table, without the word FROM",
                        );
                        continue;
                    }
                    let (names, after) = self.chain(at - 1);
                    self.spent.extend(at - 1..after);
                    at = after;
                    if self.token(at) == Token::Symbol('(') {
                        levels.push(Level { aliased: true, ..Level::default() });
                        at += 1;
                    } else {
                        self.qualified(at - 1, &names);
                        at = self.alias(at, Some(&names));
                    }
                }
                Token::Word(word) if word.to_ascii_uppercase().ends_with("JOIN") => {
                    level.due = true
                }
                _ if token.is("SELECT") => level.select = true,
                _ if token.is("FROM") && !self.before(at - 1).is("DISTINCT") && level.select => {
                    if in_from && outer {
                        self.refuse(
                            at - 1,
                            "is a second FROM".to_owned(),
                            "write one list of tables; join them",
                        );
                    }
                    (level.list, level.due) = (true, true);
                }
                _ if ["WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "UNION", "WINDOW"]
                    .iter()
                    .any(|word| token.is(word)) =>
                {
                    level.list = false;
                    if in_from && outer {
                        let cause = format!("{token:?} does not belong here").replace("Word", "");
                        self.refuse(
                            at - 1,
                            cause,
                            "conditions go into `where`; the rest into a subquery",
                        );
                    }
                }
                _ => {}
            }
        }
        if levels.iter().any(|level| level.due) {
            self.refuse(at, "ends where a table should follow".to_owned(), "name the table");
        }
    }

    fn qualified(&mut self, at: usize, names: &[&str]) {
        if names.len() < 2 && self.engine != Engine::Sqlite {
            let name = names.join(".");
            let remedy = if self.engine == Engine::Postgresql {
                "write it with its schema, such as public.NAME"
            } else {
                "write it with its database, such as shop.NAME"
            };
            self.refuse(at, format!("the table {name} has no schema"), remedy);
        }
    }

    /// Notes a table under its alias, or under its own name; gives the token after it.
    fn alias(&mut self, mut at: usize, table: Option<&[&str]>) -> usize {
        let begun = at;
        at += usize::from(self.token(at).is("AS"));
        let alias = match self.token(at) {
            Token::Word(word) if !is_keyword(word) => {
                at += 1;
                Some(word)
            }
            _ => table.and_then(|names| names.last().copied()),
        };
        // The columns of a subquery's alias: AS e (a, b).
        if table.is_none() && self.token(at) == Token::Symbol('(') {
            while at < self.tokens.len() && self.token(at) != Token::Symbol(')') {
                at += 1;
            }
            at += 1;
        }
        self.spent.extend(begun..at);
        if let Some(alias) = alias {
            self.tables.insert(plain(alias), table.map(|names| names.join(".")));
        }
        at
    }

    fn find_columns(&mut self, outer: &Tables, columns: &mut Columns) {
        let mut at = 0;
        while at < self.tokens.len() {
            let Token::Word(_) = self.token(at) else {
                at += 1;
                continue;
            };
            if self.spent.contains(&at) {
                at += 1;
                continue;
            }
            let (names, after) = self.chain(at);
            self.column(at, after, &names, outer, columns);
            at = after.max(at + 1);
        }
    }

    fn column(
        &mut self,
        at: usize,
        after: usize,
        names: &[&str],
        outer: &Tables,
        columns: &mut Columns,
    ) {
        let [before, next] = [self.before(at), self.token(after)];
        // A function, a type or a collation; a prefix of a text such as E'..' or _utf8mb4'..'.
        let named_for_itself = next == Token::Symbol('(')
            || before == Token::Symbol(':')
            || ["AS", "COLLATE", "USING", "SET", "OPERATOR"].iter().any(|word| before.is(word))
            || matches!(next, Token::Constant(text) if text.starts_with('\''));
        if next == Token::Symbol('*') && self.token(after.wrapping_sub(1)) == Token::Symbol('.') {
            self.refuse(
                at,
                format!("`{}.*` takes all columns", names.join(".")),
                "name the columns",
            );
            return;
        }
        match names {
            _ if named_for_itself => {}
            [word] if is_keyword(word) => {}
            [word] => self.refuse(
                at,
                format!("`{word}` stands alone"),
                "write columns with their table's alias: c.NAME",
            ),
            [alias, column] => {
                match self.tables.get(&plain(alias)).or_else(|| outer.get(&plain(alias))) {
                    Some(Some(table)) => {
                        columns.entry(table.clone()).or_default().insert((*column).to_owned());
                    }
                    Some(None) => {}
                    None => self.refuse(
                        at,
                        format!("no table is called {alias}"),
                        "use an alias that `from` gives",
                    ),
                }
            }
            _ => self.refuse(
                at,
                format!("`{}` has too many parts", names.join(".")),
                "write ALIAS.COLUMN; give the table an alias",
            ),
        }
    }
}

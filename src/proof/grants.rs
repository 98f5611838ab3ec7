//! Reads what MySQL and MariaDB print for SHOW GRANTS. The statements are the servers' own, with
//! names in backticks; all that is wanted of them is what is granted on what.

use super::Finding;
use crate::database::catalog::Allowed;
use crate::schema::Schema;

/// A line of SHOW GRANTS against the contract: what it lets the role do, and nothing else.
pub(super) fn judge(line: &str, allowed: Allowed, contract: &Schema) -> Option<Finding> {
    let Grant { rights, object, account, with_grant_option } = Grant::read(line)?;
    let Some(object) = object else {
        return Some(Finding::new(
            "role_membership",
            format!("{account} has the role {rights}"),
            format!("REVOKE {rights} FROM {account};"),
        ));
    };
    let own = |kind: &str, name: &str| object == format!("{kind}`{}`.`{name}`", contract.as_str());
    let contract = allowed.routines.iter().any(|(name, _)| own("FUNCTION ", name));
    let readable = allowed.relations.iter().any(|name| own("", name));
    let nothing =
        rights == "USAGE" || contract && rights == "EXECUTE" || readable && rights == "SELECT";
    // What is given to everybody, the contract gives to the service alone.
    if contract && account == "PUBLIC" {
        return Some(Finding::new(
            "public_may_execute",
            format!("{rights} on {object}, granted to PUBLIC, which is everybody"),
            format!("REVOKE {rights} ON {object} FROM PUBLIC;"),
        ));
    }
    if nothing && !with_grant_option {
        return None;
    }
    let option = if with_grant_option { " WITH GRANT OPTION" } else { "" };
    let revoked = match (nothing, with_grant_option) {
        (true, _) => "GRANT OPTION".to_owned(),
        (false, true) if rights != "PROXY" => format!("{rights}, GRANT OPTION"),
        (false, _) => rights.to_owned(),
    };
    Some(Finding::new(
        code(rights, object),
        format!("{rights} on {object}{option}, granted to {account}"),
        format!("REVOKE {revoked} ON {object} FROM {account};"),
    ))
}

/// Whether MariaDB lets anybody be the account: its line on `*.*` names a password or plug-in where
/// there is one. A certificate of its own will do.
pub(super) fn nameless(line: &str, account: &str) -> Option<Finding> {
    let grant = Grant::read(line)?;
    let is_it = grant.object == Some("*.*") && grant.account.replace('`', "") == account;
    let (_, options) = split(line, " TO ")?;
    let ways = [" IDENTIFIED ", " REQUIRE X509", " REQUIRE ISSUER", " REQUIRE SUBJECT"];
    (is_it && ways.iter().all(|way| split(options, way).is_none())).then(|| {
        Finding::new(
            "account_without_password",
            format!("{} has no password: whoever reaches the server can be it", grant.account),
            format!("ALTER USER {} IDENTIFIED BY '...' REQUIRE SSL;", grant.account),
        )
    })
}

fn code(rights: &str, object: &str) -> &'static str {
    let routine = ["FUNCTION ", "PROCEDURE ", "PACKAGE "];
    match object {
        _ if rights == "PROXY" => "proxy_privilege",
        "*.*" => "excess_global_privilege",
        _ if routine.iter().any(|kind| object.starts_with(kind)) => "excess_routine_privilege",
        _ if object.ends_with(".*") => "excess_schema_privilege",
        _ if rights.contains('(') => "excess_column_privilege",
        _ => "excess_table_privilege",
    }
}

struct Grant<'a> {
    rights: &'a str,
    /// None: a role is granted.
    object: Option<&'a str>,
    account: &'a str,
    with_grant_option: bool,
}

impl<'a> Grant<'a> {
    /// None for what is no grant, such as SET DEFAULT ROLE.
    fn read(line: &'a str) -> Option<Self> {
        let rest = line.strip_prefix("GRANT ")?;
        let (granted, to) = split(rest, " TO ")?;
        let (rights, object) = match split(granted, " ON ") {
            Some((rights, object)) => (rights, Some(object)),
            None => (granted, None),
        };
        // What follows the account may be the hash of its password.
        let account = split(to, " ").map_or(to, |(account, _)| account);
        let with_grant_option = split(to, " WITH ")
            .is_some_and(|(_, options)| options.contains("GRANT OPTION"))
            || split(to, " WITH ADMIN OPTION").is_some();
        Some(Self { rights, object, account, with_grant_option })
    }
}

/// Splits at the first place of `word` outside quotation marks.
pub(super) fn split<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let mut quote = None;
    for (place, character) in text.char_indices() {
        match quote {
            Some(mark) if mark == character => quote = None,
            None if matches!(character, '`' | '\'' | '"') => quote = Some(character),
            None if text.get(place..).is_some_and(|rest| rest.starts_with(word)) => {
                return Some((text.get(..place)?, text.get(place + word.len()..)?));
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PasswordComparison;
    use crate::proof::Role;

    fn judged(line: &str) -> Option<(String, String, String)> {
        let role = Role::Service(PasswordComparison::Outside);
        let found = judge(line, role.allowed(), &Schema::default())?;
        Some((found.code, found.found, found.remedy))
    }

    #[test]
    fn the_contract_is_no_finding() {
        for line in [
            "GRANT USAGE ON *.* TO `narrowgate_api`@`%` IDENTIFIED BY PASSWORD '*B69027D4' REQUIRE SSL",
            "GRANT USAGE ON *.* TO `narrowgate_api`@`%` REQUIRE SSL WITH MAX_USER_CONNECTIONS 40",
            "GRANT EXECUTE ON FUNCTION `narrowgate`.`get_user` TO `narrowgate_api`@`%`",
            "SET DEFAULT ROLE `r` FOR `narrowgate_api`@`%`",
        ] {
            assert_eq!(judged(line), None, "{line}");
        }
    }

    /// Lines as MariaDB 10.11 and MySQL 8.0 print them, for an account A: the code, and what mends it.
    const CASES: [(&str, &str, &str); 12] = [
        (
            "GRANT EXECUTE ON FUNCTION `narrowgate`.`get_user` TO PUBLIC",
            "public_may_execute",
            "REVOKE EXECUTE ON FUNCTION `narrowgate`.`get_user` FROM PUBLIC;",
        ),
        (
            "GRANT FILE ON *.* TO A IDENTIFIED BY PASSWORD '*canary'",
            "excess_global_privilege",
            "REVOKE FILE ON *.* FROM A;",
        ),
        (
            "GRANT USAGE ON *.* TO A WITH GRANT OPTION",
            "excess_global_privilege",
            "REVOKE GRANT OPTION ON *.* FROM A;",
        ),
        (
            "GRANT BACKUP_ADMIN,CLONE_ADMIN ON *.* TO A",
            "excess_global_privilege",
            "REVOKE BACKUP_ADMIN,CLONE_ADMIN ON *.* FROM A;",
        ),
        (
            "GRANT CREATE TEMPORARY TABLES ON `narrowgate`.* TO A",
            "excess_schema_privilege",
            "REVOKE CREATE TEMPORARY TABLES ON `narrowgate`.* FROM A;",
        ),
        (
            "GRANT SELECT ON `a ON b TO c`.`t` TO A",
            "excess_table_privilege",
            "REVOKE SELECT ON `a ON b TO c`.`t` FROM A;",
        ),
        (
            "GRANT SELECT (`e`), UPDATE (`e`) ON `s`.`t` TO A WITH GRANT OPTION",
            "excess_column_privilege",
            "REVOKE SELECT (`e`), UPDATE (`e`), GRANT OPTION ON `s`.`t` FROM A;",
        ),
        (
            "GRANT EXECUTE, ALTER ROUTINE ON FUNCTION `narrowgate`.`get_user` TO A",
            "excess_routine_privilege",
            "REVOKE EXECUTE, ALTER ROUTINE ON FUNCTION `narrowgate`.`get_user` FROM A;",
        ),
        (
            "GRANT EXECUTE ON PROCEDURE `narrowgate`.`get_user` TO A",
            "excess_routine_privilege",
            "REVOKE EXECUTE ON PROCEDURE `narrowgate`.`get_user` FROM A;",
        ),
        (
            "GRANT PROXY ON 'root'@'%' TO A WITH GRANT OPTION",
            "proxy_privilege",
            "REVOKE PROXY ON 'root'@'%' FROM A;",
        ),
        ("GRANT `reporting`@`%` TO A", "role_membership", "REVOKE `reporting`@`%` FROM A;"),
        (
            "GRANT SELECT ON `s`.* TO PUBLIC",
            "excess_schema_privilege",
            "REVOKE SELECT ON `s`.* FROM PUBLIC;",
        ),
    ];

    #[test]
    fn an_account_without_a_password_is_told_from_others() {
        let anybody = |options: &str| {
            let line = format!("GRANT USAGE ON *.* TO `narrowgate_api`@`%`{options}");
            nameless(&line, "narrowgate_api@%").is_some()
        };
        assert!(anybody("") && anybody(" REQUIRE SSL") && anybody(" WITH MAX_USER_CONNECTIONS 4"));
        for one in [
            " IDENTIFIED BY PASSWORD '*B69027D4' REQUIRE SSL",
            " IDENTIFIED VIA unix_socket",
            " REQUIRE X509",
            " REQUIRE ISSUER '/CN=ca' SUBJECT '/CN=gate'",
        ] {
            assert!(!anybody(one), "{one}");
        }
        // The line of a role, and one on less than all.
        assert!(nameless("GRANT USAGE ON *.* TO `r`", "narrowgate_api@%").is_none());
        assert!(nameless("GRANT SELECT ON `a`.* TO `r`@`%`", "r@%").is_none());
    }

    #[test]
    fn everything_else_is() {
        for (line, code, remedy) in CASES {
            let told =
                |text: &str| text.replace("TO A", "TO `a`@`%`").replace("FROM A", "FROM `a`@`%`");
            let (found_code, found, found_remedy) = judged(&told(line)).expect(line);
            assert_eq!((found_code.as_str(), found_remedy), (code, told(remedy)), "{line}");
            assert!(!found.contains("canary"), "{found}");
        }
    }
}

//! Nobody gets more of a user than what they could name: whoever has the runtime role, or a token of any scope, counts
//! ids up, puts answers into questions, and must end with the one user whose address is known.

use serde_json::json;

use crate::support::sample::{PASSWORD, World, users};
use crate::support::{Engine, Legacy, Token};

/// The one whom the thief can name, by each name there is.
const KNOWN: &str = "ada@example.com";

/// What a search would take for anybody.
const GUESSES: [&str; 9] = ["%", "_", "*", "", "%@%", "@", "\\", "example.com", "NULL"];

/// What there is of everybody else, in the sample store itself.
fn of_others(legacy: &Legacy) -> Vec<String> {
    let mut private = vec![];
    for column in ["login", "email", "full_name", "phone"] {
        private.extend(legacy.column(&format!(
            "SELECT {column} FROM {} WHERE id NOT IN (1, 21) AND {column} IS NOT NULL",
            legacy.customers()
        )));
    }
    private.extend(legacy.column(
        "SELECT password_hash FROM sample_shop.credential WHERE customer_id <> 1 AND password_hash IS NOT NULL",
    ));
    // What an answer holds of nobody: short words would be found by chance.
    private.into_iter().filter(|text| text.len() > 4).map(|text| text.to_lowercase()).collect()
}

#[track_caller]
fn search(asked: &str, heard: &str, private: &[String]) {
    let heard = heard.to_lowercase();
    for text in private {
        assert!(!heard.contains(text.as_str()), "{asked} tells {text}: {heard}");
    }
}

/// Numbers from 0 on, and guesses, as the engine writes them.
fn sources(engine: Engine) -> [String; 2] {
    let quoted = |text: &&str| {
        if engine == Engine::Mysql { text.replace('\\', "\\\\") } else { (*text).to_owned() }
    };
    let named = [KNOWN, "ada", "grace", "nobody@example.com"];
    let guesses = GUESSES.iter().chain(&named).map(quoted);
    let guesses: Vec<_> = guesses.map(|text| format!("SELECT '{text}' AS g")).collect();
    let numbers = match engine {
        Engine::Mysql => {
            (0..64).map(|n| format!("SELECT '{n}' AS n")).collect::<Vec<_>>().join(" UNION ALL ")
        }
        _ => "SELECT s::text AS n FROM pg_catalog.generate_series(-1, 64) AS s".to_owned(),
    };
    [numbers, guesses.join(" UNION ALL ")]
}

/// One statement each, of many calls.
fn walks(engine: Engine, login: &str) -> Vec<String> {
    let [numbers, guesses] = sources(engine);
    let member = |answer: &str, name: &str| match engine {
        Engine::Mysql => format!("JSON_UNQUOTE(JSON_EXTRACT({answer}, '$.{name}'))"),
        _ => format!("(({answer})::json ->> '{name}')"),
    };
    let from = format!("FROM ({numbers}) AS n CROSS JOIN ({guesses}) AS g");
    let alone = "narrowgate.mark_migrated(n.n, NULL)";
    let guessed = "narrowgate.mark_migrated(n.n, CASE g.g WHEN 'ada@example.com' THEN NULL WHEN 'ada' THEN NULL WHEN 'grace' THEN NULL ELSE g.g END)";
    let mut walks = vec![
        format!("SELECT {alone} {from}"),
        format!("SELECT narrowgate.mark_migrated(n.n, n.n) {from}"),
        format!("SELECT {guessed} {from}"),
        format!("SELECT narrowgate.get_user(n.n), narrowgate.{login}(n.n) FROM ({numbers}) AS n"),
        format!("SELECT narrowgate.mark_migrated(n.n, 'ada@example.com') FROM ({numbers}) AS n"),
        // By a name that is one's own, somebody else's id.
        format!(
            "SELECT narrowgate.mark_migrated(n.n, 'ada') FROM ({numbers}) AS n WHERE n.n <> '1'"
        ),
    ];
    for name in ["email", "username", "phone_number", "name", "user_id", "matched"] {
        for answer in [alone, "narrowgate.mark_migrated(n.n, 'ada@example.com')"] {
            let harvest = member(answer, name);
            walks.push(format!("SELECT narrowgate.{login}({harvest}), narrowgate.get_user({harvest}) FROM ({numbers}) AS n"));
            walks.push(format!(
                "SELECT narrowgate.mark_migrated(n.n, {harvest}) FROM ({numbers}) AS n"
            ));
        }
    }
    walks
}

fn walk_as_role(legacy: &Legacy, login: &str) {
    let private = of_others(legacy);
    assert!(private.len() > 40, "{private:?}");
    for walk in walks(legacy.engine, login) {
        let asked = match legacy.engine {
            // Everything that was marked is not, afterwards.
            Engine::Postgresql => format!("BEGIN; {walk}; {walk}; ROLLBACK"),
            _ => walk.clone(),
        };
        let heard = legacy.as_role(&asked);
        assert!(!heard.contains("rror"), "{walk}: {heard}");
        search(&walk, &heard, &private);
        if legacy.engine == Engine::Mysql {
            search(&walk, &legacy.as_role(&walk), &private);
        }
    }
    let own = legacy.as_role("SELECT narrowgate.mark_migrated('1', 'ada@example.com')");
    assert!(own.contains("Lovelace"), "{own}");
    if legacy.engine == Engine::Postgresql {
        assert_eq!(legacy.marks(), ["1"]);
    }
}

#[test]
fn the_runtime_role_ends_with_what_it_named() {
    for engine in [Engine::Postgresql, Engine::Mysql] {
        let make = if engine == Engine::Mysql { Legacy::mysql } else { Legacy::postgresql };
        let Some(legacy) = make() else { return };
        walk_as_role(&legacy, "login_candidate");
        drop(legacy);
        walk_as_role(&Legacy::inside(engine).expect("the same server"), "password_parameters");
    }
}

/// An error quotes the value that it stumbles over.
#[test]
fn an_error_tells_no_value_of_whom_nobody_named() {
    let Some(legacy) = Legacy::postgresql() else { return };
    let mapping = crate::contract::EXAMPLE
        .replace("\nname = \"c.full_name\"", "\nname = \"c.full_name::int::text\"");
    assert_ne!(mapping, crate::contract::EXAMPLE);
    legacy.execute(&crate::contract::script(&mapping, Engine::Postgresql, &[]));
    let private = of_others(&legacy);
    for walk in walks(Engine::Postgresql, "login_candidate") {
        search(&walk, &legacy.as_role(&format!("BEGIN; {walk}; ROLLBACK")), &private);
    }
    let own = legacy.as_role("SELECT narrowgate.mark_migrated('2', 'grace')");
    assert!(own.contains("this user cannot be read") && !own.contains("Hopper"), "{own}");
}

/// Each client may ask its own endpoint, as often as it likes.
#[test]
fn each_client_ends_with_what_it_named() {
    Legacy::each(|legacy| {
        let private = if legacy.engine == Engine::Sqlite { others() } else { of_others(&legacy) };
        let world = World::on(legacy);
        for scope in ["mark:users", "read:users", "login:users"] {
            let token = Token::auth0().scope(scope).sign();
            for id in (0..30).map(|n| n.to_string()) {
                let mut bodies = vec![
                    ("/mark_migrated", json!({ "user_id": id })),
                    ("/get_user", json!({ "identifier": id })),
                    ("/login", json!({ "identifier": id, "password": PASSWORD })),
                ];
                for guess in GUESSES.iter().chain(&[KNOWN, "nobody@example.com"]) {
                    let body = json!({ "user_id": id, "identifier": guess });
                    bodies.push(("/mark_migrated", body));
                }
                // A login is a hash: a few are enough.
                let bodies = bodies.iter().filter(|(path, _)| *path != "/login" || id.len() == 1);
                for (path, body) in bodies {
                    let answer = world.gate.ask(path, &token, body);
                    search(&format!("{scope} {path} {body}"), &answer.text(), &private);
                }
            }
        }
        world.gate.assert_calm();
    });
}

fn others() -> Vec<String> {
    let names = users().into_iter().filter(|user| !["1", "21"].contains(&user.id.as_str()));
    names
        .flat_map(|user| user.names)
        .filter(|name| name.len() > 4)
        .map(|name| name.to_lowercase())
        .collect()
}

//! MediaWiki by e-mail: what the preset's first lines advise, word for word.

use std::process::Command;

use super::{fixture, root};
use crate::support::legacy::without_delimiters;
use crate::support::sample::{PASSWORD, World};
use crate::support::servers::LEGACY;
use crate::support::{Engine, Legacy};

/// The lines of the advice from one that begins like this to one that ends like that.
fn advice(preset: &str, begin: &str, end: char) -> String {
    let lines = preset.lines().map(|line| line.trim_start_matches(['#', ' ']));
    let mut taken = vec![];
    for line in lines.skip_while(|line| !line.starts_with(begin)) {
        taken.push(line);
        if line.ends_with(end) {
            break;
        }
    }
    taken.join(" ")
}

/// The script of a mapping that is not built in.
fn contract_of(mapping: &str, engine: &str, set: &[String]) -> String {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), mapping).expect("a written file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_narrowgate-migrate"));
    command.args(["contract", "--engine", engine, "--mapping"]).arg(file.path());
    command.args(set.iter().flat_map(|set| ["--set", set]));
    let printed = command.output().expect("the program runs");
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    String::from_utf8(printed.stdout).expect("UTF-8")
}

#[test]
fn by_e_mail_as_advised() {
    let file = root().join("deploy/contract/presets/mediawiki.toml");
    let preset = std::fs::read_to_string(file).expect("the preset");
    let alter = advice(&preset, "ALTER TABLE", ';');
    let lookup = advice(&preset, "email = {", '}');
    let mapping = preset
        .replace("[\"user_id\", \"user_name\"", "[\"user_id\", \"user_email_lower\", \"user_name\"")
        .replace("\n[lookup.username]", &format!("\n[lookup]\n{lookup}\n\n[lookup.username]"));
    let script = contract_of(&mapping, "mariadb", &[format!("schema={LEGACY}")]);
    let store = fixture("mediawiki-mysql.sql");
    let twins = "INSERT INTO user (user_id, user_name, user_password, user_newpassword, user_email, user_touched) VALUES \
         (50, 'Twin one', '', '', 'Twin@example.com', ''), (51, 'Twin two', '', '', 'twin@Example.com', '')";
    let store = format!("USE {LEGACY};\n{store}\n{alter}\n{twins}");
    let scripts = [store, without_delimiters(&script)];
    let Some(legacy) = Legacy::filled(Engine::Mysql, &|_| (), &scripts) else { return };
    let world = World::on(legacy);
    for name in ["Ada@Example.com", "ada@example.com", "ada"] {
        world.login(name, PASSWORD).expect(200, "");
        world.login(name, "wrong").expect(403, "invalid_credentials");
    }
    world.get_user("twin@example.com").expect(409, "ambiguous_user");
    world.get_user("nobody@example.com").expect(404, "user_not_found");
    world.gate.assert_calm();
}

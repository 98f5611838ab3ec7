//! The forms of stored passwords as branches of the function `password_form`.

use super::forms::{BRACES, Form, MENTIONS_A_SALT, forms};
use super::postgresql_names::literal_anywhere;
use super::{Engine, mysql};

/// The branches, and the expression for the names in braces that are taken off before.
pub(super) fn branches(engine: Engine) -> [(&'static str, String); 2] {
    let branches: Vec<_> = forms().iter().map(|form| branch(form, engine)).collect();
    [("forms", branches.join("\n")), ("braces", literal(BRACES, engine))]
}

fn branch(form: &Form, engine: Engine) -> String {
    let text = |text: &str| literal(text, engine);
    let (length, starts) = (form.starts.chars().count(), &form.starts);
    if let Some(shown) = &form.shown {
        let condition = format!("left(written, {length}) = {}", text(starts));
        return when(&condition, &answer(&[shown], engine), engine);
    }
    let (written, low) = if form.inner { ("rest", "rest_low") } else { ("written", "low") };
    let mut conditions = vec![];
    if length > 0 {
        let starts = starts.to_ascii_lowercase();
        conditions.push(format!("left({low}, {length}) = {}", text(&starts)));
    }
    if let Some(schemes) = &form.schemes {
        let named = format!("{} > 0", position(schemes, engine));
        let salted = schemes.contains(MENTIONS_A_SALT);
        conditions.push(if salted { format!("({named} OR mentions_salt)") } else { named });
    }
    let places = form.places();
    let lead = form.lead.as_ref().map(|lead| format!("^{lead}"));
    let whole = match &lead {
        Some(lead) => format!("narrowgate.password_unpacked({written}, {})", text(lead)),
        None => written.to_owned(),
    };
    let matches = if engine == Engine::Postgresql { "~" } else { "REGEXP" };
    conditions.push(format!("{whole} {matches} {}", text(&places.whole)));
    let yes = |yes: bool| if yes { "1" } else { "" };
    let filler = form.writing.filler().to_string();
    let values = [
        "",
        lead.as_deref().unwrap_or_default(),
        &places.to_hidden,
        &places.hidden,
        &places.to_digest,
        &places.digest,
        &places.to_salt,
        &places.salt,
        &filler,
        yes(form.inner),
        yes(form.salt_column),
        yes(form.decoy),
    ];
    when(&conditions.join(" AND "), &answer(&values, engine), engine)
}

/// One branch. MySQL prepares a whole expression anew at each call, so each of its branches is a statement.
fn when(condition: &str, answer: &str, engine: Engine) -> String {
    match (engine, answer.len() < 40) {
        (Engine::Postgresql, true) => format!("    WHEN {condition} THEN {answer}"),
        (Engine::Postgresql, false) => format!("    WHEN {condition} THEN\n      {answer}"),
        (_, true) => format!("  IF {condition} THEN RETURN {answer}; END IF;"),
        (_, false) => format!("  IF {condition} THEN\n    RETURN {answer};\n  END IF;"),
    }
}

/// Where the scheme's name is in the list.
fn position(names: &str, engine: Engine) -> String {
    let names = literal(names, engine);
    if engine == Engine::Postgresql {
        format!("strpos({names}, name)")
    } else {
        format!("LOCATE(name, {names})")
    }
}

/// A list of texts, in the engine's way.
fn answer(values: &[&str], engine: Engine) -> String {
    if engine == Engine::Postgresql {
        let values: Vec<_> = values.iter().map(|value| literal(value, engine)).collect();
        return format!("ARRAY[{}]", values.join(", "));
    }
    literal(&serde_json::json!(values).to_string(), engine)
}

fn literal(text: &str, engine: Engine) -> String {
    if engine.is_mysql() { mysql::literal(text) } else { literal_anywhere(text) }
}

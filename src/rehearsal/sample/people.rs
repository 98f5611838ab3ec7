//! People who are nobody: names of the history of computing, addresses of domains that are kept free
//! for examples (RFC 2606).

use super::hashes::hash;
use super::random::Random;

const GIVEN: [&str; 32] = [
    "Ada",
    "Alan",
    "Grace",
    "Edsger",
    "Barbara",
    "Donald",
    "Katherine",
    "Dennis",
    "Margaret",
    "Ken",
    "Frances",
    "John",
    "Radia",
    "Tony",
    "Hedy",
    "Linus",
    "Dorothy",
    "Niklaus",
    "Adele",
    "Robin",
    "Mary",
    "Claude",
    "Jean",
    "Vint",
    "Karen",
    "Peter",
    "Sophie",
    "Zoë",
    "José",
    "Jürgen",
    "Anita",
    "Kurt",
];
const FAMILY: [&str; 32] = [
    "Lovelace", "Turing", "Hopper", "Dijkstra", "Liskov", "Knuth", "Johnson", "Ritchie",
    "Hamilton", "Thompson", "Allen", "Backus", "Perlman", "Hoare", "Lamarr", "Wirth", "Vaughan",
    "Goldberg", "Milner", "Jackson", "Shannon", "Bartik", "Cerf", "Jones", "Naur", "Wilson",
    "O'Brien", "Gödel", "Borg", "Müller", "Núñez", "Sammet",
];
const DOMAINS: [&str; 4] = ["example.com", "example.org", "example.net", "mail.example.com"];
const PLANS: [&str; 4] = ["free", "free", "free", "pro"];

/// How often people log in: shares, and days between two logins. The rest never comes back.
const HABITS: [(f64, f64); 4] = [(0.20, 3.0), (0.17, 12.0), (0.11, 30.0), (0.06, 250.0)];

/// A row of the legacy table.
#[derive(Debug, PartialEq)]
pub(super) struct Person {
    pub(super) id: i64,
    pub(super) login: String,
    pub(super) email: Option<String>,
    pub(super) email_confirmed: &'static str,
    pub(super) phone: Option<String>,
    pub(super) full_name: String,
    pub(super) first_name: &'static str,
    pub(super) last_name: &'static str,
    pub(super) status: i16,
    pub(super) preferences: Option<String>,
    pub(super) plan: &'static str,
    pub(super) hash: Option<String>,
    /// Days after the gate was opened at which the user logged in first.
    pub(super) came: Option<f64>,
}

impl Person {
    /// The person of this number, from 1. Of a thousand, ten have something that no import takes;
    /// none of them has logged in yet.
    pub(super) fn new(number: u32, random: &mut Random) -> Self {
        let (first_name, last_name) = (random.pick(&GIVEN), random.pick(&FAMILY));
        let login = format!("{}{number}", plain(first_name));
        let mut person = Self {
            id: i64::from(number),
            email: Some(address(number, first_name, last_name)),
            login,
            email_confirmed: if random.below(20) > 0 { "Y" } else { "N" },
            phone: (random.below(5) == 0).then(|| format!("+1555{number:07}")),
            full_name: format!("{first_name} {last_name}"),
            first_name,
            last_name,
            status: if random.below(100) > 0 { 1 } else { 2 },
            preferences: (random.below(3) == 0)
                .then(|| format!("{{\"theme\":\"{}\"}}", random.pick(&["dark", "light"]))),
            plan: random.pick(&PLANS),
            hash: hash(random),
            came: came(random),
        };
        person.spoil(number);
        person
    }

    /// What grown databases hold, here in every thousand once.
    fn spoil(&mut self, number: u32) {
        match number % 1000 {
            7 => self.email = None,
            107 => self.email = self.email.take().map(|it| it.replace('@', " at ")),
            // One address in two spellings, and one that somebody far away has.
            206 | 11 => {}
            207 => self.email = Some(format!("SHARED-{}@Example.com", number - 1)),
            307 => self.email = Some(format!("shared-{}@example.com", far(number))),
            407 => self.login = format!("{} {}", self.login, self.id),
            507 => self.phone = Some("0123 456 789".to_owned()),
            607 => self.preferences = Some("{\"theme.color\":\"dark\"}".to_owned()),
            707 => self.preferences = Some("[\"dark\"]".to_owned()),
            807 => self.full_name = "Lorem ipsum dolor sit amet ".repeat(12),
            907 => self.preferences = Some(format!("{{\"notes\":\"{}\"}}", "x".repeat(11_000))),
            _ => return,
        }
        if matches!(number % 1000, 206 | 11) {
            self.email = Some(format!("shared-{number}@example.com"));
            self.hash.get_or_insert_with(String::new);
        }
        self.came = None;
    }
}

/// Whose address a person has as well: so far away that the two are not in one file.
fn far(number: u32) -> u32 {
    number / 2 / 1000 * 1000 + 11
}

fn address(number: u32, first_name: &str, last_name: &str) -> String {
    let domain = DOMAINS.get(number as usize % DOMAINS.len()).copied().unwrap_or_default();
    format!("{}.{}{number}@{domain}", plain(first_name), plain(last_name))
}

/// Small letters without accents.
fn plain(name: &str) -> String {
    let bare = |c: char| match c {
        'ë' | 'é' => 'e',
        'ü' | 'ú' => 'u',
        'ö' => 'o',
        'ñ' => 'n',
        c => c.to_ascii_lowercase(),
    };
    name.chars().filter(|c| *c != '\'').map(bare).collect()
}

/// When a user logs in first: whoever does so often, early.
fn came(random: &mut Random) -> Option<f64> {
    let mut at = random.fraction();
    for (share, days) in HABITS {
        if at < share {
            return Some(-random.fraction().ln() * days);
        }
        at -= share;
    }
    None
}

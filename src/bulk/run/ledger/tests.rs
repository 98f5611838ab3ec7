use super::super::books::NOBODY_THERE;
use super::*;

fn binding() -> Binding {
    Binding::new("tenant.example", ("con_1", "users"), "sqlite:///legacy.db", "all")
}

/// A run directory with one chunk of three users.
fn ledger(folder: &Path) -> Ledger {
    let ledger = Ledger::open(&folder.join("run"), &binding()).expect("a run directory");
    let users = ["1", "2", "3"].map(str::to_owned).to_vec();
    ledger.plan(Some("3".to_owned()), users, 1, &[]).expect("planned");
    ledger
}

#[test]
fn what_contradicts_the_books_is_not_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let books = ledger(folder.path());
    let settlement = Settlement { inserted: 4, ..Settlement::default() };
    assert!(matches!(books.settle(1, settlement), Err(RunError::Broken(_))));
    drop(books);
    let books = Ledger::open(&folder.path().join("run"), &binding()).expect("it is whole");
    assert_eq!(books.books(|books| books.open.len()), 1);
    let settlement = Settlement { inserted: 3, ..Settlement::default() };
    assert_eq!(books.settle(1, settlement), Ok(vec![]));
}

/// Attempts that were answered are none of which nobody was found.
#[test]
fn attempts_count_as_lost_where_nobody_was_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let books = ledger(folder.path());
    let not_taken = |why: &str| Event::NotTaken { chunk: 1, why: why.to_owned() };
    let answers = ["two jobs run already", "too many requests", NOBODY_THERE, NOBODY_THERE];
    for (why, attempt) in answers.into_iter().zip(1..) {
        let intent = Event::Intent { chunk: 1, attempt, external_id: String::new() };
        books.record(intent, false).expect("recorded");
        books.record(not_taken(why), false).expect("recorded");
    }
    let open = books.books(|books| books.open.get(&1).map(|open| (open.attempts, open.lost)));
    assert_eq!(open, Some((4, 2)));
}

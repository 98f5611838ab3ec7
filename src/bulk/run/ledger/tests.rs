use super::super::books::NOBODY_THERE;
use super::super::open_chunk::OpenChunk;
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

/// That the tenant took others before or after says nothing of a user whom it did not take in between.
#[test]
fn attempts_count_against_a_user_where_the_tenant_took_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let books = ledger(folder.path());
    let mut attempt = 0;
    let mut lose = |others: u64| {
        attempt += 1;
        let intent = Event::Intent { chunk: 1, attempt, external_id: String::new() };
        books.record(intent, false).expect("recorded");
        for _ in 0..others {
            let chunk = books.plan(Some("4".to_owned()), vec!["4".to_owned()], 1, &[]);
            let accepted =
                Event::Accepted { chunk: chunk.expect("planned"), job: "job_1".to_owned() };
            books.record(accepted, false).expect("recorded");
        }
        let not_taken = Event::NotTaken { chunk: 1, why: NOBODY_THERE.to_owned() };
        books.record(not_taken, false).expect("recorded");
        let lost = |open: &OpenChunk| (open.lost, open.lost_among_others);
        books.books(|books| books.open.get(&1).map(lost))
    };
    for (others, due) in [(0, (1, 0)), (0, (2, 0)), (3, (3, 1)), (0, (4, 1)), (1, (5, 2))] {
        assert_eq!(lose(others), Some(due));
    }
}

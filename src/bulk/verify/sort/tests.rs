//! Records come out in order, whatever memory there is.

use super::*;
use proptest::prelude::*;

fn sorted(records: &[Vec<u8>], budget: usize) -> (Vec<Vec<u8>>, usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut sorter = Sorter::new(folder.path(), budget);
    for record in records {
        sorter.push(record).expect("room");
    }
    let runs = sorter.runs.len();
    let mut merged = sorter.sorted().expect("sorted");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "a name is left");
    let mut all = vec![];
    while let Some(record) = merged.next().expect("a record") {
        all.push(record);
    }
    (all, runs)
}

proptest! {
    #[test]
    fn whatever_is_put_in_comes_out_in_order(
        records in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..300),
        budget in 1_usize..2_000,
    ) {
        let mut due = records.clone();
        due.sort();
        prop_assert_eq!(sorted(&records, budget).0, due);
    }
}

#[test]
fn more_than_memory_holds_makes_many_runs() {
    let records: Vec<Vec<u8>> =
        (0..5_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes().to_vec()).collect();
    let (all, runs) = sorted(&records, 100);
    assert!(runs > 500, "{runs} runs");
    assert!(all.is_sorted() && all.len() == records.len());
}

#[test]
fn what_a_killed_process_left_is_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["sorting-1", "journal.ndjson"] {
        std::fs::write(folder.path().join(name), "x").expect("written");
    }
    clear(folder.path()).expect("cleared");
    assert!(folder.path().join("journal.ndjson").exists());
    assert!(!folder.path().join("sorting-1").exists());
}

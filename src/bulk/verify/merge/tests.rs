//! Records of one id come together, and what follows from them.

use super::*;
use crate::bulk::verify::portrait::Portrait;

fn group(change: impl FnOnce(&mut Group, Print, Print)) -> Group {
    let key = Key::new().expect("a key");
    let same = key.print("1", &Portrait::default());
    let other = key.print("1", &Portrait { blocked: true, ..Portrait::default() });
    let mut group = Group { id: "1".to_owned(), ..Group::default() };
    change(&mut group, same, other);
    group
}

#[test]
fn what_follows_without_asking() {
    let there = |it: &Group| matches!(it.verdict(), Verdict::There(kinds, _) if kinds.is_empty());
    assert!(there(&group(|it, same, _| {
        it.rows.push(same.clone());
        it.tenant.push(same);
    })));
    // Marked: whatever the tenant made of it.
    assert!(there(&group(|it, same, other| {
        it.rows.push(same);
        it.marked = true;
        it.tenant.push(other);
    })));
    let doubtful = |it: &Group| it.verdict() == Verdict::Doubtful;
    assert!(doubtful(&group(|it, same, other| {
        it.rows.push(same);
        it.tenant.push(other);
    })));
    assert!(doubtful(&group(|it, same, _| it.rows.push(same))));
    assert!(doubtful(&group(|it, same, _| it.tenant.push(same))));
    assert!(doubtful(&group(|it, _, _| it.marked = true)));
    assert!(doubtful(&group(|it, _, _| (it.marked, it.held) = (true, true))));
    assert_eq!(group(|it, _, _| it.held = true).verdict(), Verdict::Nobody);
    let held = group(|it, same, _| {
        it.rows.push(same);
        it.held = true;
    });
    assert_eq!(held.verdict(), Verdict::Held);
    let twice = group(|it, same, _| {
        it.rows.extend([same.clone(), same.clone()]);
        it.tenant.push(same);
    });
    assert!(matches!(twice.verdict(), Verdict::There(kinds, _) if kinds == [Kind::Twice]));
}

#[test]
fn records_of_one_id_come_together_with_many_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = Key::new().expect("a key");
    let print = key.print("x", &Portrait::default());
    let (mut legacy, mut tenant) =
        (Sorter::new(folder.path(), 200), Sorter::new(folder.path(), 200));
    for id in (0..500).map(|n| n.to_string()) {
        legacy.push(&record(&key, &id, Source::Row, Some(&print))).expect("room");
        legacy.push(&record(&key, &id, Source::Mark, None)).expect("room");
        legacy.push(&record(&key, &id, Source::Held, None)).expect("room");
        tenant.push(&record(&key, &id, Source::Tenant, Some(&print))).expect("room");
        tenant.push(&record(&key, &id, Source::Tenant, Some(&print))).expect("room");
    }
    let mut groups = Groups::new(legacy, tenant).expect("groups");
    let mut ids = std::collections::BTreeSet::new();
    while let Some(group) = groups.next().expect("a group") {
        assert_eq!((group.rows.len(), group.tenant.len()), (1, 1), "{}", group.id);
        assert!(group.marked && group.held && !group.ghost);
        assert!(ids.insert(group.id));
    }
    assert_eq!(ids.len(), 500);
}

//! What callers ask all the while, and the account of what they were told.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::support::Answer;
use crate::support::sample::PASSWORD;

/// What became of requests.
#[derive(Debug, Default)]
pub(super) struct Score {
    pub(super) right: AtomicUsize,
    /// 503: try again.
    pub(super) later: AtomicUsize,
    /// 401, of tokens that are not valid yet.
    pub(super) refused: AtomicUsize,
    /// Cut off without an answer, and asked again.
    pub(super) cut: AtomicUsize,
    /// And cut off again.
    pub(super) lost: AtomicUsize,
    /// A user who is there, told not to be there or to have another password.
    pub(super) absent: AtomicUsize,
    /// Any other answer than the right one.
    pub(super) wrong: Mutex<Vec<String>>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) right: usize,
    pub(super) later: usize,
    pub(super) refused: usize,
    pub(super) cut: usize,
}

impl Score {
    /// What has come since the last call; nobody may be lost, absent or wrong.
    #[track_caller]
    pub(super) fn figures(&self, what: &str) -> Figures {
        let take = |count: &AtomicUsize| count.swap(0, Ordering::SeqCst);
        let wrong = std::mem::take(&mut *self.wrong.lock().unwrap());
        let (lost, absent) = (take(&self.lost), take(&self.absent));
        let figures = Figures {
            right: take(&self.right),
            later: take(&self.later),
            refused: take(&self.refused),
            cut: take(&self.cut),
        };
        println!("{what}: {figures:?}, lost {lost}, wrong {}, absent {absent}", wrong.len());
        assert_eq!((lost, absent, wrong), (0, 0, vec![]), "{what}");
        figures
    }

    pub(super) fn note(&self, asked: &Asked, is_early: bool, answer: &Answer) {
        let (status, code) = (answer.status, answer.code());
        let count = match (status, code.as_str()) {
            (503, "unavailable" | "overloaded") => &self.later,
            (401, "invalid_token") if is_early => &self.refused,
            (200, _)
                if asked.user.is_some_and(|id| !is_early && answer.json()["user_id"] == id) =>
            {
                &self.right
            }
            (404 | 403, code) if asked.user.is_none() && !is_early && code == asked.code => {
                &self.right
            }
            (404 | 403, _) if asked.user.is_some() => &self.absent,
            _ => {
                let text = format!("{} {}: {status} {}", asked.path, asked.body, answer.text());
                return self.wrong.lock().unwrap().push(text);
            }
        };
        count.fetch_add(1, Ordering::SeqCst);
    }
}

/// A question, and the right answer to it.
pub(super) struct Asked {
    pub(super) path: &'static str,
    pub(super) body: Value,
    /// The id of the user who is there.
    pub(super) user: Option<&'static str>,
    pub(super) code: &'static str,
}

pub(super) fn questions() -> [Asked; 5] {
    let of = |path, body, user, code| Asked { path, body, user, code };
    [
        of("/get_user", json!({ "identifier": "grace" }), Some("2"), ""),
        of("/login", json!({ "identifier": "cheap", "password": PASSWORD }), Some("1000"), ""),
        of("/get_user", json!({ "identifier": "nobody" }), None, "user_not_found"),
        of(
            "/login",
            json!({ "identifier": "cheap", "password": "x" }),
            None,
            "invalid_credentials",
        ),
        of("/mark_migrated", json!({ "user_id": "3" }), Some("3"), ""),
    ]
}

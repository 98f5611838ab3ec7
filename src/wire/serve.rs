//! The life of a connection: a head, an answer, the next head, until one of the sides ends it.

use super::Handler;
use super::connection::Connection;
use super::exchange::Exchange;

/// Serves one request after the other until the connection ends.
pub(super) async fn serve(mut connection: Connection, handler: &impl Handler) {
    let mut is_first = true;
    loop {
        let head = match connection.next_head(is_first).await {
            Ok(Some(head)) => head,
            Ok(None) => return,
            Err(fault) => {
                connection.last_answer(&handler.refuse(fault), true).await;
                return connection.linger().await;
            }
        };
        is_first = false;
        let with_body = head.method(&connection.arrived) != b"HEAD";
        let mut exchange = Exchange::new(&mut connection, &head);
        let answer = handler.answer(&mut exchange).await;
        let taken = exchange.taken();
        if connection.gone {
            return;
        }
        let Some(taken) = taken.filter(|_| head.keeps && !answer.closes) else {
            let leaves = taken.is_none_or(|taken| connection.arrived.len() > taken);
            connection.last_answer(&answer, with_body).await;
            if leaves {
                connection.linger().await;
            }
            return;
        };
        if connection.end.has_come() {
            return connection.last_answer(&answer, with_body).await;
        }
        connection.forget(taken);
        answer.write(&mut connection.out, false, with_body);
        if connection.send().await.is_err() {
            return;
        }
    }
}

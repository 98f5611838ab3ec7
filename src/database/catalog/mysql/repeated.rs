//! Whether an id is that of several rows, which the function that marks alone can tell.

use diesel::sql_types::{Nullable, Text};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

use super::{MysqlCatalog, Row};
use crate::database::{Error, run};

impl MysqlCatalog {
    /// Whether the id is that of several rows. A mark that is written meanwhile is taken back.
    ///
    /// # Errors
    /// No answer.
    pub async fn is_repeated(&self, user_id: &str) -> Result<bool, Error> {
        let call = self.call_of("mark_migrated", &[Some(user_id), None]);
        run(&self.pool, self.limit, async |on| {
            on.batch_execute("START TRANSACTION").await?;
            let call = diesel::sql_query(call).bind::<Text, _>(user_id);
            let marked = call.bind::<Nullable<Text>, _>(None::<&str>).get_result::<Row>(on).await;
            on.batch_execute("ROLLBACK").await?;
            let words = marked.err().map(|error| error.to_string()).unwrap_or_default();
            Ok(words.contains("more than one row"))
        })
        .await
    }
}

//! Diesel's questions, sent to PostgreSQL as statements without a name, each in a transaction of its
//! own that only reads: a pooler may give the server's process to others in between.

use diesel::pg::{Pg, PgMetadataLookup, PgQueryBuilder, PgTypeMetadata};
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::query_builder::{QueryBuilder, QueryFragment};
use futures_util::{Stream, StreamExt, TryStreamExt};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Row};

use super::Column;
use crate::database::postgresql::statement_error;
use crate::database::{self, Error};

const BEGIN: &str = "BEGIN READ ONLY; SET LOCAL statement_timeout = 0";

type Refused = Box<dyn std::error::Error + Sync + Send>;

/// A value in the server's own form.
#[derive(Debug)]
struct Bytes(Vec<u8>);

impl<'a> FromSql<'a> for Bytes {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Refused> {
        Ok(Self(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

impl ToSql for Bytes {
    fn to_sql(&self, _: &Type, out: &mut bytes::BytesMut) -> Result<IsNull, Refused> {
        out.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A row that is made from its columns in order.
pub trait FromColumns: Sized {
    /// Asks for one column after the other.
    fn from_columns(next: impl FnMut() -> Column) -> Self;
}

impl FromColumns for i64 {
    fn from_columns(mut next: impl FnMut() -> Column) -> Self {
        next().and_then(|bytes| bytes.try_into().ok()).map_or(0, Self::from_be_bytes)
    }
}

impl FromColumns for super::Columns {
    fn from_columns(mut next: impl FnMut() -> Column) -> Self {
        (next(), next(), next(), next(), next())
    }
}

impl FromColumns for super::NamedColumns {
    fn from_columns(mut next: impl FnMut() -> Column) -> Self {
        (next(), next(), next(), next(), next(), next())
    }
}

/// All rows.
pub async fn load<T: FromColumns, Q: QueryFragment<Pg>>(
    on: &Client,
    question: Q,
) -> Result<Vec<T>, Error> {
    let rows = async { stream::<T, Q>(on, question).await?.try_collect::<Vec<T>>().await };
    let rows = rows.await;
    let ended = on.batch_execute("ROLLBACK").await;
    let rows = rows?;
    ended.map_err(|error| statement_error(&error))?;
    Ok(rows)
}

/// The rows as they come. The transaction ends with the connection.
pub async fn stream<T: FromColumns, Q: QueryFragment<Pg>>(
    on: &Client,
    question: Q,
) -> Result<impl Stream<Item = Result<T, Error>> + use<T, Q>, Error> {
    let (statement, binds) =
        rendered(&question).map_err(|error| database::statement_error(&error))?;
    on.batch_execute(BEGIN).await.map_err(|error| statement_error(&error))?;
    let rows = on.query_typed_raw(&statement, binds).await;
    let rows = rows.map_err(|error| statement_error(&error))?;
    Ok(rows.map(|row| row.map(|row| row_of(&row)).map_err(|error| statement_error(&error))))
}

fn row_of<T: FromColumns>(row: &Row) -> T {
    let mut places = 0..row.len();
    T::from_columns(|| {
        let bytes = places.next().and_then(|at| row.try_get::<_, Option<Bytes>>(at).ok());
        bytes.flatten().map(|bytes| bytes.0)
    })
}

type Rendered = (String, Vec<(Option<Bytes>, Type)>);

fn rendered(question: &impl QueryFragment<Pg>) -> diesel::QueryResult<Rendered> {
    let mut builder = PgQueryBuilder::default();
    question.to_sql(&mut builder, &Pg)?;
    let mut collector: RawBytesBindCollector<Pg> = RawBytesBindCollector::new();
    question.collect_binds(&mut collector, &mut OwnTypes, &Pg)?;
    let types = collector
        .metadata
        .iter()
        .map(|metadata| metadata.oid().ok().and_then(Type::from_oid).unwrap_or(Type::UNKNOWN));
    let binds = collector.binds.into_iter().map(|bytes| bytes.map(Bytes)).zip(types);
    Ok((builder.finish(), binds.collect()))
}

/// All types are the server's own.
struct OwnTypes;

impl PgMetadataLookup for OwnTypes {
    fn lookup_type(&mut self, _: &str, _: Option<&str>) -> PgTypeMetadata {
        PgTypeMetadata::new(0, 0)
    }
}

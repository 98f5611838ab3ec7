//! The migration for a manager: how far it is, who cannot move and why, and when waiting stops paying.
//!
//! [`Facts`] come from the marks, the census and the bulk runs; [`Numbers`] follow from them; every form
//! ([`html`], [`markdown`], [`json`]) tells the same ones, in [`words`] first.

mod arrivals;
mod facts;
mod forecast;
mod groups;
mod html;
mod json;
mod markdown;
mod picture;
mod words;

pub use facts::{Bulk, Facts, Numbers, PastWeek};
pub use forecast::{Forecast, Week, forecast};
pub use groups::{Group, Way};
pub use html::html;
pub use json::json;
pub use markdown::markdown;
